//! Yes, no, or not like this.

use domain::{
    approval::may_decide,
    authz::{Action, Object},
    ids::{RequestId, RunId},
    people::Actor,
    request::{Decision, RequestEvent, RequestStatus, UNDECIDED, Verdict},
};
use provisioner::wake::Change;
use storage::StorageError;

use super::{environment_of, refuse_long_reason, refuse_now, seen_request, withdraw_request::give_back};
use crate::{Portal, Result, ServiceError};

/// What came of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Where the request stands now.
    pub status: RequestStatus,
    /// The run that this decision started.
    pub run: Option<RunId>,
}

impl Portal {
    /// Approves or rejects what `seal` stands for, or asks for changes of it; the latter two need a reason (problem at
    /// `reason`). The approval that makes enough starts the run.
    pub async fn decide(
        &self,
        actor: &Actor,
        id: &RequestId,
        verdict: Verdict,
        seal: &str,
        reason: &str,
    ) -> Result<Decided> {
        let now = self.now();
        let reason = reason.trim();
        let mut tx = self.storage.begin().await?;
        let mut request = seen_request(&mut *tx, actor, id).await?;
        let states: &[RequestStatus] = match verdict {
            Verdict::Approve => &[RequestStatus::NeedsApproval],
            Verdict::Reject => UNDECIDED,
            Verdict::AskForChanges => &[RequestStatus::NeedsApproval, RequestStatus::Stale],
        };
        let environment = environment_of(&mut *tx, &request).await?;
        may_decide(actor, Object { team: Some(&request.team), requester: Some(&request.requester) }, &environment)?;
        refuse_now(actor, Action::DecideRequest, &request, states)?;
        if seal != request.seal {
            return Err(ServiceError::Conflict {
                message: "The plan has changed since you looked at it. Look at it again before you decide.".to_owned(),
                see: Some(request.id),
            });
        }
        let unsaid = match verdict {
            Verdict::Reject => Some("Say why, so that the requester can act on it."),
            Verdict::AskForChanges => Some("Say what should be different, so that the requester can act on it."),
            Verdict::Approve => None,
        };
        if let Some(message) = unsaid.filter(|_| reason.is_empty()) {
            return Err(ServiceError::invalid("required", "reason", message));
        }
        refuse_long_reason(reason)?;
        let decision = Decision {
            request: request.id.clone(),
            user: actor.user.id.clone(),
            verdict,
            seal: seal.to_owned(),
            reason: reason.to_owned(),
            at: now,
        };
        tx.add_decision(&decision).await.map_err(|error| match error {
            StorageError::Taken { .. } => ServiceError::conflict("You have decided about this plan already."),
            other => other.into(),
        })?;
        let stack = tx.lookup_stack(&request.stack).await?.map_or_else(String::new, |stack| stack.name);
        let (action, did) = match verdict {
            Verdict::Approve => ("request.approved", "approved"),
            Verdict::Reject => ("request.rejected", "rejected"),
            Verdict::AskForChanges => ("request.changes_asked", "asked for changes of"),
        };
        let summary = format!("{} {did} the request to {} {stack}", actor.user.name, request.wish);
        let mut entry = self.entry(actor, action, &request.id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({"seal": seal, "reason": reason});
        tx.append_audit(&entry).await?;
        let event = match verdict {
            Verdict::Approve => None,
            Verdict::Reject => Some(RequestEvent::Rejected),
            Verdict::AskForChanges => Some(RequestEvent::ChangesAsked),
        };
        let run = match event {
            None => self.start_if_approved(&mut *tx, actor, &mut request).await?,
            Some(event) => {
                request.status =
                    request.status.on(event).map_err(|not_now| ServiceError::conflict(format!("{not_now}.")))?;
                None
            }
        };
        if verdict == Verdict::Reject {
            give_back(&self.shelf, &mut *tx, &request, now).await?;
        }
        request.updated_at = now;
        tx.update_request(&request).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(request.id), run: run.clone(), stack: Some(request.stack) });
        if run.is_some() {
            self.wake.notify();
        }
        Ok(Decided { status: request.status, run })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn nobody_decides_about_their_own_request_or_without_the_role() {
        let house = house().await;
        let id = house.portal.submit(&house.owner, &house.draft("orders")).await.unwrap();
        let seal = house.request(&id).await.seal;
        let decide = async |actor| house.portal.decide(actor, &id, Verdict::Approve, &seal, "").await;
        assert_eq!(decide(&house.owner).await.unwrap_err().code(), "denied");
        assert_eq!(decide(&house.dev).await.unwrap_err().code(), "denied");
        assert_eq!(decide(&house.auditor).await.unwrap_err().code(), "denied");
        assert_eq!(decide(&house.other_dev).await.unwrap_err().code(), "not-found");
        let decided = decide(&house.platform).await.unwrap();
        assert_eq!(decided.status, RequestStatus::Running);
        assert_eq!(house.actions().await[house.actions().await.len() - 2..], ["request.approved", "run.queued"]);
    }

