//! Rows of runs and their logs.

use super::Reading;
use crate::{Result, StorageError};
use chrono::{DateTime, Utc};
use domain::run::{Event, LoggedEvent, Run, RunStatus};

/// A row of `runs`.
#[derive(Debug, sqlx::FromRow)]
pub struct RunRow {
    id: String,
    request_id: String,
    stack_id: String,
    status: String,
    fence: i64,
    leased_by: Option<String>,
    leased_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl RunRow {
    /// What to select.
    pub const COLUMNS: &str = "id, request_id, stack_id, status, fence, leased_by, leased_until, created_at, ended_at";
}

impl TryFrom<RunRow> for Run {
    type Error = StorageError;
    fn try_from(row: RunRow) -> Result<Self> {
        let reading = Reading::new("run", &row.id);
        let status: RunStatus = reading.parse("status", &row.status)?;
        if row.leased_by.is_some() != row.leased_until.is_some() {
            return Err(reading.corrupt("its lease has a holder or an end, but not both"));
        }
        if status.is_final() != row.ended_at.is_some() {
            return Err(reading.corrupt(format_args!("it is {status}, which does not agree with its end")));
        }
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            request: reading.parse("request_id", &row.request_id)?,
            stack: reading.parse("stack_id", &row.stack_id)?,
            status,
            fence: row.fence,
            leased_by: row.leased_by,
            leased_until: row.leased_until,
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}

/// A row of `runs` with its number among those of its stack that succeeded.
#[derive(Debug, sqlx::FromRow)]
pub struct ReleaseRow {
    #[sqlx(flatten)]
    run: RunRow,
    number: i64,
}

impl TryFrom<ReleaseRow> for (u64, Run) {
    type Error = StorageError;
    fn try_from(row: ReleaseRow) -> Result<Self> {
        Ok((row.number.unsigned_abs(), row.run.try_into()?))
    }
}

/// A row of `run_events`.
#[derive(Debug, sqlx::FromRow)]
pub struct EventRow {
    run_id: String,
    position: i64,
    at: DateTime<Utc>,
    event: String,
}

impl EventRow {
    /// What to select.
    pub const COLUMNS: &str = "run_id, position, at, CAST(event AS TEXT) AS event";
}

impl TryFrom<EventRow> for LoggedEvent {
    type Error = StorageError;
    fn try_from(row: EventRow) -> Result<Self> {
        let position = Reading::new("event of run", &row.run_id).number("position", row.position)?;
        // The rest of the log is worth reading, and whoever folds it is told where it ends.
        let event = serde_json::from_str(&row.event)
            .unwrap_or_else(|error| Event::Unreadable { why: format!("the event cannot be read: {error}") });
        Ok(Self { position, at: row.at, event })
    }
}
