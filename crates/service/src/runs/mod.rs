//! Watching runs, and choosing when one stops.

mod show_run;
mod steer_run;

pub use self::show_run::{RunCard, RunChoice, RunDetail, StepCall};
