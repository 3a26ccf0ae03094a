//! Rows of people and teams.

use domain::people::{Team, TeamRole, User};

use super::Reading;
use crate::{Credential, Result, StorageError};

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
