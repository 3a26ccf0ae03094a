//! People and teams.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    ids::{TeamId, UserId},
    people::{Team, TeamRole, User},
};
use storage::{
    Account, Credential, Page, People, Result, StorageError,
    rows::{AccountRow, CredentialRow, MemberRow, MembershipRow, PlaceRow, TeamRow, UserRow, failed_on},
};

use super::{added, change_unless_taken, changed, containing};
use crate::dialect::{LIKE, Tx, instant};

impl Tx {
    async fn user_where(&mut self, condition: &str, key: &str) -> Result<Option<User>> {
        sqlx::query_as::<_, UserRow>(&format!("SELECT {} FROM users WHERE {condition}", UserRow::COLUMNS))
            .bind(key)
            .fetch_optional(self.connection())
            .await
            .map_err(failed_on("users"))?
            .map(User::try_from)
            .transpose()
    }

    async fn team_where(&mut self, condition: &str, key: &str) -> Result<Option<Team>> {
        sqlx::query_as::<_, TeamRow>(&format!("SELECT {} FROM teams WHERE {condition}", TeamRow::COLUMNS))
            .bind(key)
            .fetch_optional(self.connection())
            .await
            .map_err(failed_on("teams"))?
            .map(Team::try_from)
            .transpose()
    }
}

#[async_trait]
impl People for Tx {
    async fn add_user(&mut self, user: &User, created_at: DateTime<Utc>) -> Result<()> {
        let result = sqlx::query(
            "INSERT INTO users (id, name, email, platform_role, disabled, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(user.id.as_str())
        .bind(&user.name)
        .bind(&user.email)
        .bind(user.platform_role.map(|role| role.as_str()))
        .bind(user.disabled)
        .bind(instant(created_at))
        .bind(user.version)
        .execute(self.connection())
        .await
        .map_err(failed_on("users"))?;
        added(&result, || "the e-mail address".to_owned())
    }

    async fn update_user(&mut self, user: &User) -> Result<()> {
        let change = sqlx::query(
            "UPDATE users SET name = $1, email = $2, platform_role = $3, disabled = $4, version = version + 1
             WHERE id = $5 AND version = $6",
        )
        .bind(&user.name)
        .bind(&user.email)
        .bind(user.platform_role.map(|role| role.as_str()))
        .bind(user.disabled)
        .bind(user.id.as_str())
        .bind(user.version);
        let result = change_unless_taken(self, change, "users", || "the e-mail address".to_owned()).await?;
        changed(&result, || user.name.clone())
    }

    async fn lookup_user(&mut self, id: &UserId) -> Result<Option<User>> {
        self.user_where("id = $1", id.as_str()).await
    }

    async fn find_user_by_email(&mut self, email: &str) -> Result<Option<User>> {
        self.user_where("email = $1", email).await
    }

    async fn lookup_account(&mut self, id: &UserId) -> Result<Option<Account>> {
        sqlx::query_as::<_, AccountRow>(&format!("SELECT {} FROM users WHERE id = $1", AccountRow::COLUMNS))
            .bind(id.as_str())
            .fetch_optional(self.connection())
            .await
            .map_err(failed_on("users"))?
            .map(Account::try_from)
            .transpose()
    }

    async fn list_accounts(&mut self) -> Result<Vec<Account>> {
        sqlx::query_as::<_, AccountRow>(&format!("SELECT {} FROM users ORDER BY name, id", AccountRow::COLUMNS))
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("users"))?
            .into_iter()
            .map(Account::try_from)
            .collect()
    }

