//! `cargo xtask bench engine`: what the engine costs by itself, on both databases with every commit on disk.

use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::folder::Folder;
use crate::postgres::{self, Care, Postgres};
use crate::progress::Progress;
use crate::{interrupt, paths, process};

#[derive(clap::Args)]
pub struct Engine {
    /// Runs at once
    #[arg(long, default_value_t = 100)]
    runs: u32,
    /// Steps in each
    #[arg(long, default_value_t = 10)]
    steps: u32,
}

impl Engine {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let mut progress = Progress::new(4);
        let programs = progress.part("PostgreSQL: installed", postgres::install)?;
        progress.part("the engine, released", || {
            process::run(&mut process::cargo([
                "build",
                "--release",
                "--package",
                "gantry-server",
                "--example",
                "engine",
            ]))
        })?;
        println!(
            "{:<11} {:>16} {:>26} {:>20}",
            "database",
            "one step alone",
            format!("{} runs of {} steps", self.runs, self.steps),
            "a step among them"
        );
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
        let said = process::quietly(
            Command::new(paths::target().join("release/examples/engine"))
                .args(["--runs", &self.runs.to_string(), "--steps", &self.steps.to_string()])
                .env("GANTRY_DATABASE_URL", database)
                .env("GANTRY_KEY_FILE", folder.path().join("gantry.key"))
                .env("GANTRY_SITE_DIR", paths::root().join("style")),
        )?;
        let found: Value = serde_json::from_str(&said).with_context(|| format!("engine said: {said}"))?;
        let number = |field: &str| found[field].as_f64().with_context(|| format!("engine said no {field}"));
        println!(
            "{name:<11} {:>13.2} ms {:>24.2} s {:>17.2} ms",
            number("step_ms")?,
            number("all_seconds")?,
            number("all_step_ms")?
        );
        Ok(())
    }
}
