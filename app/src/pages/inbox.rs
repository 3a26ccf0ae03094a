//! The inbox: what waits for my decision.

use crate::{Moment, PlanView};

/// Oldest first.
#[derive(Clone, Debug, Default)]
pub struct InboxPage {
    /// All that waits.
    pub items: Vec<InboxItem>,
    /// The one shown beside the list.
    pub selected: Option<InboxPreview>,
}

/// One request that waits for the reader.
#[derive(Clone, Debug, Default)]
pub struct InboxItem {
    /// `req-7F3K2M`.
    pub id: String,
    /// "Create orders in production".
    pub title: String,
    /// Who asked.
    pub requester: String,
    /// "Payments".
    pub team: String,
    /// "$58.12 a month".
    pub cost: Option<String>,
    /// "14 to create", "1 to update, 1 to replace".
    pub counts: String,
    /// When it was asked.
    pub when: Moment,
}

/// What one looks at before deciding.
#[derive(Clone, Debug, Default)]
pub struct InboxPreview {
    /// As in the list.
    pub item: InboxItem,
    /// The plan.
    pub plan: PlanView,
    /// Whether the reader may decide; else why not.
    pub refused: Option<String>,
}
