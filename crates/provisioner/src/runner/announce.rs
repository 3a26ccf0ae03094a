//! What can begin as soon as another step has got somewhere is written down together with that: one commit for both, so
//! that a chain of steps waits for the disk once for each, not twice.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{
    DateTime, Utc,
    plan::{Act, Resource, Step},
    run::{self, Event, LoggedEvent, Phase, RunState, StepEvent, Verb},
};

use super::{
    Job,
    step::{resolve, resource_of},
};

/// Who sees to a step that goes forward.
enum Care {
    /// A task.
    InHand,
    /// Its beginning is written with what this step's task has done; its own task comes when that is heard.
    Announced { by: String },
}

/// Who sees to which step: each is begun by one of them.
#[derive(Default)]
pub(super) struct Cares(Mutex<BTreeMap<String, Care>>);

impl Cares {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Care>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task takes a step in hand: whether it was announced. None where that is not heard yet.
    pub(super) fn take(&self, step: &str, state: &RunState) -> Option<bool> {
        let mut all = self.all();
        let announced = matches!(all.get(step), Some(Care::Announced { .. }));
        if announced && is_waiting(state, step) {
            return None;
        }
        all.insert(step.to_owned(), Care::InHand);
        Some(announced)
    }

    /// The task of a step has ended.
    pub(super) fn leave(&self, step: &str) {
        self.all().remove(step);
    }

    /// Forgets what was announced by a task that has ended, and never written.
    pub(super) fn forget(&self, state: &RunState, in_hand: &HashSet<&str>) {
        self.all().retain(|step, care| match care {
            Care::InHand => true,
            Care::Announced { by } => !is_waiting(state, step) || in_hand.contains(by.as_str()),
        });
    }
}

fn is_waiting(state: &RunState, step: &str) -> bool {
    state.steps.get(step).is_none_or(|step| step.phase == Phase::Waiting)
}

/// What begins with these events of a step: the beginnings, and the rows of what will be made. Nothing where that cannot
/// be told here; then it begins when the events are heard.
pub(super) fn announce(job: &Job, by: &Step, events: &[StepEvent], at: DateTime<Utc>) -> (Vec<Event>, Vec<Resource>) {
    let gets_somewhere = |event: &StepEvent| matches!(event, StepEvent::Exists { .. } | StepEvent::Done { .. });
    if !events.iter().any(gets_somewhere) {
        return (vec![], vec![]);
    }
    let Some(state) = foreseen(job, by, events, at) else { return (vec![], vec![]) };
    let (mut begun, mut rows) = (vec![], vec![]);
    let mut cares = job.cares.all();
    for work in run::decide(&job.request.plan, &state).work {
        let Some(step) = job.request.plan.step(&work.step).filter(|_| work.verb == Verb::Do) else { continue };
        if !is_waiting(&state, &step.id) || cares.contains_key(&step.id) {
            continue;
        }
        if step.act != Act::Delete {
            // What is wrong with it, its own task says.
            let Ok(spec) = resolve(job, &state, step) else { continue };
            let known = state.steps.get(&step.id).map(|step| step.outputs.clone()).unwrap_or_default();
            rows.extend((step.act != Act::Update).then(|| resource_of(step, &spec, &known, true)));
        }
        cares.insert(step.id.clone(), Care::Announced { by: by.id.clone() });
        begun.push(Event::Step { step: step.id.clone(), event: StepEvent::Started });
    }
    (begun, rows)
}

/// Where the run will stand with these events, as far as this runner knows.
fn foreseen(job: &Job, by: &Step, events: &[StepEvent], at: DateTime<Utc>) -> Option<RunState> {
    let mut state = job.seen().clone();
    for (position, said) in &*job.said() {
        if *position == state.position + 1 {
            state.apply(said).ok()?;
        }
    }
    for event in events {
        let event = Event::Step { step: by.id.clone(), event: event.clone() };
        state.apply(&LoggedEvent { position: state.position + 1, at, event }).ok()?;
    }
    Some(state)
}
