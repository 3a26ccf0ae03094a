//! Brings a database to the schema of this program, and says which database that cannot be done with.

use std::collections::BTreeMap;

use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migrator};

/// Why a database has another schema than this program's, and keeps it.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A newer Gantry wrote it.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}: a newer Gantry wrote it, so start that one"
    )]
    Newer {
        /// The newest migration in the database.
        found: i64,
        /// The newest one that this binary brings.
        known: i64,
    },
    /// A migration that was applied is not the one that this binary brings.
    #[error(
        "migration {version} in the database is not the one that this program brings; restore the database from a backup"
    )]
    Foreign {
        /// Which migration.
        version: i64,
    },
    /// A migration failed; it was rolled back.
    #[error("the database could not be brought to the schema of this program")]
    Migration(#[source] MigrateError),
}

/// Applies the migrations that are missing. A database that has them all is only read, so that a user who may not change
/// the schema can open it.
pub async fn bring_up_to_date<C: Migrate>(connection: &mut C, migrations: &Migrator) -> Result<(), SchemaError> {
    // An empty database has no list of them.
    let applied = connection.list_applied_migrations().await.unwrap_or_default();
    if is_current(&applied, migrations)? {
        return Ok(());
    }
    migrations.run_direct(connection).await.map_err(|error| match error {
        MigrateError::VersionMismatch(version) => SchemaError::Foreign { version },
        other => SchemaError::Migration(other),
    })
}

/// The newest migration that this program brings.
pub fn newest(migrations: &Migrator) -> i64 {
    migrations.iter().map(|one| one.version).max().unwrap_or(0)
}

fn is_current(applied: &[AppliedMigration], migrations: &Migrator) -> Result<bool, SchemaError> {
    let ours: BTreeMap<_, _> = migrations.iter().map(|one| (one.version, &one.checksum)).collect();
    let known = newest(migrations);
    // An unknown migration among the known ones is no newer schema but somebody else's.
    if let Some(found) = applied.iter().map(|one| one.version).max().filter(|found| *found > known) {
        return Err(SchemaError::Newer { found, known });
    }
    match applied.iter().find(|one| ours.get(&one.version) != Some(&&one.checksum)) {
        Some(foreign) => Err(SchemaError::Foreign { version: foreign.version }),
        None => Ok(applied.len() == ours.len()),
    }
}
