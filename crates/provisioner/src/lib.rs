//! Observes AWS and executes sealed plans.
//!
//! [`cloud`] is the port; [`planning`] reads through it for a plan; [`runner`] leases runs, folds their event logs and
//! does what `domain::run::decide` says; [`wake`] tells it that there is something to do, and the pages that something
//! has changed.

pub mod cloud;
#[cfg(feature = "fake")]
pub mod fake;
pub mod planning;
pub mod runner;
pub mod wake;
