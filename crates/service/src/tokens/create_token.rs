//! A new token: the one moment in which its text exists.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::TokenId,
    people::Actor,
    token::{ApiToken, Scope, TokenText},
};
use storage::StorageError;

use crate::{Portal, Result, ServiceError};

/// A token lasts so many days at most.
const LONGEST_DAYS: u32 = 366;
/// A person has so many at most.
const MOST: usize = 50;

/// What is wanted. Problems have the paths `name`, `scopes` and `days`.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// How long it lasts.
    pub days: u32,
}

/// A token and its text, which nobody can ask for again.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// As it is kept.
    pub token: ApiToken,
    /// To be shown once.
    pub text: TokenText,
}

impl Portal {
    /// Makes a token that speaks for this person.
    pub async fn create_token(&self, actor: &Actor, wanted: &NewToken) -> Result<CreatedToken> {
        may(actor, Action::ManageOwnTokens, Object::default())?;
        let name = wanted.name.trim().to_owned();
        let problems = problems(&name, wanted);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let now = self.now();
        let text = TokenText::generate(&*self.entropy);
        let token = ApiToken {
            id: TokenId::generate(&*self.entropy),
            user: actor.user.id.clone(),
            name,
            prefix: text.prefix(),
            scopes: wanted.scopes.clone(),
            created_at: now,
            expires_at: now + TimeDelta::days(wanted.days.into()),
            last_used_at: None,
        };
        let mut tx = self.storage.begin().await?;
        if tx.list_tokens(&actor.user.id).await?.len() >= MOST {
            let message = format!("{MOST} tokens are enough for one person. Revoke one that nobody uses any more.");
            return Err(ServiceError::invalid("too-many", "", message));
        }
        tx.add_token(&token, &text.hash()).await.map_err(|error| match error {
            StorageError::Taken { .. } => {
                let message = format!("You have a token called `{}` already.", token.name);
                ServiceError::invalid("taken", "name", message)
            }
            other => other.into(),
        })?;
        let summary = format!("{} made the API token {}", actor.user.name, token.name);
        let mut entry = self.entry(actor, "token.created", &token.id, summary);
        entry.detail = serde_json::json!({
            "name": token.name,
            "prefix": token.prefix,
            "scopes": token.scopes,
            "expires_at": token.expires_at,
        });
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(CreatedToken { token, text })
    }
}

fn problems(name: &str, wanted: &NewToken) -> Vec<Problem> {
    let mut problems = vec![];
    if name.is_empty() {
        problems.push(Problem::new("required", "name", "Say what it is for, so that you know it again."));
    } else if name.chars().count() > 60 {
        problems.push(Problem::new("too-long", "name", "A name has 60 characters or fewer."));
    }
    if wanted.scopes.is_empty() {
        problems.push(Problem::new("required", "scopes", "Pick at least one thing that it may be used for."));
    }
    if !(1..=LONGEST_DAYS).contains(&wanted.days) {
        let message = format!("A token lasts between 1 and {LONGEST_DAYS} days.");
        problems.push(Problem::new("out-of-range", "days", message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    pub(crate) fn reading(name: &str) -> NewToken {
        NewToken { name: name.to_owned(), scopes: BTreeSet::from([Scope::Read]), days: 30 }
    }

    #[tokio::test]
    async fn the_text_is_in_neither_the_database_nor_the_history() {
        let house = house().await;
        let made = house.portal.create_token(&house.dev, &reading(" CI ")).await.unwrap();
        assert_eq!(made.token.name, "CI");
        assert!(made.text.reveal().starts_with(&made.token.prefix));
        let events = house.history().await;
        let last = events.last().unwrap();
        assert_eq!((last.entry.action.as_str(), &last.entry.object), ("token.created", &made.token.id.to_string()));
        assert!(!format!("{events:?} {made:?}").contains(made.text.reveal()));
        assert_eq!(house.portal.tokens(&house.dev).await.unwrap(), [made.token]);
        assert_eq!(house.portal.tokens(&house.owner).await.unwrap(), []);
    }

    #[tokio::test]
    async fn everything_wrong_is_said_at_once() {
        let house = house().await;
        let error = house.portal.create_token(&house.dev, &NewToken::default()).await.unwrap_err();
        let paths: Vec<_> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["name", "scopes", "days"]);
        house.portal.create_token(&house.dev, &reading("CI")).await.unwrap();
        let twice = house.portal.create_token(&house.dev, &reading("CI")).await.unwrap_err();
        assert_eq!(twice.problems()[0].code, "taken");
    }

    #[tokio::test]
    async fn nobody_has_tokens_without_end() {
        let house = house().await;
        for n in 0..MOST {
            house.portal.create_token(&house.dev, &reading(&format!("CI {n}"))).await.unwrap();
        }
        let more = house.portal.create_token(&house.dev, &reading("CI")).await.unwrap_err();
        assert_eq!(more.problems()[0].code, "too-many");
    }
}
