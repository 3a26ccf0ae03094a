//! Asking for the end of a stack.

use domain::{
    authz::{Action, Object, may},
    ids::{RequestId, StackId},
    people::Actor,
    plan::Wish,
};
use storage::Transaction;

use super::{draft::changeable, prepare::Ground, refuse_long_reason, submit_request::Asked};
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Asks to destroy a stack; its name has to be typed. Refused while other living stacks use it, naming them.
    pub async fn submit_destroy(
        &self,
        actor: &Actor,
        stack: &StackId,
        typed_name: &str,
        reason: &str,
    ) -> Result<RequestId> {
        let mut tx = self.storage.begin_read().await?;
        let stack = self.seen_stack(&mut *tx, actor, stack).await?;
        may(actor, Action::SubmitRequest, Object { team: Some(&stack.team), requester: None })?;
        changeable(&mut *tx, &stack).await?;
        unused(&mut *tx, &stack.id).await?;
        refuse_long_reason(reason)?;
        if typed_name.trim() != stack.name {
            let message = format!("Type the name of the stack, {}, to say that you mean it.", stack.name);
            return Err(ServiceError::invalid("wrong-name", "name", message));
        }
        let shelved = self.shelf.exactly(&mut *tx, &stack.revision).await?;
        let shelved = shelved.ok_or(ServiceError::NotFound { what: "template" })?;
        let inputs = stack.inputs.clone();
        let ground = Ground::of_stack(&mut *tx, shelved, stack).await?;
        drop(tx);
        let prepared = self.prepare(&ground, Wish::Destroy, &inputs).await?;
        let asked =
            Asked { actor, wish: Wish::Destroy, ground: &ground, inputs: &inputs, sealed: &[], reason: reason.trim() };
        let written = self.write_request(&asked, prepared).await?;
        written.ok_or_else(|| ServiceError::conflict("Please try again."))
    }
}

/// What others stand on stays.
pub(crate) async fn unused(tx: &mut dyn Transaction, stack: &StackId) -> Result<()> {
    let users = tx.list_users_of(stack).await?;
    if users.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = users.into_iter().map(|stack| stack.name).collect();
    Err(ServiceError::conflict(format!("Other stacks use it: {}. They have to go or move first.", names.join(", "))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::house;

    #[tokio::test]
    async fn the_name_must_be_typed_and_nobody_may_stand_on_it() {
        let house = house().await;
        let cluster = house.live(&house.cluster("shared")).await;
        let arn = house.stack(&cluster).await.outputs["cluster_arn"].clone();
        let wrong = house.portal.submit_destroy(&house.dev, &cluster, "other", "").await.unwrap_err();
        assert_eq!(wrong.problems()[0].path, "name");

        let mut draft = house.draft("orders");
        draft.inputs.insert("cluster".to_owned(), json!("existing"));
        draft.inputs.insert("cluster_arn".to_owned(), json!(arn));
        let service = house.portal.submit(&house.dev, &draft).await.unwrap();
        let used = house.portal.submit_destroy(&house.dev, &cluster, "shared", "").await.unwrap_err();
        assert!(used.to_string().contains("orders"), "{used}");
        let detail = house.portal.stack(&house.dev, &cluster).await.unwrap();
        assert_eq!(detail.used_by.len(), 1);

        house.portal.withdraw(&house.dev, &service, "").await.unwrap();
        let id = house.portal.submit_destroy(&house.dev, &cluster, "shared", "over").await.unwrap();
        let into = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        assert!(into.to_string().contains(id.as_str()), "{into}");
        house.carry_out(&id).await;
        assert!(house.cloud.objects().is_empty());
        assert_eq!(house.stack(&cluster).await.status, domain::stack::StackStatus::Gone);
    }
}
