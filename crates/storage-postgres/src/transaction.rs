//! A unit of work.

use async_trait::async_trait;
use sqlx::{Executor as _, PgConnection, Postgres};
use storage::{Result, Transaction};

/// A transaction on one connection. Dropping it rolls back.
pub struct PostgresTransaction {
    inner: sqlx::Transaction<'static, Postgres>,
    /// Position and hash of the last event of the history, once this transaction has written one.
    audited: Option<(i64, String)>,
    writes: bool,
}

impl PostgresTransaction {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Postgres>, writes: bool) -> Self {
        Self { inner, writes, audited: None }
    }

    pub(crate) fn audited(&mut self) -> &mut Option<(i64, String)> {
        &mut self.audited
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn commit(mut self: Box<Self>) -> Result<()> {
        crate::sql::to_its_end(async move {
            if self.writes {
                // Asked to commit a transaction in which a statement failed, PostgreSQL rolls it back and calls that a
                // success. Any other statement says what is the matter.
                self.connection().execute("SELECT 1").await?;
            }
            self.inner.commit().await
        })
        .await
    }
}
