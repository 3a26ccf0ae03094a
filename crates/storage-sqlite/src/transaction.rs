//! A unit of work.

use async_trait::async_trait;
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
        crate::sql::to_its_end(async move { self.inner.commit().await }).await
    }
}
