//! Requests: as listed, as a whole, and what is sent about them.

use std::collections::BTreeMap;

use domain::{
    DateTime, Utc,
    ids::{EnvironmentId, RequestId, TeamId},
    request::Verdict,
    template::Inputs,
};
use provisioner::cloud::Secret;
use serde::{Deserialize, Serialize};
use service::requests::{Amendment, ClearSecrets, Decided, Draft, Preview, Replanned, RequestDetail, Standing};
use storage::RequestSummary;
use utoipa::ToSchema;

use super::{
    Named, Permission, TeamName,
    plan::{Cost, Plan},
    words::{RequestStatusWord, VerdictWord, WishWord},
};
use crate::api::problem::Wrong;

/// Clear text of secrets, by input and by name.
pub type ClearText = BTreeMap<String, BTreeMap<String, String>>;

/// Secrets cannot be printed by accident from here on.
pub fn secrets(clear: ClearText) -> ClearSecrets {
    let hide = |texts: BTreeMap<String, String>| texts.into_iter().map(|(name, text)| (name, Secret(text))).collect();
    clear.into_iter().map(|(input, texts)| (input, hide(texts))).collect()
}

/// A request as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestSummary)]
pub struct Listed {
    /// Its id.
    #[schema(example = "req-7F3K2M9Q")]
    id: String,
    /// In words.
    #[schema(example = "Create orders in production")]
    title: String,
    /// What it wants.
    #[schema(value_type = WishWord)]
    wish: &'static str,
    /// Where it stands.
    #[schema(value_type = RequestStatusWord)]
    status: &'static str,
    /// The template revision.
    #[schema(example = "web-service@1.0.0")]
    revision: String,
    /// The stack it is about.
    stack: Named,
    /// The team that owns the stack.
    team: TeamName,
    /// Where the stack lives.
    environment: Named,
    /// Who asked.
    requester: Named,
    /// What the stack would cost a month, in millionths of a US dollar.
    monthly_micros: i64,
    /// How many must approve.
    approvals_needed: u32,
    /// The run, once there is one.
    run: Option<String>,
    /// When it was submitted.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl Listed {
    /// What the cursor of a list is made of.
    pub fn key(&self) -> String {
        self.id.clone()
    }
}

impl From<RequestSummary> for Listed {
    fn from(summary: RequestSummary) -> Self {
        Self {
            title: summary.title(),
            id: summary.id.into(),
            wish: summary.wish.as_str(),
            status: summary.status.as_str(),
            revision: summary.revision,
            stack: Named { id: summary.stack.into(), name: summary.stack_name },
            team: TeamName { id: summary.team.into(), name: summary.team_name, title: summary.team_title },
            environment: Named { id: summary.environment.into(), name: summary.environment_name },
            requester: Named { id: summary.requester.into(), name: summary.requester_name },
            monthly_micros: summary.monthly_micros,
            approvals_needed: summary.approvals_needed,
            run: summary.run.map(Into::into),
            created_at: summary.created_at,
            updated_at: summary.updated_at,
        }
    }
}

/// A request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Request {
    #[serde(flatten)]
    summary: Listed,
    /// Why, in the requester's words.
    reason: String,
    /// What was asked for; secrets by reference.
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// What will happen.
    plan: Plan,
    /// What it costs.
    cost: Cost,
    /// What an approval signs: send it with a decision.
    seal: String,
    /// How many approved the plan as it is now; while it waits, of those who may still decide.
    approved: u32,
    /// What approvers said, oldest first.
    decisions: Vec<Decision>,
    /// The conversation, oldest first.
    comments: Vec<Comment>,
    /// What the caller may do now.
    may: RequestPermissions,
}

/// What the caller may do with a request now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestPermissions {
    approve: Permission,
    reject: Permission,
    ask_for_changes: Permission,
    edit: Permission,
    withdraw: Permission,
    replan: Permission,
    comment: Permission,
}

