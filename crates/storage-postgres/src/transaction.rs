//! A unit of work.

use async_trait::async_trait;
use sqlx::{Executor as _, PgConnection};
use storage::{Result, Transaction};

use crate::sql::{to_its_end, writers::Open};

/// A transaction on one connection. Dropping it rolls back.
pub struct PostgresTransaction {
    open: Open,
    /// Position and hash of the last event of the history, once this transaction has written one.
    audited: Option<(i64, String)>,
    /// The last statement is known to have gone through.
    sound: bool,
}

impl PostgresTransaction {
    pub(crate) fn new(open: Open) -> Self {
        Self { open, sound: false, audited: None }
    }

    pub(crate) fn audited(&mut self) -> &mut Option<(i64, String)> {
        &mut self.audited
    }

    /// For a statement, of which nobody here hears how it ends.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        self.sound = false;
        self.open.connection()
    }

    /// Every statement so far went through.
    pub(crate) fn all_went_through(&mut self) {
        self.sound = true;
    }
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn commit(mut self: Box<Self>) -> Result<()> {
        to_its_end(async move {
            if matches!(self.open, Open::Writing(_)) && !self.sound {
                // Asked to commit a transaction in which a statement failed, PostgreSQL rolls it back and calls that a
                // success. Any other statement says what is the matter.
                self.connection().execute("SELECT 1").await?;
            }
            self.open.commit().await
        })
        .await
    }
}
