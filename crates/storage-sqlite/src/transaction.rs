//! A unit of work.

use async_trait::async_trait;
use sqlx::{Sqlite, SqliteConnection};
use storage::{Result, Transaction};

/// A transaction on one connection. Dropping it rolls back.
pub struct SqliteTransaction {
    inner: sqlx::Transaction<'static, Sqlite>,
    /// Position and hash of the last event of the history, once this transaction has written one.
    audited: Option<(i64, String)>,
}

impl SqliteTransaction {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self { inner, audited: None }
    }

    pub(crate) fn audited(&mut self) -> &mut Option<(i64, String)> {
        &mut self.audited
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn commit(self: Box<Self>) -> Result<()> {
        crate::sql::to_its_end(async move { self.inner.commit().await }).await
    }
}
