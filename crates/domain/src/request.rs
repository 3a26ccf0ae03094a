//! A wish, and the states it goes through.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    cost::Estimate,
    ids::{EnvironmentId, RequestId, RunId, StackId, TeamId, UserId},
    people::text_enum,
    plan::{Plan, Wish},
    template::Inputs,
};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are those of the pages")]
pub enum RequestStatus {
    NeedsApproval,
    ChangesWanted,
    Stale,
    Running,
    Succeeded,
    Failed,
    Undone,
    Rejected,
    Withdrawn,
    Expired,
}
text_enum!(RequestStatus {
    NeedsApproval = "needs_approval",
    ChangesWanted = "changes_wanted",
    Stale = "stale",
    Running = "running",
    Succeeded = "succeeded",
    Failed = "failed",
    Undone = "undone",
    Rejected = "rejected",
    Withdrawn = "withdrawn",
    Expired = "expired",
});

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words are those of the table")]
pub enum RequestEvent {
    QuorumReached,
    ChangesAsked,
    Edited,
    Rejected,
    Withdrawn,
    Expired,
    FoundStale,
    Replanned,
    RunSucceeded,
    RunUndone,
    RunKept,
}

impl RequestEvent {
    /// Every one of them.
    pub const ALL: &[Self] = &[
        Self::QuorumReached,
        Self::ChangesAsked,
        Self::Edited,
        Self::Rejected,
        Self::Withdrawn,
        Self::Expired,
        Self::FoundStale,
        Self::Replanned,
        Self::RunSucceeded,
        Self::RunUndone,
        Self::RunKept,
    ];
}

/// The whole machine: state x event -> state. What is not in it cannot happen.
pub const REQUEST_TABLE: &[(RequestStatus, RequestEvent, RequestStatus)] = {
    use {RequestEvent as E, RequestStatus as S};
    &[
        (S::NeedsApproval, E::QuorumReached, S::Running),
        (S::NeedsApproval, E::Rejected, S::Rejected),
        (S::NeedsApproval, E::Withdrawn, S::Withdrawn),
        (S::NeedsApproval, E::FoundStale, S::Stale),
        (S::NeedsApproval, E::Replanned, S::NeedsApproval),
        (S::NeedsApproval, E::ChangesAsked, S::ChangesWanted),
        (S::NeedsApproval, E::Edited, S::NeedsApproval),
        (S::NeedsApproval, E::Expired, S::Expired),
        (S::ChangesWanted, E::Edited, S::NeedsApproval),
        (S::ChangesWanted, E::Rejected, S::Rejected),
        (S::ChangesWanted, E::Withdrawn, S::Withdrawn),
        (S::ChangesWanted, E::Expired, S::Expired),
        (S::Stale, E::Replanned, S::NeedsApproval),
        (S::Stale, E::Withdrawn, S::Withdrawn),
        (S::Stale, E::Rejected, S::Rejected),
        (S::Stale, E::ChangesAsked, S::ChangesWanted),
        (S::Stale, E::Edited, S::NeedsApproval),
        (S::Stale, E::Expired, S::Expired),
        (S::Running, E::FoundStale, S::Stale),
        (S::Running, E::RunSucceeded, S::Succeeded),
        (S::Running, E::RunUndone, S::Undone),
        (S::Running, E::RunKept, S::Failed),
    ]
};

/// The event cannot happen in this state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request that is {from} cannot take {event:?}")]
pub struct NotNow {
    /// The state.
    pub from: RequestStatus,
    /// The event.
    pub event: RequestEvent,
}

impl RequestStatus {
    /// The next state.
    pub fn on(self, event: RequestEvent) -> Result<Self, NotNow> {
        REQUEST_TABLE
            .iter()
            .find(|(from, on, _)| *from == self && *on == event)
            .map(|(_, _, to)| *to)
            .ok_or(NotNow { from: self, event })
    }

    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !REQUEST_TABLE.iter().any(|(from, _, _)| *from == self)
    }
}

/// States in which nobody has decided for good and nothing was started.
pub const UNDECIDED: &[RequestStatus] =
    &[RequestStatus::NeedsApproval, RequestStatus::ChangesWanted, RequestStatus::Stale];

/// A request with its plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// What it wants.
    pub wish: Wish,
    /// The stack it is about.
    pub stack: StackId,
    /// The team that owns the stack.
    pub team: TeamId,
    /// Where the stack lives.
    pub environment: EnvironmentId,
    /// The template revision, as `name@version`.
    pub revision: String,
    /// Hash of the revision's content.
    pub revision_hash: String,
    /// What was typed; secrets by reference.
    pub inputs: Inputs,
    /// Who asked.
    pub requester: UserId,
    /// Why, in the requester's words.
    pub reason: String,
    /// Where it stands.
    pub status: RequestStatus,
    /// What will happen.
    pub plan: Plan,
    /// What it costs.
    pub cost: Estimate,
    /// 1 as it was submitted; each edit makes the next. Part of the seal, so that nobody's word is about another edition,
    /// not even where an edit takes back an earlier one.
    pub edition: u32,
    /// What an approval signs.
    pub seal: String,
    /// How many must approve.
    pub approvals_needed: u32,
    /// The run, once there is one.
    pub run: Option<RunId>,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Optimistic version.
    pub version: i64,
}

/// What a request is called: `Create orders in production`.
pub fn title(wish: Wish, stack: &str, environment: &str) -> String {
    let verb = match wish {
        Wish::Create => "Create",
        Wish::Update => "Change",
        Wish::Destroy => "Destroy",
    };
    format!("{verb} {stack} in {environment}")
}

impl Request {
    /// When it ends by itself, if nobody does anything about it and such a request waits for so many days.
    pub fn expires_at(&self, days: u32) -> Option<DateTime<Utc>> {
        UNDECIDED.contains(&self.status).then(|| self.updated_at + TimeDelta::days(days.into()))
    }
}

/// Yes, no, or not like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
    /// Only once something is different.
    AskForChanges,
}
text_enum!(Verdict { Approve = "approve", Reject = "reject", AskForChanges = "ask_for_changes" });

/// What one approver said. One person counts once per seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// About which request.
    pub request: RequestId,
    /// Who.
    pub user: UserId,
    /// What.
    pub verdict: Verdict,
    /// The seal that was looked at; it counts only while it is the request's seal.
    pub seal: String,
    /// Why; only an approval may leave it empty.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A remark in the conversation of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// About which request.
    pub request: RequestId,
    /// Who.
    pub user: UserId,
    /// What.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}
