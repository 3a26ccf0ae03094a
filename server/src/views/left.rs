//! What a run has left in AWS.

use app::Left;
use domain::{
    plan::{Act, Plan, Step},
    run::{self, Phase, RunState, StepState, Why, dealt_with_by_hand, left_in_aws},
};

use super::plan;

/// "the ECS service orders".
pub fn the(step: &Step) -> String {
    format!("the {} {}", step.kind.def().label, step.name)
}

/// "the listener orders and the ECS service orders".
fn all(steps: &[&Step]) -> String {
    let names: Vec<String> = steps.iter().map(|step| the(step)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// "Its undo waits for the listener orders."
pub fn waits_for(steps: &[&Step]) -> String {
    format!("Its undo waits for {}.", all(steps))
}

/// "Its undo was refused: …".
fn undo_failed(failure: &run::Failure) -> String {
    // All that AWS says bears the id of a request; the rest is what we have seen.
    let how = match failure.code.as_str() {
        run::Failure::STOPPED => "was stopped",
        _ if failure.request_id.is_some() => "was refused",
        _ => "failed",
    };
    format!("Its undo {how}: {} ({})", failure.message, failure.code)
}

/// Why it still stands; nothing when nobody has asked to take it back and it did not fail.
fn why_left(why: &Why, state: &StepState, run: &RunState) -> Option<String> {
    match why {
        Why::UndoFailed(failure) => Some(failure.map_or_else(|| "Its undo failed.".to_owned(), undo_failed)),
        Why::Undoing => Some("Its undo has begun and has not ended.".to_owned()),
        Why::WaitsFor(steps) => Some(waits_for(steps)),
        Why::NotUndone if run.undoing => Some("Its undo has not begun.".to_owned()),
        Why::NotUndone => {
            let failure = state.failure.as_ref().filter(|_| state.phase == Phase::Failed)?;
            Some(format!("It failed: {} ({})", failure.message, failure.code))
        }
    }
}

fn left_by(step: &Step, state: &StepState, why: String, by_hand: bool) -> Left {
    let did = match (step.act, state.taken) {
        (Act::Update, true) => "Changed",
        (Act::Update, false) => "May have been changed",
        (_, true) => "Created",
        (_, false) => "May have been created",
    };
    Left {
        step_id: step.id.clone(),
        kind: step.kind.def().label.to_owned(),
        glyph: plan::glyph(step.kind),
        name: step.name.clone(),
        identifier: state.outputs.get("arn").or_else(|| state.outputs.get("id")).cloned(),
        did: did.to_owned(),
        why,
        by_hand,
    }
}

/// What a run has left in AWS, and what was dealt with by hand, in the order of its steps each.
pub fn left(plan: &Plan, state: &RunState) -> Vec<Left> {
    let stands = left_in_aws(plan, state).into_iter().map(|one| {
        let why = why_left(&one.why, one.state, state).unwrap_or_default();
        left_by(one.step, one.state, why, false)
    });
    let by_hand = dealt_with_by_hand(plan, state).into_iter().map(|one| {
        let why = one.state.failure.as_ref().map(|failure| format!(" {}", undo_failed(failure))).unwrap_or_default();
        left_by(one.step, one.state, format!("{} dealt with it by hand.{why}", one.by), true)
    });
    stands.chain(by_hand).collect()
}
