//! Everybody with an account, and their teams.

use domain::{
    authz::{Action, Object, may},
    people::{Actor, Team, TeamRole, User},
};

use crate::{Portal, Result};

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: User,
    /// Their teams by name, and their role in each.
    pub teams: Vec<(Team, TeamRole)>,
    /// Whether they can sign in with a password.
    pub has_password: bool,
}

impl Portal {
    /// By name.
    pub async fn people(&self, actor: &Actor) -> Result<Vec<Person>> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let mut people = vec![];
        for user in tx.list_users().await? {
            let teams = tx.list_memberships(&user.id).await?;
            let has_password = tx.lookup_credential(&user.id).await?.is_some();
            people.push(Person { user, teams, has_password });
        }
        Ok(people)
    }

    /// The person with this e-mail address.
    pub async fn person_by_email(&self, actor: &Actor, email: &str) -> Result<Option<User>> {
        may(actor, Action::ManagePeople, Object::default())?;
        Ok(self.storage.begin_read().await?.find_user_by_email(&super::canonical_email(email)).await?)
    }
}
