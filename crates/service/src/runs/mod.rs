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

/// States of a run that still goes on.
pub(crate) const GOING_ON: &[RunStatus] = &[RunStatus::Queued, RunStatus::Running, RunStatus::Undoing];

/// States of a run that waits for a choice.
pub(crate) const WAITING: &[RunStatus] = &[RunStatus::NeedsChoice, RunStatus::NeedsAttention];
