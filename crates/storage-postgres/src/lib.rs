//! Gantry's database for more than one process: PostgreSQL.
//!
//! Use cases that write take one advisory lock, so that they come one after another in all processes together, as they do
//! on SQLite; those of one process wait for one of its connections that write, in order. Readers have a pool of their own,
//! see the last commit and wait for nobody. See `docs/adr/0003-two-databases.md`.

mod dialect;
mod migrate;
mod notes;
mod signals;
#[path = "../../storage/sql/mod.rs"]
mod sql;
#[cfg(any(test, feature = "testing"))]
pub mod temporary;
mod transaction;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod twins;

use std::{str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use storage::{
    Note, Pool, Result, Schema, Storage, Transaction, Version,
    rows::failed_on,
    schema::{self, SchemaError},
};
pub use tower_sessions_sqlx_store::PostgresStore;

use self::sql::{
    to_its_end,
    writers::{Open, PATIENCE, RESTED, Writers},
};
pub use self::transaction::PostgresTransaction;

/// The lock that use cases which write hold to their end: `gantry` in ASCII.
const WRITERS: i64 = 0x6761_6e74_7279;

/// A process that froze or vanished in the middle of writing gives the lock back after this time. No use case waits for
/// anything but the database while it writes.
const ABANDONED: Duration = Duration::from_secs(30);

/// Why a database could not be opened. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error(
        "the address of the database cannot be read; write for example \
         `postgres://gantry:password@db.example.com:5432/gantry?sslmode=verify-full`, with %-escapes in the password"
    )]
    BadAddress,
    /// Nobody answers there.
    #[error("no PostgreSQL answers at {server}: is it running, is the host right, and may this machine reach it?")]
    Unreachable {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The encryption of the connection failed.
    #[error("no trusted connection to PostgreSQL at {server}: are `sslmode` and `sslrootcert` in its address right?")]
    Untrusted {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Wrong user or password.
    #[error("PostgreSQL at {server} does not let the user `{user}` in: check the user and the password in its address")]
    Refused {
        /// Host and port.
        server: String,
        /// Who tried.
        user: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No such database.
    #[error("PostgreSQL at {server} has no database `{database}`: make it with CREATE DATABASE \"{database}\"")]
    NoDatabase {
        /// Host and port.
        server: String,
        /// Its name.
        database: String,
    },
    /// There is no schema in which tables could be.
    #[error("the `search_path` of the user `{user}` names no schema that exists: make one, or set another path")]
    NoSchema {
        /// Who looks for it.
        user: String,
    },
    /// Anything else that the server says.
    #[error("the database at {server} cannot be used")]
    Unusable {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Its schema is not this program's, and cannot be made so.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// What a failure on the way to a server means.
fn failed_at(options: &PgConnectOptions) -> impl Fn(sqlx::Error) -> OpenError {
    let (server, user) = (server(options), options.get_username().to_owned());
    let database = options.get_database().unwrap_or(&user).to_owned();
    move |error| {
        let (server, user) = (server.clone(), user.clone());
        let code = error.as_database_error().and_then(|refusal| refusal.code()).unwrap_or_default();
        match (&error, &*code) {
            (_, "28P01" | "28000") => OpenError::Refused { server, user, source: Box::new(error) },
            (_, "3D000") => OpenError::NoDatabase { server, database: database.clone() },
            (sqlx::Error::Io(_), _) => OpenError::Unreachable { server, source: Box::new(error) },
            (sqlx::Error::Tls(_), _) => OpenError::Untrusted { server, source: Box::new(error) },
            _ => OpenError::Unusable { server, source: Box::new(error) },
        }
    }
}

fn server(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// One connection, outside any pool, that is not waited for for ever.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    match tokio::time::timeout(PATIENCE, PgConnection::connect_with(options)).await {
        Ok(connected) => connected.map_err(failed_at(options)),
        Err(late) => Err(OpenError::Unreachable { server: server(options), source: Box::new(late) }),
    }
}

/// Reads an address, without going there.
pub fn read_address(url: &str) -> Result<PgConnectOptions, OpenError> {
    if !is_address(url) {
        return Err(OpenError::BadAddress);
    }
    Ok(PgConnectOptions::from_str(url).map_err(|_| OpenError::BadAddress)?.application_name("gantry"))
}

/// Whether this is meant for PostgreSQL.
pub fn is_address(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The database on a server.
#[derive(Clone, Debug)]
pub struct PostgresStorage {
    options: PgConnectOptions,
    writers: Writers,
    readers: PgPool,
    sessions: PostgresStore,
    /// Goes with the last user of a temporary database; last, so that the pools go first.
    #[cfg(any(test, feature = "testing"))]
    _database: Option<std::sync::Arc<temporary::TemporaryDatabase>>,
}

impl PostgresStorage {
    /// Opens `postgres://…` and brings its schema up to date. With a second address, its user does that and owns what is
    /// made, and the first one's user gets no more rights than serving needs.
    pub async fn open(url: &str, migration_url: Option<&str>) -> Result<Self, OpenError> {
        let options = read_address(url)?;
        let migrating = migration_url.map(read_address).transpose()?;
        let schema = migrate::migrate(&options, migrating.as_ref()).await?;
        Self::pools(options, &schema)
    }

    /// Opens one that is there and leaves its schema as it is: for those who look.
    pub async fn open_as_is(url: &str) -> Result<Self, OpenError> {
        let options = read_address(url)?;
        let schema = migrate::current_schema(&options).await?;
        Self::pools(options, &schema)
    }

    fn pools(options: PgConnectOptions, schema: &str) -> Result<Self, OpenError> {
        let pool = |size| {
            let pool = PgPoolOptions::new().max_connections(size).acquire_timeout(PATIENCE);
            pool.test_before_acquire(false).before_acquire(|connection, usage| {
                let trusted = usage.idle_for < RESTED;
                Box::pin(async move { Ok(trusted || connection.execute("SELECT 1").await.is_ok()) })
            })
        };
        // One holds the lock, the other is the next in line; more would only wait.
        let writers = Writers::options(pool(2)).after_connect(|connection, _| {
            Box::pin(async move {
                let (patience, abandoned) = (PATIENCE.as_millis(), ABANDONED.as_millis());
                let limits = format!(
                    "SET lock_timeout = {patience}; SET idle_in_transaction_session_timeout = {abandoned};
                     SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off"
                );
                connection.execute(&*limits).await.map(drop)
            })
        });
        let readers = pool(8).connect_lazy_with(options.clone());
        let sessions = PostgresStore::new(readers.clone())
            .with_schema_name(schema)
            .and_then(|store| store.with_table_name("tower_sessions"))
            .map_err(|problem| OpenError::Unusable { server: server(&options), source: problem.into() })?;
        Ok(Self {
            writers: Writers::new(writers.connect_lazy_with(options.clone())),
            readers,
            sessions,
            options,
            #[cfg(any(test, feature = "testing"))]
            _database: None,
        })
    }

    /// Where `tower-sessions` keeps its sessions: in the same database.
    pub fn session_store(&self) -> PostgresStore {
        self.sessions.clone()
    }

    /// Database and server.
    pub fn name(&self) -> String {
        let database = self.options.get_database().unwrap_or(self.options.get_username());
        format!("{database} at {}", server(&self.options))
    }

    /// Waits for open transactions and closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

#[async_trait]
impl Storage for PostgresStorage {
    async fn begin(&self) -> Result<Box<dyn Transaction>> {
        let writers = self.writers.clone();
        // Every statement sees what was committed before it, so the first one after the lock sees what the last holder
        // did. With one picture for the whole transaction it would be the picture from before the wait.
        let turn = format!("SELECT pg_advisory_xact_lock({WRITERS})");
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {turn}");
        let open = to_its_end(async move { writers.begin(Some(begin.into())).await }).await?;
        Ok(Box::new(PostgresTransaction::new(open)))
    }

    async fn begin_read(&self) -> Result<Box<dyn Transaction>> {
        let readers = self.readers.clone();
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let open = to_its_end(async move { readers.begin_with(begin).await.map(Open::Reading) }).await?;
        Ok(Box::new(PostgresTransaction::new(open)))
    }

    async fn write_alone(&self, notes: &[&Note]) -> Result<Result<Vec<Option<u64>>>> {
        let mut turn = self.writers.turn().await.map_err(failed_on("the database"))?;
        let written = notes::write_alone(&mut turn, notes).await?;
        if written.is_ok() {
            turn.pass_on();
        }
        Ok(written)
    }

    async fn version(&self) -> Result<Version> {
        // Which transactions a reader sees, and which not yet: no table is touched.
        let snapshot = sqlx::query_scalar("SELECT pg_current_snapshot()::text").fetch_one(&self.readers).await;
        snapshot.map(Version).map_err(failed_on("the database"))
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await.map_err(failed_on("the database"))?;
        Ok(())
    }

    async fn schema(&self) -> Result<Schema> {
        let ask = async |sql| sqlx::query_scalar(sql).fetch_one(&self.readers).await.map_err(failed_on("the schema"));
        let migrated = ask("SELECT count(*) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')").await?;
        let found = match migrated {
            Some(0) => None,
            _ => ask("SELECT max(version) FROM _sqlx_migrations").await?,
        };
        Ok(Schema { found, known: schema::newest(&migrate::MIGRATIONS) })
    }

    fn pools(&self) -> Vec<Pool> {
        let pool = |name, (open, idle)| Pool { name, open, idle: u32::try_from(idle).unwrap_or(u32::MAX) };
        let readers = (self.readers.size(), self.readers.num_idle());
        vec![pool("writers", self.writers.size()), pool("readers", readers)]
    }
}
