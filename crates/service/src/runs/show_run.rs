//! One run: where each step stands, and what its reader can choose.

use domain::{
    authz::{Action, Denied, Object, may},
    environment::Environment,
    ids::RunId,
    people::{Actor, Team},
    plan::Plan,
    request::{Request, Verdict},
    run::{Choice, LoggedEvent, Run, RunState, RunStatus, choices},
    stack::Stack,
};
use provisioner::cloud::Call;
use serde::Deserialize;
use storage::{AuditFilter, Transaction};

use super::{
    hand_run::{Handing, can_be_handed, who_may_steer},
    read_log::{Log, read_log},
};
use crate::{Portal, Result, ServiceError, live::run_mark, names::Names, requests::RequestCard, sees};

/// So many of the latest calls are shown; a run that is throttled for long makes more.
const MOST_CALLS: u32 = 1000;

/// A run with what it carries out, as lists show it.
#[derive(Clone, Debug)]
pub struct RunCard {
    /// The run.
    pub run: Run,
    /// The request that it carries out.
    pub card: RequestCard,
    /// Where each step stands.
    pub state: RunState,
}

/// Something that can be chosen now.
#[derive(Clone, Debug)]
pub struct RunChoice {
    /// What.
    pub choice: Choice,
    /// Whether the reader may, or why not.
    pub may: Result<(), Denied>,
}

/// A call that changed something in AWS, or was refused; as the audit history has it.
#[derive(Clone, Debug, Deserialize)]
pub struct StepCall {
    /// The step that it was made for.
    pub step: String,
    /// The call.
    #[serde(flatten)]
    pub call: Call,
}

/// A run.
#[derive(Clone, Debug)]
pub struct RunDetail {
    /// The run.
    pub run: Run,
    /// The request; its plan is what is carried out.
    pub request: Request,
    /// The stack.
    pub stack: Stack,
    /// Who owns it.
    pub team: Team,
    /// Where it lives.
    pub environment: Environment,
    /// `Create orders in production`.
    pub title: String,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Where each step stands.
    pub state: RunState,
    /// The log.
    pub log: Vec<LoggedEvent>,
    /// Why it cannot be read any further.
    pub unreadable: Option<String>,
    /// Why it was parked, where that is what it waits for: its log can be read, and no step of it needs anybody.
    pub parked: Option<String>,
    /// What was called in AWS, oldest first.
    pub calls: Vec<StepCall>,
    /// What can be chosen now.
    pub choices: Vec<RunChoice>,
    /// To whom it can be handed; none unless it waits and its log can be read. Who has it is in the state.
    pub handing: Option<Handing>,
    /// Differs when anything of it does.
    pub mark: String,
}

impl Portal {
    /// One run.
    pub async fn run(&self, actor: &Actor, id: &RunId) -> Result<RunDetail> {
        let mut tx = self.storage.begin_read().await?;
        let (run, request) = seen_run(&mut *tx, actor, id).await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let stack = tx.lookup_stack(&run.stack).await?;
        let stack = stack.ok_or_else(|| ServiceError::corrupt(id, "its stack is missing"))?;
        let decisions = tx.list_decisions(&request.id).await?;
        let Log { events, state, unreadable } = read_log(&mut *tx, id, &request.plan).await?;
        let calls = calls(&mut *tx, id).await?;
        let parked = if unreadable.is_none() && is_parked(&run, &request.plan, &state) {
            why_parked(&mut *tx, id).await?
        } else {
            None
        };
        let mark = run_mark(&mut *tx, &run).await?;
        let may_steer = may(actor, Action::SteerRun, Object { team: Some(&request.team), requester: None });
        let choices = choices_now(&run, &request.plan, &state, unreadable.is_some());
        let handing = if can_be_handed(&run, unreadable.is_some()) {
            let able = who_may_steer(&mut *tx, &request.team).await?;
            Some(Handing::new(may_steer.clone(), able, state.handed.as_ref()))
        } else {
            None
        };
        let counts = decisions.into_iter().filter(|one| one.seal == request.seal && one.verdict == Verdict::Approve);
        let approved_by = counts.map(|one| names.user(&one.user)).collect();
        let card = names.request(request, stack)?;
        Ok(RunDetail {
            run,
            title: card.title(),
            request: card.request,
            stack: card.stack,
            team: card.team,
            environment: card.environment,
            approved_by,
            state,
            log: events,
            unreadable,
            parked,
            calls,
            mark,
            handing,
            choices: choices.into_iter().map(|choice| RunChoice { choice, may: may_steer.clone() }).collect(),
        })
    }
}

