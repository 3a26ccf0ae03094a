//! Lines of the history.

use domain::{
    DateTime, Utc,
    audit::{AuditEvent as Event, Entry},
};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

/// One line of the append-only history.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// 1, 2, 3 … without gaps.
    position: i64,
    /// When.
    at: DateTime<Utc>,
    /// Who: a user id, or `gantry`.
    actor: String,
    /// Their name at the time.
    actor_name: String,
    /// From where.
    address: Option<String>,
    /// What.
    #[schema(example = "request.approved")]
    action: String,
    /// The id of what it is about.
    object: String,
    /// The team it concerns.
    team: Option<String>,
    /// As a sentence.
    summary: String,
    /// Before and after, AWS request ids and the like.
    detail: Json,
    /// The hash of the line before.
    previous: String,
    /// The hash of this one.
    hash: String,
}

impl AuditEvent {
    /// What the cursor of a list is made of.
    pub fn key(&self) -> String {
        self.position.to_string()
    }
}

impl From<Event> for AuditEvent {
    fn from(event: Event) -> Self {
        let Event { position, entry, previous, hash } = event;
        let Entry { at, actor, actor_name, address, action, object, team, summary, detail } = entry;
        Self { position, at, actor, actor_name, address, action, object, team, summary, detail, previous, hash }
    }
}
