//! One run: where each step stands, and what its reader can choose.

use domain::{
    authz::{Action, Denied, Object, may},
    environment::Environment,
    ids::RunId,
    people::{Actor, Team},
    plan::Plan,
    request::{Request, Verdict},
    run::{Choice, LoggedEvent, Run, RunState, RunStatus, choices, fold},
    stack::Stack,
};
use storage::Transaction;

use crate::{Portal, Result, ServiceError, names::Names, requests::RequestCard, sees};

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
    /// What can be chosen now.
    pub choices: Vec<RunChoice>,
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
        let log = tx.list_events(id, 0).await?;
        let state = fold(&request.plan, &log).map_err(|bad| ServiceError::corrupt(id, bad))?;
        let may = may(actor, Action::SteerRun, Object { team: Some(&request.team), requester: None });
        let choices = choices_now(&run, &request.plan, &state);
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
            log,
            choices: choices.into_iter().map(|choice| RunChoice { choice, may: may.clone() }).collect(),
        })
    }
}

pub(super) async fn seen_run(tx: &mut dyn Transaction, actor: &Actor, id: &RunId) -> Result<(Run, Request)> {
    let run = tx.lookup_run(id).await?.ok_or(ServiceError::NotFound { what: "run" })?;
    let request = tx.lookup_request(&run.request).await?;
    let request = request.ok_or_else(|| ServiceError::corrupt(id, "its request is missing"))?;
    sees(actor, Action::ReadRequest, &request.team, "run")?;
    Ok((run, request))
}

/// What can be chosen. While a runner has the run in hand it can only be stopped: what the log says may already be old.
/// A run that was parked although there is work left can be taken up again.
pub(super) fn choices_now(run: &Run, plan: &Plan, state: &RunState) -> Vec<Choice> {
    let possible = choices(plan, state);
    match run.status {
        status if status.is_final() => vec![],
        RunStatus::NeedsAttention if possible.iter().all(|choice| *choice == Choice::Abort) => vec![Choice::Retry],
        status if status.is_active() => possible.into_iter().filter(|choice| *choice == Choice::Abort).collect(),
        _ => possible,
    }
}
