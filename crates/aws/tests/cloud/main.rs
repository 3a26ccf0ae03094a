//! The real kinds over HTTP, against what answers as AWS at `GANTRY_TEST_AWS_ENDPOINT`. One binary: it links once.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod account;
mod death;
mod ground;
mod house;
mod kinds;
mod leftovers;
mod life;
mod matrix;
mod pairs;
mod rows;
mod tally;
