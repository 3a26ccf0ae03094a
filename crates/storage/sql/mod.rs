//! The repositories, written once: the SQL of both databases is the same but for a few words.
//!
//! This is no module of `gantry-storage`. Each database takes the folder in as a module of its own, where it meets that
//! crate's `dialect`: the transaction, how an instant and a document are bound, and the words that differ. Why so, and
//! neither generic code nor two copies, is in `docs/adr/0003-two-databases.md`.
//!
//! What to hold to in a new method: parameters are `$1` in the order of their binding; numbers are bound as `i64`
//! (PostgreSQL has no unsigned ones), instants by `instant`, documents by `json`; what a unique constraint may refuse is
//! inserted with `ON CONFLICT DO NOTHING` or changed by [`change_unless_taken`], because on PostgreSQL nothing follows
//! a statement that failed.

mod audit;
mod drafts;
mod environments;
mod idempotency;
mod people;
mod requests;
mod runs;
mod secrets;
mod stacks;
mod templates;
mod tokens;
pub(crate) mod writers;

use sqlx::{Connection, QueryBuilder};
use storage::{Result, StorageError, rows::failed_on};

use crate::dialect::{Db, Done, LIKE, Query, Tx};

/// Runs a statement that opens or closes a transaction to its end even when nobody waits for it any more. A request that
/// is dropped in the middle of `BEGIN` would otherwise leave a connection in the pool inside a transaction that nobody
/// owns, and with it the lock of those who write.
pub(crate) async fn to_its_end<T: Send + 'static>(
    statement: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(statement).await {
        Ok(result) => result.map_err(failed_on("the database")),
        Err(ended) => Err(StorageError::Unavailable(Box::new(ended))),
    }
}

/// Runs an `UPDATE` that a unique constraint may refuse, which then means that `what` is taken. In a savepoint, so that
/// the transaction is still good after a refusal.
async fn change_unless_taken(
    tx: &mut Tx,
    change: Query<'_>,
    table: &'static str,
    what: impl FnOnce() -> String,
) -> Result<Done> {
    let mut savepoint = tx.connection().begin().await.map_err(failed_on(table))?;
    let result = change.execute(&mut *savepoint).await.map_err(|error| match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StorageError::Taken { what: what() },
        _ => failed_on(table)(error),
    })?;
    savepoint.commit().await.map_err(failed_on(table))?;
    Ok(result)
}

/// Whether a statement with so many rows comes often enough for the connection to keep it prepared: one that writes what a
/// single step says, not each of those that write what many say at once.
pub(crate) const fn recurs(rows: usize) -> bool {
    rows <= 4
}

/// Nothing was inserted: a unique constraint held it back.
fn added(result: &Done, what: impl FnOnce() -> String) -> Result<()> {
    if result.rows_affected() == 0 { Err(StorageError::Taken { what: what() }) } else { Ok(()) }
}

/// Nothing was changed: the row is gone or has another version.
fn changed(result: &Done, what: impl FnOnce() -> String) -> Result<()> {
    if result.rows_affected() == 0 { Err(StorageError::Conflict { what: what() }) } else { Ok(()) }
}

/// ` AND column IN ($n, …)`; no values match nothing.
fn push_any<'a>(query: &mut QueryBuilder<'a, Db>, column: &str, values: impl IntoIterator<Item = &'a str>) {
    let mut values = values.into_iter().peekable();
    if values.peek().is_none() {
        query.push(" AND false");
        return;
    }
    query.push(" AND ").push(column).push(" IN (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// What a text means literally in `LIKE … ESCAPE '\'`.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The pattern of what contains this text.
fn containing(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// ` AND (of LIKE … OR id LIKE …)`: what contains a text, or whose id begins with it, with or without its prefix.
fn push_text<'a>(query: &mut QueryBuilder<'a, Db>, id: &str, of: &str, text: &str) {
    query.push(format!(" AND ({of} {LIKE} ")).push_bind(containing(text)).push(" ESCAPE '\\'");
    for pattern in [format!("{}%", literal(text)), format!("%-{}%", literal(text))] {
        query.push(format!(" OR {id} {LIKE} ")).push_bind(pattern).push(" ESCAPE '\\'");
    }
    query.push(")");
}
