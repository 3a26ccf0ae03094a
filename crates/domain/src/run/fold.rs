//! Where a run stands: the fold of its log.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Choice, Event, Failure, Handed, LoggedEvent, StepEvent, Wait};
use crate::{
    observation::Outputs,
    plan::{Act, Plan},
};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not started, or waiting to be tried again.
    Waiting,
    /// A call may have been made.
    Started,
    /// The object exists.
    Exists,
    /// Ready, or gone.
    Done,
    /// Failed for good.
    Failed,
    /// An undo may have been made.
    Undoing,
    /// As before the run.
    Undone,
    /// Could not be taken back.
    UndoFailed,
}

/// Where one step stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// How far it is.
    pub phase: Phase,
    /// Its outputs, once they are known.
    pub outputs: Outputs,
    /// Whether a mutating call may have been made in this run.
    pub touched: bool,
    /// Whether AWS took what was wanted: the object exists, or has been changed. It stays so when that is taken back.
    pub taken: bool,
    /// Who dealt by hand with what could not be taken back; that counts as undone.
    pub by_hand: Option<String>,
    /// The last failure.
    pub failure: Option<Failure>,
    /// What is waited for, while something is.
    pub waits: Option<Wait>,
    /// When it was first started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was last done, failed or undone.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// By step id.
    pub steps: BTreeMap<String, StepState>,
    /// Whether seal and plan were found to be as approved. Until then nothing was changed.
    pub begun: bool,
    /// Taking back instead of going forward.
    pub undoing: bool,
    /// Start nothing more.
    pub aborted: bool,
    /// A person chose to leave it as it is.
    pub kept: bool,
    /// A person dealt by hand with what could not be taken back.
    pub handled: bool,
    /// The plan no longer fitted.
    pub stale: bool,
    /// Who was asked last to see to it.
    pub handed: Option<Handed>,
    /// The position of the last event.
    pub position: u64,
}

/// The log cannot have been written by Gantry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log is impossible at position {position}: {why}")]
pub struct BadLog {
    /// Where.
    pub position: u64,
    /// Why.
    pub why: String,
}

/// Folds a log from its beginning.
pub fn fold<'a>(plan: &Plan, log: impl IntoIterator<Item = &'a LoggedEvent>) -> Result<RunState, BadLog> {
    let mut state = RunState::new(plan);
    for logged in log {
        state.apply(logged)?;
    }
    Ok(state)
}

impl RunState {
    /// Before the first event: what stays as it is counts as done.
    pub fn new(plan: &Plan) -> Self {
        let steps = plan
            .steps
            .iter()
            .map(|step| {
                let phase = if step.act == Act::None { Phase::Done } else { Phase::Waiting };
                let outputs = if step.act == Act::Delete { Outputs::new() } else { step.outputs.clone() };
                (
                    step.id.clone(),
                    StepState {
                        phase,
                        outputs,
                        touched: false,
                        taken: false,
                        by_hand: None,
                        failure: None,
                        waits: None,
                        started_at: None,
                        ended_at: None,
                    },
                )
            })
            .collect();
        Self {
            steps,
            begun: false,
            undoing: false,
            aborted: false,
            kept: false,
            handled: false,
            stale: false,
            handed: None,
            position: 0,
        }
    }

