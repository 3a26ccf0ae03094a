//! Stacks of the team.

use crate::{Moment, Status};

/// Stacks.
#[derive(Clone, Debug, Default)]
pub struct StacksPage {
    /// What was searched for.
    pub query: String,
    /// Rows.
    pub rows: Vec<StackRow>,
    /// Whether the reader may ask for one.
    pub may_request: bool,
}

/// One stack.
#[derive(Clone, Debug, Default)]
pub struct StackRow {
    /// `stk-4T9QXN`.
    pub id: String,
    /// "orders".
    pub name: String,
    /// "Web service".
    pub template: String,
    /// "production".
    pub environment: String,
    /// "Payments".
    pub team: String,
    /// State.
    pub status: Status,
    /// The stack's own word for it: "Live", "Provisioning", "Destroyed"; the status's word when empty.
    pub word: String,
    /// Address people open.
    pub endpoint: Option<String>,
    /// "$58.12".
    pub cost: Option<String>,
    /// Last change.
    pub changed: Moment,
}
