//! `cargo xtask bench page`: bytes, requests and paints of five pages in Chromium, at CPU x1 and x4.

use std::process::Command;

use crate::progress::Progress;
use crate::stage::{self, Stage};
use crate::{browser, dist, emulators, interrupt, node, paths, process};

#[derive(clap::Args)]
pub struct Page {
    /// Measure dist/ as it is
    #[arg(long)]
    no_build: bool,
    /// Visits of each page, of which the median counts
    #[arg(long, default_value_t = 7)]
    runs: u32,
}

impl Page {
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
            dist::build(dist::Profile::Release, &mut progress)?;
        }
        let mut stage = Stage::start(0, &mut progress)?;
        progress.part("the demo's history", || stage.tell_story())?;
        progress.part("visits", || {
            process::run(
                Command::new("node")
                    .args(["bench-pages.mjs", &self.runs.to_string()])
                    .current_dir(paths::root().join("e2e"))
                    .env("GANTRY_BASE_URL", &stage.server.url)
                    .env("GANTRY_CHROMIUM", &chromium),
            )
        })
    }
}
