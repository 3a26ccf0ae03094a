//! `gantry seed FILE`: teams, people and environments, for the first day and for the demo.

use std::{path::PathBuf, process::ExitCode};

use super::BAD_INPUT;
use crate::{config::Config, serve};

#[derive(clap::Args)]
pub struct Seed {
    /// The file
    file: PathBuf,
}

impl Seed {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let name = self.file.display();
        let text = std::fs::read_to_string(&self.file).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        let seed = serde_json::from_str(&text).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        let (portal, storage) = serve::portal(&config).await?;
        let outcome = portal.seed(seed).await;
        storage.close().await;
        match outcome {
            Ok(seeded) => {
                let service::accounts::Seeded { teams, people, environments } = seeded;
                println!("{teams} teams, {people} people and {environments} environments were added or changed.");
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                for problem in error.problems() {
                    eprintln!("{name}: {problem}");
                }
                if error.problems().is_empty() {
                    eprintln!("{error}");
                }
                Ok(ExitCode::from(BAD_INPUT))
            }
        }
    }
}
