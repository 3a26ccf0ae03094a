//! Template revisions.

use async_trait::async_trait;
use storage::{
    Result, Revision, Templates,
    rows::{RevisionRow, failed_on},
};

use super::added;
use crate::dialect::{Tx, instant};

#[async_trait]
impl Templates for Tx {
    async fn publish_revision(&mut self, revision: &Revision) -> Result<bool> {
        let result = sqlx::query(
            "INSERT INTO template_revisions (template, version, hash, source, published_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(&revision.template)
        .bind(&revision.version)
        .bind(&revision.hash)
        .bind(&revision.source)
        .bind(instant(revision.published_at))
        .execute(self.connection())
        .await
        .map_err(failed_on("template_revisions"))?;
        let published = added(&result, || format!("version {} of `{}`", revision.version, revision.template));
        let stored = self.lookup_revision(&revision.template, &revision.version).await?;
        match stored {
            Some(stored) if stored.hash == revision.hash => Ok(published.is_ok()),
            _ => published.map(|()| true),
        }
    }

    async fn lookup_revision(&mut self, template: &str, version: &str) -> Result<Option<Revision>> {
        let row = sqlx::query_as::<_, RevisionRow>(&format!(
            "SELECT {} FROM template_revisions WHERE template = $1 AND version = $2",
            RevisionRow::COLUMNS
        ))
        .bind(template)
        .bind(version)
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("template_revisions"))?;
        Ok(row.map(Revision::from))
    }

    async fn list_revisions(&mut self, template: &str) -> Result<Vec<Revision>> {
        let rows = sqlx::query_as::<_, RevisionRow>(&format!(
            "SELECT {} FROM template_revisions WHERE template = $1 ORDER BY sequence DESC",
            RevisionRow::COLUMNS
        ))
        .bind(template)
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("template_revisions"))?;
        Ok(rows.into_iter().map(Revision::from).collect())
    }

    async fn list_latest_revisions(&mut self) -> Result<Vec<Revision>> {
        let rows = sqlx::query_as::<_, RevisionRow>(&format!(
            "SELECT {} FROM template_revisions
             WHERE sequence IN (SELECT max(sequence) FROM template_revisions GROUP BY template) ORDER BY template",
            RevisionRow::COLUMNS
        ))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("template_revisions"))?;
        Ok(rows.into_iter().map(Revision::from).collect())
    }
}
