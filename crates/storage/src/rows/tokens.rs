//! Rows of tokens, of whom they speak for, and of answers that are given twice.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    people::{Team, TeamRole, User},
    token::{ApiToken, Scope},
};

use super::{Reading, TeamRow, UserRow};
use crate::{Answer, Reserved, Result, StorageError, TokenHolder};

/// A row of `api_tokens`.
#[derive(Debug, sqlx::FromRow)]
pub struct TokenRow {
    token_id: String,
    token_user: String,
    token_name: String,
    prefix: String,
    scopes: String,
    token_created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

impl TokenRow {
    /// What to select. The names are apart from those of `users` and `teams`.
    pub const COLUMNS: &str = "api_tokens.id AS token_id, api_tokens.user_id AS token_user, \
        api_tokens.name AS token_name, api_tokens.prefix, api_tokens.scopes, \
        api_tokens.created_at AS token_created_at, api_tokens.expires_at, api_tokens.last_used_at";
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = StorageError;
    fn try_from(row: TokenRow) -> Result<Self> {
        let reading = Reading::new("token", &row.token_id);
        let scopes = row.scopes.split_whitespace().map(|word| reading.parse("scopes", word));
        Ok(Self {
            id: reading.parse("id", &row.token_id)?,
            user: reading.parse("user_id", &row.token_user)?,
            scopes: scopes.collect::<Result<BTreeSet<Scope>>>()?,
            name: row.token_name,
            prefix: row.prefix,
            created_at: row.token_created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
    }
}

/// A token with its person and one of their memberships, or none.
#[derive(Debug, sqlx::FromRow)]
pub struct TokenHolderRow {
    #[sqlx(flatten)]
    token: TokenRow,
    #[sqlx(flatten)]
    user: UserRow,
    team_id: Option<String>,
    team_name: Option<String>,
    team_title: Option<String>,
    team_version: Option<i64>,
    team_role: Option<String>,
}

impl TokenHolderRow {
    /// What to select beside the columns of a token, from `users`, `teams` and `memberships`.
    pub const COLUMNS: &str = "users.id, users.name, users.email, users.platform_role, users.disabled, users.version, \
        teams.id AS team_id, teams.name AS team_name, teams.title AS team_title, teams.version AS team_version, \
        memberships.role AS team_role";

    fn membership(&mut self) -> Result<Option<(Team, TeamRole)>> {
        let taken = (
            self.team_id.take(),
            self.team_name.take(),
            self.team_title.take(),
            self.team_version.take(),
            self.team_role.take(),
        );
        let (Some(id), Some(name), Some(title), Some(version), Some(role)) = taken else { return Ok(None) };
        let role = Reading::new("membership in team", &id).parse("role", &role)?;
        Ok(Some((TeamRow { id, name, title, version }.try_into()?, role)))
    }

    /// The rows of one token, one for each membership.
    pub fn together(rows: Vec<Self>) -> Result<Option<TokenHolder>> {
        let mut rows = rows;
        let mut teams = vec![];
        for row in &mut rows {
            teams.extend(row.membership()?);
        }
        let Some(first) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(TokenHolder { token: first.token.try_into()?, user: User::try_from(first.user)?, teams }))
    }
}

/// A row of `idempotency_keys`.
#[derive(Debug, sqlx::FromRow)]
pub struct ReservedRow {
    key: String,
    fingerprint: String,
    reserved_at: DateTime<Utc>,
    status: Option<i64>,
    location: Option<String>,
    body: Option<String>,
}

impl ReservedRow {
    /// What to select.
    pub const COLUMNS: &str = "key, fingerprint, reserved_at, status, location, body";
}

impl TryFrom<ReservedRow> for Reserved {
    type Error = StorageError;
    fn try_from(row: ReservedRow) -> Result<Self> {
        let reading = Reading::new("idempotency key", &row.key);
        let answer = match (row.status, row.body) {
            (Some(status), Some(body)) => {
                Some(Answer { status: reading.number("status", status)?, location: row.location, body })
            }
            (None, None) => None,
            _ => return Err(reading.corrupt("it has half an answer")),
        };
        Ok(Self { fingerprint: row.fingerprint, reserved_at: row.reserved_at, answer })
    }
}
