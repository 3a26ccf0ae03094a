//! The step from a yes to a run: the same for a decision and for a plan that turned out as it was approved.

use std::collections::BTreeSet;

use domain::{
    approval::{ApprovalRule, may_decide},
    authz::Object,
    environment::Environment,
    ids::{RunId, UserId},
    people::Actor,
    plan::Wish,
    request::{Request, RequestEvent, Verdict},
    run::{Run, RunStatus},
    stack::StackEvent,
};
use storage::Transaction;

use super::environment_of;
use crate::{Portal, Result, ServiceError, accounts::actor_of, environments::room};

/// Who approved what the seal stands for now, and may still decide about it in this place.
pub(super) async fn approvers(
    tx: &mut dyn Transaction,
    request: &Request,
    environment: &Environment,
) -> Result<BTreeSet<UserId>> {
    let decisions = tx.list_decisions(&request.id).await?;
    let people: BTreeSet<UserId> = decisions
        .into_iter()
        .filter(|decision| decision.seal == request.seal && decision.verdict == Verdict::Approve)
        .map(|decision| decision.user)
        .collect();
    let object = Object { team: Some(&request.team), requester: Some(&request.requester) };
    let mut count = BTreeSet::new();
    for id in people {
        let Some(user) = tx.lookup_user(&id).await?.filter(|user| !user.disabled) else { continue };
        let approver = actor_of(tx, user, None).await?;
        if may_decide(&approver, object, environment).is_ok() {
            count.insert(id);
        }
    }
    Ok(count)
}

impl Portal {
    /// Enqueues the run if enough people approved by the rule of the place as it is now, and the place still takes it; the
    /// request is changed in memory and the caller writes it.
    pub(super) async fn start_if_approved(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        request: &mut Request,
    ) -> Result<Option<RunId>> {
        let environment = environment_of(tx, request).await?;
        request.approvals_needed = ApprovalRule::of(&environment).needed;
        let approved = approvers(tx, request, &environment).await?.len();
        if approved < usize::try_from(request.approvals_needed).unwrap_or(usize::MAX) {
            return Ok(None);
        }
        self.still_taken(tx, request, &environment).await?;
        let now = self.now();
        let mut stack = tx.lookup_stack(&request.stack).await?;
        let stack = stack.as_mut().ok_or_else(|| ServiceError::corrupt(&request.id, "its stack is missing"))?;
        stack.status = stack.status.on(StackEvent::RunStarted).map_err(|_| {
            ServiceError::conflict(format!("{} is {} and cannot be changed now.", stack.name, stack.status))
        })?;
        stack.updated_at = now;
        tx.update_stack(stack).await?;
        let run = Run {
            id: RunId::generate(&*self.entropy),
            request: request.id.clone(),
            stack: request.stack.clone(),
            status: RunStatus::Queued,
            fence: 0,
            leased_by: None,
            leased_until: None,
            created_at: now,
            ended_at: None,
        };
        tx.add_run(&run).await?;
        request.status = request
            .status
            .on(RequestEvent::QuorumReached)
            .map_err(|not_now| ServiceError::conflict(format!("This cannot start now: {not_now}.")))?;
        request.run = Some(run.id.clone());
        let mut entry = self.entry(actor, "run.queued", &run.id, format!("queued the run for {}", stack.name));
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({"request": request.id, "seal": request.seal});
        tx.append_audit(&entry).await?;
        Ok(Some(run.id))
    }

    /// What may have changed about the place since it was asked for: closed, not offered there any more, or full.
    async fn still_taken(&self, tx: &mut dyn Transaction, request: &Request, place: &Environment) -> Result<()> {
        let mut problems = vec![];
        if request.wish == Wish::Create {
            let shelved = self.shelf.exactly(tx, &request.revision).await?;
            let shelved = shelved.ok_or_else(|| ServiceError::corrupt(&request.id, "its template is missing"))?;
            problems.extend(place.refusals(&shelved.template.name, &shelved.template.title));
        }
        problems.extend(room(tx, place, &request.stack, &request.plan, &request.cost).await?);
        if problems.is_empty() {
            return Ok(());
        }
        let sentences: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
        Err(ServiceError::conflict(format!("This cannot start now. {}", sentences.join(" "))))
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        environment::Rules,
        ids::RequestId,
        people::{TeamRole, User},
        request::RequestStatus,
    };

    use super::*;
    use crate::{
        requests::{Standing, SummaryList},
        testing::{House, house},
    };

