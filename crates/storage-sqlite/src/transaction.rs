//! A unit of work. The repositories are implemented on it, one file each.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{Sqlite, SqliteConnection};
use storage::{Result, Transaction};

/// A transaction on one connection. Dropping it rolls back.
pub struct SqliteTransaction {
    inner: sqlx::Transaction<'static, Sqlite>,
}

impl SqliteTransaction {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self { inner }
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn commit(self: Box<Self>) -> Result<()> {
        crate::to_its_end(async move { self.inner.commit().await }).await
    }
}

/// An instant as the schema wants it: always six decimals and `Z`, so that text sorts as time. sqlx's own encoding has as
/// many decimals as there happen to be.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// ` AND column IN ($n, …)`; no values match nothing.
pub(crate) fn push_any<'a>(
    query: &mut sqlx::QueryBuilder<'a, Sqlite>,
    column: &str,
    values: impl IntoIterator<Item = &'a str>,
) {
    query.push(" AND ").push(column).push(" IN (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}
