//! Answers that are given twice.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::ids::TokenId;
use storage::{
    Answer, Idempotency, Reserved, Result,
    rows::{ReservedRow, failed_on},
};

use super::changed;
use crate::dialect::{Tx, instant};

#[async_trait]
impl Idempotency for Tx {
    async fn reserve_key(
        &mut self,
        token: &TokenId,
        key: &str,
        fingerprint: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Reserved>> {
        let result = sqlx::query(
            "INSERT INTO idempotency_keys (token_id, key, fingerprint, reserved_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(token.as_str())
        .bind(key)
        .bind(fingerprint)
        .bind(instant(at))
        .execute(self.connection())
        .await
        .map_err(failed_on("idempotency_keys"))?;
        if result.rows_affected() == 1 {
            return Ok(None);
        }
        sqlx::query_as::<_, ReservedRow>(&format!(
            "SELECT {} FROM idempotency_keys WHERE token_id = $1 AND key = $2",
            ReservedRow::COLUMNS
        ))
        .bind(token.as_str())
        .bind(key)
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("idempotency_keys"))?
        .map(Reserved::try_from)
        .transpose()
    }

    async fn keep_answer(&mut self, token: &TokenId, key: &str, answer: &Answer) -> Result<()> {
        let result = sqlx::query(
            "UPDATE idempotency_keys SET status = $3, location = $4, body = $5
             WHERE token_id = $1 AND key = $2 AND status IS NULL",
        )
        .bind(token.as_str())
        .bind(key)
        .bind(i64::from(answer.status))
        .bind(answer.location.as_deref())
        .bind(&answer.body)
        .execute(self.connection())
        .await
        .map_err(failed_on("idempotency_keys"))?;
        changed(&result, || format!("idempotency key {key}"))
    }

    async fn release_key(&mut self, token: &TokenId, key: &str) -> Result<()> {
        sqlx::query("DELETE FROM idempotency_keys WHERE token_id = $1 AND key = $2 AND status IS NULL")
            .bind(token.as_str())
            .bind(key)
            .execute(self.connection())
            .await
            .map_err(failed_on("idempotency_keys"))?;
        Ok(())
    }

    async fn forget_keys(&mut self, before: DateTime<Utc>) -> Result<u64> {
        let result = sqlx::query("DELETE FROM idempotency_keys WHERE reserved_at < $1")
            .bind(instant(before))
            .execute(self.connection())
            .await
            .map_err(failed_on("idempotency_keys"))?;
        Ok(result.rows_affected())
    }
}
