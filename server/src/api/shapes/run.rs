//! Runs and their logs.

use std::collections::BTreeMap;

use domain::{
    DateTime, Utc,
    run::{self, Choice, Event, LoggedEvent, StepEvent},
};
use serde::{Deserialize, Serialize};
use service::runs::RunDetail;
use utoipa::ToSchema;

use super::{
    Named, Permission, TeamName,
    words::{ActWord, ChoiceWord, RunStatusWord},
};

/// A run as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunSummary)]
pub struct Listed {
    /// Its id.
    #[schema(example = "run-2M9Q7F3K")]
    id: String,
    /// The request that it carries out.
    request: String,
    /// Where it stands.
    #[schema(value_type = RunStatusWord)]
    status: &'static str,
    /// When it was enqueued.
    created_at: DateTime<Utc>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
}

impl From<&run::Run> for Listed {
    fn from(run: &run::Run) -> Self {
        Self {
            id: run.id.to_string(),
            request: run.request.to_string(),
            status: run.status.as_str(),
            created_at: run.created_at,
            ended_at: run.ended_at,
        }
    }
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    #[serde(flatten)]
    summary: Listed,
    /// In words.
    #[schema(example = "Create orders in production")]
    title: String,
    /// The stack it works on.
    stack: Named,
    /// The team that owns the stack.
    team: TeamName,
    /// Where the stack lives.
    environment: Named,
    /// Who approved it.
    approved_by: Vec<String>,
    /// Where each step stands.
    steps: Vec<RunStep>,
    /// What can be chosen now.
    choices: Vec<RunChoice>,
}

/// A step of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunStep {
    /// Its id in the plan.
    id: String,
    /// The resource's kind.
    #[schema(example = "LoadBalancer")]
    kind: &'static str,
    /// What is done.
    #[schema(value_type = ActWord)]
    action: &'static str,
    /// Its name in AWS.
    name: String,
    /// How far it is.
    #[schema(value_type = String, example = "done")]
    phase: run::Phase,
    /// When it began.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// What it waits for in AWS.
    waits: Option<Wait>,
    /// Why it failed.
    failure: Option<Failure>,
    /// What was called in AWS for it, oldest first.
    calls: Vec<AwsCall>,
}

/// A call that changed something in AWS, or was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwsCall {
    /// What was called.
    #[schema(example = "ecs:CreateService")]
    operation: String,
    /// AWS's id of the call.
    request_id: Option<String>,
    /// What AWS answered, if it refused.
    error: Option<String>,
}

/// Why a step failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failure {
    /// AWS's word for it.
    #[schema(example = "InvalidParameterException")]
    code: String,
    /// What AWS said.
    message: String,
    /// What it means and what can be done.
    advice: String,
    /// AWS's id of the call.
    request_id: Option<String>,
}

impl From<&run::Failure> for Failure {
    fn from(failure: &run::Failure) -> Self {
        let run::Failure { code, message, advice, request_id } = failure.clone();
        Self { code, message, advice, request_id }
    }
}

/// What a step waits for in AWS.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunWait)]
pub struct Wait {
    /// For what, or what AWS said when it last refused.
    why: String,
    /// Since when.
    since: DateTime<Utc>,
    /// How many seconds it is waited for at most.
    at_most_seconds: u64,
}

impl From<run::Wait> for Wait {
    fn from(run::Wait { why, since, at_most_seconds }: run::Wait) -> Self {
        Self { why, since, at_most_seconds }
    }
}

/// Something that can be chosen now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunChoice {
    /// What.
    #[schema(value_type = ChoiceWord)]
    choice: &'static str,
    /// Whether the caller may.
    may: Permission,
}

