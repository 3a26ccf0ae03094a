//! `cargo xtask bench provision`: how long stacks take to be made, on virtual time; see `crates/aws/benches/provision`.

use crate::{interrupt, process};

#[derive(clap::Args)]
pub struct Provision {}

impl Provision {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        // Built like the tests: time is virtual, so nothing is gained by waiting for a release build of the SDK.
        let build = ["test", "--quiet", "--workspace", "--exclude", "gantry-frontend", "--bench", "provision"];
        process::run(&mut process::cargo(build))
    }
}
