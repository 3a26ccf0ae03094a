//! Rows of secrets.

use chrono::{DateTime, Utc};

use super::Reading;
use crate::{Result, SealedSecret, StorageError};

/// A row of `secrets` whose envelope has not been erased.
#[derive(sqlx::FromRow)]
pub struct SecretRow {
    id: String,
    version: i64,
    team_id: String,
    envelope: Vec<u8>,
    created_at: DateTime<Utc>,
}

impl SecretRow {
    /// What to select.
    pub const COLUMNS: &str = "id, version, team_id, envelope, created_at";
}

impl TryFrom<SecretRow> for SealedSecret {
    type Error = StorageError;
    fn try_from(row: SecretRow) -> Result<Self> {
        let reading = Reading::new("secret", &row.id);
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            version: reading.number("version", row.version)?,
            team: reading.parse("team_id", &row.team_id)?,
            envelope: row.envelope,
            created_at: row.created_at,
        })
    }
}
