//! `cargo xtask bench`: measures the release build. Figures are for comparing two builds on one machine, not two machines.

mod page;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Bench {
    /// What five pages of the demo cost a browser with an empty cache
    Page(page::Page),
}

impl Bench {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Page(bench) => bench.run(),
        }
    }
}
