//! A run as it is shown, and as it is sent to open pages.

use serde::{Deserialize, Serialize};

use crate::{FieldError, Moment, Status, StepView};

/// How loud a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// The one thing to do here.
    Primary,
    /// Another thing to do.
    #[default]
    Plain,
    /// Destroys something.
    Danger,
}

/// A thing a person may do now, as a button that posts a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// On the button: "Undo this run".
    pub label: String,
    /// Address the form posts to.
    pub post_to: String,
    /// How loud it is.
    pub tone: Tone,
    /// What will happen: "Deletes the 7 resources made so far, newest first."
    pub explain: String,
    /// Why the reader may not; the button is then not offered.
    pub refused: Option<String>,
    /// What must be said with it, posted as `reason`.
    pub asks: Option<Question>,
}

/// What somebody has to say before they can do something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// "What was done in AWS?"
    pub label: String,
    /// On the button that posts the answer.
    pub button: String,
    /// What was typed, after a post that was refused.
    pub typed: Option<String>,
    /// Why it was refused.
    pub wrong: Option<String>,
}

/// What went wrong in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Id of the step.
    pub step_id: String,
    /// "Creating the ECS service orders failed."
    pub what: String,
    /// AWS's code: "InvalidParameterException"; empty when AWS was not reached.
    pub code: String,
    /// AWS's own words.
    pub aws_said: String,
    /// What that means and what to look at.
    pub meaning: String,
    /// AWS request id.
    pub request_id: Option<String>,
}

/// Who was asked to see to a run that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// "Grace Hopper", "the platform team".
    pub who: String,
    /// Who asked them.
    pub by: String,
    /// Since when.
    pub since: Moment,
    /// What they were told; may be empty.
    pub note: String,
    /// Whether they may steer it no longer.
    pub is_lost: bool,
}

/// Handing a run to somebody, as a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handing {
    /// Address the form posts `to` and `note` to.
    pub post_to: String,
    /// Address that takes it out of everybody's hands.
    pub back_to: String,
    /// Whom it can be handed to: value and name.
    pub people: Vec<(String, String)>,
    /// Why the reader may not; there is no form then.
    pub refused: Option<String>,
    /// What was posted and refused: `to` and `note`.
    pub typed: Option<(String, String)>,
    /// Why.
    pub errors: Vec<FieldError>,
}

/// A run: the props of its page and each message of its event stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// `run-2M9Q4T`.
    pub id: String,
    /// State of the whole.
    pub status: Status,
    /// What goes on, in one sentence: "Creating 4 of 14 resources."
    pub sentence: String,
    /// Steps; the same set for as long as the run lives.
    pub steps: Vec<StepView>,
    /// Time spent.
    pub elapsed_seconds: Option<u64>,
    /// Time expected.
    pub expected_seconds: Option<u64>,
    /// When it started.
    pub started: Option<Moment>,
    /// What went wrong, when something did.
    pub failures: Vec<Failure>,
    /// What the reader of this page can do now.
    pub choices: Vec<Choice>,
    /// Who was asked to see to it.
    pub handed: Option<Handed>,
    /// Whom it can be handed to; none unless it waits for somebody.
    pub handing: Option<Handing>,
    /// What to open when it is done: "https://orders.example.com".
    pub endpoint: Option<String>,
    /// Whether nothing will happen any more.
    pub finished: bool,
    /// Differs when anything else here does, except for the time spent.
    pub mark: String,
}

impl RunView {
    /// As it is shown after `before`: what was typed on that page, and why it was refused, stays on it.
    #[must_use]
    pub fn after(mut self, before: &Self) -> Self {
        if let (Some(handing), Some(was)) = (&mut self.handing, &before.handing) {
            (handing.typed, handing.errors) = (was.typed.clone(), was.errors.clone());
        }
        for choice in &mut self.choices {
            let was = before.choices.iter().find(|was| was.post_to == choice.post_to);
            if let (Some(asks), Some(was)) = (&mut choice.asks, was.and_then(|was| was.asks.as_ref())) {
                (asks.typed, asks.wrong) = (was.typed.clone(), was.wrong.clone());
            }
        }
        self
    }

    /// Steps that are done, and all that have something to do.
    pub fn progress(&self) -> (usize, usize) {
        let done = self.steps.iter().filter(|step| matches!(step.status, Status::Succeeded | Status::Undone)).count();
        (done, self.steps.len())
    }
}

/// A step's place in the graph, in pixels from the top left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedNode {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
}

/// A line from a step to one that needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedEdge {
    /// Index of the step that is needed.
    pub from: usize,
    /// Index of the step that needs it.
    pub to: usize,
    /// SVG path data.
    pub path: String,
    /// Whether it is on the longest path.
    pub critical: bool,
}

/// Where everything in a plan graph stands. Laid out once on the server; live updates never move it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphLayout {
    /// Width of the drawing.
    pub width: u32,
    /// Height of the drawing.
    pub height: u32,
    /// In the order of the steps.
    pub nodes: Vec<PlacedNode>,
    /// Lines.
    pub edges: Vec<PlacedEdge>,
    /// What starts together.
    pub columns: Vec<PlacedColumn>,
    /// Whether steps are drawn on one line each, because there are many.
    pub dense: bool,
}

/// A column of a plan graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedColumn {
    /// Left edge.
    pub x: u32,
    /// When the first of its steps can start, from the beginning of the run.
    pub after_seconds: u64,
}

impl GraphLayout {
    /// Width of a step in the drawing.
    pub fn node_width(&self) -> u32 {
        Self::size(self.dense).0
    }

    /// Height of a step in the drawing.
    pub fn node_height(&self) -> u32 {
        Self::size(self.dense).1
    }

    pub(crate) const fn size(dense: bool) -> (u32, u32) {
        if dense { (214, 32) } else { (188, 56) }
    }
}
