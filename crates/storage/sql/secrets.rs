//! Secrets in their envelopes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::ids::SecretId;
use storage::{
    Result, SealedSecret, Secrets,
    rows::{SecretRow, failed_on},
};

use super::added;
use crate::dialect::{Tx, instant};

#[async_trait]
impl Secrets for Tx {
    async fn add_secret(&mut self, secret: &SealedSecret) -> Result<()> {
        let result = sqlx::query(
            "INSERT INTO secrets (id, version, team_id, envelope, created_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(secret.id.as_str())
        .bind(i64::from(secret.version))
        .bind(secret.team.as_str())
        .bind(&secret.envelope)
        .bind(instant(secret.created_at))
        .execute(self.connection())
        .await
        .map_err(failed_on("secrets"))?;
        added(&result, || format!("version {} of secret {}", secret.version, secret.id))
    }

    async fn lookup_secret(&mut self, id: &SecretId, version: u32) -> Result<Option<SealedSecret>> {
        sqlx::query_as::<_, SecretRow>(&format!(
            "SELECT {} FROM secrets WHERE id = $1 AND version = $2 AND envelope IS NOT NULL",
            SecretRow::COLUMNS
        ))
        .bind(id.as_str())
        .bind(i64::from(version))
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("secrets"))?
        .map(SealedSecret::try_from)
        .transpose()
    }

    async fn list_secrets_before(&mut self, before: DateTime<Utc>, limit: u32) -> Result<Vec<(SecretId, u32)>> {
        sqlx::query_as::<_, SecretRow>(&format!(
            "SELECT {} FROM secrets WHERE created_at < $1 AND envelope IS NOT NULL ORDER BY created_at, id LIMIT $2",
            SecretRow::COLUMNS
        ))
        .bind(instant(before))
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("secrets"))?
        .into_iter()
        .map(|row| SealedSecret::try_from(row).map(|secret| (secret.id, secret.version)))
        .collect()
    }

    async fn erase_secret(&mut self, id: &SecretId, version: u32) -> Result<()> {
        sqlx::query("UPDATE secrets SET envelope = NULL WHERE id = $1 AND version = $2")
            .bind(id.as_str())
            .bind(i64::from(version))
            .execute(self.connection())
            .await
            .map_err(failed_on("secrets"))?;
        Ok(())
    }
}
