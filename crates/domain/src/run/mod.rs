//! The execution of a sealed plan: an append-only log, and two pure functions over it.
//!
//! [`fold`] says where a run stands, [`decide`] says what to do next. The runner in `provisioner` only does what they
//! say: it writes `Started` before a call and the result after it, so that whoever folds the log next can go on.

mod decide;
mod fold;
mod hands;
mod left;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    decide::{Decision, Verb, Work, can_undo, choices, decide, unmet},
    fold::{BadLog, Phase, RunState, StepState, fold},
    hands::{Handed, Hands},
    left::{ByHand, Left, Why, dealt_with_by_hand, left_in_aws, to_undo},
};
use crate::{
    ids::{RequestId, RunId, StackId},
    observation::Outputs,
    people::text_enum,
};

/// Where a run stands, as the lists show it; always derived from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are those of the pages")]
pub enum RunStatus {
    Queued,
    Running,
    NeedsChoice,
    Undoing,
    NeedsAttention,
    Succeeded,
    Undone,
    Kept,
    Stale,
}
text_enum!(RunStatus {
    Queued = "queued",
    Running = "running",
    NeedsChoice = "needs_choice",
    Undoing = "undoing",
    NeedsAttention = "needs_attention",
    Succeeded = "succeeded",
    Undone = "undone",
    Kept = "kept",
    Stale = "stale",
});

impl RunStatus {
    /// Whether the runner has something to do.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Undoing)
    }

    /// Whether it waits until a person says how to go on.
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::NeedsChoice | Self::NeedsAttention)
    }

    /// Whether what it has done and not taken back is told: it stopped on the way back, or ended short of its wish.
    pub fn leaves(self) -> bool {
        matches!(self, Self::NeedsAttention | Self::Undone | Self::Kept)
    }

    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Undone | Self::Kept | Self::Stale)
    }
}

/// What a person can choose about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Try what failed again (a step, or an undo).
    Retry,
    /// Take back what this run did.
    Undo,
    /// Leave it as it is and fix forward with another request.
    Keep,
    /// Start nothing more; then ask.
    Abort,
    /// What could not be taken back was dealt with by hand, in AWS; go on with the rest.
    Handled,
}
text_enum!(Choice { Retry = "retry", Undo = "undo", Keep = "keep", Abort = "abort", Handled = "handled" });

/// Why a step failed, in words that people can use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// AWS's code, or one of ours.
    pub code: String,
    /// AWS's message.
    pub message: String,
    /// What it means and what to do.
    pub advice: String,
    /// AWS's request id.
    pub request_id: Option<String>,
}

impl Failure {
    /// The code of a step that a person stopped.
    pub const STOPPED: &'static str = "stopped";
}

/// What a step waits for in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// For what: a sentence, or what AWS said when it last refused.
    pub why: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// How long it is waited for at most.
    pub at_most_seconds: u64,
}

/// What happened to one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum StepEvent {
    /// Written before the first call.
    Started,
    /// The object exists and its outputs are known.
    Exists {
        /// Its outputs.
        outputs: Outputs,
    },
    /// It is ready, or gone.
    Done {
        /// Its outputs.
        outputs: Outputs,
    },
    /// It failed for good.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// AWS is still waited for. Nothing follows from it but what people are told.
    Waits {
        /// For what.
        #[serde(flatten)]
        wait: Wait,
    },
    /// Written before the first call of an undo.
    UndoStarted,
    /// As before the run.
    Undone,
    /// Could not be taken back.
    UndoFailed {
        /// Why.
        failure: Failure,
    },
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Something happened to a step.
    Step {
        /// Which.
        step: String,
        /// What.
        #[serde(flatten)]
        event: StepEvent,
    },
    /// The seal and the account were found to be as approved: from here on AWS may be changed.
    Begun,
    /// A person chose.
    Chosen {
        /// What.
        choice: Choice,
        /// Who, by name.
        by: String,
    },
    /// The plan no longer answered what is there, so nothing was started.
    FoundStale,
    /// Somebody was asked to see to it.
    HandedTo {
        /// Who.
        to: Hands,
        /// Their name.
        name: String,
        /// What they were told; may be empty.
        note: String,
        /// Who asked them, by name.
        by: String,
    },
    /// It is in nobody's hands any more, or in everybody's.
    HandedBack {
        /// Who said so, by name.
        by: String,
    },
    /// A row that is no event that this program knows. Never written; the fold refuses it at its place.
    #[serde(skip)]
    Unreadable {
        /// What is the matter with it.
        why: String,
    },
}

/// An entry with its place and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// 1, 2, 3 … without gaps within a run.
    pub position: u64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What.
    pub event: Event,
}

/// A run as the lists need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The request whose plan it executes.
    pub request: RequestId,
    /// The stack.
    pub stack: StackId,
    /// Derived from the log at the last append.
    pub status: RunStatus,
    /// The fencing token: grows with every lease.
    pub fence: i64,
    /// Who holds it.
    pub leased_by: Option<String>,
    /// Until when.
    pub leased_until: Option<DateTime<Utc>>,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}