/// What an approver said.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// Who.
    by: Named,
    /// What.
    #[schema(value_type = VerdictWord)]
    verdict: &'static str,
    /// Why.
    reason: String,
    /// Whether it counts: it is about the plan as it is now and, of an approval while that waits, whoever gave it may
    /// still decide.
    counts: bool,
    /// When.
    at: DateTime<Utc>,
}

/// A remark.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comment {
    /// Who.
    by: Named,
    /// What.
    text: String,
    /// When.
    at: DateTime<Utc>,
}

impl From<RequestDetail> for Request {
    fn from(detail: RequestDetail) -> Self {
        let may = RequestPermissions {
            approve: (&detail.may_approve).into(),
            reject: (&detail.may_reject).into(),
            ask_for_changes: (&detail.may_ask_for_changes).into(),
            edit: (&detail.may_edit).into(),
            withdraw: (&detail.may_withdraw).into(),
            replan: (&detail.may_replan).into(),
            comment: (&detail.may_comment).into(),
        };
        let decisions = detail.decisions.into_iter().map(|said| Decision {
            by: Named::new(&said.decision.user, said.name),
            verdict: said.decision.verdict.as_str(),
            reason: said.decision.reason,
            counts: said.standing == Standing::Counts,
            at: said.decision.at,
        });
        let comments = detail.comments.into_iter().map(|said| Comment {
            by: Named::new(&said.comment.user, said.name),
            text: said.comment.text,
            at: said.comment.at,
        });
        let title = detail.card.title();
        let request = detail.card.request;
        Self {
            summary: Listed {
                id: request.id.into(),
                title,
                wish: request.wish.as_str(),
                status: request.status.as_str(),
                revision: request.revision,
                stack: Named::new(&detail.card.stack.id, detail.card.stack.name),
                team: (&detail.card.team).into(),
                environment: (&detail.card.environment).into(),
                requester: Named::new(&request.requester, detail.card.requester_name),
                monthly_micros: request.cost.monthly_micros,
                approvals_needed: request.approvals_needed,
                run: request.run.map(Into::into),
                created_at: request.created_at,
                updated_at: request.updated_at,
            },
            reason: request.reason,
            inputs: request.inputs,
            plan: (&request.plan).into(),
            cost: (&request.cost).into(),
            seal: request.seal,
            approved: detail.approved,
            decisions: decisions.collect(),
            comments: comments.collect(),
            may,
        }
    }
}

/// A wish for a new stack.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "template": "web-service", "team": "team-7F3K2M9Q", "environment": "env-2M9Q7F3K", "stack_name": "orders",
    "inputs": {"image": "registry.example.com/shop/orders:1.0"}, "reason": "The shop opens on Monday."
}))]
pub struct NewRequest {
    /// `web-service` for the latest revision, `web-service@1.0.0` for that one.
    template: String,
    /// The team that will own it.
    #[schema(value_type = String)]
    team: TeamId,
    /// Where it will live.
    #[schema(value_type = String)]
    environment: EnvironmentId,
    /// Its name, unique in the environment: 2 to 31 of a-z, 0-9 and -, first a letter.
    stack_name: String,
    /// Answers to the template's inputs; those left out have their defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// Clear text of secrets, by input and by name. It is sealed at once and never shown again.
    #[serde(default)]
    secrets: ClearText,
    /// Why, for those who decide.
    #[serde(default)]
    reason: String,
}

impl From<NewRequest> for Draft {
    fn from(wanted: NewRequest) -> Self {
        Self {
            template: wanted.template,
            team: Some(wanted.team),
            environment: Some(wanted.environment),
            stack_name: wanted.stack_name,
            inputs: wanted.inputs,
            secrets: secrets(wanted.secrets),
            reason: wanted.reason,
            ..Self::default()
        }
    }
}

/// What would be asked for, as far as it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sketch {
    /// The team that would own it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    /// Where it would live.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    environment: Option<EnvironmentId>,
    /// Its name.
    #[serde(default)]
    stack_name: String,
    /// Answers to the template's inputs; those left out have their defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// Clear text of secrets, by input and by name. It is not kept.
    #[serde(default)]
    secrets: ClearText,
}

