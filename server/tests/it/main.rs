//! The whole application in one process: the real router, database and use cases, with an AWS in memory.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod account;
mod api;
mod api_roles;
mod browser;
mod command_line;
mod drafts;
mod edit;
mod environments;
mod forged;
mod form;
mod house;
mod journey;
mod killed;
mod left;
mod lists;
mod live;
mod operations;
mod pages;
mod people;
mod postgres;
mod program;
mod ready;
mod roles;
mod run_log;
mod step_log;
mod tokens;
mod wire;
