//! `cargo xtask bench`: measures the release build. Figures are for comparing two builds on one machine, not two machines.

mod http;
mod page;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Bench {
    /// What five pages of the demo cost a browser with an empty cache
    Page(page::Page),
    /// How many answers a second a portal with years of data gives, on both databases
    Http(http::Http),
}

impl Bench {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Page(bench) => bench.run(),
            Self::Http(bench) => bench.run(),
        }
    }
}
