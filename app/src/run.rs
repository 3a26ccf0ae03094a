//! A run as it is shown, and as it is sent to open pages.

use serde::{Deserialize, Serialize};

use crate::{FieldError, Glyph, Moment, Status, StepView};

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

/// Something that a run has made or changed in AWS and not taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Id of the step.
    pub step_id: String,
    /// AWS's word for the resource: "Log group".
    pub kind: String,
    /// Its picture.
    pub glyph: Glyph,
    /// Its name in AWS.
    pub name: String,
    /// Its ARN, or its id; nothing when AWS has told none.
    pub identifier: Option<String>,
    /// "Created", "May have been changed".
    pub did: String,
    /// Why it still stands; empty when nobody has asked to take it back.
    pub why: String,
    /// Whether somebody dealt with it by hand: then nobody knows whether it is still there.
    pub by_hand: bool,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done, or taken back.
    pub done: usize,
    /// Steps that have something to do, or to take back.
    pub all: usize,
    /// Whether steps are taken back.
    pub undoing: bool,
}

impl Progress {
    /// "3 of 11 steps taken back".
    pub fn text(self) -> String {
        format!("{} of {} steps {}", self.done, self.all, if self.undoing { "taken back" } else { "done" })
    }
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
    /// What it has made or changed and not taken back, once it has stopped short of its end; in the order of the steps.
    pub left: Vec<Left>,
    /// Whether there may be more than that, because its log cannot be read to the end.
    pub left_in_part: bool,
    /// How many steps are to be taken back, once that has begun.
    pub to_undo: Option<usize>,
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

    /// How far it is: forward, or back once that has begun.
    pub fn progress(&self) -> Progress {
        let count = |status| self.steps.iter().filter(|step| step.status == status).count();
        match self.to_undo {
            Some(all) => Progress { done: count(Status::Undone), all, undoing: true },
            None => Progress { done: count(Status::Succeeded), all: self.steps.len(), undoing: false },
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(statuses: &[Status], to_undo: Option<usize>) -> RunView {
        let steps = statuses.iter().map(|status| StepView { status: *status, ..StepView::default() }).collect();
        RunView { steps, to_undo, ..RunView::default() }
    }

    #[test]
    fn an_undo_begins_with_nothing_done_and_ends_with_all_of_it() {
        use Status::{Failed, NeedsAttention, Running, Succeeded, Undone, Waiting};
        let forward = run(&[Succeeded, Succeeded, Failed, Waiting], None).progress();
        assert_eq!(forward, Progress { done: 2, all: 4, undoing: false });
        assert_eq!(forward.text(), "2 of 4 steps done");
        let mut last = 0;
        for (statuses, done) in [
            ([Succeeded, Succeeded, Failed, Waiting], 0),
            ([Succeeded, Succeeded, Running, Waiting], 0),
            ([Succeeded, NeedsAttention, Undone, Waiting], 1),
            ([Undone, NeedsAttention, Undone, Waiting], 2),
            ([Undone, Undone, Undone, Waiting], 3),
        ] {
            let back = run(&statuses, Some(3)).progress();
            assert_eq!(back, Progress { done, all: 3, undoing: true });
            assert!(back.done >= last, "it goes one way");
            last = back.done;
        }
        assert_eq!(run(&[Undone, Waiting], Some(1)).progress().text(), "1 of 1 steps taken back");
    }
}
