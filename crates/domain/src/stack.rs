//! One living instance of a template revision.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{EnvironmentId, StackId, TeamId},
    people::text_enum,
    template::Inputs,
};

/// Where a stack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented in STACK_TABLE's words")]
pub enum StackStatus {
    Pending,
    Busy,
    Live,
    NeedsAttention,
    Gone,
}
text_enum!(StackStatus {
    Pending = "pending",
    Busy = "busy",
    Live = "live",
    NeedsAttention = "needs_attention",
    Gone = "gone",
});

/// What can happen to a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "documented in STACK_TABLE's words")]
pub enum StackEvent {
    RunStarted,
    RunSucceeded,
    Destroyed,
    CreateUndone,
    ChangeUndone,
    RunKept,
    FirstRunStale,
    ChangeStale,
    RepairUndone,
    RepairStale,
    FirstRequestEnded,
}

impl StackEvent {
    /// Every one of them.
    pub const ALL: &[Self] = &[
        Self::RunStarted,
        Self::RunSucceeded,
        Self::Destroyed,
        Self::CreateUndone,
        Self::ChangeUndone,
        Self::RunKept,
        Self::FirstRunStale,
        Self::ChangeStale,
        Self::RepairUndone,
        Self::RepairStale,
        Self::FirstRequestEnded,
    ];
}

/// The whole machine: state x event -> state.
pub const STACK_TABLE: &[(StackStatus, StackEvent, StackStatus)] = {
    use {StackEvent as E, StackStatus as S};
    &[
        (S::Pending, E::RunStarted, S::Busy),
        (S::Pending, E::FirstRequestEnded, S::Gone),
        (S::Live, E::RunStarted, S::Busy),
        (S::NeedsAttention, E::RunStarted, S::Busy),
        (S::Busy, E::RunSucceeded, S::Live),
        (S::Busy, E::Destroyed, S::Gone),
        (S::Busy, E::CreateUndone, S::Gone),
        (S::Busy, E::ChangeUndone, S::Live),
        (S::Busy, E::RunKept, S::NeedsAttention),
        (S::Busy, E::FirstRunStale, S::Pending),
        (S::Busy, E::ChangeStale, S::Live),
        // A repair is a change of what needed attention; taken back, it leaves that as it was.
        (S::Busy, E::RepairUndone, S::NeedsAttention),
        (S::Busy, E::RepairStale, S::NeedsAttention),
    ]
};

/// The event cannot happen in this state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stack that is {from} cannot take {event:?}")]
pub struct NotNow {
    /// The state.
    pub from: StackStatus,
    /// The event.
    pub event: StackEvent,
}

impl StackStatus {
    /// The next state.
    pub fn on(self, event: StackEvent) -> Result<Self, NotNow> {
        STACK_TABLE
            .iter()
            .find(|(from, on, _)| *from == self && *on == event)
            .map(|(_, _, to)| *to)
            .ok_or(NotNow { from: self, event })
    }
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Its id.
    pub id: StackId,
    /// The name that its team gave it, unique among the living stacks of an environment.
    pub name: String,
    /// Who owns it.
    pub team: TeamId,
    /// Where it lives.
    pub environment: EnvironmentId,
    /// The revision that runs, as `name@version`.
    pub revision: String,
    /// The inputs that run.
    pub inputs: Inputs,
    /// Where it stands.
    pub status: StackStatus,
    /// What it offers: `url`, `cluster_arn`, …
    pub outputs: crate::observation::Outputs,
    /// What it costs a month, in millionths of a US dollar.
    pub monthly_micros: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Optimistic version.
    pub version: i64,
}

/// Something that only one stack can have: a priority on a listener, a host and path, a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// What space it lies in: `priority:<listener arn>`, `route:<listener arn>`.
    pub scope: String,
    /// What is taken: `120`, `shop.example.com/cart*`.
    pub value: String,
    /// Who has it.
    pub stack: StackId,
    /// The logical resource that it is for.
    pub resource: String,
}
