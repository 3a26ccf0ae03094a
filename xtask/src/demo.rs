//! `cargo xtask demo`: everything on this machine, with people who can sign in and a history that the portal made itself.

use serde_json::Value;

use crate::progress::{Progress, seconds};
use crate::stage::{self, Stage};
use crate::{dist, emulators, interrupt, progress, server};

#[derive(clap::Args)]
pub struct Demo {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Optimise the server
    #[arg(long)]
    release: bool,
    /// Take dist/ as it is
    #[arg(long, conflicts_with = "release")]
    no_build: bool,
    /// Only people and environments: no requests, stacks and runs
    #[arg(long)]
    empty: bool,
}

impl Demo {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        // Said before minutes of building, not after.
        server::require_free(self.port)?;
        let built = if self.no_build { 0 } else { dist::PARTS };
        let mut progress = Progress::new(1 + built + stage::PARTS);
        progress.part("AWS stand-ins: installed", emulators::install)?;
        let profile = if self.release { dist::Profile::Release } else { dist::Profile::Dev };
        if !self.no_build {
            dist::build(profile, &mut progress)?;
        }
        let mut stage = Stage::start(self.port, &mut progress)?;
        progress::say(&format!("ready after {}", seconds(progress.elapsed())));
        println!("\nGantry   {}\n\nSign in as", stage.server.url);
        for person in people(&stage.seed) {
            println!("  {person}");
        }
        println!("\nAWS is played by stand-ins on {}. Ctrl-C ends everything; nothing is kept.", stage.emulators.url);
        if !self.empty {
            progress::say("\nThree teams are at work already; you need not wait for them:");
            stage.begin_story()?;
        }
        interrupt::wait(|| stage.check())?;
        progress::say("ending");
        Ok(())
    }
}

/// `dana@example.com    lift-that-container    developer in payments`
fn people(seed: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list(&seed["people"])
        .iter()
        .map(|person| {
            let mut roles: Vec<_> = list(&person["teams"])
                .iter()
                .map(|member| format!("{} in {}", text(&member["role"]), text(&member["team"])))
                .collect();
            roles.extend(person["role"].as_str().map(str::to_owned));
            format!("{:<20}  {:<21}  {}", text(&person["email"]), text(&person["password"]), roles.join(", "))
        })
        .collect()
}
