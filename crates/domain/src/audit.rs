//! The append-only history: each event carries the hash of the one before it, so that a changed, missing or
//! inserted row shows.

use chrono::{DateTime, SecondsFormat, SubsecRound as _, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// What a use case says happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a user id, or `gantry` for the runner.
    pub actor: String,
    /// Their name at the time.
    pub actor_name: String,
    /// From where (an address), where known.
    pub address: Option<String>,
    /// What, for example `request.submitted`, `aws.call`.
    pub action: String,
    /// The id of what it is about.
    pub object: String,
    /// The team it concerns, for filters.
    pub team: Option<String>,
    /// A sentence for people.
    pub summary: String,
    /// Before and after, AWS request ids and the like. Never a secret.
    pub detail: Json,
}

/// An entry in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// 1, 2, 3 … without gaps.
    pub position: i64,
    /// What happened.
    pub entry: Entry,
    /// The hash of the event before; 64 zeros for the first.
    pub previous: String,
    /// The hash of this one.
    pub hash: String,
}

/// The hash before the first event.
pub fn genesis() -> String {
    "0".repeat(64)
}

impl AuditEvent {
    /// Links an entry to the event before it.
    pub fn link(position: i64, entry: Entry, previous: String) -> Self {
        let hash = Self::digest(position, &entry, &previous);
        Self { position, entry, previous, hash }
    }

    /// Whether the stored hash is that of the stored content.
    pub fn is_intact(&self) -> bool {
        self.hash == Self::digest(self.position, &self.entry, &self.previous)
    }

    fn digest(position: i64, entry: &Entry, previous: &str) -> String {
        hex::encode(Sha256::digest(format!("[{},{position},{}", Json::from(previous), entry.hashed())))
    }
}

impl Entry {
    /// What of an event's hash is the entry's own: the SHA-256, in hex, is that of `["`, the hash of the event before,
    /// `",`, the position, `,` and this.
    pub fn hashed(&self) -> String {
        // One array with a fixed order of fields; serde_json writes maps in the order of their keys.
        let canonical = json!([
            self.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            self.actor,
            self.actor_name,
            self.address,
            self.action,
            self.object,
            self.team,
            self.summary,
            self.detail,
        ]);
        canonical.to_string().split_off(1)
    }

    /// As it is read again: instants in microseconds, and numbers as they come back from text.
    pub fn settled(&self) -> serde_json::Result<Self> {
        let detail = serde_json::from_str(&self.detail.to_string())?;
        Ok(Self { at: self.at.trunc_subsecs(6), detail, ..self.clone() })
    }
}

/// The first thing that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum BrokenChain {
    #[error("event {position} is missing")]
    Missing { position: i64 },
    #[error("event {position} does not follow from the one before it")]
    Unlinked { position: i64 },
    #[error("event {position} was changed after it was written")]
    Changed { position: i64 },
}

/// Checks a piece of the chain that follows `(position, hash)`; returns the last position and hash.
pub fn verify<'a>(
    mut after: (i64, String),
    events: impl IntoIterator<Item = &'a AuditEvent>,
) -> Result<(i64, String), BrokenChain> {
    for event in events {
        let position = after.0 + 1;
        if event.position != position {
            return Err(BrokenChain::Missing { position });
        }
        if event.previous != after.1 {
            return Err(BrokenChain::Unlinked { position });
        }
        if !event.is_intact() {
            return Err(BrokenChain::Changed { position });
        }
        after = (position, event.hash.clone());
    }
    Ok(after)
}
