//! Forms that were begun and not sent.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    draft::{FormOf, SavedDraft},
    ids::UserId,
};
use sqlx::QueryBuilder;
use storage::{
    Drafts, Result,
    rows::{DraftRow, failed_on},
};

use crate::dialect::{Tx, instant, json};

#[async_trait]
impl Drafts for Tx {
    async fn set_draft(&mut self, draft: &SavedDraft) -> Result<()> {
        sqlx::query(
            "INSERT INTO drafts (user_id, form, typed, saved_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, form) DO UPDATE SET typed = excluded.typed, saved_at = excluded.saved_at",
        )
        .bind(draft.user.as_str())
        .bind(draft.form.to_string())
        .bind(json(&draft.typed))
        .bind(instant(draft.saved_at))
        .execute(self.connection())
        .await
        .map_err(failed_on("drafts"))?;
        Ok(())
    }

    async fn lookup_draft(&mut self, user: &UserId, form: &FormOf) -> Result<Option<SavedDraft>> {
        sqlx::query_as::<_, DraftRow>(&format!(
            "SELECT {} FROM drafts WHERE user_id = $1 AND form = $2",
            DraftRow::COLUMNS
        ))
        .bind(user.as_str())
        .bind(form.to_string())
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("drafts"))?
        .map(SavedDraft::try_from)
        .transpose()
    }

    async fn list_drafts(&mut self, user: Option<&UserId>) -> Result<Vec<SavedDraft>> {
        let mut query = QueryBuilder::new(format!("SELECT {} FROM drafts", DraftRow::COLUMNS));
        if let Some(user) = user {
            query.push(" WHERE user_id = ").push_bind(user.as_str());
        }
        query.push(" ORDER BY saved_at DESC, user_id, form");
        query
            .build_query_as::<DraftRow>()
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("drafts"))?
            .into_iter()
            .map(SavedDraft::try_from)
            .collect()
    }

    async fn remove_draft(&mut self, user: &UserId, form: &FormOf) -> Result<()> {
        sqlx::query("DELETE FROM drafts WHERE user_id = $1 AND form = $2")
            .bind(user.as_str())
            .bind(form.to_string())
            .execute(self.connection())
            .await
            .map_err(failed_on("drafts"))?;
        Ok(())
    }

    async fn remove_drafts_before(&mut self, before: DateTime<Utc>) -> Result<u64> {
        let result = sqlx::query("DELETE FROM drafts WHERE saved_at < $1")
            .bind(instant(before))
            .execute(self.connection())
            .await
            .map_err(failed_on("drafts"))?;
        Ok(result.rows_affected())
    }
}
