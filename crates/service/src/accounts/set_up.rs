//! The first account, through a link that works once.

use chrono::TimeDelta;
use domain::{
    ids::UserId,
    people::{Actor, PlatformRole, User},
    seal::digest,
};
use storage::Credential;

use super::{canonical_email, email_problem, name_problem, passwords};
use crate::{Portal, Result, ServiceError};

const PURPOSE: &str = "setup";
const HOURS: i64 = 1;

/// Who will have the first account.
#[derive(Clone)]
pub struct SetUp {
    /// The token of the link.
    pub token: String,
    /// As shown.
    pub name: String,
    /// What one signs in with.
    pub email: String,
    /// In clear.
    pub password: String,
}

impl Portal {
    /// A token for the first account, valid for an hour and once; none where there is an account already. Only its
    /// hash is kept.
    pub async fn set_up_token(&self) -> Result<Option<String>> {
        let mut tx = self.storage.begin().await?;
        if tx.count_users().await? > 0 {
            return Ok(None);
        }
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        let token = hex::encode(bytes);
        tx.add_one_time_token(&digest(&token), PURPOSE, self.now() + TimeDelta::hours(HOURS)).await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// Whether there is an account, so that links for the first one are worth nothing.
    pub async fn is_set_up(&self) -> Result<bool> {
        Ok(self.storage.begin_read().await?.count_users().await? > 0)
    }

    /// Makes the first account: an administrator, who manages people.
    /// Problems have the paths `token`, `name`, `email` and `password`; the token outlives them.
    pub async fn set_up(&self, set_up: SetUp, address: Option<String>) -> Result<Actor> {
        let (name, email) = (set_up.name.trim().to_owned(), canonical_email(&set_up.email));
        let mut problems = vec![];
        problems.extend(name_problem("name", &name));
        problems.extend(email_problem("email", &email));
        problems.extend(passwords::check("password", &set_up.password));
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let password_hash = passwords::hash(&set_up.password, &*self.entropy).await?;
        let mut tx = self.storage.begin().await?;
        let taken = tx.take_one_time_token(&digest(&set_up.token), PURPOSE, self.now()).await?;
        if !taken || tx.count_users().await? > 0 {
            return Err(ServiceError::invalid(
                "used-token",
                "token",
                "This link was used already or is too old. Start Gantry again for a new one.",
            ));
        }
        let user = User {
            id: UserId::generate(&*self.entropy),
            name,
            email,
            platform_role: Some(PlatformRole::Admin),
            disabled: false,
            version: 1,
        };
        tx.add_user(&user, self.now()).await?;
        tx.set_credential(&Credential { user: user.id.clone(), password_hash }).await?;
        let actor = Actor { user, teams: vec![], address };
        let summary = format!("{} made the first account", actor.user.name);
        tx.append_audit(&self.entry(&actor, "people.set_up", &actor.user.id, summary)).await?;
        tx.commit().await?;
        Ok(actor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PASSWORD, empty_house};

    fn ada(token: &str) -> SetUp {
        SetUp {
            token: token.to_owned(),
            name: "Ada".to_owned(),
            email: "Ada@example.com".to_owned(),
            password: PASSWORD.to_owned(),
        }
    }

    #[tokio::test]
    async fn the_link_works_once_and_only_while_there_is_no_account() {
        let house = empty_house().await;
        assert!(!house.portal.is_set_up().await.unwrap());
        let token = house.portal.set_up_token().await.unwrap().unwrap();
        let other = house.portal.set_up_token().await.unwrap().unwrap();
        let weak = SetUp { password: "short".to_owned(), ..ada(&token) };
        assert_eq!(house.portal.set_up(weak, None).await.unwrap_err().problems()[0].path, "password");
        let actor = house.portal.set_up(ada(&token), None).await.unwrap();
        assert_eq!(actor.user.platform_role, Some(PlatformRole::Admin));
        for spent in [&token, &other] {
            assert_eq!(house.portal.set_up(ada(spent), None).await.unwrap_err().problems()[0].code, "used-token");
        }
        assert!(house.portal.is_set_up().await.unwrap());
        assert_eq!(house.portal.set_up_token().await.unwrap(), None);
        house.portal.sign_in("ada@example.com", PASSWORD, None).await.unwrap();
    }

    #[tokio::test]
    async fn the_link_is_too_old_after_an_hour() {
        let house = empty_house().await;
        let token = house.portal.set_up_token().await.unwrap().unwrap();
        house.clock.advance(60 * 60 + 1);
        assert_eq!(house.portal.set_up(ada(&token), None).await.unwrap_err().problems()[0].code, "used-token");
    }
}
