//! Observes AWS and executes sealed plans.
//!
//! [`cloud`] is the port; [`planning`] reads through it for a plan; [`runner`] leases runs, folds their event logs and
//! does what `domain::run::decide` says; [`wake`] tells it that there is something to do, and the pages that something
//! has changed; [`turn`] says whose call goes first; [`holdings`] says what a stack has that no other can have.

pub mod cloud;
#[cfg(feature = "fake")]
pub mod fake;
pub mod holdings;
pub mod planning;
pub mod runner;
pub mod turn;
pub mod wake;
