//! Asking for a change by naming only what changes, as programs do.

use domain::{
    ids::{RequestId, StackId},
    people::Actor,
    template::Inputs,
};

use super::{ClearSecrets, Draft, Preview};
use crate::{Portal, Result};

/// What is to be different.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The revision to go to, `web-service@1.1.0`; none for the one that runs.
    pub revision: Option<String>,
    /// The inputs that change; null takes an answer back.
    pub inputs: Inputs,
    /// Clear text of secrets that get a new value.
    pub secrets: ClearSecrets,
    /// Why, in the requester's words.
    pub reason: String,
}

impl Portal {
    /// Asks for a change of a stack.
    pub async fn submit_change(&self, actor: &Actor, stack: &StackId, changes: Changes) -> Result<RequestId> {
        self.submit(actor, &self.changed(actor, stack, changes).await?).await
    }

    /// Looks at a change as [`Portal::submit_change`] would.
    pub async fn preview_change(&self, actor: &Actor, stack: &StackId, changes: Changes) -> Result<Preview> {
        self.preview(actor, &self.changed(actor, stack, changes).await?).await
    }

    /// The whole draft: what runs, and the changes over it.
    async fn changed(&self, actor: &Actor, id: &StackId, changes: Changes) -> Result<Draft> {
        let stack = self.seen_stack(&mut *self.storage.begin_read().await?, actor, id).await?;
        let inputs = overlaid(stack.inputs, changes.inputs);
        let template = changes.revision.unwrap_or(stack.revision);
        let (secrets, reason) = (changes.secrets, changes.reason);
        Ok(Draft { template, stack: Some(stack.id), inputs, secrets, reason, ..Draft::default() })
    }
}

/// Answers with changes over them; null takes an answer back.
pub(super) fn overlaid(mut inputs: Inputs, changes: Inputs) -> Inputs {
    for (name, value) in changes {
        if value.is_null() {
            inputs.remove(&name);
        } else {
            inputs.insert(name, value);
        }
    }
    inputs
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn what_is_not_named_stays_as_it_is() {
        let house = house().await;
        let mut draft = house.draft_with_secret("orders", "open sesame");
        draft.inputs.insert("count".to_owned(), json!(3));
        let stack = house.live(&draft).await;
        let before = house.stack(&stack).await.inputs;
        let changes = Changes {
            inputs: [("port".to_owned(), json!(9090)), ("count".to_owned(), json!(null))].into(),
            ..Changes::default()
        };
        let preview = house.portal.preview_change(&house.dev, &stack, changes.clone()).await.unwrap();
        assert!(preview.plan.is_some(), "{:?}", preview.problems);
        let theirs = house.portal.submit_change(&house.other_dev, &stack, changes.clone()).await.unwrap_err();
        assert_eq!(theirs.code(), "not-found");
        let id = house.portal.submit_change(&house.dev, &stack, changes).await.unwrap();
        let after = house.request(&id).await.inputs;
        assert_eq!((&after["port"], &after["secrets"]), (&json!(9090), &before["secrets"]));
        assert_ne!(after["count"], before["count"], "its default counts again");
    }
}
