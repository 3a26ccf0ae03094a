//! `cargo xtask screenshots`: the README's pictures, and a contact sheet of every page for review.
//!
//! The pages are those of the demo, after its history has happened. Every page is taken in light and dark at three widths
//! into `dist/screenshots/`; `contact-sheet.html` there shows all of them side by side. With `--readme` the few that the
//! README shows are written to `docs/pictures/`.

use std::process::Command;

use crate::progress::{self, Progress, seconds};
use crate::stage::{self, Stage};
use crate::{browser, dist, emulators, interrupt, node, paths, process};

#[derive(clap::Args)]
pub struct Screenshots {
    /// Take dist/ as it is
    #[arg(long)]
    no_build: bool,
    /// Also write the README's pictures
    #[arg(long)]
    readme: bool,
    /// Only pages whose name contains this
    #[arg(long, value_name = "PART")]
    only: Option<String>,
}

impl Screenshots {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let built = if self.no_build { 0 } else { dist::PARTS };
        let mut progress = Progress::new(4 + built + stage::PARTS);
        progress.part("AWS stand-ins: installed", emulators::install)?;
        let chromium = progress.part("browser and npm packages", || {
            node::install_folder(&paths::root().join("e2e"))?;
            browser::install()
        })?;
        if !self.no_build {
            dist::build(dist::Profile::Dev, &mut progress)?;
        }
        let mut stage = Stage::start(0, &mut progress)?;
        progress.part("the demo's history", || stage.tell_story())?;
        let folder = paths::dist().join("screenshots");
        progress.part("pictures", || {
            let mut command = Command::new("node");
            command
                .arg("screenshots.mjs")
                .arg(&folder)
                .current_dir(paths::root().join("e2e"))
                .env("GANTRY_BASE_URL", &stage.server.url)
                .env("GANTRY_CHROMIUM", &chromium);
            if self.readme {
                command.arg("--readme").arg(paths::root().join("docs/pictures"));
            }
            if let Some(part) = &self.only {
                command.arg("--only").arg(part);
            }
            process::run(&mut command)
        })?;
        progress::say(&format!("{}/contact-sheet.html in {}", folder.display(), seconds(progress.elapsed())));
        Ok(())
    }
}
