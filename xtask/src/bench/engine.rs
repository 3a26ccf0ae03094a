//! `cargo xtask bench engine`: what the engine costs by itself, on both databases.
//!
//! A step that waits for another needs the disk twice: before its call, and when it is known what came of it. How long a
//! disk takes is not the engine's doing, so the goal for a step alone is for a database that waits for none. Many runs share
//! their waits; their goal is for a database that has every commit on disk, as in earnest.
//!
//! A step is so many questions to the database, whatever machine it is: how many, is said beside what they took.

use std::process::Command;

use anyhow::{Context as _, bail};
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

/// At most so many milliseconds for a step alone, the disk apart.
const MOST_STEP_MS: f64 = 1.0;
/// At most so many seconds for a hundred runs of ten steps, the disk included.
const MOST_SECONDS: f64 = 1.0;

/// What one database took.
struct Taken {
    /// The least question that can be put to it, and its answer.
    ping_ms: f64,
    step_ms: f64,
    all_seconds: f64,
}

impl Engine {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let mut progress = Progress::new(6);
        let programs = progress.part("PostgreSQL: installed", postgres::install)?;
        progress.part("the engine, released", || {
            let build = ["build", "--release", "--package", "gantry-server", "--example", "engine"];
            process::run(&mut process::cargo(build))
        })?;
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let on_sqlite = |folder: Folder| self.measure(&format!("sqlite:{}", folder.path().join("gantry.db").display()));
        let on_postgres = |care| self.measure(&Postgres::start(&programs, 0, care)?.url);
        let sqlite = progress.part("SQLite, on disk", || on_sqlite(Folder::new()?))?;
        let sqlite_alone = progress.part("SQLite, in memory", || on_sqlite(Folder::in_memory()?))?;
        let postgres = progress.part("PostgreSQL, on disk", || on_postgres(Care::ForPowerCuts))?;
        let postgres_alone = progress.part("PostgreSQL, without waiting for the disk", || on_postgres(Care::None))?;

        println!("load before: {}", load.trim());
        let all = format!("{} runs of {} steps", self.runs, self.steps);
        let (disk, alone) = ("a step, on disk", "a step, the disk apart");
        println!("{:<11} {disk:>15} {alone:>24} {:>13} {all:>24}", "database", "in questions");
        let (step, runs) = (format!("{MOST_STEP_MS} ms"), format!("{MOST_SECONDS} s"));
        println!("{:<11} {:>15} {step:>24} {:>13} {runs:>24}", "goal", "", "");
        let mut missed = vec![];
        for (name, disk, alone) in [("SQLite", sqlite, sqlite_alone), ("PostgreSQL", postgres, postgres_alone)] {
            let (step, all) = (alone.step_ms, disk.all_seconds);
            let questions = step / alone.ping_ms;
            println!("{name:<11} {:>12.2} ms {step:>21.2} ms {questions:>13.1} {all:>22.2} s", disk.step_ms);
            if step > MOST_STEP_MS {
                missed.push(format!("{name}: a step in at most {MOST_STEP_MS} ms, it took {step:.2} ms"));
            }
            if all > MOST_SECONDS {
                missed.push(format!("{name}: all runs in at most {MOST_SECONDS} s, they took {all:.2} s"));
            }
        }
        if !missed.is_empty() {
            bail!("missed: {}", missed.join("; "));
        }
        Ok(())
    }

    fn measure(&self, database: &str) -> anyhow::Result<Taken> {
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
        let (ping_ms, step_ms) = (number("ping_ms")?, number("step_ms")?);
        Ok(Taken { ping_ms, step_ms, all_seconds: number("all_seconds")? })
    }
}
