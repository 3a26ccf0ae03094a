//! Rows of people and teams.

use chrono::{DateTime, Utc};
use domain::{
    ids::{TeamId, UserId},
    people::{Team, TeamRole, User},
};

use super::Reading;
use crate::{Account, Credential, Result, StorageError};

/// A row of `users`.
#[derive(Debug, sqlx::FromRow)]
pub struct UserRow {
    id: String,
    name: String,
    email: String,
    platform_role: Option<String>,
    disabled: bool,
    version: i64,
}

impl UserRow {
    /// What to select.
    pub const COLUMNS: &str = "id, name, email, platform_role, disabled, version";
}

impl TryFrom<UserRow> for User {
    type Error = StorageError;
    fn try_from(row: UserRow) -> Result<Self> {
        let reading = Reading::new("user", &row.id);
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            platform_role: row.platform_role.map(|role| reading.parse("platform_role", &role)).transpose()?,
            name: row.name,
            email: row.email,
            disabled: row.disabled,
            version: row.version,
        })
    }
}

/// A row of `users` with what hangs on it.
#[derive(Debug, sqlx::FromRow)]
pub struct AccountRow {
    #[sqlx(flatten)]
    user: UserRow,
    created_at: DateTime<Utc>,
    last_signed_in_at: Option<DateTime<Utc>>,
    has_password: bool,
    link_until: Option<DateTime<Utc>>,
}

impl AccountRow {
    /// What to select from `users`.
    pub const COLUMNS: &str = "id, name, email, platform_role, disabled, version, created_at, last_signed_in_at, \
        EXISTS (SELECT 1 FROM credentials WHERE credentials.user_id = users.id) AS has_password, \
        (SELECT max(expires_at) FROM one_time_tokens WHERE one_time_tokens.user_id = users.id) AS link_until";
}

impl TryFrom<AccountRow> for Account {
    type Error = StorageError;
    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            user: row.user.try_into()?,
            created_at: row.created_at,
            last_signed_in_at: row.last_signed_in_at,
            has_password: row.has_password,
            link_until: row.link_until,
        })
    }
}

/// A row of `credentials`.
#[derive(sqlx::FromRow)]
pub struct CredentialRow {
    user_id: String,
    password_hash: String,
}

impl CredentialRow {
    /// What to select.
    pub const COLUMNS: &str = "user_id, password_hash";
}

impl TryFrom<CredentialRow> for Credential {
    type Error = StorageError;
    fn try_from(row: CredentialRow) -> Result<Self> {
        let user = Reading::new("credential of", &row.user_id).parse("user_id", &row.user_id)?;
        Ok(Self { user, password_hash: row.password_hash })
    }
}

/// A row of `teams`.
#[derive(Debug, sqlx::FromRow)]
pub struct TeamRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) version: i64,
}

impl TeamRow {
    /// What to select.
    pub const COLUMNS: &str = "id, name, title, version";
}

impl TryFrom<TeamRow> for Team {
    type Error = StorageError;
    fn try_from(row: TeamRow) -> Result<Self> {
        let id = Reading::new("team", &row.id).parse("id", &row.id)?;
        Ok(Self { id, name: row.name, title: row.title, version: row.version })
    }
}

/// A row of `teams` joined with one of `memberships`.
#[derive(Debug, sqlx::FromRow)]
pub struct MembershipRow {
    #[sqlx(flatten)]
    team: TeamRow,
    role: String,
}

impl MembershipRow {
    /// What to select.
    pub const COLUMNS: &str = "id, name, title, version, role";
}

impl TryFrom<MembershipRow> for (Team, TeamRole) {
    type Error = StorageError;
    fn try_from(row: MembershipRow) -> Result<Self> {
        let role = Reading::new("membership in team", &row.team.id).parse("role", &row.role)?;
        Ok((row.team.try_into()?, role))
    }
}

/// A row of `users` joined with one of `memberships`.
#[derive(Debug, sqlx::FromRow)]
pub struct MemberRow {
    #[sqlx(flatten)]
    user: UserRow,
    role: String,
}

impl MemberRow {
    /// What to select.
    pub const COLUMNS: &str = "id, name, email, platform_role, disabled, version, role";
}

impl TryFrom<MemberRow> for (User, TeamRole) {
    type Error = StorageError;
    fn try_from(row: MemberRow) -> Result<Self> {
        let role = Reading::new("membership of", &row.user.id).parse("role", &row.role)?;
        Ok((row.user.try_into()?, role))
    }
}

/// A row of `memberships` alone.
#[derive(Debug, sqlx::FromRow)]
pub struct PlaceRow {
    team_id: String,
    user_id: String,
    role: String,
}

impl PlaceRow {
    /// What to select.
    pub const COLUMNS: &str = "team_id, user_id, role";
}

impl TryFrom<PlaceRow> for (UserId, TeamId, TeamRole) {
    type Error = StorageError;
    fn try_from(row: PlaceRow) -> Result<Self> {
        let reading = Reading::new("membership of", &row.user_id);
        let user = reading.parse("user_id", &row.user_id)?;
        Ok((user, reading.parse("team_id", &row.team_id)?, reading.parse("role", &row.role)?))
    }
}
