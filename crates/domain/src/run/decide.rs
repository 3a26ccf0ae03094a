//! What to do next: a pure function of plan and state.

use super::{
    Choice, RunStatus,
    fold::{Phase, RunState, StepState},
};
use crate::plan::{Act, Level, Need, Plan, Step};

/// Forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Do the step, or go on with it.
    Do,
    /// Take it back, or go on with that.
    Undo,
}

/// A step that should be in hand now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Work {
    /// The step's id.
    pub step: String,
    /// Which way.
    pub verb: Verb,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Every step that should be in hand now, also those that someone has in hand already.
    pub work: Vec<Work>,
    /// What the run is.
    pub status: RunStatus,
}

/// Decides.
pub fn decide(plan: &Plan, state: &RunState) -> Decision {
    if state.kept || state.stale {
        let status = if state.kept { RunStatus::Kept } else { RunStatus::Stale };
        return Decision { work: vec![], status };
    }
    let work = if state.undoing { backward(plan, state) } else { forward(plan, state) };
    let status = match (work.is_empty(), state.undoing) {
        (false, false) if state.position == 0 => RunStatus::Queued,
        (false, false) => RunStatus::Running,
        (false, true) => RunStatus::Undoing,
        (true, true) if plan.steps.iter().any(|step| holds(state, step)) => RunStatus::NeedsAttention,
        (true, true) => RunStatus::Undone,
        (true, false) if state.steps.values().all(|step| step.phase == Phase::Done) => RunStatus::Succeeded,
        (true, false) => RunStatus::NeedsChoice,
    };
    Decision { work, status }
}

fn forward(plan: &Plan, state: &RunState) -> Vec<Work> {
    // AWS could not be looked at: nothing starts before that was tried again.
    if !state.begun && state.steps.values().any(|step| step.phase == Phase::Failed) {
        return vec![];
    }
    let all_made =
        plan.steps.iter().filter(|step| step.act != Act::Delete).all(|step| phase(state, &step.id) == Phase::Done);
    let ready = |step: &&Step| match phase(state, &step.id) {
        // In hand already, or left in the middle by one that died: a call may be on its way.
        Phase::Started => true,
        // Only waited for. Who stops the run does not wait.
        Phase::Exists => !state.aborted,
        Phase::Waiting => !state.aborted && (step.act != Act::Delete || all_made) && unmet(state, step).is_none(),
        _ => false,
    };
    plan.steps.iter().filter(ready).map(|step| Work { step: step.id.clone(), verb: Verb::Do }).collect()
}

/// What keeps a step from beginning: the first of its needs that is not met.
pub fn unmet<'a>(state: &RunState, step: &'a Step) -> Option<&'a Need> {
    step.needs.iter().find(|need| !reached(state, &need.step, need.level))
}

fn reached(state: &RunState, step: &str, level: Level) -> bool {
    match phase(state, step) {
        Phase::Done => true,
        Phase::Exists => level == Level::Exists,
        _ => false,
    }
}

fn backward(plan: &Plan, state: &RunState) -> Vec<Work> {
    let to_undo = |step: &Step| match phase(state, &step.id) {
        // In hand already, or left in the middle by one that died: a call may be on its way.
        Phase::Undoing => true,
        phase => !state.aborted && holds(state, step) && phase != Phase::UndoFailed,
    };
    let free = |step: &&Step| still_need(plan, state, step).next().is_none();
    plan.steps
        .iter()
        .filter(|step| to_undo(step))
        .filter(free)
        .map(|step| Work { step: step.id.clone(), verb: Verb::Undo })
        .collect()
}

/// What is taken back before this step: what needs it, and is not taken back.
pub(super) fn still_need<'a>(plan: &'a Plan, state: &'a RunState, step: &'a Step) -> impl Iterator<Item = &'a Step> {
    let needs = |other: &&Step| other.needs.iter().any(|need| need.step == step.id);
    plan.steps.iter().filter(|other| holds(state, other)).filter(needs)
}

/// Whether the run has done something there that is not taken back.
pub(super) fn holds(state: &RunState, step: &Step) -> bool {
    step.act != Act::Delete && state.steps.get(&step.id).is_some_and(|s| s.touched && s.phase != Phase::Undone)
}

fn phase(state: &RunState, step: &str) -> Phase {
    state.steps.get(step).map_or(Phase::Waiting, |step: &StepState| step.phase)
}

/// Whether what the run did can be taken back: not once the first delete has begun.
pub fn can_undo(plan: &Plan, state: &RunState) -> bool {
    !plan.steps.iter().any(|step| step.act == Act::Delete && state.steps.get(&step.id).is_some_and(|s| s.touched))
}

/// Whether something could not be taken back.
fn any_left_over(state: &RunState) -> bool {
    state.steps.values().any(|step| step.phase == Phase::UndoFailed)
}

/// What a person can choose now.
pub fn choices(plan: &Plan, state: &RunState) -> Vec<Choice> {
    match decide(plan, state).status {
        RunStatus::Queued | RunStatus::Running | RunStatus::Undoing if !state.aborted => vec![Choice::Abort],
        RunStatus::NeedsChoice if can_undo(plan, state) => vec![Choice::Retry, Choice::Undo, Choice::Keep],
        RunStatus::NeedsChoice => vec![Choice::Retry, Choice::Keep],
        RunStatus::NeedsAttention if any_left_over(state) => vec![Choice::Retry, Choice::Handled, Choice::Keep],
        RunStatus::NeedsAttention => vec![Choice::Retry, Choice::Keep],
        _ => vec![],
    }
}
