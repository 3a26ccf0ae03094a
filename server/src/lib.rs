//! The composition root: configuration, the command line, the router, and the processes around it.

pub mod api;
pub mod commands;
pub mod config;
pub mod database;
pub mod edge;
pub mod error;
pub mod listen;
pub mod logging;
pub mod metrics;
pub mod neighbours;
pub mod routes;
pub mod serve;
pub mod sources;
pub mod state;
pub mod views;
