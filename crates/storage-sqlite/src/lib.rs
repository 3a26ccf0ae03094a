//! Gantry's embedded database: one SQLite file in WAL mode.
//!
//! SQLite has one writer at a time, so there is one connection that writes: use cases queue for it, in order, rather than
//! on the file's lock, where they would poll. Readers have connections of their own and see the
//! last commit without waiting for anyone. Sessions have a third pool, because a page loads its session while it may
//! hold the writer.

mod dialect;
mod notes;
#[path = "../../storage/sql/mod.rs"]
mod sql;
mod transaction;

#[cfg(test)]
mod contract;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use sqlx::{
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use storage::{
    Heard, Note, Notes as _, Pool, Result, Schema, Signals, Storage, Transaction, Version,
    rows::failed_on,
    schema::{self, SchemaError},
    signals::Silence,
};
pub use tower_sessions_sqlx_store::SqliteStore;

use self::sql::{
    to_its_end,
    writers::{Open, PATIENCE, Writers},
};
pub use self::transaction::SqliteTransaction;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no file.
    #[error("`{url}` does not name a SQLite file; write `sqlite:` and a path, for example `sqlite:gantry.db`")]
    NotAFile {
        /// What was given.
        url: String,
    },
    /// There is no such file, where one is needed.
    #[error("there is no database file `{}`; `gantry serve` and `gantry migrate` make it", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The file cannot be created, opened or read.
    #[error("the database file `{}` cannot be used; its folder must exist and this process must be able to write there", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Its schema is not this program's, and cannot be made so.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// The database in one file.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    writers: Writers,
    readers: SqlitePool,
    sessions: SqlitePool,
    /// One connection, which never writes and so hears of every commit.
    watcher: SqlitePool,
    /// How many of those there were.
    watchers: Arc<AtomicU64>,
    /// Goes with the last user of a temporary database; last, so that the pools go first.
    #[cfg(any(test, feature = "testing"))]
    _folder: Option<Arc<tempfile::TempDir>>,
}

