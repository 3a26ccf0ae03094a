//! What an administrator changes about an account: whether it may be used, its role across teams, its password.

use domain::{
    authz::{Action, Object, may},
    ids::UserId,
    people::{Actor, PlatformRole, User},
};
use storage::{Credential, Transaction};

use super::passwords;
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Closes an account, or opens it again. Whoever is signed in is out with their next click.
    pub async fn set_disabled(&self, actor: &Actor, id: &UserId, disabled: bool) -> Result<User> {
        let (action, verb) = if disabled { ("person.disabled", "disabled") } else { ("person.enabled", "enabled") };
        self.change_person(actor, id, action, |user| {
            let summary = format!("{verb} the account of {}", user.name);
            (User { disabled, ..user }, summary)
        })
        .await
    }

    /// Gives somebody a role across teams, or takes it.
    pub async fn set_platform_role(&self, actor: &Actor, id: &UserId, role: Option<PlatformRole>) -> Result<User> {
        self.change_person(actor, id, "person.role", |user| {
            let summary = match role {
                Some(role) => format!("gave {} the role {role} across teams", user.name),
                None => format!("took the role across teams from {}", user.name),
            };
            (User { platform_role: role, ..user }, summary)
        })
        .await
    }

    /// Sets a new password; problems have the path `password`.
    pub async fn set_password(&self, actor: &Actor, id: &UserId, password: &str) -> Result<()> {
        may(actor, Action::ManagePeople, Object::default())?;
        if let Some(problem) = passwords::check("password", password) {
            return Err(ServiceError::Invalid(vec![problem]));
        }
        let password_hash = passwords::hash(password, &*self.entropy).await?;
        let mut tx = self.storage.begin().await?;
        let user = tx.lookup_user(id).await?.ok_or(ServiceError::NotFound { what: "person" })?;
        tx.set_credential(&Credential { user: id.clone(), password_hash }).await?;
        let summary = format!("set a new password for {}", user.name);
        tx.append_audit(&self.entry(actor, "person.password", id, summary)).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn change_person(
        &self,
        actor: &Actor,
        id: &UserId,
        action: &str,
        change: impl FnOnce(User) -> (User, String) + Send,
    ) -> Result<User> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin().await?;
        let user = tx.lookup_user(id).await?.ok_or(ServiceError::NotFound { what: "person" })?;
        let (changed, summary) = change(user.clone());
        if changed == user {
            return Ok(user);
        }
        if is_active_admin(&user) && !is_active_admin(&changed) && is_last(&mut *tx, &user).await? {
            return Err(ServiceError::conflict(
                "This is the last administrator: nobody could manage people any more. Make somebody else one first.",
            ));
        }
        tx.update_user(&changed).await?;
        tx.append_audit(&self.entry(actor, action, id, summary)).await?;
        tx.commit().await?;
        Ok(User { version: changed.version + 1, ..changed })
    }
}

fn is_active_admin(user: &User) -> bool {
    !user.disabled && user.platform_role == Some(PlatformRole::Admin)
}

async fn is_last(tx: &mut dyn Transaction, user: &User) -> Result<bool> {
    Ok(!tx.list_users().await?.iter().any(|other| other.id != user.id && is_active_admin(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::operator,
        testing::{PASSWORD, house},
    };

    #[tokio::test]
    async fn a_disabled_account_is_shut_until_it_is_enabled() {
        let house = house().await;
        let (portal, dev) = (&house.portal, &house.dev.user);
        assert!(portal.set_disabled(&operator(), &dev.id, true).await.unwrap().disabled);
        assert!(portal.actor(&dev.id, None).await.unwrap().is_none());
        assert_eq!(portal.sign_in(&dev.email, PASSWORD, None).await.unwrap_err().code(), "sign-in-refused");
        let history = house.actions().await.len();
        portal.set_disabled(&operator(), &dev.id, true).await.unwrap();
        assert_eq!(house.actions().await.len(), history, "what is so already is no change");
        portal.set_disabled(&operator(), &dev.id, false).await.unwrap();
        portal.sign_in(&dev.email, PASSWORD, None).await.unwrap();
    }

    #[tokio::test]
    async fn the_last_administrator_stays() {
        let house = house().await;
        let admin = &house.admin.user;
        for refused in [
            house.portal.set_disabled(&house.admin, &admin.id, true).await,
            house.portal.set_platform_role(&operator(), &admin.id, None).await,
        ] {
            assert_eq!(refused.unwrap_err().code(), "conflict");
        }
        house.portal.set_platform_role(&operator(), &house.dev.user.id, Some(PlatformRole::Admin)).await.unwrap();
        house.portal.set_platform_role(&operator(), &admin.id, None).await.unwrap();
    }

    #[tokio::test]
    async fn a_new_password_replaces_the_old_one() {
        let house = house().await;
        let dev = &house.dev.user;
        assert_eq!(house.portal.set_password(&operator(), &dev.id, "short").await.unwrap_err().code(), "invalid");
        house.portal.set_password(&operator(), &dev.id, "another-container").await.unwrap();
        assert!(house.portal.sign_in(&dev.email, PASSWORD, None).await.is_err());
        house.portal.sign_in(&dev.email, "another-container", None).await.unwrap();
        assert_eq!(house.portal.set_disabled(&house.dev, &dev.id, true).await.unwrap_err().code(), "denied");
    }
}
