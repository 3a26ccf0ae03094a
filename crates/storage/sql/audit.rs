//! The append-only history.

use async_trait::async_trait;
use chrono::SubsecRound;
use domain::audit::{AuditEvent, Entry, genesis};
use sqlx::QueryBuilder;
use storage::{
    AuditFilter, AuditLog, Result, StorageError,
    rows::{AuditRow, failed_on},
};

use super::containing;
use crate::dialect::{Db, LIKE, Tx, instant, json};

fn push_filter<'a>(query: &mut QueryBuilder<'a, Db>, filter: &'a AuditFilter) {
    for (column, wanted) in [("actor", &filter.actor), ("object", &filter.object), ("team", &filter.team)] {
        if let Some(wanted) = wanted {
            query.push(format!(" AND {column} = ")).push_bind(wanted);
        }
    }
    if let Some(text) = &filter.text {
        query.push(format!(" AND summary {LIKE} ")).push_bind(containing(text)).push(" ESCAPE '\\'");
    }
    if filter.news {
        query.push(" AND team IS NOT NULL AND action <> 'aws.call'");
    }
    if let Some(before) = filter.before {
        query.push(" AND position < ").push_bind(before);
    }
}

impl Tx {
    /// Every action that begins like this: one look into the index for each, however many events there are.
    async fn actions(&mut self, prefix: &str) -> Result<Vec<String>> {
        // A range, because LIKE would match other cases and use no index.
        sqlx::query_scalar(
            "WITH RECURSIVE found (action) AS (
                 SELECT min(action) FROM audit_events WHERE action >= $1 AND action < $2
                 UNION ALL
                 SELECT (SELECT min(action) FROM audit_events WHERE action > found.action AND action < $2)
                 FROM found WHERE found.action IS NOT NULL
             )
             SELECT action FROM found WHERE action IS NOT NULL",
        )
        .bind(prefix)
        .bind(format!("{prefix}\u{10FFFF}"))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("audit_events"))
    }
}

#[async_trait]
impl AuditLog for Tx {
    async fn append_audit(&mut self, entry: &Entry) -> Result<AuditEvent> {
        // What is hashed is what will be read again: microseconds, and numbers as they come back from text.
        let detail = entry.detail.to_string();
        let detail = serde_json::from_str(&detail).map_err(|error| StorageError::Unavailable(Box::new(error)))?;
        let entry = Entry { at: entry.at.trunc_subsecs(6), detail, ..entry.clone() };

        let last: Option<(i64, String)> =
            sqlx::query_as("SELECT position, hash FROM audit_events ORDER BY position DESC LIMIT 1")
                .fetch_optional(self.connection())
                .await
                .map_err(failed_on("audit_events"))?;
        let (position, previous) = last.unwrap_or_else(|| (0, genesis()));
        let event = AuditEvent::link(position + 1, entry, previous);
        sqlx::query(&format!(
            "INSERT INTO audit_events ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            AuditRow::COLUMNS
        ))
        .bind(event.position)
        .bind(instant(event.entry.at))
        .bind(&event.entry.actor)
        .bind(&event.entry.actor_name)
        .bind(event.entry.address.as_deref())
        .bind(&event.entry.action)
        .bind(&event.entry.object)
        .bind(event.entry.team.as_deref())
        .bind(&event.entry.summary)
        .bind(json(&event.entry.detail))
        .bind(&event.previous)
        .bind(&event.hash)
        .execute(self.connection())
        .await
        .map_err(failed_on("audit_events"))?;
        Ok(event)
    }

    async fn list_audit(&mut self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEvent>> {
        let mut query = QueryBuilder::new("");
        match &filter.action {
            None => {
                query.push(format!("SELECT {} FROM audit_events WHERE true", AuditRow::COLUMNS));
                push_filter(&mut query, filter);
            }
            Some(prefix) => {
                // The newest of each action, by the index of both, and of these the newest: among a million events
                // neither all of a prefix are sorted, nor all that have another one passed over.
                let actions = self.actions(prefix).await?;
                if actions.is_empty() {
                    return Ok(vec![]);
                }
                query.push(format!("SELECT {} FROM (", AuditRow::COLUMNS));
                for (number, action) in actions.into_iter().enumerate() {
                    query.push(if number == 0 { "" } else { " UNION ALL " });
                    query.push(format!("SELECT * FROM (SELECT {} FROM audit_events", AuditRow::COLUMNS));
                    query.push(" WHERE action = ").push_bind(action);
                    push_filter(&mut query, filter);
                    query.push(" ORDER BY position DESC LIMIT ").push_bind(i64::from(limit));
                    query.push(format!(") AS action_{number}"));
                }
                query.push(") AS newest");
            }
        }
        query.push(" ORDER BY position DESC LIMIT ").push_bind(i64::from(limit));
        let rows =
            query.build_query_as::<AuditRow>().fetch_all(self.connection()).await.map_err(failed_on("audit_events"))?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }

    async fn list_audit_after(&mut self, position: i64, limit: u32) -> Result<Vec<AuditEvent>> {
        let rows = sqlx::query_as::<_, AuditRow>(&format!(
            "SELECT {} FROM audit_events WHERE position > $1 ORDER BY position LIMIT $2",
            AuditRow::COLUMNS
        ))
        .bind(position)
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("audit_events"))?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }

    async fn count_audit(&mut self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_events")
            .fetch_one(self.connection())
            .await
            .map_err(failed_on("audit_events"))?;
        Ok(count.unsigned_abs())
    }
}