impl Sketch {
    /// Of this template.
    pub fn of(self, template: String) -> Draft {
        Draft {
            template,
            team: self.team,
            environment: self.environment,
            stack_name: self.stack_name,
            inputs: self.inputs,
            secrets: secrets(self.secrets),
            ..Draft::default()
        }
    }
}

/// What would come of a wish.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub struct Foreseen {
    /// All that is wrong with it.
    errors: Vec<Wrong>,
    /// The inputs that count.
    visible: Vec<String>,
    /// What would happen, where that can be said.
    plan: Option<Plan>,
    /// What it would cost.
    cost: Option<Cost>,
    /// How many people would have to approve.
    approvals_needed: Option<u32>,
    /// Why AWS could not be asked.
    unavailable: Option<String>,
}

impl From<Preview> for Foreseen {
    fn from(preview: Preview) -> Self {
        Self {
            errors: preview.problems.iter().map(Wrong::from).collect(),
            visible: preview.visible,
            plan: preview.plan.as_ref().map(Plan::from),
            cost: preview.cost.as_ref().map(Cost::from),
            approvals_needed: preview.approval.map(|rule| rule.needed),
            unavailable: preview.unavailable,
        }
    }
}

/// What is to be different in a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"inputs": {"count": 4}, "reason": "Four tasks, as you say."}))]
pub struct NewEdit {
    /// Where it will live; only of what does not exist yet.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    environment: Option<EnvironmentId>,
    /// Its name; only of what does not exist yet.
    #[serde(default)]
    stack_name: Option<String>,
    /// The inputs that change; the others stay as they were asked for. `null` takes an answer back.
    #[serde(default)]
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// Clear text of secrets that get a new value, by input and by name.
    #[serde(default)]
    secrets: ClearText,
    /// Why, for those who decide; it stays as it is if left out.
    #[serde(default)]
    reason: Option<String>,
}

impl From<NewEdit> for Amendment {
    fn from(wanted: NewEdit) -> Self {
        let NewEdit { environment, stack_name, inputs, secrets: clear, reason } = wanted;
        Self { environment, stack_name, inputs, secrets: secrets(clear), reason }
    }
}

/// What an approver says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verdict": "approve", "seal": "9f2c…", "reason": "Looks right."}))]
pub struct NewDecision {
    /// What.
    #[schema(value_type = VerdictWord)]
    pub verdict: Verdict,
    /// The seal of the request that was looked at.
    pub seal: String,
    /// Why; a rejection needs it.
    #[serde(default)]
    pub reason: String,
}

/// What came of a decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decided)]
pub struct Outcome {
    /// Where the request stands now.
    #[schema(value_type = RequestStatusWord)]
    status: &'static str,
    /// The run that this decision started.
    run: Option<String>,
}

impl From<Decided> for Outcome {
    fn from(decided: Decided) -> Self {
        Self { status: decided.status.as_str(), run: decided.run.map(Into::into) }
    }
}

/// A remark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// 1 to 4,000 characters.
    pub text: String,
}

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In the caller's words; may be left out.
    #[serde(default)]
    pub reason: String,
}

/// Nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What came of planning again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Replanned)]
pub struct PlannedAgain {
    /// Whether there is another plan, so that earlier approvals no longer count.
    changed: bool,
    /// What is different, in sentences.
    differences: Vec<String>,
    /// The run that started, because the plan is the one that was approved.
    run: Option<String>,
}

impl From<Replanned> for PlannedAgain {
    fn from(replanned: Replanned) -> Self {
        let Replanned { changed, differences, run } = replanned;
        Self { changed, differences, run: run.map(Into::into) }
    }
}

/// Where a request is.
pub fn url(id: &RequestId) -> String {
    format!("{}/requests/{id}", crate::api::ROOT)
}
