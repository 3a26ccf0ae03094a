//! Rows of the history.

use chrono::{DateTime, Utc};
use domain::audit::{AuditEvent, Entry};
use sqlx::types::Json;

/// A row of `audit_events`. Whether its hash fits is for `domain::audit::verify` to say, not for reading.
#[derive(Debug, sqlx::FromRow)]
pub struct AuditRow {
    position: i64,
    at: DateTime<Utc>,
    actor: String,
    actor_name: String,
    address: Option<String>,
    action: String,
    object: String,
    team: Option<String>,
    summary: String,
    detail: Json<serde_json::Value>,
    previous: String,
    hash: String,
}

impl AuditRow {
    /// What to select.
    pub const COLUMNS: &str =
        "position, at, actor, actor_name, address, action, object, team, summary, detail, previous, hash";
}

impl From<AuditRow> for AuditEvent {
    fn from(row: AuditRow) -> Self {
        Self {
            position: row.position,
            entry: Entry {
                at: row.at,
                actor: row.actor,
                actor_name: row.actor_name,
                address: row.address,
                action: row.action,
                object: row.object,
                team: row.team,
                summary: row.summary,
                detail: row.detail.0,
            },
            previous: row.previous,
            hash: row.hash,
        }
    }
}
