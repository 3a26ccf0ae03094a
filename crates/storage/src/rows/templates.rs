//! Rows of template revisions.

use chrono::{DateTime, Utc};

use crate::Revision;

/// A row of `template_revisions`.
#[derive(Debug, sqlx::FromRow)]
pub struct RevisionRow {
    template: String,
    version: String,
    hash: String,
    source: String,
    published_at: DateTime<Utc>,
}

impl RevisionRow {
    /// What to select.
    pub const COLUMNS: &str = "template, version, hash, source, published_at";
}

impl From<RevisionRow> for Revision {
    fn from(row: RevisionRow) -> Self {
        Self {
            template: row.template,
            version: row.version,
            hash: row.hash,
            source: row.source,
            published_at: row.published_at,
        }
    }
}
