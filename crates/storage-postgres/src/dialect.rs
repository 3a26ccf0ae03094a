//! What the repositories, which are written once for all databases, say differently on PostgreSQL.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{
    Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgQueryResult, PgTypeInfo, types::Oid},
};

pub(crate) use crate::transaction::PostgresTransaction as Tx;

pub(crate) type Db = Postgres;
pub(crate) type Query<'a> = sqlx::query::Query<'a, Postgres, PgArguments>;
pub(crate) type Done = PgQueryResult;

/// Compares without regard to the case of ASCII letters: columns have the collation `C`, which knows no others.
pub(crate) const LIKE: &str = "ILIKE";

/// Whoever claims a row passes over those that others are claiming.
pub(crate) const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";

/// An instant, in microseconds.
pub(crate) fn instant(at: DateTime<Utc>) -> DateTime<Utc> {
    at
}

/// A document.
pub(crate) fn json<T: Serialize>(document: &T) -> Document {
    Document(serde_json::to_string(document))
}

/// The text of a document for a column of type `JSON`, which keeps it to the letter. sqlx's own `Json` is sent as `JSONB`,
/// and on the way through that type `-0.0` becomes `0.0`, which another hash belongs to.
pub(crate) struct Document(serde_json::Result<String>);

impl Type<Postgres> for Document {
    fn type_info() -> PgTypeInfo {
        /// `JSON`, the same in every database.
        const JSON: Oid = Oid(114);
        PgTypeInfo::with_oid(JSON)
    }
}

impl Encode<'_, Postgres> for Document {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.0 {
            Ok(text) => buffer.extend_from_slice(text.as_bytes()),
            Err(error) => return Err(error.to_string().into()),
        }
        Ok(IsNull::No)
    }
}