    #[tokio::test]
    async fn a_quorum_is_of_different_people() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let seal = house.request(&id).await.seal;
        let approve = async |actor| house.portal.decide(actor, &id, Verdict::Approve, &seal, "").await;
        assert_eq!(approve(&house.owner).await.unwrap().status, RequestStatus::NeedsApproval);
        assert_eq!(approve(&house.owner).await.unwrap_err().code(), "conflict");
        let decided = approve(&house.platform).await.unwrap();
        assert_eq!(decided.status, RequestStatus::Running);
        assert_eq!(house.request(&id).await.run, decided.run);
    }

    #[tokio::test]
    async fn an_old_seal_is_refused() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let error = house.portal.decide(&house.owner, &id, Verdict::Approve, "0000", "").await.unwrap_err();
        assert_eq!(error.code(), "conflict");
        assert!(error.to_string().contains("changed since you looked"), "{error}");
        assert_eq!(house.request(&id).await.status, RequestStatus::NeedsApproval);
    }

    #[tokio::test]
    async fn changes_are_asked_for_with_a_reason_and_only_the_requester_goes_on() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let seal = house.request(&id).await.seal;
        let decide = async |actor, verdict, reason| house.portal.decide(actor, &id, verdict, &seal, reason).await;
        let silent = decide(&house.owner, Verdict::AskForChanges, " ").await.unwrap_err();
        assert!(silent.problems()[0].message.contains("should be different"), "{silent}");
        let decided = decide(&house.owner, Verdict::AskForChanges, "Use two tasks.").await.unwrap();
        assert_eq!(decided, Decided { status: RequestStatus::ChangesWanted, run: None });
        let early = decide(&house.platform, Verdict::Approve, "").await.unwrap_err();
        assert!(early.to_string().contains("the requester has to edit it first"), "{early}");
        assert_eq!(house.portal.inbox_count(&house.platform).await.unwrap(), 0);
        assert_eq!(decide(&house.platform, Verdict::Reject, "No.").await.unwrap().status, RequestStatus::Rejected);
    }

    #[tokio::test]
    async fn a_rejection_needs_a_reason_and_gives_everything_back() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft_with_secret("orders", "open sesame")).await.unwrap();
        let request = house.request(&id).await;
        let reject =
            async |reason| house.portal.decide(&house.owner, &id, Verdict::Reject, &request.seal, reason).await;
        assert_eq!(reject(" ").await.unwrap_err().problems()[0].path, "reason");
        assert_eq!(reject("Too big.").await.unwrap().status, RequestStatus::Rejected);
        assert_eq!(house.stack(&request.stack).await.status, domain::stack::StackStatus::Gone);
        use provisioner::runner::SecretSource;
        let secret = serde_json::from_value(request.inputs["secrets"]["TOKEN"].clone()).unwrap();
        assert!(house.portal.vault.reveal(&secret).await.unwrap().is_none());
        house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
    }
}
