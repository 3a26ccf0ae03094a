//! `cargo xtask bench`: measures the release build, or virtual time. Figures are for comparing two builds on one machine, not two machines.

mod engine;
mod http;
mod page;
mod provision;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Bench {
    /// What five pages of the demo cost a browser with an empty cache
    Page(page::Page),
    /// How many answers a second a portal with years of data gives, on both databases
    Http(http::Http),
    /// What a step costs when AWS answers at once, on both databases
    Engine(engine::Engine),
    /// How long stacks take to be made, on virtual time with AWS's published latencies and limits
    Provision(provision::Provision),
}

impl Bench {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Page(bench) => bench.run(),
            Self::Http(bench) => bench.run(),
            Self::Engine(bench) => bench.run(),
            Self::Provision(bench) => bench.run(),
        }
    }
}
