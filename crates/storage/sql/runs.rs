//! Runs, their logs and leases.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    ids::{RunId, StackId, TeamId},
    run::{Event, Hands, LoggedEvent, Run, RunStatus},
};
use sqlx::{Database, FromRow as _, QueryBuilder, Row as _};
use storage::{
    Page, Result, Runs, StorageError,
    rows::{EventRow, ReleaseRow, RunRow, failed_on},
};

use super::{added, changed, push_any};
use crate::dialect::{Db, SKIP_LOCKED, Tx, instant, json};

/// Whose a run is.
const TEAM: &str = "(SELECT team_id FROM stacks WHERE stacks.id = runs.stack_id)";

/// Whom a run was handed to last, or that it was handed back: the event as it is written. As text, so that a row that is no
/// document keeps nobody from finding the others.
const LAST_HANDED: &str = r#"(SELECT CAST(event AS TEXT) FROM run_events
     WHERE run_id = runs.id AND CAST(event AS TEXT) LIKE '{"type":"handed\_%' ESCAPE '\'
     ORDER BY position DESC LIMIT 1)"#;

/// A row of the log; what cannot be read at all is named.
fn logged(run: &RunId, row: &<Db as Database>::Row) -> Result<LoggedEvent> {
    EventRow::from_row(row).map_err(failed_on("run_events")).and_then(LoggedEvent::try_from).map_err(
        |error| match error {
            StorageError::Corrupt { what, why } => match row.try_get::<i64, _>("position") {
                Ok(position) => StorageError::Corrupt { what: format!("event {position} of run {run}"), why },
                Err(_) => StorageError::Corrupt { what: format!("{what} of run {run}"), why },
            },
            other => other,
        },
    )
}

impl Tx {
    /// The position; none where there is no such run, or it is not held with this fence.
    async fn append_to_log(
        &mut self,
        run: &RunId,
        fence: Option<i64>,
        event: &Event,
        at: DateTime<Utc>,
    ) -> Result<Option<u64>> {
        let held = if fence.is_some() { "fence = $4 AND leased_by IS NOT NULL" } else { "true" };
        let append = format!(
            "INSERT INTO run_events (run_id, position, at, event)
             SELECT id, (SELECT coalesce(max(position), 0) + 1 FROM run_events WHERE run_id = id), $2, $3
             FROM runs WHERE id = $1 AND {held}
             RETURNING position"
        );
        let mut query = sqlx::query_scalar(&append).bind(run.as_str()).bind(instant(at)).bind(json(event));
        if let Some(fence) = fence {
            query = query.bind(fence);
        }
        let position: Option<i64> = query.fetch_optional(self.connection()).await.map_err(failed_on("run_events"))?;
        Ok(position.map(i64::unsigned_abs))
    }
}

#[async_trait]
impl Runs for Tx {
    async fn add_run(&mut self, run: &Run) -> Result<()> {
        let result = sqlx::query(&format!(
            "INSERT INTO runs ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
            RunRow::COLUMNS
        ))
        .bind(run.id.as_str())
        .bind(run.request.as_str())
        .bind(run.stack.as_str())
        .bind(run.status.as_str())
        .bind(run.fence)
        .bind(run.leased_by.as_deref())
        .bind(run.leased_until.map(instant))
        .bind(instant(run.created_at))
        .bind(run.ended_at.map(instant))
        .execute(self.connection())
        .await
        .map_err(failed_on("runs"))?;
        added(&result, || format!("the one unfinished run of request {}", run.request))
    }

    async fn lookup_run(&mut self, id: &RunId) -> Result<Option<Run>> {
        sqlx::query_as::<_, RunRow>(&format!("SELECT {} FROM runs WHERE id = $1", RunRow::COLUMNS))
            .bind(id.as_str())
            .fetch_optional(self.connection())
            .await
            .map_err(failed_on("runs"))?
            .map(Run::try_from)
            .transpose()
    }

    async fn list_runs(&mut self, stack: &StackId) -> Result<Vec<Run>> {
        sqlx::query_as::<_, RunRow>(&format!(
            "SELECT {} FROM runs WHERE stack_id = $1 ORDER BY sequence DESC",
            RunRow::COLUMNS
        ))
        .bind(stack.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("runs"))?
        .into_iter()
        .map(Run::try_from)
        .collect()
    }

