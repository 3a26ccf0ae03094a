//! `gantry migrate`: the database's schema, apart from serving.

use std::process::ExitCode;

use crate::{config::Config, serve};

#[derive(clap::Args)]
pub struct Migrate {}

impl Migrate {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let (_, storage) = serve::portal(&config).await?;
        storage.close().await;
        println!("The database has the schema of this program.");
        Ok(ExitCode::SUCCESS)
    }
}
