//! The database that the settings name: one of two, behind one face.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use storage::Storage;
use storage_postgres::PostgresStorage;
use storage_sqlite::SqliteStorage;
use tower_sessions::{
    ExpiredDeletion, SessionStore,
    session::{Id, Record},
    session_store::Result,
};

use crate::config::Config;

/// An open database.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum Database {
    /// A file, for one process.
    Sqlite(SqliteStorage),
    /// A server, for any number of them.
    Postgres(PostgresStorage),
}

/// Why it could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file.
    #[error(transparent)]
    Sqlite(#[from] storage_sqlite::OpenError),
    /// The server.
    #[error(transparent)]
    Postgres(#[from] storage_postgres::OpenError),
}

impl Database {
    /// Opens it, makes the file if there is none, and brings the schema up to date.
    pub async fn open(config: &Config) -> std::result::Result<Self, OpenError> {
        let url = &config.database_url;
        Ok(if storage_postgres::is_address(url) {
            Self::Postgres(PostgresStorage::open(url, config.migration_database_url.as_deref()).await?)
        } else {
            Self::Sqlite(SqliteStorage::open(url).await?)
        })
    }

    /// Opens one that is there and leaves its schema as it is: for those who look.
    pub async fn open_as_is(config: &Config) -> std::result::Result<Self, OpenError> {
        let url = &config.database_url;
        Ok(if storage_postgres::is_address(url) {
            Self::Postgres(PostgresStorage::open_as_is(url).await?)
        } else {
            Self::Sqlite(SqliteStorage::open_as_is(url).await?)
        })
    }

    /// As use cases know it.
    pub fn storage(&self) -> Arc<dyn Storage> {
        match self {
            Self::Sqlite(storage) => Arc::new(storage.clone()),
            Self::Postgres(storage) => Arc::new(storage.clone()),
        }
    }

    /// Where sessions are kept: in the same database.
    pub fn sessions(&self) -> Sessions {
        match self {
            Self::Sqlite(storage) => Sessions::Sqlite(storage.session_store()),
            Self::Postgres(storage) => Sessions::Postgres(storage.session_store()),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(storage) => Some(storage.path()),
            Self::Postgres(_) => None,
        }
    }

    /// As people call it, without a password.
    pub fn name(&self) -> String {
        match self {
            Self::Sqlite(storage) => storage.path().display().to_string(),
            Self::Postgres(storage) => storage.name(),
        }
    }

    /// Waits for open transactions and closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(storage) => storage.close().await,
            Self::Postgres(storage) => storage.close().await,
        }
    }
}

impl From<SqliteStorage> for Database {
    fn from(storage: SqliteStorage) -> Self {
        Self::Sqlite(storage)
    }
}

impl From<PostgresStorage> for Database {
    fn from(storage: PostgresStorage) -> Self {
        Self::Postgres(storage)
    }
}

/// The sessions of either.
#[derive(Clone, Debug)]
pub enum Sessions {
    /// In the file.
    Sqlite(storage_sqlite::SqliteStore),
    /// On the server.
    Postgres(storage_postgres::PostgresStore),
}

macro_rules! either {
    ($self:ident, $store:ident => $answer:expr) => {
        match $self {
            Self::Sqlite($store) => $answer,
            Self::Postgres($store) => $answer,
        }
    };
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        either!(self, store => store.create(record).await)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        either!(self, store => store.save(record).await)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        either!(self, store => store.load(id).await)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        either!(self, store => store.delete(id).await)
    }
}

#[async_trait]
impl ExpiredDeletion for Sessions {
    async fn delete_expired(&self) -> Result<()> {
        either!(self, store => store.delete_expired().await)
    }
}
