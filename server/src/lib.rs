//! The composition root: configuration, the router, and the processes around it. `main.rs` is the command line.

pub mod config;
pub mod edge;
pub mod error;
pub mod routes;
pub mod serve;
pub mod sources;
pub mod state;
pub mod views;
