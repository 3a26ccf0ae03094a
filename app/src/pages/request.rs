//! One request: its plan, inputs, cost, conversation, and what I can do about it.

use super::home::Activity;
use crate::{Change, Choice, CostView, Moment, PlanView, Status};

/// A request.
#[derive(Clone, Debug, Default)]
pub struct RequestPage {
    /// `req-7F3K2M`.
    pub id: String,
    /// "Create orders in production".
    pub heading: String,
    /// Its state.
    pub status: Status,
    /// What that means for the reader, in a sentence: "Waits for one approver of Payments."
    pub sentence: String,
    /// "Web service, revision 3".
    pub template: String,
    /// Address of the template.
    pub template_href: String,
    /// "production (eu-central-1)".
    pub environment: String,
    /// "Payments".
    pub team: String,
    /// Who asked.
    pub requester: String,
    /// When.
    pub requested: Moment,
    /// Its stack: name and id, once there is one.
    pub stack: Option<(String, String)>,
    /// Its run, once there is one.
    pub run_id: Option<String>,
    /// The tab that is open.
    pub tab: RequestTab,
    /// Its plan; nothing while it could not be planned.
    pub plan: Option<PlanView>,
    /// Why it is stale, and what changed since it was planned.
    pub stale: Option<Stale>,
    /// Inputs, and what runs now.
    pub inputs: Vec<InputValue>,
    /// Estimate.
    pub cost: CostView,
    /// Everything that happened and was said, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Who has to say yes, and what each said.
    pub approvals: Vec<Approval>,
    /// What the reader can do now.
    pub decision: DecisionBar,
}

/// Tabs of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestTab {
    /// `plan`
    #[default]
    Plan,
    /// `inputs`
    Inputs,
    /// `cost`
    Cost,
    /// `activity`
    Activity,
}

impl RequestTab {
    /// From the query; anything unknown is the plan.
    pub fn from_query(tab: &str) -> Self {
        match tab {
            "inputs" => Self::Inputs,
            "cost" => Self::Cost,
            "activity" => Self::Activity,
            _ => Self::Plan,
        }
    }
}

/// What moved since the plan was made.
#[derive(Clone, Debug, Default)]
pub struct Stale {
    /// "The listener rule priority 12 was taken meanwhile."
    pub why: String,
    /// Field by field, when known.
    pub changes: Vec<Change>,
}

/// One input.
#[derive(Clone, Debug, Default)]
pub struct InputValue {
    /// "container_port".
    pub name: String,
    /// "Container port".
    pub title: String,
    /// What was asked for; secrets come as "set" or "unchanged".
    pub value: String,
    /// What runs now, when that differs.
    pub now: Option<String>,
}

/// What happened, or what somebody said.
#[derive(Clone, Debug)]
pub enum TimelineEntry {
    /// "Ada Lovelace asked for this".
    Event(Activity, Status),
    /// A person's words.
    Comment { who: String, text: String, when: Moment },
}

/// One who has to say yes.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// "One owner of Payments".
    pub stage: String,
    /// `NeedsApproval`, `Succeeded` or `Rejected`.
    pub status: Status,
    /// "Grace Hopper approved", with the reason if any.
    pub said: Option<String>,
    /// When.
    pub when: Option<Moment>,
}

/// What the reader can do, and why not.
#[derive(Clone, Debug, Default)]
pub struct DecisionBar {
    /// Whether the reader may approve; sends `seal` and `comment`.
    pub approve: bool,
    /// Seal of the plan shown, signed by an approval.
    pub seal: String,
    /// Whether the reader may reject; sends `reason`.
    pub reject: bool,
    /// Why the reader can do neither: "You asked for this yourself; another approver has to look at it."
    pub refused: Option<String>,
    /// Withdraw, plan again, and the like.
    pub others: Vec<Choice>,
    /// After a post that was refused: "Say why, so that the requester can act on it."
    pub error: Option<String>,
}
