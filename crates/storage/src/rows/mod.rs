//! Rows as every database returns them, and how they become the domain's words.
//!
//! `#[derive(sqlx::FromRow)]` is generic over the row, so one struct serves all databases; only SQL text and the binding
//! of parameters differ. A row that decodes to something impossible is [`StorageError::Corrupt`], never a guess.

mod audit;
mod drafts;
mod environments;
mod people;
mod requests;
mod runs;
mod secrets;
mod stacks;
mod templates;
mod tokens;

use std::{fmt::Display, str::FromStr};

pub use self::{
    audit::AuditRow,
    drafts::DraftRow,
    environments::EnvironmentRow,
    people::{AccountRow, CredentialRow, MemberRow, MembershipRow, PlaceRow, TeamRow, UserRow},
    requests::{CommentRow, DecisionRow, RequestRow, RequestSummaryRow},
    runs::{EventRow, ReleaseRow, RunRow},
    secrets::SecretRow,
    stacks::{ReservationRow, ResourceRow, StackRow},
    templates::RevisionRow,
    tokens::{ReservedRow, TokenHolderRow, TokenRow},
};
use sqlx::error::ErrorKind;

use crate::{Result, StorageError};

/// What an error of the database means: a column that does not decode, or a row that a constraint refuses, is
/// [`StorageError::Corrupt`], which trying again does not mend; everything else [`StorageError::Unavailable`]. `table` is
/// for the message.
pub fn failed_on(table: &'static str) -> impl FnOnce(sqlx::Error) -> StorageError {
    move |error| match error {
        sqlx::Error::ColumnDecode { index, source } => {
            StorageError::Corrupt { what: format!("{table}.{}", index.trim_matches('"')), why: source.to_string() }
        }
        sqlx::Error::Database(refusal) if !matches!(refusal.kind(), ErrorKind::Other) => {
            StorageError::Corrupt { what: table.to_owned(), why: refusal.message().to_owned() }
        }
        other => StorageError::Unavailable(Box::new(other)),
    }
}

/// A row on its way to a domain value: what it is called when it cannot get there.
struct Reading<'a> {
    table: &'static str,
    key: &'a str,
}

impl<'a> Reading<'a> {
    fn new(table: &'static str, key: &'a str) -> Self {
        Self { table, key }
    }

    fn corrupt(&self, why: impl Display) -> StorageError {
        StorageError::Corrupt { what: format!("{} {}", self.table, self.key), why: why.to_string() }
    }

    fn parse<T: FromStr<Err: Display>>(&self, column: &str, text: &str) -> Result<T> {
        text.parse().map_err(|error| self.corrupt(format_args!("{column}: {error}")))
    }

    fn number<T: TryFrom<i64, Error: Display>>(&self, column: &str, number: i64) -> Result<T> {
        number.try_into().map_err(|error| self.corrupt(format_args!("{column} is {number}: {error}")))
    }
}