impl SqliteStorage {
    /// Opens `sqlite:<path>`, makes the file if there is none (readable by its owner only), and brings its schema up to
    /// date.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::connect(options_of(url)?, SqliteSynchronous::Full).await
    }

    /// Opens a file that is there and leaves its schema as it is: for those who look, or copy it.
    pub async fn open_as_is(url: &str) -> Result<Self, OpenError> {
        let options = options_of(url)?.create_if_missing(false);
        if !options.get_filename().is_file() {
            return Err(OpenError::Missing { path: options.get_filename().to_owned() });
        }
        Self::pools(options, SqliteSynchronous::Full).await
    }

    /// A new database in a folder that goes with the last clone, for tests.
    #[cfg(any(test, feature = "testing"))]
    pub async fn temporary() -> Result<Self, OpenError> {
        let folder = tempfile::tempdir()
            .map_err(|error| OpenError::Unusable { path: std::env::temp_dir(), source: Box::new(error) })?;
        let options = SqliteConnectOptions::new().filename(folder.path().join("gantry.db"));
        // Nobody pulls the plug of a test.
        let mut storage = Self::connect(options, SqliteSynchronous::Off).await?;
        storage._folder = Some(Arc::new(folder));
        Ok(storage)
    }

    /// Writes past every trigger and check, as somebody with the file in hand could; for tests.
    #[cfg(any(test, feature = "testing"))]
    pub async fn tamper(&self, sql: &str) -> sqlx::Result<()> {
        let mut turn = self.writers.turn().await?;
        let triggers: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetch_all(&mut *turn).await?;
        for trigger in triggers {
            sqlx::query(&format!("DROP TRIGGER {trigger}")).execute(&mut *turn).await?;
        }
        sqlx::query("PRAGMA ignore_check_constraints = ON").execute(&mut *turn).await?;
        sqlx::query(sql).execute(&mut *turn).await?;
        sqlx::query("PRAGMA ignore_check_constraints = OFF").execute(&mut *turn).await?;
        turn.pass_on();
        Ok(())
    }

    async fn connect(options: SqliteConnectOptions, synchronous: SqliteSynchronous) -> Result<Self, OpenError> {
        let path = options.get_filename().to_owned();
        create_for_owner(&path, false)
            .map_err(|error| OpenError::Unusable { path: path.clone(), source: Box::new(error) })?;
        let storage = Self::pools(options, synchronous).await?;
        let turn = storage.writers.turn().await;
        let mut turn = turn.map_err(|error| OpenError::Unusable { path, source: Box::new(error) })?;
        schema::bring_up_to_date(&mut *turn, &MIGRATIONS).await?;
        turn.pass_on();
        Ok(storage)
    }

    async fn write(&self, statement: Option<Cow<'static, str>>) -> Result<SqliteTransaction> {
        let writers = self.writers.clone();
        Ok(SqliteTransaction::new(to_its_end(async move { writers.begin(statement).await }).await?))
    }

    async fn pools(options: SqliteConnectOptions, synchronous: SqliteSynchronous) -> Result<Self, OpenError> {
        let path = options.get_filename().to_owned();
        let unusable = |source: sqlx::Error| OpenError::Unusable { path, source: Box::new(source) };
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            // With NORMAL a power cut can take back commits that were answered: an approval, or the note that a call to
            // AWS is about to be made. FULL costs one sync per commit.
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            // An erased envelope is overwritten, not just forgotten.
            .pragma("secure_delete", "ON");
        // A file does not go away: a connection need not be asked whether it is still there.
        let pool = || {
            let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE).idle_timeout(None).max_lifetime(None);
            pool.test_before_acquire(false)
        };
        let writer = Writers::options(pool()).max_connections(1).connect_with(options.clone()).await;
        let readers = pool().max_connections(4).connect_lazy_with(options.clone().pragma("query_only", "ON"));
        let watchers = Arc::new(AtomicU64::new(0));
        let watcher = pool().max_connections(1).after_connect({
            let watchers = Arc::clone(&watchers);
            move |_, _| {
                watchers.fetch_add(1, Ordering::Relaxed);
                Box::pin(async { Ok(()) })
            }
        });
        let watcher = watcher.connect_lazy_with(options.clone().pragma("query_only", "ON"));
        let sessions = pool().max_connections(2).connect_lazy_with(options);
        Ok(Self {
            writers: Writers::new(writer.map_err(unusable)?),
            readers,
            sessions,
            watcher,
            watchers,
            #[cfg(any(test, feature = "testing"))]
            _folder: None,
        })
    }

    /// Where `tower-sessions` keeps its sessions: in the same file.
    pub fn session_store(&self) -> SqliteStore {
        SqliteStore::new(self.sessions.clone())
    }

    /// Writes the last commit into a file of its own, compact and readable by its owner only, while others go on. There
    /// must be no such file; one that could not be finished is taken away.
    pub async fn copy_to(&self, path: &Path) -> Result<(), OpenError> {
        let unusable = |source| OpenError::Unusable { path: path.to_owned(), source };
        let Some(name) = path.to_str() else { return Err(unusable("its name is no text".into())) };
        create_for_owner(path, true).map_err(|error| unusable(error.into()))?;
        let mut turn = self.writers.turn().await.map_err(|error| unusable(error.into()))?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut *turn).await;
        // SQLite leaves it to the system when the copy reaches the disk.
        let kept = copied.map_err(Into::into).and_then(|_| Ok(std::fs::File::open(path)?.sync_all()?));
        kept.map_err(|error| {
            // What is left of it is no backup.
            let _ = std::fs::remove_file(path);
            unusable(error)
        })
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.writers.pool.connect_options().get_filename().to_owned()
    }

    /// Waits for open transactions, writes the WAL back and closes the file.
    pub async fn close(&self) {
        self.watcher.close().await;
        self.sessions.close().await;
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// A file as a newer Gantry leaves it, for tests.
#[cfg(any(test, feature = "testing"))]
pub async fn from_a_newer_gantry(path: &Path) {
    let storage = SqliteStorage::open(&format!("sqlite:{}", path.display())).await.expect("a database");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'from the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut *storage.writers.turn().await.expect("a turn")).await.expect("one more migration");
    storage.close().await;
}

/// A file as an older Gantry left it, for tests.
#[cfg(any(test, feature = "testing"))]
pub async fn from_an_older_gantry(path: &Path) {
    let storage = SqliteStorage::open(&format!("sqlite:{}", path.display())).await.expect("a database");
    let older = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::query(older).execute(&mut *storage.writers.turn().await.expect("a turn")).await.expect("one migration less");
    storage.close().await;
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn begin(&self) -> Result<Box<dyn Transaction>> {
        // Who reads before it writes must have the lock when it reads.
        Ok(Box::new(self.write(Some("BEGIN IMMEDIATE".into())).await?))
    }

    async fn write_alone(&self, notes: &[&Note]) -> Result<Result<Vec<Option<u64>>>> {
        // Notes begin with a statement that writes, and it takes the lock itself: sqlx has no doubts about a plain BEGIN,
        // and goes to the connection's thread once less.
        let mut tx = self.write(None).await?;
        let places = tx.write_notes(notes).await?;
        Ok(Box::new(tx).commit().await.map(|()| places))
    }

    async fn begin_read(&self) -> Result<Box<dyn Transaction>> {
        let readers = self.readers.clone();
        let open = to_its_end(async move { readers.begin().await.map(Open::Reading) }).await?;
        Ok(Box::new(SqliteTransaction::new(open)))
    }

    async fn version(&self) -> Result<Version> {
        let mut watcher = self.watcher.acquire().await.map_err(failed_on("the database"))?;
        let commits: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut *watcher)
            .await
            .map_err(failed_on("the database"))?;
        // The number is one connection's own: another one's may be the same by chance.
        Ok(Version(format!("{}.{commits}", self.watchers.load(Ordering::Relaxed))))
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await.map_err(failed_on("the database"))?;
        Ok(())
    }

    async fn schema(&self) -> Result<Schema> {
        let failed = || failed_on("the schema");
        let migrated: bool =
            sqlx::query_scalar("SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
                .fetch_one(&self.readers)
                .await
                .map_err(failed())?;
        let found = match migrated {
            true => sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
                .fetch_one(&self.readers)
                .await
                .map_err(failed())?,
            false => None,
        };
        Ok(Schema { found, known: schema::newest(&MIGRATIONS) })
    }

    fn pools(&self) -> Vec<Pool> {
        let pool = |name, (open, idle)| Pool { name, open, idle: u32::try_from(idle).unwrap_or(u32::MAX) };
        let size = |pool: &SqlitePool| (pool.size(), pool.num_idle());
        vec![
            pool("writers", self.writers.size()),
            pool("readers", size(&self.readers)),
            pool("sessions", size(&self.sessions)),
            pool("watcher", size(&self.watcher)),
        ]
    }
}

/// One process serves a file. A second one, for a moment, is a person at the command line, whose work is found by looking.
#[async_trait]
impl Signals for SqliteStorage {
    async fn announce(&self, _message: &str) -> Result<()> {
        Ok(())
    }

    async fn listen(&self) -> Result<Box<dyn Heard>> {
        Ok(Box::new(Silence))
    }
}

/// Makes the file, if there is none, so that only its owner can read it: sessions and password hashes lie in it. SQLite
/// gives the files beside it the same mode.
fn create_for_owner(path: &Path, must_be_new: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).create_new(must_be_new).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The file that a URL names.
fn options_of(url: &str) -> Result<SqliteConnectOptions, OpenError> {
    let not_a_file = || OpenError::NotAFile { url: url.to_owned() };
    let file = url.strip_prefix("sqlite:").ok_or_else(not_a_file)?;
    // Each connection to `:memory:` would have a database of its own.
    if file.trim_start_matches("//").is_empty() || file.contains(":memory:") || file.contains("mode=memory") {
        return Err(not_a_file());
    }
    SqliteConnectOptions::from_str(url).map_err(|_| not_a_file())
}
