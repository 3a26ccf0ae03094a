//! Planning again: what was approved stands if the plan comes out the same.

use std::collections::BTreeMap;

use domain::{
    authz::Action,
    cost::dollars,
    ids::{RequestId, RunId},
    people::Actor,
    plan::{Act, Step, Wish},
    request::{Request, RequestEvent, RequestStatus},
};
use provisioner::wake::Change;
use storage::StorageError;

use super::{
    prepare::{Ground, Prepared},
    refuse_now, seen_request,
};
use crate::{Portal, Result, ServiceError};

/// What came of planning again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replanned {
    /// Whether there is another plan, so that earlier approvals no longer count.
    pub changed: bool,
    /// What is different, in sentences.
    pub differences: Vec<String>,
    /// The run that started, because the plan is the one that was approved.
    pub run: Option<RunId>,
}

const STATES: &[RequestStatus] = &[RequestStatus::NeedsApproval, RequestStatus::Stale];

impl Portal {
    /// Plans a request again on what AWS looks like now.
    pub async fn replan(&self, actor: &Actor, id: &RequestId) -> Result<Replanned> {
        let mut tx = self.storage.begin_read().await?;
        let before = seen_request(&mut *tx, actor, id).await?;
        refuse_now(actor, Action::ReplanRequest, &before, STATES)?;
        let missing = |what: &str| ServiceError::corrupt(&before.id, format!("its {what} is missing"));
        let shelved = self.shelf.exactly(&mut *tx, &before.revision).await?.ok_or_else(|| missing("template"))?;
        let stack = tx.lookup_stack(&before.stack).await?.ok_or_else(|| missing("stack"))?;
        let ground = Ground::of_stack(&mut *tx, shelved, stack).await?;
        drop(tx);
        let prepared = self.prepare(&ground, before.wish, &before.inputs).await?;
        if before.wish == Wish::Update && prepared.plan.is_empty() {
            return Err(ServiceError::conflict(
                "There is nothing left to do: what was asked for is what runs. Withdraw this request.",
            ));
        }
        self.write_plan(actor, &ground, before, prepared).await
    }

    async fn write_plan(
        &self,
        actor: &Actor,
        ground: &Ground,
        before: Request,
        prepared: Prepared,
    ) -> Result<Replanned> {
        let mut tx = self.storage.begin().await?;
        let mut request = seen_request(&mut *tx, actor, &before.id).await?;
        if request.version != before.version {
            return Err(StorageError::Conflict { what: format!("the request {}", request.id) }.into());
        }
        if !self.reserve(&mut *tx, ground, &prepared.reservations).await? {
            return Err(ServiceError::conflict("Someone else took the same place on the listener. Plan again."));
        }
        let changed = prepared.seal != request.seal;
        let differences = if changed { differences(&request, &prepared) } else { vec![] };
        request.status = request
            .status
            .on(RequestEvent::Replanned)
            .map_err(|not_now| ServiceError::conflict(format!("{not_now}.")))?;
        request.plan = prepared.plan;
        request.cost = prepared.cost;
        request.seal = prepared.seal;
        request.updated_at = self.now();
        let how = if changed { "and it came out differently" } else { "and nothing changed" };
        let summary = format!("{} planned {} again, {how}", actor.user.name, request.id);
        let mut entry = self.entry(actor, "request.replanned", &request.id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({"before": before.seal, "after": request.seal, "differences": differences});
        tx.append_audit(&entry).await?;
        let run = self.start_if_approved(&mut *tx, actor, &mut request).await?;
        tx.update_request(&request).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(request.id), run: run.clone(), stack: Some(request.stack) });
        if run.is_some() {
            self.wake.notify();
        }
        Ok(Replanned { changed, differences, run })
    }
}

/// What the new plan does that the old one did not, and the other way round.
fn differences(before: &Request, after: &Prepared) -> Vec<String> {
    let by_id = |steps: &[Step]| -> BTreeMap<String, Step> {
        steps.iter().map(|step| (step.id.clone(), step.clone())).collect()
    };
    let (old, new) = (by_id(&before.plan.steps), by_id(&after.plan.steps));
    let named = |step: &Step| format!("{} {}", step.kind.def().label, step.resource);
    let mut sentences = vec![];
    for (id, step) in &new {
        match old.get(id) {
            None => sentences.push(format!("It would now also {} the {}.", step.act, named(step))),
            Some(known) if known.act != step.act => {
                let verb = |act: Act| if act == Act::None { "leave".to_owned() } else { act.to_string() };
                let (was, is) = (verb(known.act), verb(step.act));
                sentences.push(format!("It would now {is} the {} instead of {was} it.", named(step)));
            }
            Some(known) if known != step => {
                sentences.push(format!("What it does to the {} is different.", named(step)))
            }
            Some(_) => {}
        }
    }
    for step in old.values().filter(|step| !new.contains_key(&step.id)) {
        sentences.push(format!("It would no longer {} the {}.", step.act, named(step)));
    }
    if before.cost.monthly_micros != after.cost.monthly_micros {
        let (was, is) = (dollars(before.cost.monthly_micros), dollars(after.cost.monthly_micros));
        sentences.push(format!("It would cost {is} a month instead of {was}."));
    }
    if sentences.is_empty() {
        sentences.push("What Gantry sees in AWS is different, although the steps are the same.".to_owned());
    }
    sentences
}

#[cfg(test)]
mod tests {
    use domain::{kinds::Kind, request::Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn the_same_plan_keeps_its_approvals_and_another_loses_them() {
        let house = house().await;
        house.approvals_needed(2).await;
        let stack = house.live(&house.draft("orders")).await;
        let mut draft = house.change(&stack).await;
        draft.inputs.insert("count".to_owned(), json!(4));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let seal = house.request(&id).await.seal;
        house.portal.decide(&house.owner, &id, Verdict::Approve, &seal, "").await.unwrap();
        let same = house.portal.replan(&house.dev, &id).await.unwrap();
        assert_eq!(same, Replanned { changed: false, differences: vec![], run: None });
        assert_eq!(house.portal.request(&house.dev, &id).await.unwrap().approved, 1);

        house.cloud.drift(Kind::LogGroup, "retention_days", json!(365));
        let other = house.portal.replan(&house.dev, &id).await.unwrap();
        assert!(other.changed && other.differences[0].contains("log group"), "{other:?}");
        assert_eq!(house.portal.request(&house.dev, &id).await.unwrap().approved, 0);
        let old = house.portal.decide(&house.platform, &id, Verdict::Approve, &seal, "").await.unwrap_err();
        assert_eq!(old.code(), "conflict");
    }

    #[tokio::test]
    async fn a_stale_run_is_planned_again_and_starts_if_it_comes_out_as_approved() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let mut draft = house.change(&stack).await;
        draft.inputs.insert("count".to_owned(), json!(4));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        house.cloud.drift(Kind::LogGroup, "retention_days", json!(365));
        house.carry_out(&id).await;
        assert_eq!(house.request(&id).await.status, RequestStatus::Stale);
        house.cloud.drift(Kind::LogGroup, "retention_days", json!(30));
        let replanned = house.portal.replan(&house.dev, &id).await.unwrap();
        assert!(!replanned.changed && replanned.run.is_some(), "{replanned:?}");
        house.work().await;
        assert_eq!(house.request(&id).await.status, RequestStatus::Succeeded);
    }
}
