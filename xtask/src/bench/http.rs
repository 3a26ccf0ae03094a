//! `cargo xtask bench http`: a house as large as after years of use, and a load generator in front of it, on both databases.

use std::fmt;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::folder::Folder;
use crate::postgres::{self, Care, Postgres};
use crate::progress::Progress;
use crate::server::Server;
use crate::{dist, emulators, interrupt, paths, process};

#[derive(clap::Args)]
pub struct Http {
    /// Measure dist/ as it is
    #[arg(long)]
    no_build: bool,
    /// How long each address is asked
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Requests in the database
    #[arg(long, default_value_t = 5_000)]
    requests: u32,
    /// Stacks in the database
    #[arg(long, default_value_t = 2_000)]
    stacks: u32,
    /// Lines of history in the database
    #[arg(long, default_value_t = 1_000_000)]
    audit: u32,
}

/// What is asked: name, path, connections.
const QUESTIONS: [(&str, &str, u32); 5] = [
    ("API requests", "/api/v1/requests?limit=50", 16),
    ("API requests", "/api/v1/requests?limit=50", 1),
    ("page stacks", "/stacks", 16),
    ("page audit", "/audit?action=request.submitted", 16),
    ("page audit", "/audit?actor=Bench%20Press&action=request", 16),
];

impl Http {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let built = if self.no_build { 0 } else { dist::PARTS };
        let mut progress = Progress::new(5 + built);
        progress.part("scripts installed", emulators::install)?;
        let programs = progress.part("load generator and PostgreSQL installed", || {
            if !process::exists("wrk") {
                process::apt_install(&["wrk"])?;
            }
            postgres::install()
        })?;
        if !self.no_build {
            dist::build(dist::Profile::Release, &mut progress)?;
        }
        progress.part("what fills the database", || {
            process::run(&mut process::cargo(["build", "--release", "--package", "gantry-server", "--example", "fill"]))
        })?;
        println!("{:<11} {:<14} {:>5} {:>9} {:>9} {:>9}  path", "database", "what", "conns", "a second", "p50", "p99");
        progress.part("SQLite", || {
            let folder = Folder::new()?;
            self.measure("SQLite", &format!("sqlite:{}", folder.path().join("gantry.db").display()))
        })?;
        progress.part("PostgreSQL", || {
            let postgres = Postgres::start(&programs, 0, Care::ForPowerCuts)?;
            self.measure("PostgreSQL", &postgres.url)
        })
    }

    fn measure(&self, name: &str, database: &str) -> anyhow::Result<()> {
        let folder = Folder::new()?;
        let settings = [
            ("GANTRY_DATABASE_URL", database.to_owned()),
            ("GANTRY_KEY_FILE", folder.path().join("gantry.key").display().to_string()),
        ];
        let said = process::quietly(
            Command::new(paths::target().join("release/examples/fill"))
                .args(["--requests", &self.requests.to_string(), "--stacks", &self.stacks.to_string()])
                .args(["--audit", &self.audit.to_string()])
                .envs(settings.clone()),
        )?;
        let filled: Value = serde_json::from_str(&said).with_context(|| format!("fill said: {said}"))?;
        let text = |field: &str| filled[field].as_str().unwrap_or_default().to_owned();
        let mut server = Server::start_on(&settings)?;
        let cookie = process::quietly(
            Command::new(emulators::python()).arg(paths::root().join("xtask/demo/person.py")).args([
                &server.url,
                &text("email"),
                &text("password"),
            ]),
        )?;
        let fresh = server.memory()?;
        for (what, path, connections) in QUESTIONS {
            let header = if path.starts_with("/api/") {
                format!("Authorization: Bearer {}", text("token"))
            } else {
                format!("Cookie: {}", cookie.trim())
            };
            let load = self.ask(&format!("{}{path}", server.url), &header, connections)?;
            println!("{name:<11} {what:<14} {connections:>5} {load}  {path}");
        }
        println!("{name:<11} memory: {fresh} MiB after the start, {} MiB after the load", server.memory()?);
        Ok(())
    }

    fn ask(&self, url: &str, header: &str, connections: u32) -> anyhow::Result<Load> {
        let said = process::quietly(
            Command::new("wrk")
                .args(["--threads", "1", "--connections", &connections.to_string()])
                .args(["--duration", &format!("{}s", self.seconds), "--latency", "--header", header])
                .arg(url),
        )?;
        Load::read(&said)
    }
}

/// What the load generator found.
#[derive(Debug, PartialEq, Eq)]
struct Load {
    a_second: String,
    half: String,
    most: String,
}

impl Load {
    /// An answer other than 2xx and a broken connection are no measure of anything.
    fn read(said: &str) -> anyhow::Result<Self> {
        for trouble in ["Non-2xx", "Socket errors"] {
            if let Some(line) = said.lines().find(|line| line.contains(trouble)) {
                bail!("{}", line.trim());
            }
        }
        let after = |start: &str| {
            let line = said.lines().map(str::trim).find_map(|line| line.strip_prefix(start));
            line.map(|rest| rest.trim().to_owned()).with_context(|| format!("wrk did not say {start}: {said}"))
        };
        Ok(Self { a_second: after("Requests/sec:")?, half: after("50%")?, most: after("99%")? })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9} {:>9} {:>9}", self.a_second, self.half, self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 10s test @ http://127.0.0.1:8080/\n  Latency Distribution\n     50%  635.00us\n     75%  693.00us\n     \
        90%    1.20ms\n     99%    2.35ms\n  246530 requests in 10.00s, 199.60MB read\nRequests/sec:  24652.71\nTransfer/sec: 19.96MB\n";

    #[test]
    fn reads_what_the_load_generator_says() {
        let load = Load::read(SAID).unwrap();
        assert_eq!(
            (load.a_second.as_str(), load.half.as_str(), load.most.as_str()),
            ("24652.71", "635.00us", "2.35ms")
        );
    }

    #[test]
    fn failed_answers_are_no_measure() {
        let refused = format!("{SAID}  Non-2xx or 3xx responses: 12\n");
        assert_eq!(Load::read(&refused).unwrap_err().to_string(), "Non-2xx or 3xx responses: 12");
    }
}
