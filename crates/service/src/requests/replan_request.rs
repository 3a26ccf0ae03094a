//! Planning again: what was approved stands if the plan comes out the same.

use std::collections::BTreeMap;

use domain::{
    authz::Action,
    cost::dollars,
    ids::{RequestId, RunId},
    people::Actor,
    plan::{self, Act, Step, Wish, called},
    request::{Request, RequestEvent, RequestStatus},
};
use provisioner::wake::Change;
use serde::{Deserialize, Serialize};
use storage::{StorageError, Transaction};

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

/// Something that planning again would do otherwise than the plan that was sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// As a sentence.
    pub sentence: String,
    /// The step as it would be, where there is one.
    pub step: Option<Step>,
    /// What becomes of its step; none where the sentence is not about one.
    pub turn: Option<Turn>,
    /// Its fields that the sealed plan does not change, or not so: as AWS has them, and as they would be.
    pub fields: Vec<plan::Change>,
}

/// What two plans do in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The id of the step.
    pub step: String,
    /// `service (ECS service)`.
    pub name: String,
    /// What the one plan does there; none where it has no such step.
    pub from: Option<Act>,
    /// The same of the other.
    pub to: Option<Act>,
}

impl Turn {
    /// As a sentence about the other plan.
    pub(super) fn sentence(&self) -> String {
        let name = &self.name;
        match (self.from, self.to) {
            (Some(from), None) => format!("It would no longer {from} the {name}."),
            (None, Some(to)) => format!("It would now also {to} the {name}."),
            (Some(from), Some(to)) if from != to => {
                let is = if to == Act::None { "leave".to_owned() } else { to.to_string() };
                format!("It would now {is} the {name} instead of {} it.", doing(from))
            }
            _ => format!("What it does to the {name} is different."),
        }
    }
}

/// What moved under a stale plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Moved {
    /// Nothing is different any more: it would come out as the plan that was sealed.
    Nothing,
    /// These things are.
    Differences(Vec<Difference>),
    /// It cannot be told now; the sentence says why.
    Unknown(String),
}

const STATES: &[RequestStatus] = &[RequestStatus::NeedsApproval, RequestStatus::Stale];

impl Portal {
    /// Plans a request again on what AWS looks like now.
    pub async fn replan(&self, actor: &Actor, id: &RequestId) -> Result<Replanned> {
        let mut tx = self.storage.begin_read().await?;
        let before = seen_request(&mut *tx, actor, id).await?;
        refuse_now(actor, Action::ReplanRequest, &before, STATES)?;
        let ground = self.ground_of(&mut *tx, &before).await?;
        drop(tx);
        let prepared = self.prepare(&ground, before.wish, &before.inputs).await?;
        if before.wish == Wish::Update && prepared.plan.is_empty() {
            return Err(ServiceError::conflict(
                "There is nothing left to do: what was asked for is what runs. Withdraw this request.",
            ));
        }
        self.write_plan(actor, &ground, before, prepared).await
    }

    /// What a request is planned on, as it is now.
    pub(super) async fn ground_of(&self, tx: &mut dyn Transaction, request: &Request) -> Result<Ground> {
        let missing = |what: &str| ServiceError::corrupt(&request.id, format!("its {what} is missing"));
        let shelved = self.shelf.exactly(tx, &request.revision).await?.ok_or_else(|| missing("template"))?;
        let stack = tx.lookup_stack(&request.stack).await?.ok_or_else(|| missing("stack"))?;
        Ok(Ground { edition: request.edition, ..Ground::of_stack(tx, shelved, stack).await? })
    }

