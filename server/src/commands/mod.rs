//! The command line of Gantry, one file for each command. To add one: a file, a variant of [`Command`], a row in the
//! README.

mod audit;
mod backup;
mod doctor;
mod migrate;
mod policy;
mod seed;
mod serve;
mod template;
mod user;

use std::{collections::BTreeMap, ffi::OsStr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{BadConfig, Config},
    logging,
};

/// Bad configuration or bad input, as opposed to something that failed.
pub const BAD_INPUT: u8 = 2;

#[derive(Parser)]
#[command(name = "gantry", version, about = "A self-service portal for Amazon ECS")]
struct Arguments {
    /// Settings in a file, under the names of the environment variables, which win
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the portal and carries out runs
    Serve(serve::Serve),
    /// Brings the database to the schema of this program, which `serve` does, too
    Migrate(migrate::Migrate),
    /// Looks at everything that Gantry needs, and says what is wrong and how to mend it
    Doctor(doctor::Doctor),
    /// Copies the database into a file while Gantry goes on
    Backup(backup::Backup),
    /// Puts teams, people and environments from a JSON file into the database
    Seed(seed::Seed),
    /// What must be written into AWS beforehand
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Local accounts
    #[command(subcommand)]
    User(user::Account),
    /// The history
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Templates
    #[command(subcommand)]
    Template(template::Template),
}

/// Does what the arguments of this process say.
pub fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    let config = Config::read(variables(config));
    match command {
        // These two have their own to say about bad settings.
        Command::Doctor(doctor) => run(doctor.run(config)),
        Command::Template(template) => template.run(),
        command => match config {
            Ok(config) => {
                logging::start(&config);
                run(command.run(config))
            }
            Err(problems) => refuse(&problems),
        },
    }
}

impl Command {
    async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        for name in &config.unknown {
            tracing::warn!("{name} is no setting of gantry, and is not read");
        }
        match self {
            Self::Serve(command) => command.run(config).await,
            Self::Migrate(command) => command.run(config).await,
            Self::Backup(command) => command.run(config).await,
            Self::Seed(command) => command.run(config).await,
            Self::Policy(command) => command.run(config).await,
            Self::User(command) => command.run(config).await,
            Self::Audit(command) => command.run(config).await,
            Self::Doctor(command) => command.run(Ok(config)).await,
            Self::Template(command) => Ok(command.run()),
        }
    }
}

fn refuse(problems: &[BadConfig]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    ExitCode::from(BAD_INPUT)
}

fn run(command: impl Future<Output = anyhow::Result<ExitCode>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the process cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(command).unwrap_or_else(|error| {
        eprintln!("gantry: {error:#}");
        ExitCode::FAILURE
    })
}

/// What is set, with the file from the command line. Text that is not UTF-8 is no value of any setting; as it is read
/// here, it is named as wrong.
fn variables(config: Option<PathBuf>) -> BTreeMap<String, String> {
    let named = config.map(|file| ("GANTRY_CONFIG".to_owned(), text(file.as_os_str())));
    std::env::vars_os().map(|(name, value)| (text(&name), text(&value))).chain(named).collect()
}

fn text(raw: &OsStr) -> String {
    raw.to_string_lossy().into_owned()
}
