//! The contract suite on PostgreSQL, and what only PostgreSQL promises.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Executor as _;
use storage::{Storage, contract::Database};

use crate::PostgresStorage;

struct Temporary(PostgresStorage);

async fn temporary() -> Temporary {
    Temporary(PostgresStorage::temporary().await.unwrap())
}

#[async_trait]
impl Database for Temporary {
    fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.0.clone())
    }

    async fn execute(&self, sql: &str) -> Result<(), String> {
        self.0.writers.execute(sql).await.map(drop).map_err(|error| error.to_string())
    }

    async fn tamper(&self, sql: &str) {
        let checks: Vec<String> = sqlx::query_scalar(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I;', conrelid::regclass, conname) FROM pg_constraint
             WHERE contype = 'c' AND connamespace = current_schema()::regnamespace",
        )
        .fetch_all(&self.0.writers)
        .await
        .unwrap();
        // As a replica one is not asked by triggers.
        let tampering = format!("{} SET LOCAL session_replication_role = replica; {sql}", checks.concat());
        self.execute(&tampering).await.unwrap();
    }
}

storage::contract!(temporary);