    async fn list_releases(&mut self, stack: &StackId, page: &Page) -> Result<Vec<(u64, Run)>> {
        sqlx::query_as::<_, ReleaseRow>(&format!(
            "SELECT {columns}, number FROM (
                 SELECT {columns}, sequence, row_number() OVER (ORDER BY sequence) AS number
                 FROM runs WHERE stack_id = $1 AND status = 'succeeded'
             ) AS releases
             WHERE $2 IS NULL OR sequence < (SELECT sequence FROM runs WHERE id = $2)
             ORDER BY sequence DESC LIMIT $3",
            columns = RunRow::COLUMNS
        ))
        .bind(stack.as_str())
        .bind(page.after.as_deref())
        .bind(i64::from(page.limit))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("runs"))?
        .into_iter()
        .map(<(u64, Run)>::try_from)
        .collect()
    }

    async fn count_releases(&mut self, stack: &StackId) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM runs WHERE stack_id = $1 AND status = 'succeeded'")
            .bind(stack.as_str())
            .fetch_one(self.connection())
            .await
            .map_err(failed_on("runs"))?;
        Ok(count.unsigned_abs())
    }

    async fn list_runs_by_status(
        &mut self,
        statuses: &[RunStatus],
        teams: Option<&[TeamId]>,
        limit: u32,
    ) -> Result<Vec<Run>> {
        let mut query = QueryBuilder::new(format!("SELECT {} FROM runs WHERE true", RunRow::COLUMNS));
        push_any(&mut query, "status", statuses.iter().map(|status| status.as_str()));
        if let Some(teams) = teams {
            push_any(&mut query, TEAM, teams.iter().map(|team| team.as_str()));
        }
        query.push(" ORDER BY sequence DESC LIMIT ").push_bind(i64::from(limit));
        query
            .build_query_as::<RunRow>()
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("runs"))?
            .into_iter()
            .map(Run::try_from)
            .collect()
    }

    async fn list_runs_in_hands(&mut self, of: &[Hands], teams: Option<&[TeamId]>, limit: u32) -> Result<Vec<Run>> {
        let mut query = QueryBuilder::new(format!("SELECT {} FROM runs WHERE true", RunRow::COLUMNS));
        let waiting = RunStatus::ALL.iter().filter(|status| status.is_waiting());
        push_any(&mut query, "status", waiting.map(|status| status.as_str()));
        if let Some(teams) = teams {
            push_any(&mut query, TEAM, teams.iter().map(|team| team.as_str()));
        }
        query.push(" AND (false");
        for hands in of {
            let handed = format!(r#"{{"type":"handed_to","to":"{hands}",%"#);
            query.push(format!(" OR {LAST_HANDED} LIKE ")).push_bind(handed);
        }
        query.push(") ORDER BY sequence DESC LIMIT ").push_bind(i64::from(limit));
        query
            .build_query_as::<RunRow>()
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("runs"))?
            .into_iter()
            .map(Run::try_from)
            .collect()
    }

    async fn lease_runs(
        &mut self,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<Run>> {
        // `sequence` decides who is first, not `created_at`: clocks repeat and go back, and then two runs of one stack
        // could each believe that it is their turn.
        sqlx::query_as::<_, RunRow>(&format!(
            "WITH due AS (
                 SELECT sequence FROM runs AS candidate
                 WHERE status IN ('queued', 'running', 'undoing')
                     AND (leased_until IS NULL OR leased_until <= $3)
                     AND NOT EXISTS (
                         SELECT 1 FROM runs AS earlier
                         WHERE earlier.stack_id = candidate.stack_id AND earlier.sequence < candidate.sequence
                             AND earlier.status NOT IN ('succeeded', 'undone', 'kept', 'stale')
                     )
                 ORDER BY sequence LIMIT $4{SKIP_LOCKED}
             )
             UPDATE runs SET leased_by = $1, leased_until = $2, fence = fence + 1
             WHERE sequence IN (SELECT sequence FROM due)
             RETURNING {}",
            RunRow::COLUMNS
        ))
        .bind(holder)
        .bind(instant(until))
        .bind(instant(now))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("runs"))?
        .into_iter()
        .map(Run::try_from)
        .collect()
    }

    async fn extend_lease(&mut self, run: &RunId, fence: i64, until: DateTime<Utc>) -> Result<()> {
        let result =
            sqlx::query("UPDATE runs SET leased_until = $3 WHERE id = $1 AND fence = $2 AND leased_by IS NOT NULL")
                .bind(run.as_str())
                .bind(fence)
                .bind(instant(until))
                .execute(self.connection())
                .await
                .map_err(failed_on("runs"))?;
        if result.rows_affected() == 0 { Err(StorageError::Fenced { run: run.clone(), fence }) } else { Ok(()) }
    }

    async fn release_lease(&mut self, run: &RunId, fence: i64) -> Result<()> {
        let result = sqlx::query(
            "UPDATE runs SET leased_by = NULL, leased_until = NULL
             WHERE id = $1 AND fence = $2 AND leased_by IS NOT NULL",
        )
        .bind(run.as_str())
        .bind(fence)
        .execute(self.connection())
        .await
        .map_err(failed_on("runs"))?;
        if result.rows_affected() == 0 { Err(StorageError::Fenced { run: run.clone(), fence }) } else { Ok(()) }
    }

    async fn append_event(&mut self, run: &RunId, fence: i64, event: &Event, at: DateTime<Utc>) -> Result<u64> {
        let position = self.append_to_log(run, Some(fence), event, at).await?;
        position.ok_or_else(|| StorageError::Fenced { run: run.clone(), fence })
    }

    async fn append_choice(&mut self, run: &RunId, event: &Event, at: DateTime<Utc>) -> Result<u64> {
        let position = self.append_to_log(run, None, event, at).await?;
        position.ok_or_else(|| StorageError::Conflict { what: format!("run {run}") })
    }

    async fn set_run_status(&mut self, run: &RunId, status: RunStatus, ended_at: Option<DateTime<Utc>>) -> Result<()> {
        let result = sqlx::query("UPDATE runs SET status = $2, ended_at = $3 WHERE id = $1")
            .bind(run.as_str())
            .bind(status.as_str())
            .bind(ended_at.map(instant))
            .execute(self.connection())
            .await
            .map_err(failed_on("runs"))?;
        changed(&result, || format!("run {run}"))
    }

    async fn list_events(&mut self, run: &RunId, after: u64) -> Result<Vec<LoggedEvent>> {
        sqlx::query(&format!(
            "SELECT {} FROM run_events WHERE run_id = $1 AND position > $2 ORDER BY position",
            EventRow::COLUMNS
        ))
        .bind(run.as_str())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("run_events"))?
        .iter()
        .map(|row| logged(run, row))
        .collect()
    }

    async fn last_event_position(&mut self, run: &RunId) -> Result<u64> {
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM run_events WHERE run_id = $1")
            .bind(run.as_str())
            .fetch_one(self.connection())
            .await
            .map_err(failed_on("run_events"))?;
        Ok(last.unsigned_abs())
    }
}
