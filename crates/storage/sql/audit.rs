//! The append-only history.

use async_trait::async_trait;
use domain::audit::{AuditEvent, Entry, genesis};
use sqlx::QueryBuilder;
use storage::{
    AuditFilter, AuditLog, Result, StorageError,
    rows::{AuditRow, failed_on},
};

use super::{containing, recurs};
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
    /// Position and hash of the last event. Nobody else appends while this transaction can, and after a failed statement it
    /// commits nothing.
    async fn last_audit(&mut self) -> Result<(i64, String)> {
        if let Some(last) = self.audited().clone() {
            return Ok(last);
        }
        let last = sqlx::query_as("SELECT position, hash FROM audit_events ORDER BY position DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await
            .map_err(failed_on("audit_events"))?;
        Ok(last.unwrap_or_else(|| (0, genesis())))
    }

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
        let event = self.append_audits(std::slice::from_ref(entry)).await?.pop();
        event.ok_or_else(|| StorageError::Unavailable("nothing was appended".into()))
    }

    async fn append_audits(&mut self, entries: &[Entry]) -> Result<Vec<AuditEvent>> {
        let mut events = vec![];
        for entry in entries {
            let entry = entry.settled().map_err(|error| StorageError::Unavailable(Box::new(error)))?;
            let (position, previous) = self.last_audit().await?;
            let event = AuditEvent::link(position + 1, entry, previous);
            *self.audited() = Some((event.position, event.hash.clone()));
            events.push(event);
        }
        if events.is_empty() {
            return Ok(events);
        }
        let mut query = QueryBuilder::new(format!("INSERT INTO audit_events ({}) ", AuditRow::COLUMNS));
        query.push_values(&events, |mut row, event| {
            let entry = &event.entry;
            row.push_bind(event.position).push_bind(instant(entry.at));
            row.push_bind(entry.actor.as_str())
                .push_bind(entry.actor_name.as_str())
                .push_bind(entry.address.as_deref());
            row.push_bind(entry.action.as_str()).push_bind(entry.object.as_str()).push_bind(entry.team.as_deref());
            row.push_bind(entry.summary.as_str()).push_bind(json(&entry.detail));
            row.push_bind(event.previous.as_str()).push_bind(event.hash.as_str());
        });
        query
            .build()
            .persistent(recurs(events.len()))
            .execute(self.connection())
            .await
            .map_err(failed_on("audit_events"))?;
        Ok(events)
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
