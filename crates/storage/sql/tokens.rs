//! Tokens that speak for a person.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    ids::{TokenId, UserId},
    token::ApiToken,
};
use storage::{
    Result, TokenHolder, Tokens,
    rows::{TokenHolderRow, TokenRow, failed_on},
};

use super::added;
use crate::dialect::{Tx, instant};

#[async_trait]
impl Tokens for Tx {
    async fn add_token(&mut self, token: &ApiToken, hash: &str) -> Result<()> {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let result = sqlx::query(
            "INSERT INTO api_tokens (id, user_id, name, prefix, hash, scopes, created_at, expires_at, last_used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        )
        .bind(token.id.as_str())
        .bind(token.user.as_str())
        .bind(&token.name)
        .bind(&token.prefix)
        .bind(hash)
        .bind(scopes.join(" "))
        .bind(instant(token.created_at))
        .bind(instant(token.expires_at))
        .bind(token.last_used_at.map(instant))
        .execute(self.connection())
        .await
        .map_err(failed_on("api_tokens"))?;
        added(&result, || format!("the token name `{}`", token.name))
    }

    async fn list_tokens(&mut self, user: &UserId) -> Result<Vec<ApiToken>> {
        sqlx::query_as::<_, TokenRow>(&format!(
            "SELECT {} FROM api_tokens WHERE user_id = $1 ORDER BY created_at, id",
            TokenRow::COLUMNS
        ))
        .bind(user.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("api_tokens"))?
        .into_iter()
        .map(ApiToken::try_from)
        .collect()
    }

    async fn find_token_holder(&mut self, hash: &str) -> Result<Option<TokenHolder>> {
        // One statement, because every request of the API begins with it.
        let rows = sqlx::query_as::<_, TokenHolderRow>(&format!(
            "SELECT {}, {} FROM api_tokens JOIN users ON users.id = api_tokens.user_id
                 LEFT JOIN memberships ON memberships.user_id = users.id
                 LEFT JOIN teams ON teams.id = memberships.team_id
             WHERE api_tokens.hash = $1 ORDER BY teams.name",
            TokenRow::COLUMNS,
            TokenHolderRow::COLUMNS
        ))
        .bind(hash)
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("api_tokens"))?;
        TokenHolderRow::together(rows)
    }

    async fn touch_token(&mut self, id: &TokenId, used_at: DateTime<Utc>, before: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "UPDATE api_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)",
        )
        .bind(id.as_str())
        .bind(instant(used_at))
        .bind(instant(before))
        .execute(self.connection())
        .await
        .map_err(failed_on("api_tokens"))?;
        Ok(())
    }

    async fn remove_token(&mut self, user: &UserId, id: &TokenId) -> Result<Option<ApiToken>> {
        let token = sqlx::query_as::<_, TokenRow>(&format!(
            "SELECT {} FROM api_tokens WHERE user_id = $1 AND id = $2",
            TokenRow::COLUMNS
        ))
        .bind(user.as_str())
        .bind(id.as_str())
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("api_tokens"))?
        .map(ApiToken::try_from)
        .transpose()?;
        sqlx::query("DELETE FROM api_tokens WHERE user_id = $1 AND id = $2")
            .bind(user.as_str())
            .bind(id.as_str())
            .execute(self.connection())
            .await
            .map_err(failed_on("api_tokens"))?;
        Ok(token)
    }
}