    /// Compares the sealed plan with what AWS says now, by reads only.
    pub(super) async fn moved(&self, ground: &Ground, request: &Request) -> Moved {
        match self.prepare(ground, request.wish, &request.inputs).await {
            Ok(prepared) if prepared.seal == request.seal => Moved::Nothing,
            Ok(prepared) => Moved::Differences(differences(request, &prepared)),
            Err(error) => Moved::Unknown(error.to_string()),
        }
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
        let differences: Vec<String> = differences.into_iter().map(|one| one.sentence).collect();
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
pub(super) fn differences(before: &Request, after: &Prepared) -> Vec<Difference> {
    let by_id = |steps: &[Step]| -> BTreeMap<String, Step> {
        steps.iter().map(|step| (step.id.clone(), step.clone())).collect()
    };
    let (old, new) = (by_id(&before.plan.steps), by_id(&after.plan.steps));
    let turn = |step: &Step, from: Option<Act>, to: Option<Act>| {
        let name = called(&step.resource, step.kind.def().label);
        Turn { step: step.id.clone(), name, from, to }
    };
    let said = |sentence: String| Difference { sentence, step: None, turn: None, fields: vec![] };
    let mut differences = vec![];
    for (id, step) in &new {
        let known = old.get(id);
        if known == Some(step) {
            continue;
        }
        let turn = turn(step, known.map(|known| known.act), Some(step.act));
        let planned = known.map_or(&[][..], |known| &known.changed);
        let fields = step.changed.iter().filter(|change| !planned.contains(change)).cloned().collect();
        differences.push(Difference { sentence: turn.sentence(), step: Some(step.clone()), turn: Some(turn), fields });
    }
    for step in old.values().filter(|step| !new.contains_key(&step.id)) {
        let turn = turn(step, Some(step.act), None);
        differences.push(Difference { turn: Some(turn.clone()), ..said(turn.sentence()) });
    }
    if before.cost.monthly_micros != after.cost.monthly_micros {
        differences.push(said(cost_sentence(before.cost.monthly_micros, after.cost.monthly_micros)));
    }
    if differences.is_empty() {
        differences.push(said("What Gantry sees in AWS is different, although the steps are the same.".to_owned()));
    }
    differences
}

/// What a month costs, before and after.
pub(super) fn cost_sentence(was: i64, is: i64) -> String {
    format!("It would cost {} a month instead of {}.", dollars(is), dollars(was))
}

fn doing(act: Act) -> &'static str {
    match act {
        Act::Create => "creating",
        Act::Update => "updating",
        Act::Replace => "replacing",
        Act::Delete => "deleting",
        Act::None => "leaving",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{
        environment::Environment,
        kinds::Kind,
        observation::{Lookup, Outputs},
        request::Verdict,
    };
    use provisioner::{
        cloud::{Class, Cloud, CloudError, Clouds},
        fake::refusal,
    };
    use serde_json::json;

    use super::*;
    use crate::testing::house;

    struct Away;

    #[async_trait::async_trait]
    impl Clouds for Away {
        async fn connect(&self, _: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
            Err(refusal(Class::Refused, "ExpiredToken"))
        }
    }

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
        let mut house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let mut draft = house.change(&stack).await;
        draft.inputs.insert("count".to_owned(), json!(4));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        house.cloud.drift(Kind::LogGroup, "retention_days", json!(365));
        house.carry_out(&id).await;
        assert_eq!(house.request(&id).await.status, RequestStatus::Stale);
        let moved = house.portal.request(&house.dev, &id).await.unwrap().moved;
        let Some(Moved::Differences(differences)) = moved else { panic!("{moved:?}") };
        let [one] = &differences[..] else { panic!("{differences:?}") };
        assert_eq!(one.sentence, "It would now update the logs (log group) instead of leaving it.");
        let [field] = &one.fields[..] else { panic!("{:?}", one.fields) };
        assert_eq!((field.path.as_str(), &field.before, &field.after), ("retention_days", &json!(365), &json!(30)));
        let clouds = std::mem::replace(&mut house.portal.clouds, Arc::new(Away));
        let moved = house.portal.request(&house.dev, &id).await.unwrap().moved;
        assert_eq!(moved, Some(Moved::Unknown("AWS could not be asked. This is a test.".to_owned())));
        house.portal.clouds = clouds;
        house.cloud.drift(Kind::LogGroup, "retention_days", json!(30));
        assert_eq!(house.portal.request(&house.dev, &id).await.unwrap().moved, Some(Moved::Nothing));
        let replanned = house.portal.replan(&house.dev, &id).await.unwrap();
        assert!(!replanned.changed && replanned.run.is_some(), "{replanned:?}");
        house.work().await;
        assert_eq!(house.request(&id).await.status, RequestStatus::Succeeded);
    }

    #[tokio::test]
    async fn what_bears_the_name_and_is_not_ours_is_named_and_nothing_begins() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let request = house.portal.storage.begin_read().await.unwrap().lookup_request(&id).await.unwrap().unwrap();
        let cluster = request.plan.step("cluster").unwrap();
        house.cloud.put_foreign(&Lookup {
            kind: cluster.kind,
            name: cluster.name.clone(),
            spec: json!({}),
            outputs: Outputs::new(),
            stack: String::new(),
            resource: String::new(),
            installation: String::new(),
        });
        let refused = house.portal.replan(&house.dev, &id).await.unwrap_err();
        assert_eq!(refused.problems()[0].code, "foreign-resource");
        assert!(refused.problems()[0].message.contains(&cluster.name), "{:?}", refused.problems());
        assert!(house.cloud.calls().is_empty());
    }
}
