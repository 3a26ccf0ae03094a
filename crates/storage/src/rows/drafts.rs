//! Rows of drafts.

use chrono::{DateTime, Utc};
use domain::draft::{SavedDraft, Typed};
use sqlx::types::Json;

use super::Reading;
use crate::{Result, StorageError};

/// A row of `drafts`.
#[derive(Debug, sqlx::FromRow)]
pub struct DraftRow {
    user_id: String,
    form: String,
    typed: Json<Typed>,
    saved_at: DateTime<Utc>,
}

impl DraftRow {
    /// What to select.
    pub const COLUMNS: &str = "user_id, form, typed, saved_at";
}

impl TryFrom<DraftRow> for SavedDraft {
    type Error = StorageError;
    fn try_from(row: DraftRow) -> Result<Self> {
        let reading = Reading::new("draft of", &row.user_id);
        Ok(Self {
            user: reading.parse("user_id", &row.user_id)?,
            form: reading.parse("form", &row.form)?,
            typed: row.typed.0,
            saved_at: row.saved_at,
        })
    }
}
