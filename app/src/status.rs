//! The twelve states a person sees, each always with the same word, icon and colour.

use serde::{Deserialize, Serialize};

/// State of a request, run, step or stack, as people read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing to do yet.
    #[default]
    Waiting,
    /// Somebody has to decide.
    NeedsApproval,
    /// Who asked has to change something first.
    ChangesWanted,
    /// Work is going on.
    Running,
    /// Done as wished.
    Succeeded,
    /// A person has to choose how to go on.
    NeedsAttention,
    /// Did not work.
    Failed,
    /// Refused by a person.
    Rejected,
    /// The world moved since it was planned.
    Stale,
    /// Taken back in AWS.
    Undone,
    /// Nobody decided in time.
    Expired,
    /// Taken back by who asked.
    Withdrawn,
}

impl Status {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::NeedsApproval => "Needs approval",
            Self::ChangesWanted => "Changes wanted",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::NeedsAttention => "Needs attention",
            Self::Failed => "Failed",
            Self::Rejected => "Rejected",
            Self::Stale => "Stale",
            Self::Undone => "Undone",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// Name of the icon and value of `data-status`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::NeedsApproval => "needs-approval",
            Self::ChangesWanted => "changes-wanted",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::NeedsAttention => "needs-attention",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Stale => "stale",
            Self::Undone => "undone",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}
