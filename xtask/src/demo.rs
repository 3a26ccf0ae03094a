//! `cargo xtask demo`: everything on this machine, with people who can sign in.

use serde_json::Value;

use crate::emulators::{self, Emulators, Pace};
use crate::progress::{Progress, seconds};
use crate::server::{self, Server};
use crate::{dist, interrupt, progress};

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
}

impl Demo {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        // Said before minutes of building, not after.
        server::require_free(self.port)?;
        let mut progress = Progress::new(if self.no_build { 3 } else { dist::PARTS + 3 });
        progress.part("AWS stand-ins: installed", emulators::install)?;
        let profile = if self.release { dist::Profile::Release } else { dist::Profile::Dev };
        if !self.no_build {
            dist::build(profile, &mut progress)?;
        }
        let (mut emulators, seed) = progress.part("AWS stand-ins: started, with a network", || {
            let emulators = Emulators::start(0, Pace::ForPeople)?;
            let seed = server::seed(&emulators.make_network()?)?;
            Ok((emulators, seed))
        })?;
        let mut server =
            progress.part("portal: fresh database, started", || Server::start(&emulators, &seed, self.port))?;
        progress::say(&format!("ready after {}", seconds(progress.elapsed())));
        println!("\nGantry   {}\n\nSign in as", server.url);
        for person in people(&seed) {
            println!("  {person}");
        }
        println!("\nAWS is played by stand-ins on {}. Ctrl-C ends everything; nothing is kept.", emulators.url);
        interrupt::wait(|| {
            emulators.check()?;
            server.check()
        })?;
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