    async fn approve(house: &House, id: &RequestId, by: &Actor) -> Result<Option<RunId>> {
        let seal = house.request(id).await.seal;
        Ok(house.portal.decide(by, id, Verdict::Approve, &seal, "").await?.run)
    }

    /// Somebody else of the platform team, who can decide when others have.
    async fn another(house: &House) -> Actor {
        let user = User { platform_role: house.platform.user.platform_role, ..house.admin.user.clone() };
        let mut tx = house.portal.storage.begin().await.unwrap();
        tx.update_user(&user).await.unwrap();
        tx.commit().await.unwrap();
        Actor { user, ..house.admin.clone() }
    }

    #[tokio::test]
    async fn who_may_no_longer_decide_is_not_counted() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        assert_eq!(approve(&house, &id, &house.owner).await.unwrap(), None);
        let count = async || {
            let detail = house.portal.request(&house.dev, &id).await.unwrap();
            let counted = detail.decisions.iter().filter(|one| one.standing == Standing::Counts).count();
            assert_eq!(usize::try_from(detail.approved).unwrap(), counted, "the page says otherwise than the number");
            detail.approved
        };
        let member = async |role| {
            let mut tx = house.portal.storage.begin().await.unwrap();
            match role {
                Some(role) => tx.set_membership(&house.team, &house.owner.user.id, role).await.unwrap(),
                None => assert!(tx.remove_membership(&house.team, &house.owner.user.id).await.unwrap()),
            }
            tx.commit().await.unwrap();
        };
        assert_eq!(count().await, 1);
        for role in [Some(TeamRole::Developer), None] {
            member(role).await;
            assert_eq!(count().await, 0, "{role:?}");
        }
        member(Some(TeamRole::Owner)).await;
        house.portal.set_disabled(&house.admin, &house.owner.user.id, true).await.unwrap();
        assert_eq!(count().await, 0, "a closed account approves nothing");
        let detail = house.portal.request(&house.dev, &id).await.unwrap();
        assert_eq!(detail.decisions[0].standing, Standing::MayNoLongerDecide);

        assert_eq!(approve(&house, &id, &house.platform).await.unwrap(), None, "one of two is left");
        assert_eq!(house.request(&id).await.status, RequestStatus::NeedsApproval);
        assert!(approve(&house, &id, &another(&house).await).await.unwrap().is_some());
        assert_eq!(count().await, 3, "what was decided stays as it was");
    }

    #[tokio::test]
    async fn a_rule_that_was_raised_meanwhile_counts() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.approvals_needed(2).await;
        let shown = house.portal.request(&house.dev, &id).await.unwrap().card.request.approvals_needed;
        let list = SummaryList { limit: 10, ..SummaryList::default() };
        let listed = house.portal.request_summaries(&house.dev, list).await.unwrap()[0].approvals_needed;
        assert_eq!((shown, listed), (2, 2), "before anybody has decided");
        assert_eq!(approve(&house, &id, &house.owner).await.unwrap(), None);
        let waiting = house.request(&id).await;
        assert_eq!((waiting.status, waiting.approvals_needed), (RequestStatus::NeedsApproval, 2));
        assert!(approve(&house, &id, &house.platform).await.unwrap().is_some());
        house.approvals_needed(1).await;
        let shown = house.portal.request(&house.dev, &id).await.unwrap().card.request.approvals_needed;
        assert_eq!(shown, 2, "what was decided stays as it was");
    }

    #[tokio::test]
    async fn a_rule_that_was_lowered_starts_it_when_it_is_planned_again() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        assert_eq!(approve(&house, &id, &house.owner).await.unwrap(), None);
        house.approvals_needed(1).await;
        assert!(house.portal.replan(&house.dev, &id).await.unwrap().run.is_some());
    }

    #[tokio::test]
    async fn a_place_that_was_closed_or_is_full_by_now_takes_nothing() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        for (rules, why) in [
            (Rules { closed: true, ..Rules::default() }, "closed"),
            (Rules { max_stacks: Some(0), ..Rules::default() }, "stacks"),
        ] {
            house.change_environment(|environment| environment.rules = rules).await;
            let refused = approve(&house, &id, &house.owner).await.unwrap_err();
            assert_eq!(refused.code(), "conflict");
            assert!(refused.to_string().contains(why), "{refused}");
        }
        assert!(house.portal.request(&house.dev, &id).await.unwrap().decisions.is_empty(), "nothing was decided");
        house.change_environment(|environment| environment.rules = Rules::default()).await;
        assert!(approve(&house, &id, &house.owner).await.unwrap().is_some());
    }
}
