//! `gantry policy`: what must be written into AWS before Gantry may work there.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::environment::Environment;

use crate::{config::Config, database::Database};

#[derive(clap::Subcommand)]
pub enum Policy {
    /// Prints the IAM policy of the role that Gantry assumes in an account
    LaunchRole {
        /// Narrow it to the account, region, path and permissions boundary of this environment
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
        /// Print who may assume it instead: this role of the portal, by its ARN
        #[arg(long, value_name = "ARN", requires = "external_id")]
        trust: Option<String>,
        /// The external id that the portal must know
        #[arg(long)]
        external_id: Option<String>,
    },
}

impl Policy {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let Self::LaunchRole { environment, trust, external_id } = self;
        let policy = match (trust, external_id) {
            (Some(role), Some(external_id)) => aws::policy::trust(&role, &external_id),
            _ => {
                let environment = match environment {
                    Some(name) => Some(find(&config, &name).await?),
                    None => None,
                };
                aws::policy::launch_role(&config.installation, environment.as_ref())
            }
        };
        println!("{policy:#}");
        Ok(ExitCode::SUCCESS)
    }
}

async fn find(config: &Config, name: &str) -> anyhow::Result<Environment> {
    let database = Database::open_as_is(config).await?;
    let storage = database.storage();
    let environments = async { storage.begin_read().await?.list_environments().await }.await;
    database.close().await;
    let environments = environments.context("the environments cannot be read")?;
    let names: Vec<_> = environments.iter().map(|one| one.name.clone()).collect();
    match environments.into_iter().find(|one| one.name == name) {
        Some(environment) => Ok(environment),
        None if names.is_empty() => bail!("there is no environment yet"),
        None => bail!("there is no environment {name}; there are {}", names.join(", ")),
    }
}
