//! What the repositories, which are written once for all databases, say differently on SQLite.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::{
    Sqlite,
    sqlite::{SqliteArguments, SqliteQueryResult},
    types::Json,
};

pub(crate) use crate::transaction::SqliteTransaction as Tx;

pub(crate) type Db = Sqlite;
pub(crate) type Query<'a> = sqlx::query::Query<'a, Sqlite, SqliteArguments<'a>>;
pub(crate) type Done = SqliteQueryResult;

/// Compares without regard to the case of ASCII letters, as SQLite always does.
pub(crate) const LIKE: &str = "LIKE";

/// Whoever claims a row holds the only lock there is.
pub(crate) const SKIP_LOCKED: &str = "";

/// An instant as the schema wants it: always six decimals and `Z`, so that text sorts as time. sqlx's own encoding has as
/// many decimals as there happen to be.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A document.
pub(crate) fn json<T: Serialize>(document: &T) -> Json<&T> {
    Json(document)
}
