//! Taking a wish back, and giving back what was kept for it.

use domain::{
    DateTime, Utc,
    authz::Action,
    ids::RequestId,
    people::Actor,
    plan::Wish,
    request::{Request, RequestEvent, UNDECIDED},
    stack::StackEvent,
};
use provisioner::{holdings::keep_what_is_held, wake::Change};
use storage::Transaction;

use super::{draft::references, refuse_long_reason, refuse_now, seen_request};
use crate::{Portal, Result, ServiceError, catalogue::Shelf};

impl Portal {
    /// Withdraws a request that has not started (problem at `reason`).
    pub async fn withdraw(&self, actor: &Actor, id: &RequestId, reason: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.storage.begin().await?;
        let mut request = seen_request(&mut *tx, actor, id).await?;
        refuse_now(actor, Action::WithdrawRequest, &request, UNDECIDED)?;
        refuse_long_reason(reason)?;
        request.status = request
            .status
            .on(RequestEvent::Withdrawn)
            .map_err(|not_now| ServiceError::conflict(format!("{not_now}.")))?;
        request.updated_at = now;
        give_back(&self.shelf, &mut *tx, &request, now).await?;
        tx.update_request(&request).await?;
        let summary = format!("{} withdrew the request {}", actor.user.name, request.id);
        let mut entry = self.entry(actor, "request.withdrawn", &request.id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({"reason": reason.trim()});
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(request.id), run: None, stack: Some(request.stack) });
        Ok(())
    }
}

/// Lets go of everything that was kept for a request that will not be carried out: secrets, reservations, and the stack
/// itself where it was to be new.
pub(super) async fn give_back(
    shelf: &Shelf,
    tx: &mut dyn Transaction,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<()> {
    let missing = |what: &str| ServiceError::corrupt(&request.id, format!("its {what} is missing"));
    let mut stack = tx.lookup_stack(&request.stack).await?.ok_or_else(|| missing("stack"))?;
    let is_new = request.wish == Wish::Create;
    let shelved = shelf.exactly(tx, &request.revision).await?.ok_or_else(|| missing("template"))?;
    let kept = if is_new { vec![] } else { references(&shelved.template, &stack.inputs) };
    for (_, secret) in references(&shelved.template, &request.inputs) {
        if kept.iter().all(|(_, known)| *known != secret) {
            tx.erase_secret(&secret.id, secret.version).await?;
        }
    }
    if is_new {
        stack.status =
            stack.status.on(StackEvent::FirstRequestEnded).map_err(|why| ServiceError::corrupt(&stack.id, why))?;
        stack.updated_at = now;
        tx.update_stack(&stack).await?;
        tx.release_reservations(&stack.id, &[]).await?;
        tx.set_uses(&stack.id, &[]).await?;
    } else {
        keep_what_is_held(tx, &stack.id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn what_runs_cannot_be_withdrawn() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        assert_eq!(house.portal.withdraw(&house.auditor, &id, "").await.unwrap_err().code(), "denied");
        let long = house.portal.withdraw(&house.dev, &id, &"x".repeat(2001)).await.unwrap_err();
        assert_eq!((long.problems()[0].code.as_str(), long.problems()[0].path.as_str()), ("too-long", "reason"));
        house.approve(&id).await;
        assert_eq!(house.portal.withdraw(&house.dev, &id, "").await.unwrap_err().code(), "conflict");
    }
}
