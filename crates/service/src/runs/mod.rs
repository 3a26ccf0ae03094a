//! Watching runs, and choosing when one stops.

mod follow_run;
mod read_log;
mod show_run;
mod steer_run;

use domain::run::RunStatus;

pub use self::{
    follow_run::RunLog,
    show_run::{RunCard, RunChoice, RunDetail, StepCall},
};
pub(crate) use self::{read_log::read_log, show_run::seen_run};

/// States of a run that still goes on, or waits for a choice.
pub(crate) const UNFINISHED: &[RunStatus] =
    &[RunStatus::Queued, RunStatus::Running, RunStatus::Undoing, RunStatus::NeedsChoice, RunStatus::NeedsAttention];