    /// Takes the next event.
    pub fn apply(&mut self, logged: &LoggedEvent) -> Result<(), BadLog> {
        let position = logged.position;
        let bad = |why: String| BadLog { position, why };
        if position != self.position + 1 {
            return Err(bad(format!("position {} was expected", self.position + 1)));
        }
        if self.kept || self.stale {
            return Err(bad("the run had already ended".to_owned()));
        }
        match &logged.event {
            Event::Begun if self.begun => return Err(bad("it had already begun".to_owned())),
            Event::Begun => self.begun = true,
            Event::FoundStale if self.begun => return Err(bad("a run cannot be stale once it has begun".to_owned())),
            Event::FoundStale => self.stale = true,
            Event::Chosen { choice, by } => self.choose(*choice, by).map_err(bad)?,
            Event::HandedTo { to, name, note, by } => {
                let (to, name, note, by) = (to.clone(), name.clone(), note.clone(), by.clone());
                self.handed = Some(Handed { to, name, note, by, since: logged.at });
            }
            Event::HandedBack { .. } if self.handed.is_none() => {
                return Err(bad("it was in nobody's hands".to_owned()));
            }
            Event::HandedBack { .. } => self.handed = None,
            Event::Unreadable { why } => return Err(bad(why.clone())),
            Event::Step { step, event } => {
                let (begun, undoing) = (self.begun, self.undoing);
                let state = self.steps.get_mut(step).ok_or_else(|| bad(format!("there is no step `{step}`")))?;
                state.apply(event, begun, undoing, logged.at).map_err(|why| bad(format!("step `{step}` {why}")))?;
            }
        }
        self.position = position;
        Ok(())
    }

    fn choose(&mut self, choice: Choice, by: &str) -> Result<(), String> {
        self.steps.values_mut().for_each(|step| step.waits = None);
        match choice {
            Choice::Abort => self.aborted = true,
            Choice::Keep => self.kept = true,
            Choice::Undo if self.undoing => return Err("it is already being undone".to_owned()),
            Choice::Undo => (self.undoing, self.aborted) = (true, false),
            Choice::Handled => {
                let left: Vec<_> = self.steps.values_mut().filter(|step| step.phase == Phase::UndoFailed).collect();
                if left.is_empty() {
                    return Err("nothing is left that could not be undone".to_owned());
                }
                for step in left {
                    (step.phase, step.by_hand) = (Phase::Undone, Some(by.to_owned()));
                }
                (self.handled, self.aborted) = (true, false);
            }
            Choice::Retry => {
                self.aborted = false;
                for step in self.steps.values_mut() {
                    match step.phase {
                        Phase::Failed => step.phase = Phase::Waiting,
                        Phase::UndoFailed => step.phase = Phase::Undoing,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
}

impl StepState {
    fn apply(&mut self, event: &StepEvent, begun: bool, undoing: bool, at: DateTime<Utc>) -> Result<(), String> {
        use Phase::{Done, Exists, Failed, Started, UndoFailed, Undoing, Undone, Waiting};
        let from = self.phase;
        self.waits = None;
        let refuse = || Err(format!("is {from:?} and cannot take {event:?}"));
        match (event, from) {
            (StepEvent::Started, Waiting | Started) if !undoing => {
                self.phase = Started;
                // Before the run has begun AWS was only looked at.
                self.touched |= begun;
                self.started_at = self.started_at.or(Some(at));
                self.failure = None;
            }
            (StepEvent::Exists { outputs }, Started | Exists) => {
                (self.phase, self.taken) = (Exists, true);
                self.outputs = outputs.clone();
            }
            (StepEvent::Done { outputs }, Started | Exists) => {
                (self.phase, self.taken) = (Done, true);
                self.outputs = outputs.clone();
                self.ended_at = Some(at);
            }
            (StepEvent::Failed { failure }, Started | Exists) => {
                self.phase = Failed;
                self.failure = Some(failure.clone());
                self.ended_at = Some(at);
            }
            (StepEvent::Waits { wait }, Started | Exists | Undoing) => self.waits = Some(wait.clone()),
            (StepEvent::UndoStarted, Started | Exists | Done | Failed | Undoing) if undoing && self.touched => {
                self.phase = Undoing;
            }
            (StepEvent::UndoStarted, Waiting) if undoing && self.touched => self.phase = Undoing,
            (StepEvent::Undone, Undoing) => {
                self.phase = Undone;
                self.ended_at = Some(at);
            }
            (StepEvent::UndoFailed { failure }, Undoing) => {
                self.phase = UndoFailed;
                self.failure = Some(failure.clone());
                self.ended_at = Some(at);
            }
            _ => return refuse(),
        }
        Ok(())
    }
}
