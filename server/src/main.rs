//! The command line of Gantry.

use std::{collections::BTreeMap, ffi::OsStr, io::IsTerminal as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::template::check;
use gantry_server::{config::Config, serve};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Bad configuration or bad input, as opposed to something that failed.
const BAD_INPUT: u8 = 2;

#[derive(Parser)]
#[command(name = "gantry", version, about = "A self-service portal for Amazon ECS")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the portal and carries out runs.
    Serve,
    /// Puts teams, people and environments from a JSON file into the database.
    Seed {
        /// The file.
        file: PathBuf,
    },
    /// Brings the database to the schema of this program, which `serve` does, too.
    Migrate,
    /// The history.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Templates.
    Template {
        #[command(subcommand)]
        command: TemplateCommand,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Checks the hash chain from its first event to its last, and names the first bad one.
    Verify,
}

#[derive(Subcommand)]
enum TemplateCommand {
    /// Checks template files; every problem with file, line, path and sentence.
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::Template { command: TemplateCommand::Check { files } } = &arguments.command {
        return check_templates(files);
    }
    let config = match Config::read(variables()) {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return ExitCode::from(BAD_INPUT);
        }
    };
    start_logging(&config);
    for name in &config.unknown {
        tracing::warn!("{name} is no setting of gantry, and is not read");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the process cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command, config)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gantry: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What is set. Text that is not UTF-8 is no value of any setting; as it is read here, it is named as wrong.
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os().map(|(name, value)| (text(&name), text(&value))).collect()
}

fn text(raw: &OsStr) -> String {
    raw.to_string_lossy().into_owned()
}

fn start_logging(config: &Config) {
    let logging = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.log))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if config.log_json { logging.json().init() } else { logging.init() }
}

async fn run(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::serve(config, asked_to_end()).await?,
        Command::Seed { file } => {
            let text =
                std::fs::read_to_string(&file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
            let seed = serde_json::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
            let (portal, storage) = serve::portal(&config).await?;
            let outcome = portal.seed(seed).await;
            storage.close().await;
            match outcome {
                Ok(seeded) => println!(
                    "{} teams, {} people and {} environments were added or changed.",
                    seeded.teams, seeded.people, seeded.environments
                ),
                Err(error) => {
                    for problem in error.problems() {
                        eprintln!("{}: {problem}", file.display());
                    }
                    if error.problems().is_empty() {
                        eprintln!("{error}");
                    }
                    return Ok(ExitCode::from(BAD_INPUT));
                }
            }
        }
        Command::Migrate => {
            let (_, storage) = serve::portal(&config).await?;
            storage.close().await;
            println!("The database has the schema of this program.");
        }
        Command::Audit { command: AuditCommand::Verify } => {
            let (portal, _) = serve::portal(&config).await?;
            let verified = portal.verify_audit().await?;
            match verified.broken {
                None => println!("verified through event {}, hash {}", verified.through, verified.hash),
                Some(broken) => {
                    eprintln!("{broken}; everything before it is whole");
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        Command::Template { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}

fn check_templates(files: &[PathBuf]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let name = file.display();
        match std::fs::read_to_string(file) {
            Err(error) => {
                eprintln!("{name}: {error}");
                code = ExitCode::from(BAD_INPUT);
            }
            Ok(text) => match check::parse(&text) {
                Ok(template) => println!("{name}: {} is sound", template.id()),
                Err(problems) => {
                    for located in problems {
                        eprintln!("{name}:{}: {} [{}]", located.line, located.problem, located.problem.code);
                    }
                    code = ExitCode::from(BAD_INPUT);
                }
            },
        }
    }
    code
}
