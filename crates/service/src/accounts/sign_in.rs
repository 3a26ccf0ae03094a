//! Signing in with e-mail address and password.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::Entry,
    people::{Actor, User},
};
use storage::Transaction;

use super::{canonical_email, find_actor::actor_of, passwords};
use crate::{Portal, Result, ServiceError};

/// Failures are forgotten after so many minutes.
const WINDOW_MINUTES: i64 = 15;
/// So many failures of one e-mail address are borne within the window.
const BY_EMAIL: u64 = 5;
/// So many failures from one network address are borne within the window.
const BY_ADDRESS: u64 = 50;

impl Portal {
    /// Who signs in. Unknown addresses cost the same work as known ones; too many failures are [`ServiceError::Throttled`].
    pub async fn sign_in(&self, email: &str, password: &str, address: Option<String>) -> Result<Actor> {
        let now = self.now();
        let email = canonical_email(email);
        let email_key = format!("email:{}", email.chars().take(254).collect::<String>());
        let address_key = address.as_ref().map(|address| format!("address:{address}"));

        // The failure is written down before the password is looked at, so that guesses at the same time count, too.
        let mut tx = self.storage.begin().await?;
        let mut until = throttled(&mut *tx, &email_key, BY_EMAIL, now).await?;
        if let Some(key) = &address_key {
            until = until.max(throttled(&mut *tx, key, BY_ADDRESS, now).await?);
        }
        if let Some(until) = until {
            tracing::warn!(address = address.as_deref(), "sign-in throttled");
            return Err(ServiceError::Throttled { until });
        }
        tx.add_sign_in_failure(&email_key, now).await?;
        let user = tx.find_user_by_email(&email).await?;
        let hash = match &user {
            Some(user) => tx.lookup_credential(&user.id).await?.map(|credential| credential.password_hash),
            None => None,
        };
        tx.commit().await?;

        let fits = passwords::verify(password, hash).await?;
        let mut tx = self.storage.begin().await?;
        match user.clone().filter(|user| fits && !user.disabled) {
            Some(user) => {
                tx.forget_sign_in_failures(&email_key, now - TimeDelta::minutes(WINDOW_MINUTES)).await?;
                tx.set_signed_in(&user.id, now).await?;
                let actor = actor_of(&mut *tx, user, address).await?;
                let summary = format!("{} signed in", actor.user.name);
                tx.append_audit(&self.entry(&actor, "session.signed_in", &actor.user.id, summary)).await?;
                tx.commit().await?;
                Ok(actor)
            }
            None => {
                if let Some(key) = &address_key {
                    tx.add_sign_in_failure(key, now).await?;
                }
                tx.append_audit(&refused(user.as_ref(), address, now)).await?;
                tx.commit().await?;
                Err(ServiceError::SignInRefused)
            }
        }
    }
}

/// When the key may try again, where it may not now.
async fn throttled(
    tx: &mut dyn Transaction,
    key: &str,
    borne: u64,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    for minutes in 0..WINDOW_MINUTES {
        let since = now - TimeDelta::minutes(WINDOW_MINUTES - minutes);
        if tx.count_sign_in_failures(key, since).await? < borne {
            return Ok((minutes > 0).then(|| now + TimeDelta::minutes(minutes)));
        }
    }
    Ok(Some(now + TimeDelta::minutes(WINDOW_MINUTES)))
}

/// What was typed is not written down: it may be a password in the wrong field.
fn refused(user: Option<&User>, address: Option<String>, now: DateTime<Utc>) -> Entry {
    let who = user.map_or("an unknown address", |user| user.name.as_str());
    Entry {
        at: now,
        actor: "anonymous".to_owned(),
        actor_name: "Somebody".to_owned(),
        address,
        action: "session.refused".to_owned(),
        object: user.map_or_else(|| "unknown".to_owned(), |user| user.id.to_string()),
        team: None,
        summary: format!("failed to sign in as {who}"),
        detail: serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PASSWORD, house};

    #[tokio::test]
    async fn the_right_password_lets_in_and_is_written_down() {
        let house = house().await;
        let actor = house.portal.sign_in(" DEV@example.com ", PASSWORD, Some("192.0.2.1".to_owned())).await.unwrap();
        assert_eq!(actor.user.name, "Dev");
        assert_eq!(actor.teams.len(), 1);
        assert_eq!(house.actions().await.last().unwrap(), "session.signed_in");
    }

    #[tokio::test]
    async fn five_failures_of_an_address_are_borne_and_then_forgotten_in_time() {
        let house = house().await;
        let try_with = async |password: &str| house.portal.sign_in("dev@example.com", password, None).await;
        for _ in 0..5 {
            assert_eq!(try_with("wrong").await.unwrap_err().code(), "sign-in-refused");
            house.clock.advance(60);
        }
        let ServiceError::Throttled { until } = try_with(PASSWORD).await.unwrap_err() else { panic!("not throttled") };
        let wait = (until - house.portal.now()).num_seconds();
        assert!((1..=15 * 60).contains(&wait), "{wait}");
        house.clock.advance(wait + 1);
        try_with(PASSWORD).await.unwrap();
        assert_eq!(house.actions().await.iter().filter(|action| *action == "session.refused").count(), 5);
    }

    #[tokio::test]
    async fn one_network_address_cannot_try_everyone() {
        let house = house().await;
        let address = Some("192.0.2.1".to_owned());
        let mut tx = house.portal.storage.begin().await.unwrap();
        for _ in 0..49 {
            tx.add_sign_in_failure("address:192.0.2.1", house.portal.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let refused = house.portal.sign_in("nobody@example.com", "wrong", address.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "sign-in-refused");
        let throttled = house.portal.sign_in("dev@example.com", PASSWORD, address).await.unwrap_err();
        assert_eq!(throttled.code(), "throttled");
        house.portal.sign_in("dev@example.com", PASSWORD, Some("192.0.2.2".to_owned())).await.unwrap();
    }
}