/// The run with what it carries out.
pub(crate) async fn run_card(tx: &mut dyn Transaction, names: &Names, run: Run) -> Result<RunCard> {
    let request = tx.lookup_request(&run.request).await?;
    let request = request.ok_or_else(|| ServiceError::corrupt(&run.id, "its request is missing"))?;
    let stack = tx.lookup_stack(&run.stack).await?;
    let stack = stack.ok_or_else(|| ServiceError::corrupt(&run.id, "its stack is missing"))?;
    let state = read_log(tx, &run.id, &request.plan).await?.state;
    Ok(RunCard { run, card: names.request(request, stack)?, state })
}

pub(crate) async fn seen_run(tx: &mut dyn Transaction, actor: &Actor, id: &RunId) -> Result<(Run, Request)> {
    let run = tx.lookup_run(id).await?.ok_or(ServiceError::NotFound { what: "run" })?;
    let request = tx.lookup_request(&run.request).await?;
    let request = request.ok_or_else(|| ServiceError::corrupt(id, "its request is missing"))?;
    sees(actor, Action::ReadRequest, &request.team, "run")?;
    Ok((run, request))
}

async fn calls(tx: &mut dyn Transaction, run: &RunId) -> Result<Vec<StepCall>> {
    let filter =
        AuditFilter { object: Some(run.to_string()), action: Some("aws.call".to_owned()), ..AuditFilter::default() };
    let events = tx.list_audit(&filter, MOST_CALLS).await?;
    let call = |detail| serde_json::from_value(detail).map_err(|bad| ServiceError::corrupt(run, bad));
    events.into_iter().rev().map(|event| call(event.entry.detail)).collect()
}

/// Whether it waits for a person although its log leaves it something to do.
fn is_parked(run: &Run, plan: &Plan, state: &RunState) -> bool {
    run.status == RunStatus::NeedsAttention && choices(plan, state).iter().all(|choice| *choice == Choice::Abort)
}

/// What the history says of the last time.
async fn why_parked(tx: &mut dyn Transaction, run: &RunId) -> Result<Option<String>> {
    let filter =
        AuditFilter { object: Some(run.to_string()), action: Some("run.parked".to_owned()), ..AuditFilter::default() };
    let last = tx.list_audit(&filter, 1).await?.pop();
    Ok(last.and_then(|event| event.entry.detail["why"].as_str().map(ToOwned::to_owned)))
}

/// What can be chosen. While a runner has the run in hand it can only be stopped: what the log says may already be old.
/// A run that was parked although there is work left can be taken up again; one whose log cannot be read can only be left
/// as it is.
pub(super) fn choices_now(run: &Run, plan: &Plan, state: &RunState, is_unreadable: bool) -> Vec<Choice> {
    let possible = choices(plan, state);
    match run.status {
        status if is_unreadable && status.is_waiting() => vec![Choice::Keep],
        _ if is_unreadable => vec![],
        status if status.is_final() => vec![],
        _ if is_parked(run, plan, state) => vec![Choice::Retry, Choice::Keep],
        status if status.is_active() => possible.into_iter().filter(|choice| *choice == Choice::Abort).collect(),
        _ => possible,
    }
}

#[cfg(test)]
mod tests {
    use domain::{kinds::Kind, request::RequestStatus};
    use provisioner::{cloud::Class, fake::refusal};

    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn the_calls_of_a_run_are_told_step_by_step_in_their_order() {
        let house = house().await;
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&id).await;
        let run = house.request(&id).await.run.unwrap();
        house.portal.steer(&house.dev, &run, Choice::Retry, "").await.unwrap();
        house.work().await;
        assert_eq!(house.request(&id).await.status, RequestStatus::Succeeded);

        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        let of_service: Vec<&Call> = detail
            .calls
            .iter()
            .filter(|made| detail.request.plan.step(&made.step).unwrap().kind == Kind::EcsService)
            .map(|made| &made.call)
            .collect();
        let errors: Vec<Option<&str>> = of_service.iter().map(|call| call.error.as_deref()).collect();
        assert_eq!(errors, [Some("InvalidParameterException"), None]);
        assert!(of_service.iter().all(|call| call.request_id.is_some()), "{of_service:?}");
        assert_eq!(detail.calls.len(), detail.request.plan.steps.len() + 1);
    }
}
