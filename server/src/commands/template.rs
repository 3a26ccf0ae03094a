//! `gantry template`: templates as files, checked without a portal, for authors and their continuous integration.

use std::{path::PathBuf, process::ExitCode};

use domain::template::check;

use super::BAD_INPUT;

#[derive(clap::Subcommand)]
pub enum Template {
    /// Checks template files; every problem with file, line, path and sentence
    Check {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl Template {
    pub fn run(self) -> ExitCode {
        let Self::Check { files } = self;
        let mut code = ExitCode::SUCCESS;
        for file in files {
            let name = file.display();
            match std::fs::read_to_string(&file) {
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
}
