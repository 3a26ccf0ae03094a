//! The demo as other commands need it too: AWS stand-ins, a portal on a fresh database, and the history that three teams
//! make in it.

use std::io::{BufRead as _, BufReader};
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::emulators::{self, Emulators, Pace};
use crate::process::Beside;
use crate::progress::{self, Progress, seconds};
use crate::server::{self, Server};
use crate::{interrupt, paths};

/// How many parts of the progress [`Stage::start`] takes.
pub const PARTS: usize = 2;

/// What runs. Dropping it ends all of it.
pub struct Stage {
    /// First, so that it ends first.
    story: Option<Story>,
    pub server: Server,
    pub emulators: Emulators,
    /// Who is in it.
    pub seed: Value,
    started: Instant,
}

impl Stage {
    /// The stand-ins must be installed and `dist/` built.
    pub fn start(port: u16, progress: &mut Progress) -> anyhow::Result<Self> {
        let started = Instant::now();
        let (emulators, seed) = progress.part("AWS stand-ins: started, with a network", || {
            let emulators = Emulators::start(0, Pace::ForPeople)?;
            let seed = server::seed("xtask/demo/seed.json", &emulators.make_network()?)?;
            Ok((emulators, seed))
        })?;
        let server = progress.part("portal: fresh database, started", || Server::start(&emulators, &seed, port))?;
        Ok(Self { story: None, server, emulators, seed, started })
    }

    /// Lets the teams begin.
    pub fn begin_story(&mut self) -> anyhow::Result<()> {
        self.story = Some(Story::start(&self.server.url)?);
        Ok(())
    }

    /// An error if something that must run has ended by itself. A history that broke off is only said.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.story_ended()? {
            Some(status) if status.success() => self.say_whole(),
            Some(_) => progress::say("the history is not whole: see above. Everything else works"),
            None => {}
        }
        self.emulators.check()?;
        self.server.check()
    }

    /// Waits until the whole history has happened.
    pub fn tell_story(&mut self) -> anyhow::Result<()> {
        self.begin_story()?;
        let mut status = None;
        while status.is_none() {
            if interrupt::asked() {
                bail!("interrupted");
            }
            self.emulators.check()?;
            self.server.check()?;
            std::thread::sleep(std::time::Duration::from_millis(100));
            status = self.story_ended()?;
        }
        match status {
            Some(status) if !status.success() => bail!("the history ended with {status}: see above"),
            _ => {
                self.say_whole();
                Ok(())
            }
        }
    }

    fn say_whole(&self) {
        let after = seconds(self.started.elapsed());
        progress::say(&format!("the history is whole, {after} after the stand-ins were started"));
    }

    /// How the story ended, once.
    fn story_ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let status = self.story.as_mut().map(|story| story.0.ended()).transpose()?.flatten();
        if status.is_some() {
            self.story = None;
        }
        Ok(status)
    }
}

/// `story.py`: requests, approvals and runs through the portal's own forms.
struct Story(Beside);

impl Story {
    fn start(url: &str) -> anyhow::Result<Self> {
        let mut process = Beside::start("the history", &emulators::python(), |command| {
            command.arg(paths::root().join("xtask/demo/story.py")).arg(url).stdin(Stdio::null()).stdout(Stdio::piped());
        })?;
        let output = process.child().stdout.take().context("the story has no standard output")?;
        let started = Instant::now();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let told: Value = serde_json::from_str(&line).unwrap_or_default();
                let what = told["what"].as_str().unwrap_or(&line);
                let after = seconds(started.elapsed());
                progress::say(&format!("[{}/{}] {what}, after {after}", told["done"], told["of"]));
            }
        });
        Ok(Self(process))
    }
}
