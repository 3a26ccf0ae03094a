//! A run that its runner does not go on with: given back, or out of the way until a person has looked.

use domain::{ids::RunId, run::RunStatus};
use storage::StorageError;

use super::{Chain, Runner};
use crate::wake::Change;

impl Runner {
    pub(super) async fn release(&self, run: &RunId, fence: i64) -> Result<(), StorageError> {
        let mut tx = self.storage.begin().await?;
        tx.release_lease(run, fence).await?;
        tx.commit().await
    }

    /// Takes a run that cannot be read out of the way: nobody leases it again until a person has looked.
    pub(super) async fn park(&self, run: &RunId, fence: i64, why: &str) {
        tracing::error!(run.id = %run, why, "run parked: it needs attention");
        if let Err(error) = self.write_parked(run, fence, why).await {
            tracing::error!(run.id = %run, error = %Chain(&error), "the run could not be parked");
        }
    }

    async fn write_parked(&self, run: &RunId, fence: i64, why: &str) -> Result<(), StorageError> {
        let mut tx = self.storage.begin().await?;
        // Whoever has it by now may be able to read it.
        tx.extend_lease(run, fence, self.clock.now()).await?;
        tx.set_run_status(run, RunStatus::NeedsAttention, None).await?;
        // Whose it is, as far as that can be read: their pages are to tell it.
        let row = tx.lookup_run(run).await.ok().flatten();
        let stack = match &row {
            Some(row) => tx.lookup_stack(&row.stack).await.ok().flatten(),
            None => None,
        };
        let summary = format!("parked the run, which cannot go on: {why}");
        let mut line = self.line("run.parked", run, stack.as_ref().map(|stack| &stack.team), summary);
        line.detail = serde_json::json!({"why": why});
        tx.append_audit(&line).await?;
        tx.commit().await?;
        let request = row.map(|row| row.request);
        self.changes.publish(Change { request, run: Some(run.clone()), stack: stack.map(|stack| stack.id) });
        Ok(())
    }
}
