//! `gantry backup FILE`: a copy of the database while Gantry goes on, and the proof that the copy is whole.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use service::audit::{Pace, verify_history};
use storage_sqlite::SqliteStorage;

use crate::{config::Config, database::Database};

#[derive(clap::Args)]
pub struct Backup {
    /// The file to make; there must be none of that name
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let name = self.file.display();
        let storage = match Database::open_as_is(&config).await? {
            Database::Sqlite(storage) => storage,
            Database::Postgres(_) => bail!(
                "`gantry backup` copies a SQLite file; a PostgreSQL is copied by its own tools, for example pg_dump"
            ),
        };
        let copied = storage.copy_to(&self.file).await;
        storage.close().await;
        copied.with_context(|| format!("{name} could not be made"))?;
        let copy = SqliteStorage::open_as_is(&format!("sqlite:{name}")).await?;
        let verified = verify_history(&copy, Pace::Alone).await;
        copy.close().await;
        let verified = verified?;
        match verified.broken {
            None => {
                println!("{name}: whole, with the history through event {}, hash {}", verified.through, verified.hash);
                println!("The key that opens its secrets is not in it; keep that apart.");
                Ok(ExitCode::SUCCESS)
            }
            Some(broken) => {
                eprintln!("{name}: the history is not whole, as in the database itself: {broken}");
                Ok(ExitCode::FAILURE)
            }
        }
    }
}
