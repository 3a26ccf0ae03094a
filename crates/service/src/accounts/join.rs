//! Coming in through a link: choosing the password.

use domain::{
    people::{Actor, User},
    seal::digest,
};
use storage::Credential;

use super::{find_actor::actor_of, passwords, personal_link::PURPOSE};
use crate::{Portal, Result, ServiceError};

/// What whoever followed a link posts.
#[derive(Clone)]
pub struct Join {
    /// The token of the link.
    pub token: String,
    /// In clear.
    pub password: String,
}

impl Portal {
    /// Whom a link lets in; none when it was used, is too old, or the account is disabled.
    pub async fn invited(&self, token: &str) -> Result<Option<User>> {
        let mut tx = self.storage.begin_read().await?;
        match tx.find_personal_token(&digest(token), PURPOSE, self.now()).await? {
            Some(id) => Ok(tx.lookup_user(&id).await?.filter(|user| !user.disabled)),
            None => Ok(None),
        }
    }

    /// Sets the password of whom the link is for, ends all their sessions and revokes their API tokens: whoever knew the
    /// old one is out. Problems have the paths `token` and `password`; the link outlives a password that is too weak.
    pub async fn join(&self, join: Join, address: Option<String>) -> Result<Actor> {
        // A link that leads nowhere is told before a second is spent on a hash.
        if self.invited(&join.token).await?.is_none() {
            return Err(used());
        }
        if let Some(problem) = passwords::check("password", &join.password) {
            return Err(ServiceError::Invalid(vec![problem]));
        }
        let password_hash = passwords::hash(&join.password, &*self.entropy).await?;
        let now = self.now();
        let mut tx = self.storage.begin().await?;
        let id = tx.take_personal_token(&digest(&join.token), PURPOSE, now).await?.ok_or_else(used)?;
        let user = tx.lookup_user(&id).await?.filter(|user| !user.disabled).ok_or_else(used)?;
        let is_new = tx.lookup_credential(&id).await?.is_none();
        tx.set_credential(&Credential { user: id.clone(), password_hash }).await?;
        tx.end_sessions(&id, now).await?;
        tx.set_signed_in(&id, now).await?;
        let actor = actor_of(&mut *tx, user, address).await?;
        self.revoke_tokens(&mut *tx, &actor, &actor.user).await?;
        let did = if is_new { "joined" } else { "chose a new password" };
        let action = if is_new { "person.joined" } else { "person.password_changed" };
        let summary = format!("{} {did}", actor.user.name);
        tx.append_audit(&self.entry(&actor, action, &id, summary)).await?;
        tx.commit().await?;
        Ok(actor)
    }
}

fn used() -> ServiceError {
    let message = "This link was used already or is too old. Ask an administrator for a new one.";
    ServiceError::invalid("used-token", "token", message)
}
