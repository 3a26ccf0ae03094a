//! Databases for tests: each copied in a moment from one that was migrated once, and gone with its last user.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use sqlx::{ConnectOptions as _, Executor as _, PgConnection, postgres::PgConnectOptions};

use crate::{OpenError, PostgresStorage, connect, failed_at, migrate::MIGRATIONS, read_address};

/// Names the server on which tests may make databases.
pub const SERVER: &str = "GANTRY_TEST_POSTGRES_URL";

/// Whoever makes the template holds this lock.
const MAKING: i64 = 0x7465_6d70;

/// A database of a test's own. Dropping this drops it on the server, too, whoever is still connected.
#[derive(Debug)]
pub struct TemporaryDatabase {
    server: PgConnectOptions,
    name: String,
}

impl TemporaryDatabase {
    /// One with the newest schema and nothing in it.
    pub async fn make() -> Result<Self, OpenError> {
        let mut server = Server::connect().await?;
        let template = server.template().await?;
        server.copy(&template).await
    }

    /// One without a schema.
    pub async fn empty() -> Result<Self, OpenError> {
        Server::connect().await?.copy("template1").await
    }

    /// Its address, for the user who made it.
    pub fn url(&self) -> String {
        url(&self.server, &self.name)
    }

    /// Its address, for another user.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        url(&self.server.clone().username(user).password(password), &self.name)
    }
}

impl Drop for TemporaryDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut server = connect(&server).await.ok()?;
                server.execute(&*format!("DROP DATABASE {name} WITH (FORCE)")).await.ok()
            })
        });
        // What is left goes with the server.
        drop(gone.join());
    }
}

impl PostgresStorage {
    /// A new database on the server that [`SERVER`] names, which goes with the last clone.
    pub async fn temporary() -> Result<Self, OpenError> {
        let database = TemporaryDatabase::make().await?;
        let mut storage = Self::open(&database.url(), None).await?;
        storage._database = Some(Arc::new(database));
        Ok(storage)
    }

    /// Writes past every trigger and check, as a superuser could.
    pub async fn tamper(&self, sql: &str) -> sqlx::Result<()> {
        let mut turn = self.writers.turn().await?;
        let checks: Vec<String> = sqlx::query_scalar(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I;', conrelid::regclass, conname) FROM pg_constraint
             WHERE contype = 'c' AND connamespace = current_schema()::regnamespace",
        )
        .fetch_all(&mut *turn)
        .await?;
        // As a replica one is not asked by triggers.
        let tampering = format!("{} SET LOCAL session_replication_role = replica; {sql}", checks.concat());
        turn.execute(&*tampering).await.map(drop)
    }
}

fn url(server: &PgConnectOptions, name: &str) -> String {
    server.clone().database(name).to_url_lossy().to_string()
}

struct Server {
    options: PgConnectOptions,
    connection: PgConnection,
}

impl Server {
    async fn connect() -> Result<Self, OpenError> {
        let url = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} is not set, so there is no PostgreSQL to test on. `cargo xtask postgres` starts one and prints \
                 the variable; `cargo xtask test` does so by itself (see CONTRIBUTING.md)"
            )
        });
        let options = read_address(&url)?;
        let connection = connect(&options).await?;
        Ok(Self { options, connection })
    }

    async fn execute(&mut self, sql: &str) -> Result<(), OpenError> {
        self.connection.execute(sql).await.map(drop).map_err(failed_at(&self.options))
    }

    async fn ask(&mut self, sql: &str) -> Result<Option<String>, OpenError> {
        sqlx::query_scalar(sql).fetch_optional(&mut self.connection).await.map_err(failed_at(&self.options))
    }

    async fn copy(&mut self, template: &str) -> Result<TemporaryDatabase, OpenError> {
        let name = self.ask("SELECT 'gantry_test_' || replace(gen_random_uuid()::text, '-', '')").await?;
        let name = name.unwrap_or_default();
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(TemporaryDatabase { server: self.options.clone(), name })
    }

    /// The name of the database that all are copied from: made by the first test that needs it.
    async fn template(&mut self) -> Result<String, OpenError> {
        let mut hash = DefaultHasher::new();
        MIGRATIONS.iter().for_each(|migration| migration.checksum.hash(&mut hash));
        let name = format!("gantry_template_{:016x}", hash.finish());
        self.execute(&format!("SELECT pg_advisory_lock({MAKING})")).await?;
        let found = self.ask(&format!("SELECT datname::text FROM pg_database WHERE datname = '{name}'")).await?;
        if found.is_none() {
            // Under another name until it is whole.
            self.execute(&format!("DROP DATABASE IF EXISTS {name}_half WITH (FORCE)")).await?;
            self.execute(&format!("CREATE DATABASE {name}_half")).await?;
            PostgresStorage::open(&url(&self.options, &format!("{name}_half")), None).await?.close().await;
            self.execute(&format!("ALTER DATABASE {name}_half RENAME TO {name}")).await?;
        }
        self.execute(&format!("SELECT pg_advisory_unlock({MAKING})")).await?;
        Ok(name)
    }
}
