//! Observes AWS and executes sealed plans.
//!
//! [`cloud`] is the port; [`observe`] reads through it for a plan; [`runner`] leases runs, folds their event logs and
//! does what `domain::run::decide` says.

pub mod cloud;
