//! `cargo xtask`: the commands of this repository that cargo alone cannot do.
//!
//! Each command checks what it needs, installs what is missing under one cache folder, says what it does, and costs
//! nothing when there is nothing to do. A new command is a variant of [`Task`] and a file of its own.

mod assets;
mod bench;
mod browser;
mod ci;
mod demo;
mod dist;
mod emulators;
mod folder;
mod gallery;
mod http;
mod interrupt;
mod node;
mod paths;
mod postgres;
mod process;
mod progress;
mod screenshots;
mod server;
mod stage;
mod test;
mod wasm;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, show and test Gantry")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start everything on this machine with demo data and print who can sign in
    Demo(demo::Demo),
    /// Run every test: Rust, then the browser against dist/
    Test(test::Test),
    /// Build dist/: one binary and one site folder
    Build(dist::Build),
    /// Start the AWS stand-ins and print AWS_ENDPOINT_URL and a network
    Emulators(emulators::Start),
    /// Start a private PostgreSQL and print GANTRY_TEST_POSTGRES_URL
    Postgres(postgres::Start),
    /// Measure the release build
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Take pictures of every page of the demo, for review and for the README
    Screenshots(screenshots::Screenshots),
    /// What continuous integration runs: format, lints, tests
    Ci,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Demo(task) => task.run(),
        Task::Test(task) => task.run(),
        Task::Build(task) => task.run(),
        Task::Emulators(task) => task.run(),
        Task::Postgres(task) => task.run(),
        Task::Bench(task) => task.run(),
        Task::Screenshots(task) => task.run(),
        Task::Ci => ci::run(),
    }
}
