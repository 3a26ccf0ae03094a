//! Whom a token speaks for. The one place that says whether it may be used, and for what.

use chrono::TimeDelta;
use domain::{
    people::Actor,
    token::{ApiToken, Scope, TokenText},
};
use storage::TokenHolder;

use crate::{Portal, Result, ServiceError};

/// A use is written down when the last one that is known is older than this.
const TOUCH_MINUTES: i64 = 5;

/// A program that speaks for a person.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person, with their teams as they are now.
    pub actor: Actor,
    /// The token that was shown.
    pub token: ApiToken,
}

impl Portal {
    /// Whom this text speaks for, if it may be used for `needs`. Whatever is wrong with a token (there is none such, it was
    /// revoked, has expired, or its person is disabled) is the same [`ServiceError::TokenRefused`].
    pub async fn use_token(&self, presented: &TokenText, needs: Scope, address: Option<String>) -> Result<Caller> {
        let now = self.now();
        let hash = presented.hash();
        let find = async { Ok(self.storage.begin_read().await?.find_token_holder(&hash).await?) };
        let holder = self.remembered(&self.memory.token_holders, hash.clone(), find).await?;
        let good = Option::clone(&holder).filter(|holder| !holder.user.disabled && !holder.token.has_expired(now));
        let TokenHolder { token, user, teams } = good.ok_or(ServiceError::TokenRefused)?;
        if !token.scopes.contains(&needs) {
            return Err(ServiceError::OutOfScope { needs });
        }
        let stale = now - TimeDelta::minutes(TOUCH_MINUTES);
        if token.last_used_at.is_none_or(|last| last < stale) {
            let mut tx = self.storage.begin().await?;
            tx.touch_token(&token.id, now, stale).await?;
            tx.commit().await?;
        }
        Ok(Caller { actor: Actor { user, teams, address }, token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::Join,
        testing::{House, house},
        tokens::NewToken,
    };

    async fn made(house: &House) -> (TokenText, ApiToken) {
        let wanted = NewToken { name: "CI".to_owned(), scopes: [Scope::Read, Scope::Decide].into(), days: 1 };
        let made = house.portal.create_token(&house.dev, &wanted).await.unwrap();
        (made.text, made.token)
    }

    #[tokio::test]
    async fn it_speaks_for_its_person_within_its_scopes() {
        let house = house().await;
        let (text, _) = made(&house).await;
        let address = Some("192.0.2.1".to_owned());
        let caller = house.portal.use_token(&text, Scope::Read, address.clone()).await.unwrap();
        assert_eq!(caller.actor, Actor { address, ..house.dev.clone() });
        let beyond = house.portal.use_token(&text, Scope::Run, None).await.unwrap_err();
        assert_eq!(beyond.code(), "insufficient-scope");
        assert!(beyond.to_string().contains("`run`"), "{beyond}");
    }

    #[tokio::test]
    async fn whatever_is_wrong_with_it_is_one_refusal() {
        let house = house().await;
        let (text, token) = made(&house).await;
        let refused = async |text: &TokenText| {
            let error = house.portal.use_token(text, Scope::Read, None).await.unwrap_err();
            assert!(matches!(error, ServiceError::TokenRefused), "{error:?}");
        };
        for strange in ["", "gty_", "gty_0000000000000000000000000000000000000000", &token.prefix] {
            refused(&TokenText::from(strange)).await;
        }
        house.portal.use_token(&text, Scope::Read, None).await.unwrap();
        house.clock.advance(24 * 3600);
        refused(&text).await;
        house.portal.revoke_token(&house.dev, &token.id).await.unwrap();
        refused(&text).await;
        let (text, _) = made(&house).await;
        let mut tx = house.portal.storage.begin().await.unwrap();
        tx.update_user(&domain::people::User { disabled: true, ..house.dev.user.clone() }).await.unwrap();
        tx.commit().await.unwrap();
        refused(&text).await;
    }

    #[tokio::test]
    async fn what_shuts_others_out_of_an_account_takes_its_tokens_away_for_good() {
        let house = house().await;
        let House { portal, dev, admin, .. } = &house;
        let refused = async |text: &TokenText| {
            let error = portal.use_token(text, Scope::Read, None).await.unwrap_err();
            assert!(matches!(error, ServiceError::TokenRefused), "{error:?}");
            assert!(portal.tokens(dev).await.unwrap().is_empty());
        };
        let (text, _) = made(&house).await;
        portal.set_disabled(admin, &dev.user.id, true).await.unwrap();
        portal.set_disabled(admin, &dev.user.id, false).await.unwrap();
        refused(&text).await;

        let (text, _) = made(&house).await;
        let link = portal.reset_password(admin, &dev.user.id).await.unwrap();
        portal.use_token(&text, Scope::Read, None).await.unwrap();
        let join = Join { token: link.token, password: "another-container".to_owned() };
        portal.join(join, None).await.unwrap();
        refused(&text).await;
        let last_two = house.actions().await.into_iter().rev().take(2).collect::<Vec<_>>();
        assert_eq!(last_two, ["person.password_changed", "token.revoked"]);

        let (text, _) = made(&house).await;
        portal.set_password(admin, &dev.user.id, "a-third-container").await.unwrap();
        refused(&text).await;
    }

    #[tokio::test]
    async fn its_use_is_written_down_every_few_minutes() {
        let house = house().await;
        let (text, _) = made(&house).await;
        let last = async || house.portal.tokens(&house.dev).await.unwrap()[0].last_used_at;
        assert_eq!(last().await, None);
        for (seconds, known) in [(0, 0), (TOUCH_MINUTES * 60, 0), (1, TOUCH_MINUTES * 60 + 1)] {
            house.clock.advance(seconds);
            house.portal.use_token(&text, Scope::Read, None).await.unwrap();
            assert_eq!(last().await.unwrap().timestamp(), 1_800_000_000 + known);
        }
    }
}
