//! Runs and their logs.

use std::collections::BTreeMap;

use domain::{
    DateTime, Utc,
    ids::RunId,
    plan::{Act, Plan, Step},
    run::{self, Choice, Event, LoggedEvent, RunState, StepEvent, StepState, Why, dealt_with_by_hand, left_in_aws},
};
use serde::{Deserialize, Serialize};
use service::runs::{Handing, RunDetail};
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
    /// What it has made or changed in AWS and not taken back, and what was dealt with by hand: told of a run that is
    /// `needs_attention`, `undone` or `kept`, else empty. As far as its log can be read.
    left: Vec<Left>,
    /// What can be chosen now.
    choices: Vec<RunChoice>,
    /// In whose hands it is, while it waits for somebody.
    in_hands: Option<InHands>,
    /// To whom it can be handed now.
    can_be_handed: Option<CanBeHanded>,
    /// Why its log cannot be read any further, with the position.
    unreadable: Option<String>,
    /// Why it was parked, when that is what it waits for: it can be read, and no step of it needs anybody.
    parked: Option<String>,
}

/// Who was asked to see to a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunInHands)]
pub struct InHands {
    /// The id of a person, or `platform`.
    #[schema(example = "usr-7F3K2M9Q")]
    to: String,
    /// Their name.
    name: String,
    /// What they were told; may be empty.
    note: String,
    /// Who asked them.
    by: String,
    /// Since when.
    since: DateTime<Utc>,
}

impl From<run::Handed> for InHands {
    fn from(run::Handed { to, name, note, by, since }: run::Handed) -> Self {
        Self { to: to.to_string(), name, note, by, since }
    }
}

/// To whom a run can be handed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunCanBeHanded)]
pub struct CanBeHanded {
    /// Whether the caller may.
    may: Permission,
    /// Those who may steer it.
    to: Vec<Named>,
    /// Whether it can be handed to `platform`: somebody is there.
    platform: bool,
    /// Whether who has it may steer it no longer.
    is_lost: bool,
}

impl From<Handing> for CanBeHanded {
    fn from(handing: Handing) -> Self {
        let to = handing.to.into_iter().map(|user| Named::new(user.id, user.name)).collect();
        Self { may: (&handing.may).into(), to, platform: handing.platform, is_lost: handing.is_lost }
    }
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

/// Something that a run has made or changed in AWS and not taken back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunLeft)]
pub struct Left {
    /// The id of the step in the plan.
    step: String,
    /// The resource's kind.
    #[schema(example = "LogGroup")]
    kind: &'static str,
    /// Its name in AWS.
    name: String,
    /// What AWS said of it: its ARN, its id.
    outputs: BTreeMap<String, String>,
    /// What was done: `created` or `changed`.
    #[schema(value_type = String, example = "created")]
    did: &'static str,
    /// Whether AWS took that. If not, a call may have been made, and nobody knows what came of it.
    taken: bool,
    /// Why it stands: `undo_failed`; `waits`, for those in `waits_for` are taken back before it; `undoing`; `not_undone`, for
    /// nothing has begun to take it back; or `by_hand`, when a person dealt with it and nobody knows whether it is there.
    #[schema(value_type = String, example = "waits")]
    why: &'static str,
    /// The ids of the steps that need it and are left, too.
    waits_for: Vec<String>,
    /// Why it could not be taken back, or made.
    failure: Option<Failure>,
    /// Who dealt with it by hand.
    by: Option<String>,
}

impl Left {
    fn new(step: &Step, state: &StepState, why: &'static str) -> Self {
        Self {
            step: step.id.clone(),
            kind: step.kind.name(),
            name: step.name.clone(),
            outputs: state.outputs.clone(),
            did: if step.act == Act::Update { "changed" } else { "created" },
            taken: state.taken,
            why,
            waits_for: vec![],
            failure: None,
            by: None,
        }
    }

    /// All of a run.
    fn of(plan: &Plan, state: &RunState) -> Vec<Self> {
        let stands = left_in_aws(plan, state).into_iter().map(|left| {
            let new = |why| Self::new(left.step, left.state, why);
            let failure = left.state.failure.as_ref().map(Failure::from);
            match left.why {
                Why::UndoFailed(_) => Self { failure, ..new("undo_failed") },
                Why::WaitsFor(steps) => {
                    Self { waits_for: steps.iter().map(|step| step.id.clone()).collect(), ..new("waits") }
                }
                Why::Undoing => new("undoing"),
                Why::NotUndone if left.state.phase == run::Phase::Failed => Self { failure, ..new("not_undone") },
                Why::NotUndone => new("not_undone"),
            }
        });
        let by_hand = dealt_with_by_hand(plan, state).into_iter().map(|one| Self {
            failure: one.state.failure.as_ref().map(Failure::from),
            by: Some(one.by.to_owned()),
            ..Self::new(one.step, one.state, "by_hand")
        });
        stands.chain(by_hand).collect()
    }
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
            left: if detail.run.status.leaves() { Left::of(&detail.request.plan, &detail.state) } else { vec![] },
            in_hands: detail.state.handed.filter(|_| detail.run.status.is_waiting()).map(InHands::from),
            can_be_handed: detail.handing.map(CanBeHanded::from),
            unreadable: detail.unreadable,
            parked: detail.parked,
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
    /// `chosen`, `found_stale`, `handed_to` or `handed_back` of the whole run; `unreadable` of what is no event.
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
    /// To whom it was handed: the id of a person, or `platform`.
    to: Option<String>,
    /// Their name.
    name: Option<String>,
    /// What they were told.
    note: Option<String>,
    /// Why it cannot be read.
    why: Option<String>,
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
            to: None,
            name: None,
            note: None,
            why: None,
        };
        match logged.event {
            Event::Begun => plain("begun"),
            Event::FoundStale => plain("found_stale"),
            Event::Chosen { choice, by } => Self { choice: Some(choice.as_str()), by: Some(by), ..plain("chosen") },
            Event::HandedTo { to, name, note, by } => Self {
                to: Some(to.to_string()),
                name: Some(name),
                note: Some(note),
                by: Some(by),
                ..plain("handed_to")
            },
            Event::HandedBack { by } => Self { by: Some(by), ..plain("handed_back") },
            Event::Unreadable { why } => Self { why: Some(why), ..plain("unreadable") },
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

/// An event of a run's log, as it stands alone in a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunLogLine)]
pub struct Exported {
    /// The run's id.
    #[schema(example = "run-2M9Q7F3K")]
    run: String,
    #[serde(flatten)]
    event: Logged,
}

/// A JSON document on each line.
pub const JSON_LINES: &str = "application/x-ndjson";

/// A log as JSON Lines: a line for each event, oldest first.
pub fn json_lines(run: &RunId, events: Vec<LoggedEvent>) -> String {
    let lines = events.into_iter().map(|event| Exported { run: run.to_string(), event: event.into() });
    lines.filter_map(|line| serde_json::to_string(&line).ok()).map(|line| line + "\n").collect()
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

/// To whom a run is handed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "platform", "note": "The quota of load balancers is used up."}))]
pub struct NewHands {
    /// The id of a person, or `platform`.
    pub to: String,
    /// What they should know.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: String,
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
