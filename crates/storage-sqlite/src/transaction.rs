//! A unit of work.

use async_trait::async_trait;
use sqlx::SqliteConnection;
use storage::{Result, Transaction};

use crate::sql::{to_its_end, writers::Open};

/// A transaction on one connection. Dropping it rolls back.
pub struct SqliteTransaction {
    open: Open,
    /// Position and hash of the last event of the history, once this transaction has written one.
    audited: Option<(i64, String)>,
}

impl SqliteTransaction {
    pub(crate) fn new(open: Open) -> Self {
        Self { open, audited: None }
    }

    pub(crate) fn audited(&mut self) -> &mut Option<(i64, String)> {
        &mut self.audited
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.open.connection()
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn commit(self: Box<Self>) -> Result<()> {
        to_its_end(self.open.commit()).await
    }
}
