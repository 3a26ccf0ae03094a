//! Links that let one person choose a password: an invitation, or a way back in.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    authz::{Action, Object, may},
    ids::UserId,
    people::{Actor, User},
    seal::digest,
};
use storage::Transaction;

use super::account;
use crate::{Portal, Result, ServiceError};

/// What these tokens are for.
pub(super) const PURPOSE: &str = "password";
/// An invitation waits until its reader is back from a holiday.
const INVITATION_DAYS: i64 = 7;
/// Whoever asked for a new password is waiting for it.
const RESET_DAYS: i64 = 1;

/// A link, told once: only the hash of its token is kept.
#[derive(Clone)]
pub struct PersonalLink {
    /// Whom it lets in.
    pub user: User,
    /// The secret part of the address.
    pub token: String,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Whether it replaces a password.
    pub is_reset: bool,
}

impl Portal {
    /// A link with which a person chooses a new password: valid for a day (a week, for whoever has none yet), once, and
    /// in place of every earlier one. Until it is used, the old password holds.
    pub async fn reset_password(&self, actor: &Actor, id: &UserId) -> Result<PersonalLink> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin().await?;
        let account = account(&mut *tx, id).await?;
        if account.user.disabled {
            return Err(ServiceError::conflict(format!(
                "{} is disabled. Enable the account first.",
                account.user.name
            )));
        }
        let link = self.make_link(&mut *tx, account.user, account.has_password).await?;
        let what = if link.is_reset { "a link for a new password" } else { "a new invitation" };
        let summary = format!("{} made {what} for {}", actor.user.name, link.user.name);
        let mut entry = self.entry(actor, "person.link_made", id, summary);
        entry.detail = serde_json::json!({"until": link.until});
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(link)
    }

    pub(super) async fn make_link(&self, tx: &mut dyn Transaction, user: User, is_reset: bool) -> Result<PersonalLink> {
        let days = if is_reset { RESET_DAYS } else { INVITATION_DAYS };
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        let token = hex::encode(bytes);
        let until = self.now() + TimeDelta::days(days);
        tx.drop_personal_tokens(&user.id).await?;
        tx.add_personal_token(&digest(&token), PURPOSE, &user.id, until).await?;
        Ok(PersonalLink { user, token, until, is_reset })
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        accounts::Join,
        testing::{PASSWORD, house},
    };

    fn join(token: &str, password: &str) -> Join {
        Join { token: token.to_owned(), password: password.to_owned() }
    }

    #[tokio::test]
    async fn a_new_link_makes_the_last_one_worthless_and_a_new_password_ends_every_session() {
        let house = house().await;
        let dev = &house.dev.user.id;
        let session = house.portal.now();
        let first = house.portal.reset_password(&house.admin, dev).await.unwrap();
        let second = house.portal.reset_password(&house.admin, dev).await.unwrap();
        let refused = house.portal.join(join(&first.token, "a new password"), None).await.unwrap_err();
        assert_eq!(refused.problems()[0].code, "used-token");
        house.portal.sign_in("dev@example.com", PASSWORD, None).await.unwrap();
        assert!(house.portal.actor_in_session(dev, session, None).await.unwrap().is_some());
        house.clock.advance(60);
        house.portal.join(join(&second.token, "a new password"), None).await.unwrap();
        assert!(house.portal.actor_in_session(dev, session, None).await.unwrap().is_none());
        assert!(house.portal.actor_in_session(dev, house.portal.now(), None).await.unwrap().is_some());
        house.portal.sign_in("dev@example.com", PASSWORD, None).await.unwrap_err();
        house.portal.sign_in("dev@example.com", "a new password", None).await.unwrap();
    }

    #[tokio::test]
    async fn a_link_for_a_new_password_is_too_old_after_a_day() {
        let house = house().await;
        let link = house.portal.reset_password(&house.admin, &house.dev.user.id).await.unwrap();
        house.clock.advance(24 * 60 * 60 + 1);
        assert!(house.portal.invited(&link.token).await.unwrap().is_none());
        house.portal.join(join(&link.token, "a new password"), None).await.unwrap_err();
    }

    #[tokio::test]
    async fn only_who_manages_people_makes_links() {
        let house = house().await;
        for actor in [&house.dev, &house.owner, &house.platform, &house.auditor] {
            let error = house.portal.reset_password(actor, &house.dev.user.id).await.err().unwrap();
            assert_eq!(error.code(), "denied", "{}", actor.user.name);
        }
    }
}
