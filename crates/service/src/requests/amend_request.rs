//! Editing a request by naming only what is to be different, as programs do.

use domain::{
    Problem,
    authz::Action,
    ids::{EnvironmentId, RequestId},
    people::Actor,
    plan::Wish,
    request::{Request, UNDECIDED},
    template::Inputs,
};

use super::{ClearSecrets, Draft, refuse_now, seen_request, submit_change::overlaid};
use crate::{Portal, Result, ServiceError};

/// What is to be different in a request.
#[derive(Clone, Debug, Default)]
pub struct Amendment {
    /// Where it will live; only of what does not exist yet.
    pub environment: Option<EnvironmentId>,
    /// Its name; only of what does not exist yet.
    pub stack_name: Option<String>,
    /// The inputs that change; null takes an answer back.
    pub inputs: Inputs,
    /// Clear text of secrets that get a new value.
    pub secrets: ClearSecrets,
    /// Why, in the requester's words; none for those that stand there.
    pub reason: Option<String>,
}

impl Portal {
    /// Edits a request as [`Portal::edit`] does. Problems with what cannot be different have the code `fixed`.
    pub async fn amend(&self, actor: &Actor, id: &RequestId, amendment: Amendment) -> Result<()> {
        self.edit(actor, &self.amended(actor, id, amendment).await?).await?;
        Ok(())
    }

    /// The whole draft: what was asked for, and what is different over it.
    async fn amended(&self, actor: &Actor, id: &RequestId, amendment: Amendment) -> Result<Draft> {
        let mut tx = self.storage.begin_read().await?;
        let request = seen_request(&mut *tx, actor, id).await?;
        refuse_now(actor, Action::EditRequest, &request, UNDECIDED)?;
        let stack = tx.lookup_stack(&request.stack).await?;
        let stack = stack.ok_or_else(|| ServiceError::corrupt(id, "its stack is missing"))?;
        let problems = fixed(&request, &stack.name, &amendment);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        Ok(Draft {
            request: Some(request.id),
            environment: amendment.environment.or(Some(request.environment)),
            stack_name: amendment.stack_name.unwrap_or(stack.name),
            inputs: overlaid(request.inputs, amendment.inputs),
            secrets: amendment.secrets,
            reason: amendment.reason.unwrap_or(request.reason),
            ..Draft::default()
        })
    }
}

/// What would be passed over in silence, because a request like this has no such choice.
fn fixed(request: &Request, stack_name: &str, amendment: &Amendment) -> Vec<Problem> {
    let mut problems = vec![];
    let mut fixed = |path: &str, message: &str| problems.push(Problem::new("fixed", path, message));
    if request.wish != Wish::Create {
        if amendment.environment.as_ref().is_some_and(|wanted| *wanted != request.environment) {
            fixed("environment", "The stack lives somewhere already, and stays there.");
        }
        if amendment.stack_name.as_ref().is_some_and(|wanted| wanted.trim() != stack_name) {
            fixed("stack_name", "The stack has a name already, and keeps it.");
        }
    }
    let has_answers = !amendment.inputs.is_empty() || !amendment.secrets.is_empty();
    if request.wish == Wish::Destroy && has_answers {
        fixed("inputs", "Of a request to destroy only the reason can be edited.");
    }
    problems
}

#[cfg(test)]
mod tests {
    use domain::request::Verdict;
    use serde_json::json;

    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn what_is_not_named_stays_as_it_was_asked_for() {
        let house = house().await;
        let mut draft = house.draft_with_secret("orders", "open sesame");
        draft.reason = "The shop opens.".to_owned();
        draft.inputs.insert("count".to_owned(), json!(3));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let before = house.request(&id).await;
        house.portal.decide(&house.owner, &id, Verdict::AskForChanges, &before.seal, "Another port.").await.unwrap();
        let amendment = Amendment {
            inputs: [("port".to_owned(), json!(9090)), ("count".to_owned(), json!(null))].into(),
            ..Amendment::default()
        };
        for (actor, code) in [(&house.owner, "denied"), (&house.other_dev, "not-found")] {
            assert_eq!(house.portal.amend(actor, &id, amendment.clone()).await.unwrap_err().code(), code);
        }
        house.portal.amend(&house.dev, &id, amendment).await.unwrap();
        let after = house.request(&id).await;
        assert_eq!((after.status.as_str(), after.edition, &after.reason), ("needs_approval", 2, &before.reason));
        assert_eq!((&after.inputs["port"], &after.inputs["secrets"]), (&json!(9090), &before.inputs["secrets"]));
        assert_ne!(after.inputs["count"], before.inputs["count"], "its default counts again");
        assert_ne!(after.seal, before.seal);

        let renamed = Amendment { stack_name: Some("basket".to_owned()), ..Amendment::default() };
        house.portal.amend(&house.dev, &id, renamed).await.unwrap();
        assert_eq!(house.stack(&after.stack).await.name, "basket");
        let nothing = house.portal.amend(&house.dev, &id, Amendment::default()).await.unwrap_err();
        assert_eq!(nothing.problems()[0].code, "nothing-changed");
    }

    #[tokio::test]
    async fn what_cannot_be_different_is_told() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let id = house.portal.submit_destroy(&house.dev, &stack, "orders", "").await.unwrap();
        let amendment = Amendment {
            environment: Some("env-OTHER".parse().unwrap()),
            stack_name: Some("basket".to_owned()),
            inputs: [("count".to_owned(), json!(3))].into(),
            ..Amendment::default()
        };
        let told = house.portal.amend(&house.dev, &id, amendment).await.unwrap_err();
        let told: Vec<_> = told.problems().iter().map(|one| (one.code.as_str(), one.path.as_str())).collect();
        assert_eq!(told, [("fixed", "environment"), ("fixed", "stack_name"), ("fixed", "inputs")]);
        let same = Amendment {
            environment: Some(house.environment.clone()),
            stack_name: Some("orders".to_owned()),
            reason: Some("It moved.".to_owned()),
            ..Amendment::default()
        };
        house.portal.amend(&house.dev, &id, same).await.unwrap();
        assert_eq!(house.request(&id).await.reason, "It moved.");
    }
}
