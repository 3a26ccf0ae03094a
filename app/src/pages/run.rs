//! One run: the graph, live; what failed; the steps.

use crate::{GraphLayout, RunView};

/// A run.
#[derive(Clone, Debug, Default)]
pub struct RunPage {
    /// "Create orders in production".
    pub heading: String,
    /// Its request.
    pub request_id: String,
    /// Its stack: name and id.
    pub stack: Option<(String, String)>,
    /// Who started it by approving.
    pub started_by: String,
    /// The run itself; the same struct goes over the event stream.
    pub run: RunView,
    /// `GraphLayout::of(&run.steps)`.
    pub layout: GraphLayout,
    /// What to look at when it is done: "https://orders.example.com".
    pub endpoint: Option<String>,
}
