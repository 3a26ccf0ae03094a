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
    /// The last statement is known to have gone through.
    sound: bool,
}

impl PostgresTransaction {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Postgres>, writes: bool) -> Self {
        Self { inner, writes, sound: false, audited: None }
    }

    pub(crate) fn audited(&mut self) -> &mut Option<(i64, String)> {
        &mut self.audited
    }

    /// For a statement, of which nobody here hears how it ends.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        self.sound = false;
        &mut self.inner
    }

    /// Every statement so far went through.
    pub(crate) fn all_went_through(&mut self) {
        self.sound = true;
    }
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn commit(mut self: Box<Self>) -> Result<()> {
        crate::sql::to_its_end(async move {
            if self.writes && !self.sound {
                // Asked to commit a transaction in which a statement failed, PostgreSQL rolls it back and calls that a
                // success. Any other statement says what is the matter.
                self.connection().execute("SELECT 1").await?;
            }
            self.inner.commit().await
        })
        .await
    }
}
