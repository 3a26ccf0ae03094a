//! `cargo xtask ci`: what continuous integration runs. `.ci/run` calls it on a bare machine.

use crate::progress::Progress;
use crate::{process, test, wasm};

pub fn run() -> anyhow::Result<()> {
    let mut progress = Progress::new(4);
    progress.part("format", || process::run(&mut process::cargo(["fmt", "--all", "--check"])))?;
    progress.part("compiler for the browser's side", wasm::install)?;
    // The app has two sides that must not be switched on together, so each is linted alone.
    progress.part("lints: server", || {
        let command =
            ["clippy", "--workspace", "--exclude", "gantry-frontend", "--all-targets", "--", "-D", "warnings"];
        process::run(&mut process::cargo(command))
    })?;
    progress.part("lints: browser", || {
        let target = "wasm32-unknown-unknown";
        let command = ["clippy", "--package", "gantry-frontend", "--target", target, "--", "-D", "warnings"];
        process::run(&mut process::cargo(command))
    })?;
    test::Test::everything().run()
}
