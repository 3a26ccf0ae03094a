//! What an administrator changes about an account: whether it may be used, name and role across teams, its password.

use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::UserId,
    people::{Actor, PlatformRole, User},
};
use storage::{Credential, StorageError, Transaction};

use super::{name_problem, passwords};
use crate::{Portal, Result, ServiceError};

/// What the form says. Problems have the paths `name` and `role`.
#[derive(Clone, Debug)]
pub struct PersonChange {
    /// As it was read.
    pub version: i64,
    /// As shown.
    pub name: String,
    /// Across teams.
    pub role: Option<PlatformRole>,
}

impl Portal {
    /// Closes an account, or opens it again. A closed one loses its sessions, links and API tokens at once; whoever comes
    /// back signs in with the password they had. Doing it again changes nothing.
    pub async fn set_disabled(&self, actor: &Actor, id: &UserId, disabled: bool) -> Result<User> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin().await?;
        let before = person(&mut *tx, id).await?;
        if disabled && before.id == actor.user.id {
            return Err(ServiceError::conflict("You cannot disable your own account; another administrator can."));
        }
        if disabled {
            tx.end_sessions(id, self.now()).await?;
            tx.drop_personal_tokens(id).await?;
            self.revoke_tokens(&mut *tx, actor, &before).await?;
        }
        let (action, verb) = if disabled { ("person.disabled", "disabled") } else { ("person.enabled", "enabled") };
        let summary = format!("{verb} the account of {}", before.name);
        self.write_person(tx, actor, before.clone(), User { disabled, ..before }, action, summary).await
    }

    /// Changes name and role across teams. Nobody takes the administrator role from themselves.
    pub async fn change_person(&self, actor: &Actor, id: &UserId, change: &PersonChange) -> Result<User> {
        may(actor, Action::ManagePeople, Object::default())?;
        let name = change.name.trim().to_owned();
        let mut tx = self.storage.begin().await?;
        let before = person(&mut *tx, id).await?;
        let mut problems: Vec<Problem> = name_problem("name", &name).into_iter().collect();
        problems.extend(own_role_problem(actor, &before, change.role));
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        if before.version != change.version {
            return Err(StorageError::Conflict { what: format!("the account of {}", before.name) }.into());
        }
        let after = User { name, platform_role: change.role, ..before.clone() };
        let summary = match change.role {
            role if role == before.platform_role => format!("changed the account of {}", after.name),
            role => gave_role(&after, role),
        };
        self.write_person(tx, actor, before, after, "person.changed", summary).await
    }

    /// Gives somebody a role across teams, or takes it.
    pub async fn set_platform_role(&self, actor: &Actor, id: &UserId, role: Option<PlatformRole>) -> Result<User> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin().await?;
        let before = person(&mut *tx, id).await?;
        if let Some(problem) = own_role_problem(actor, &before, role) {
            return Err(ServiceError::Invalid(vec![problem]));
        }
        let summary = gave_role(&before, role);
        let after = User { platform_role: role, ..before.clone() };
        self.write_person(tx, actor, before, after, "person.changed", summary).await
    }

    /// Sets a new password, ends every session and revokes every API token; problems have the path `password`.
    pub async fn set_password(&self, actor: &Actor, id: &UserId, password: &str) -> Result<()> {
        may(actor, Action::ManagePeople, Object::default())?;
        if let Some(problem) = passwords::check("password", password) {
            return Err(ServiceError::Invalid(vec![problem]));
        }
        let password_hash = passwords::hash(password, &*self.entropy).await?;
        let mut tx = self.storage.begin().await?;
        let user = person(&mut *tx, id).await?;
        tx.set_credential(&Credential { user: id.clone(), password_hash }).await?;
        tx.end_sessions(id, self.now()).await?;
        tx.drop_personal_tokens(id).await?;
        self.revoke_tokens(&mut *tx, actor, &user).await?;
        let summary = format!("set a new password for {}", user.name);
        tx.append_audit(&self.entry(actor, "person.password", id, summary)).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn write_person(
        &self,
        mut tx: Box<dyn Transaction>,
        actor: &Actor,
        before: User,
        after: User,
        action: &str,
        summary: String,
    ) -> Result<User> {
        if after == before {
            return Ok(before);
        }
        tx.update_user(&after).await?;
        let mut entry = self.entry(actor, action, &after.id, summary);
        let said =
            |user: &User| serde_json::json!({"name": user.name, "role": user.platform_role, "disabled": user.disabled});
        entry.detail = serde_json::json!({"before": said(&before), "after": said(&after)});
        tx.append_audit(&entry).await?;
        if before.platform_role == Some(PlatformRole::Admin) {
            an_admin_is_left(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(User { version: after.version + 1, ..after })
    }
}

async fn person(tx: &mut dyn Transaction, id: &UserId) -> Result<User> {
    tx.lookup_user(id).await?.ok_or(ServiceError::NotFound { what: "person" })
}

fn gave_role(user: &User, role: Option<PlatformRole>) -> String {
    match role {
        Some(role) => format!("gave {} the role {role} across teams", user.name),
        None => format!("took the role across teams from {}", user.name),
    }
}

fn own_role_problem(actor: &Actor, before: &User, role: Option<PlatformRole>) -> Option<Problem> {
    let is_own = before.id == actor.user.id;
    let loses_it = before.platform_role == Some(PlatformRole::Admin) && role != Some(PlatformRole::Admin);
    let message = "You cannot take the administrator role from yourself; another administrator can.";
    (is_own && loses_it).then(|| Problem::new("own-role", "role", message))
}

/// Somebody has to be able to manage people tomorrow. Writers come one at a time, so of two who take the role
/// from each other at once the second one sees what the first did.
async fn an_admin_is_left(tx: &mut dyn Transaction) -> Result<()> {
    let is_admin = |user: &User| user.platform_role == Some(PlatformRole::Admin) && !user.disabled;
    if tx.list_accounts().await?.iter().any(|account| is_admin(&account.user) && account.has_password) {
        return Ok(());
    }
    let message = "This is the last administrator who can sign in. Make somebody else one first.";
    Err(ServiceError::invalid("last-admin", "role", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::operator,
        testing::{House, PASSWORD, house},
    };

    #[tokio::test]
    async fn a_disabled_account_is_shut_until_it_is_enabled() {
        let house = house().await;
        let (portal, dev) = (&house.portal, &house.dev.user);
        let link = portal.reset_password(&operator(), &dev.id).await.unwrap();
        let since = portal.now();
        house.clock.advance(60);
        assert!(portal.set_disabled(&operator(), &dev.id, true).await.unwrap().disabled);
        assert!(portal.actor(&dev.id, None).await.unwrap().is_none());
        assert!(portal.invited(&link.token).await.unwrap().is_none());
        assert_eq!(portal.reset_password(&operator(), &dev.id).await.err().unwrap().code(), "conflict");
        assert_eq!(portal.sign_in(&dev.email, PASSWORD, None).await.unwrap_err().code(), "sign-in-refused");
        let history = house.actions().await.len();
        portal.set_disabled(&operator(), &dev.id, true).await.unwrap();
        assert_eq!(house.actions().await.len(), history, "what is so already is no change");
        portal.set_disabled(&operator(), &dev.id, false).await.unwrap();
        assert!(portal.actor_in_session(&dev.id, since, None).await.unwrap().is_none(), "the old session lives again");
        portal.sign_in(&dev.email, PASSWORD, None).await.unwrap();
    }

    #[tokio::test]
    async fn a_role_is_given_and_written_down_with_what_it_was() {
        let house = house().await;
        let dev = &house.dev.user;
        let change = PersonChange { version: 1, name: dev.name.clone(), role: Some(PlatformRole::Platform) };
        house.portal.change_person(&house.admin, &dev.id, &change).await.unwrap();
        let actor = house.portal.actor(&dev.id, None).await.unwrap().unwrap();
        assert_eq!(actor.user.platform_role, Some(PlatformRole::Platform));
        let event = house.history().await.pop().unwrap().entry;
        let (before, after) = (&event.detail["before"]["role"], &event.detail["after"]["role"]);
        assert!(before.is_null() && after == "platform", "{before} {after}");
        let stale = house.portal.change_person(&house.admin, &dev.id, &change).await.unwrap_err();
        assert_eq!(stale.code(), "conflict");
    }

    #[tokio::test]
    async fn the_last_administrator_who_can_sign_in_stays() {
        let house = house().await;
        let admin = &house.admin.user;
        let set = async |by: &Actor, id: &UserId, role| house.portal.set_platform_role(by, id, role).await;
        let own = set(&house.admin, &admin.id, None).await.unwrap_err();
        assert_eq!(own.problems()[0].code, "own-role");
        assert_eq!(house.portal.set_disabled(&house.admin, &admin.id, true).await.unwrap_err().code(), "conflict");
        // Another one, who was never let in, does not count.
        set(&operator(), &house.owner.user.id, Some(PlatformRole::Admin)).await.unwrap();
        let last = set(&operator(), &admin.id, None).await.unwrap_err();
        assert_eq!((last.problems()[0].code.as_str(), last.problems()[0].path.as_str()), ("last-admin", "role"));
        assert_eq!(house.portal.set_disabled(&operator(), &admin.id, true).await.unwrap_err().code(), "invalid");
        set(&operator(), &house.dev.user.id, Some(PlatformRole::Admin)).await.unwrap();
        set(&operator(), &admin.id, None).await.unwrap();
    }

    #[tokio::test]
    async fn a_new_password_replaces_the_old_one() {
        let house = house().await;
        let dev = &house.dev.user;
        assert_eq!(house.portal.set_password(&operator(), &dev.id, "short").await.unwrap_err().code(), "invalid");
        house.portal.set_password(&operator(), &dev.id, "another-container").await.unwrap();
        assert!(house.portal.sign_in(&dev.email, PASSWORD, None).await.is_err());
        house.portal.sign_in(&dev.email, "another-container", None).await.unwrap();
    }

    #[tokio::test]
    async fn only_who_manages_people_changes_them() {
        let House { portal, dev, owner, platform, auditor, admin, .. } = house().await;
        let change = PersonChange { version: 1, name: "Dev".to_owned(), role: Some(PlatformRole::Admin) };
        for actor in [&dev, &owner, &platform, &auditor] {
            for refused in [
                portal.change_person(actor, &dev.user.id, &change).await,
                portal.set_platform_role(actor, &dev.user.id, None).await,
                portal.set_disabled(actor, &dev.user.id, true).await,
            ] {
                assert_eq!(refused.unwrap_err().code(), "denied", "{}", actor.user.name);
            }
        }
        let nobody = "usr-NOBODY".parse().unwrap();
        assert_eq!(portal.set_disabled(&admin, &nobody, true).await.unwrap_err().code(), "not-found");
    }
}
