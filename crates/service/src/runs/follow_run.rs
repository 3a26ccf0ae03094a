//! The log of a run from a position on, as those read it who follow it.

use domain::{
    ids::RunId,
    people::Actor,
    run::{LoggedEvent, RunStatus},
};

use super::show_run::seen_run;
use crate::{Portal, Result};

/// A part of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLog {
    /// Where the run stands.
    pub status: RunStatus,
    /// What happened, oldest first.
    pub events: Vec<LoggedEvent>,
}

impl Portal {
    /// What the log says after a position.
    pub async fn run_log(&self, actor: &Actor, id: &RunId, after: u64) -> Result<RunLog> {
        let mut tx = self.storage.begin_read().await?;
        let (run, _) = seen_run(&mut *tx, actor, id).await?;
        // No log is longer, and no database counts further.
        let after = after.min(i64::MAX.unsigned_abs());
        Ok(RunLog { status: run.status, events: tx.list_events(id, after).await? })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;
    use domain::run::RunStatus;

    #[tokio::test]
    async fn a_log_is_read_from_where_one_stopped() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&id).await;
        let run = house.request(&id).await.run.unwrap();
        let whole = house.portal.run_log(&house.dev, &run, 0).await.unwrap();
        assert_eq!(whole.status, RunStatus::Succeeded);
        let rest = house.portal.run_log(&house.dev, &run, 3).await.unwrap();
        assert_eq!(rest.events, whole.events[3..]);
        assert!(house.portal.run_log(&house.dev, &run, u64::MAX).await.unwrap().events.is_empty());
        assert_eq!(house.portal.run_log(&house.other_dev, &run, 0).await.unwrap_err().code(), "not-found");
    }
}
