//! The AWS stand-ins: installs them into a virtual environment of their own, starts the front before them, makes a network.
//!
//! What they cannot do is in `docs/emulators.md`; how they are put together is in `xtask/emulators/`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::process::{self, Beside};
use crate::progress::{self, Progress};
use crate::{interrupt, paths};

/// Any credentials do: nothing checks the signature.
pub const ACCESS_KEY_ID: &str = "gantry";
pub const SECRET_ACCESS_KEY: &str = "gantry";

#[derive(clap::Args)]
pub struct Start {
    /// Port on 127.0.0.1 (default: a free one)
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// As slow as a person can follow, like the demo
    #[arg(long)]
    slow: bool,
}

impl Start {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let mut progress = Progress::new(3);
        progress.part("AWS stand-ins: installed", install)?;
        let pace = if self.slow { Pace::ForPeople } else { Pace::ForTests };
        let mut emulators = progress.part("AWS stand-ins: started", || Emulators::start(self.port, pace))?;
        let network = progress.part("network in them", || emulators.make_network())?;
        println!("AWS_ENDPOINT_URL={}", emulators.url);
        println!("{network}");
        progress::say("Ctrl-C ends them.");
        interrupt::wait(|| emulators.check())
    }
}

/// How long the stand-ins take for what takes minutes in AWS.
#[derive(Clone, Copy)]
pub enum Pace {
    /// As fast as they can.
    ForTests,
    /// Slow enough that a person sees it happen.
    ForPeople,
}

/// The running stand-ins. Dropping it ends them.
pub struct Emulators {
    pub url: String,
    front: Beside,
}

impl Emulators {
    /// Starts the front and what is behind it, and waits until they answer.
    pub fn start(port: u16, pace: Pace) -> anyhow::Result<Self> {
        let folder = folder();
        let mut front = Beside::start("the AWS stand-ins", &python(), |command| {
            command
                .arg(folder.join("front.py"))
                .args(["--port", &port.to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped());
            match pace {
                Pace::ForTests => command.env("ENGINE_START_SECONDS", "0.05").env("ENGINE_STEADY_SECONDS", "0.3"),
                Pace::ForPeople => command
                    .env("ENGINE_START_SECONDS", "2.5")
                    .env("ENGINE_STEADY_SECONDS", "2.5")
                    .env("LOAD_BALANCER_SECONDS", "5")
                    // An image called slow is what the demo shows as an update in progress.
                    .env("ENGINE_SLOW_SECONDS", "900"),
            };
        })?;
        let output = front.child().stdout.take().context("the front has no standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).context("the front said nothing")?;
        let said: Value = serde_json::from_str(&line)
            .with_context(|| format!("the AWS stand-ins did not start; they said: {line:?}"))?;
        let url = said["url"].as_str().context("the front named no url")?.to_owned();
        Ok(Self { url, front })
    }

    /// A VPC with two public subnets and a certificate: `{region, account, vpc_id, subnet_ids, certificate_arn}`.
    pub fn make_network(&self) -> anyhow::Result<Value> {
        let output = process::quietly(self.point(Command::new(python()).arg(folder().join("network.py"))))?;
        serde_json::from_str(&output).with_context(|| format!("network.py said: {output}"))
    }

    /// Points a program at the stand-ins.
    pub fn point<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", &self.url)
            // The stand-ins hold nobody back.
            .env("GANTRY_AWS_RATE_PERCENT", "100000")
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
    }

    /// An error if they have ended by themselves.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.front.ended()? {
            Some(status) => bail!("the AWS stand-ins ended with {status}"),
            None => Ok(()),
        }
    }
}

/// Installs what `requirements.txt` pins, unless that very file was installed before.
pub fn install() -> anyhow::Result<()> {
    let wanted = fs::read_to_string(folder().join("requirements.txt"))?;
    let environment = environment();
    let mark = environment.join("installed-requirements.txt");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) && python().exists() {
        return Ok(());
    }
    progress::say(&format!("    a Python environment in {} (about a minute)", environment.display()));
    if !process::exists("python3") {
        process::apt_install(&["python3", "python3-venv"])?;
    }
    fs::create_dir_all(paths::cache())?;
    let make = || process::quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    if make().is_err() {
        // Debian ships Python without this module.
        process::apt_install(&["python3-venv"])?;
        make()?;
    }
    process::quietly(
        Command::new(python())
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(folder().join("requirements.txt")),
    )?;
    fs::write(&mark, wanted).with_context(|| format!("{} cannot be written", mark.display()))
}

fn folder() -> PathBuf {
    paths::root().join("xtask/emulators")
}

fn environment() -> PathBuf {
    paths::cache().join("emulators")
}

/// The interpreter with everything that the stand-ins and the scripts beside them need.
pub fn python() -> PathBuf {
    Path::new(&environment()).join("bin/python")
}
