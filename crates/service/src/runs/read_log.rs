//! The log of a run as far as it can be read. What cannot be read is one run's trouble: every page that shows it shows the
//! rest, and a person can still end it.

use domain::{
    ids::RunId,
    plan::Plan,
    run::{LoggedEvent, RunState},
};
use storage::{StorageError, Transaction};

use crate::Result;

/// A log.
pub(crate) struct Log {
    /// The events, also those that are none; nothing when a row has not even a time.
    pub(crate) events: Vec<LoggedEvent>,
    /// Where each step stands, as far as the log makes sense.
    pub(crate) state: RunState,
    /// What is the matter with the rest.
    pub(crate) unreadable: Option<String>,
}

/// Reads it.
pub(crate) async fn read_log(tx: &mut dyn Transaction, run: &RunId, plan: &Plan) -> Result<Log> {
    let mut state = RunState::new(plan);
    let (events, mut unreadable) = match tx.list_events(run, 0).await {
        Ok(events) => (events, None),
        Err(StorageError::Corrupt { what, why }) => (vec![], Some(format!("{what}: {why}"))),
        Err(error) => return Err(error.into()),
    };
    if let Err(bad) = events.iter().try_for_each(|event| state.apply(event)) {
        unreadable = Some(bad.to_string());
    }
    Ok(Log { events, state, unreadable })
}
