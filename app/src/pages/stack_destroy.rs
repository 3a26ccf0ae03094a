//! The last stop before a request to destroy a stack: its name has to be typed.

use crate::CostView;

/// Posts `name` to `routes::stack_destroy(id)`.
#[derive(Clone, Debug, Default)]
pub struct StackDestroyPage {
    /// `stk-4T9QXN`.
    pub id: String,
    /// "orders".
    pub name: String,
    /// What would be deleted: kind and name, in order.
    pub resources: Vec<(String, String)>,
    /// What stays: log groups kept, things it does not own.
    pub stays: Vec<String>,
    /// What it costs now.
    pub cost: CostView,
    /// What was typed before.
    pub typed: String,
    /// Why that was refused.
    pub error: Option<String>,
    /// Why it cannot be destroyed at all; the form is then not offered.
    pub refused: Option<String>,
}