impl From<RunDetail> for Run {
    fn from(detail: RunDetail) -> Self {
        let steps = detail.request.plan.steps.iter().filter_map(|step| {
            let state = detail.state.steps.get(&step.id)?;
            let calls = detail.calls.iter().filter(|made| made.step == step.id).map(|made| AwsCall {
                operation: format!("{}:{}", made.call.service, made.call.operation),
                request_id: made.call.request_id.clone(),
                error: made.call.error.clone(),
            });
            Some(RunStep {
                id: step.id.clone(),
                kind: step.kind.name(),
                action: step.act.as_str(),
                name: step.name.clone(),
                phase: state.phase,
                started_at: state.started_at,
                ended_at: state.ended_at,
                waits: state.waits.clone().map(Wait::from),
                failure: state.failure.as_ref().map(Failure::from),
                calls: calls.collect(),
            })
        });
        Self {
            steps: steps.collect(),
            summary: (&detail.run).into(),
            title: detail.title,
            stack: Named::new(&detail.stack.id, detail.stack.name),
            team: (&detail.team).into(),
            environment: (&detail.environment).into(),
            approved_by: detail.approved_by,
            choices: detail
                .choices
                .iter()
                .map(|one| RunChoice { choice: one.choice.as_str(), may: (&one.may).into() })
                .collect(),
        }
    }
}

/// One line of a run's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunEvent)]
pub struct Logged {
    /// 1, 2, 3 …
    position: u64,
    /// When.
    at: DateTime<Utc>,
    /// What: `started`, `waits`, `exists`, `done`, `failed`, `undo_started`, `undone` or `undo_failed` of a step; `begun`,
    /// `chosen` or `found_stale` of the whole run.
    #[schema(value_type = String, example = "done")]
    what: &'static str,
    /// Of which step.
    step: Option<String>,
    /// What AWS said of it.
    outputs: Option<BTreeMap<String, String>>,
    /// What it waits for in AWS.
    waits: Option<Wait>,
    /// Why it failed.
    failure: Option<Failure>,
    /// What was chosen.
    #[schema(value_type = Option<ChoiceWord>)]
    choice: Option<&'static str>,
    /// By whom.
    by: Option<String>,
}

impl Logged {
    /// Where it stands in the log.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What it says.
    pub fn what(&self) -> &'static str {
        self.what
    }
}

impl From<LoggedEvent> for Logged {
    fn from(logged: LoggedEvent) -> Self {
        let plain = |what| Self {
            position: logged.position,
            at: logged.at,
            what,
            step: None,
            outputs: None,
            waits: None,
            failure: None,
            choice: None,
            by: None,
        };
        match logged.event {
            Event::Begun => plain("begun"),
            Event::FoundStale => plain("found_stale"),
            Event::Chosen { choice, by } => Self { choice: Some(choice.as_str()), by: Some(by), ..plain("chosen") },
            Event::Step { step, event } => {
                let of_step = |what| Self { step: Some(step), ..plain(what) };
                match event {
                    StepEvent::Started => of_step("started"),
                    StepEvent::Waits { wait } => Self { waits: Some(wait.into()), ..of_step("waits") },
                    StepEvent::Exists { outputs } => Self { outputs: Some(outputs), ..of_step("exists") },
                    StepEvent::Done { outputs } => Self { outputs: Some(outputs), ..of_step("done") },
                    StepEvent::Failed { failure } => Self { failure: Some((&failure).into()), ..of_step("failed") },
                    StepEvent::UndoStarted => of_step("undo_started"),
                    StepEvent::Undone => of_step("undone"),
                    StepEvent::UndoFailed { failure } => {
                        Self { failure: Some((&failure).into()), ..of_step("undo_failed") }
                    }
                }
            }
        }
    }
}

/// A part of a run's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunLog {
    /// Where the run stands.
    #[schema(value_type = RunStatusWord)]
    pub status: &'static str,
    /// What happened, oldest first.
    pub items: Vec<Logged>,
}

/// What is chosen for a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"choice": "retry"}))]
pub struct NewChoice {
    /// What.
    #[schema(value_type = ChoiceWord)]
    pub choice: Choice,
    /// Why; `handled` needs it.
    #[serde(default)]
    pub reason: String,
}

/// One event of the stream, as readers of server-sent events put it together.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// The position in the log; none on the last event.
    #[schema(example = "7")]
    pub id: Option<String>,
    /// What happened, or `end`.
    #[schema(example = "done")]
    pub event: String,
    /// A RunEvent as JSON; at the end a RunStanding.
    pub data: String,
}

/// Where a run stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standing {
    /// Now.
    #[schema(value_type = RunStatusWord)]
    pub status: &'static str,
}
