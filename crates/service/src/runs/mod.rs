//! Watching runs, and choosing when one stops.

mod follow_run;
mod hand_run;
mod read_log;
mod show_run;
mod steer_run;

use domain::run::RunStatus;

pub(crate) use self::show_run::{run_card, seen_run};
pub use self::{
    follow_run::RunLog,
    hand_run::Handing,
    show_run::{RunCard, RunChoice, RunDetail, StepCall},
};

/// States of a run that still goes on.
pub(crate) const GOING_ON: &[RunStatus] = &[RunStatus::Queued, RunStatus::Running, RunStatus::Undoing];

/// States of a run that waits for a choice.
pub(crate) const WAITING: &[RunStatus] = &[RunStatus::NeedsChoice, RunStatus::NeedsAttention];