    async fn find_accounts(&mut self, text: &str, page: &Page) -> Result<Vec<Account>> {
        sqlx::query_as::<_, AccountRow>(&format!(
            "SELECT {} FROM users WHERE (name {LIKE} $1 ESCAPE '\\' OR email {LIKE} $1 ESCAPE '\\')
                 AND ($2 IS NULL OR (name, id) > (SELECT name, id FROM users WHERE id = $2))
             ORDER BY name, id LIMIT $3",
            AccountRow::COLUMNS
        ))
        .bind(containing(text))
        .bind(page.after.as_deref())
        .bind(i64::from(page.limit))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("users"))?
        .into_iter()
        .map(Account::try_from)
        .collect()
    }

    async fn find_user_in_session(&mut self, id: &UserId, since: DateTime<Utc>) -> Result<Option<User>> {
        sqlx::query_as::<_, UserRow>(&format!(
            "SELECT {} FROM users WHERE id = $1 AND (signed_out_at IS NULL OR signed_out_at <= $2)",
            UserRow::COLUMNS
        ))
        .bind(id.as_str())
        .bind(instant(since))
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("users"))?
        .map(User::try_from)
        .transpose()
    }

    async fn set_signed_in(&mut self, id: &UserId, at: DateTime<Utc>) -> Result<()> {
        sqlx::query("UPDATE users SET last_signed_in_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(instant(at))
            .execute(self.connection())
            .await
            .map_err(failed_on("users"))?;
        Ok(())
    }

    async fn end_sessions(&mut self, id: &UserId, before: DateTime<Utc>) -> Result<()> {
        sqlx::query("UPDATE users SET signed_out_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(instant(before))
            .execute(self.connection())
            .await
            .map_err(failed_on("users"))?;
        Ok(())
    }

    async fn count_users(&mut self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users")
            .fetch_one(self.connection())
            .await
            .map_err(failed_on("users"))?;
        Ok(count.unsigned_abs())
    }

    async fn list_users(&mut self) -> Result<Vec<User>> {
        sqlx::query_as::<_, UserRow>(&format!("SELECT {} FROM users ORDER BY name, id", UserRow::COLUMNS))
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("users"))?
            .into_iter()
            .map(User::try_from)
            .collect()
    }

    async fn find_users_by_name(&mut self, text: &str, limit: u32) -> Result<Vec<User>> {
        sqlx::query_as::<_, UserRow>(&format!(
            "SELECT {} FROM users WHERE name {LIKE} $1 ESCAPE '\\' ORDER BY name, id LIMIT $2",
            UserRow::COLUMNS
        ))
        .bind(containing(text))
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("users"))?
        .into_iter()
        .map(User::try_from)
        .collect()
    }

    async fn set_credential(&mut self, credential: &Credential) -> Result<()> {
        sqlx::query(
            "INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)
             ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash",
        )
        .bind(credential.user.as_str())
        .bind(&credential.password_hash)
        .execute(self.connection())
        .await
        .map_err(failed_on("credentials"))?;
        Ok(())
    }

    async fn lookup_credential(&mut self, user: &UserId) -> Result<Option<Credential>> {
        sqlx::query_as::<_, CredentialRow>(&format!(
            "SELECT {} FROM credentials WHERE user_id = $1",
            CredentialRow::COLUMNS
        ))
        .bind(user.as_str())
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("credentials"))?
        .map(Credential::try_from)
        .transpose()
    }

    async fn add_sign_in_failure(&mut self, key: &str, at: DateTime<Utc>) -> Result<()> {
        sqlx::query("INSERT INTO sign_in_failures (key, at) VALUES ($1, $2)")
            .bind(key)
            .bind(instant(at))
            .execute(self.connection())
            .await
            .map_err(failed_on("sign_in_failures"))?;
        Ok(())
    }

    async fn count_sign_in_failures(&mut self, key: &str, since: DateTime<Utc>) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM sign_in_failures WHERE key = $1 AND at >= $2")
            .bind(key)
            .bind(instant(since))
            .fetch_one(self.connection())
            .await
            .map_err(failed_on("sign_in_failures"))?;
        Ok(count.unsigned_abs())
    }

    async fn forget_sign_in_failures(&mut self, key: &str, older_than: DateTime<Utc>) -> Result<()> {
        sqlx::query("DELETE FROM sign_in_failures WHERE key = $1 OR at < $2")
            .bind(key)
            .bind(instant(older_than))
            .execute(self.connection())
            .await
            .map_err(failed_on("sign_in_failures"))?;
        Ok(())
    }

    async fn add_one_time_token(&mut self, hash: &str, purpose: &str, expires_at: DateTime<Utc>) -> Result<()> {
        let result = sqlx::query(
            "INSERT INTO one_time_tokens (hash, purpose, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(hash)
        .bind(purpose)
        .bind(instant(expires_at))
        .execute(self.connection())
        .await
        .map_err(failed_on("one_time_tokens"))?;
        added(&result, || "the token".to_owned())
    }

    async fn take_one_time_token(&mut self, hash: &str, purpose: &str, now: DateTime<Utc>) -> Result<bool> {
        let result = sqlx::query("DELETE FROM one_time_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3")
            .bind(hash)
            .bind(purpose)
            .bind(instant(now))
            .execute(self.connection())
            .await
            .map_err(failed_on("one_time_tokens"))?;
        Ok(result.rows_affected() == 1)
    }

    async fn add_personal_token(
        &mut self,
        hash: &str,
        purpose: &str,
        user: &UserId,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let result = sqlx::query(
            "INSERT INTO one_time_tokens (hash, purpose, user_id, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(hash)
        .bind(purpose)
        .bind(user.as_str())
        .bind(instant(expires_at))
        .execute(self.connection())
        .await
        .map_err(failed_on("one_time_tokens"))?;
        added(&result, || "the token".to_owned())
    }

    async fn find_personal_token(&mut self, hash: &str, purpose: &str, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let user: Option<String> = sqlx::query_scalar(
            "SELECT user_id FROM one_time_tokens
             WHERE hash = $1 AND purpose = $2 AND expires_at > $3 AND user_id IS NOT NULL",
        )
        .bind(hash)
        .bind(purpose)
        .bind(instant(now))
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("one_time_tokens"))?;
        owner_of_token(user)
    }

    async fn take_personal_token(&mut self, hash: &str, purpose: &str, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let user: Option<String> = sqlx::query_scalar(
            "DELETE FROM one_time_tokens
             WHERE hash = $1 AND purpose = $2 AND expires_at > $3 AND user_id IS NOT NULL RETURNING user_id",
        )
        .bind(hash)
        .bind(purpose)
        .bind(instant(now))
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("one_time_tokens"))?;
        owner_of_token(user)
    }

    async fn drop_personal_tokens(&mut self, user: &UserId) -> Result<()> {
        sqlx::query("DELETE FROM one_time_tokens WHERE user_id = $1")
            .bind(user.as_str())
            .execute(self.connection())
            .await
            .map_err(failed_on("one_time_tokens"))?;
        Ok(())
    }

    async fn add_team(&mut self, team: &Team) -> Result<()> {
        let result =
            sqlx::query("INSERT INTO teams (id, name, title, version) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
                .bind(team.id.as_str())
                .bind(&team.name)
                .bind(&team.title)
                .bind(team.version)
                .execute(self.connection())
                .await
                .map_err(failed_on("teams"))?;
        added(&result, || format!("the team name `{}`", team.name))
    }

    async fn lookup_team(&mut self, id: &TeamId) -> Result<Option<Team>> {
        self.team_where("id = $1", id.as_str()).await
    }

    async fn find_team_by_name(&mut self, name: &str) -> Result<Option<Team>> {
        self.team_where("name = $1", name).await
    }

    async fn list_teams(&mut self) -> Result<Vec<Team>> {
        sqlx::query_as::<_, TeamRow>(&format!("SELECT {} FROM teams ORDER BY name", TeamRow::COLUMNS))
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("teams"))?
            .into_iter()
            .map(Team::try_from)
            .collect()
    }

    async fn update_team(&mut self, team: &Team) -> Result<()> {
        let result = sqlx::query("UPDATE teams SET title = $2, version = version + 1 WHERE id = $1 AND version = $3")
            .bind(team.id.as_str())
            .bind(&team.title)
            .bind(team.version)
            .execute(self.connection())
            .await
            .map_err(failed_on("teams"))?;
        changed(&result, || format!("the team {}", team.title))
    }

    async fn set_membership(&mut self, team: &TeamId, user: &UserId, role: TeamRole) -> Result<()> {
        sqlx::query(
            "INSERT INTO memberships (team_id, user_id, role) VALUES ($1, $2, $3)
             ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role",
        )
        .bind(team.as_str())
        .bind(user.as_str())
        .bind(role.as_str())
        .execute(self.connection())
        .await
        .map_err(failed_on("memberships"))?;
        Ok(())
    }

    async fn list_memberships(&mut self, user: &UserId) -> Result<Vec<(Team, TeamRole)>> {
        sqlx::query_as::<_, MembershipRow>(&format!(
            "SELECT {} FROM memberships JOIN teams ON teams.id = memberships.team_id
             WHERE user_id = $1 ORDER BY name",
            MembershipRow::COLUMNS
        ))
        .bind(user.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("memberships"))?
        .into_iter()
        .map(TryFrom::try_from)
        .collect()
    }

    async fn list_members(&mut self, team: &TeamId) -> Result<Vec<(User, TeamRole)>> {
        sqlx::query_as::<_, MemberRow>(&format!(
            "SELECT {} FROM memberships JOIN users ON users.id = memberships.user_id
             WHERE team_id = $1 ORDER BY name, id",
            MemberRow::COLUMNS
        ))
        .bind(team.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("memberships"))?
        .into_iter()
        .map(TryFrom::try_from)
        .collect()
    }

    async fn list_all_memberships(&mut self) -> Result<Vec<(UserId, TeamId, TeamRole)>> {
        sqlx::query_as::<_, PlaceRow>(&format!(
            "SELECT {} FROM memberships ORDER BY team_id, user_id",
            PlaceRow::COLUMNS
        ))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("memberships"))?
        .into_iter()
        .map(TryFrom::try_from)
        .collect()
    }

    async fn remove_membership(&mut self, team: &TeamId, user: &UserId) -> Result<bool> {
        let result = sqlx::query("DELETE FROM memberships WHERE team_id = $1 AND user_id = $2")
            .bind(team.as_str())
            .bind(user.as_str())
            .execute(self.connection())
            .await
            .map_err(failed_on("memberships"))?;
        Ok(result.rows_affected() == 1)
    }
}

fn owner_of_token(user: Option<String>) -> Result<Option<UserId>> {
    let corrupt = |why: domain::ids::NotAnId| StorageError::Corrupt {
        what: "the owner of a one-time token".to_owned(),
        why: why.to_string(),
    };
    user.map(|id| id.parse().map_err(corrupt)).transpose()
}
