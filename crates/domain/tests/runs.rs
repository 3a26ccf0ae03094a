//! Fold and decide against invented histories: whatever AWS answers and whatever people choose, a run goes on, waits
//! for a person with something to choose, or has ended.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use gantry_domain::{
    observation::Outputs,
    plan::{Act, Level, Plan, Step, Wish},
    run::{
        Choice, Event, Failure, Hands, LoggedEvent, Phase, RunState, RunStatus, StepEvent, Verb, choices, decide, fold,
        unmet,
    },
};
use proptest::prelude::*;

use common::step;

/// Up to ten steps; each needs some of those before it; deletes stand at the end.
fn plans() -> impl Strategy<Value = Plan> {
    (prop::collection::vec((0..4_u8, prop::collection::vec(any::<prop::sample::Index>(), 0..3)), 1..8), 0..3_usize)
        .prop_map(|(made, deletes)| {
            let mut steps: Vec<Step> = made
                .iter()
                .enumerate()
                .map(|(i, (act, needs))| {
                    let act = [Act::Create, Act::Update, Act::Replace, Act::None][usize::from(*act)];
                    let needs: BTreeSet<usize> =
                        if i == 0 { BTreeSet::new() } else { needs.iter().map(|n| n.index(i)).collect() };
                    step(i, act, needs.into_iter().collect())
                })
                .collect();
            for delete in 0..deletes {
                let id = steps.len();
                steps.push(step(id, Act::Delete, if delete == 0 { vec![] } else { vec![id - 1] }));
            }
            Plan { wish: Wish::Update, steps, outputs: BTreeMap::new(), observed: String::new() }
        })
}

struct Story<'a> {
    plan: &'a Plan,
    log: Vec<LoggedEvent>,
    state: RunState,
}

impl Story<'_> {
    fn push(&mut self, event: Event) {
        let logged = LoggedEvent { position: self.log.len() as u64 + 1, at: DateTime::UNIX_EPOCH, event };
        self.state.apply(&logged).unwrap();
        self.log.push(logged);
    }

    fn step(&mut self, step: &str, event: StepEvent) {
        self.push(Event::Step { step: step.to_owned(), event });
    }
}

fn failure() -> Failure {
    Failure { code: "x".into(), message: "x".into(), advice: "x".into(), request_id: None }
}

/// Plays a run with these dice until it has ended; returns the states it went through.
fn play(plan: &Plan, dice: &[u8]) -> (Vec<LoggedEvent>, RunState, RunStatus) {
    let mut story = Story { plan, log: vec![], state: RunState::new(plan) };
    let mut dice = dice.iter().copied().chain(std::iter::repeat(0));
    for _ in 0..2000 {
        let decision = decide(story.plan, &story.state);
        if decision.status.is_final() {
            return (story.log, story.state, decision.status);
        }
        let open = choices(story.plan, &story.state);
        let roll = dice.next().unwrap_or(0);
        if decision.work.is_empty() {
            assert!(!open.is_empty(), "{:?} has no exit", decision.status);
            let choice = open[usize::from(roll) % open.len()];
            story.push(Event::Chosen { choice, by: "someone".into() });
            continue;
        }
        if roll > 250 && open.contains(&Choice::Abort) {
            story.push(Event::Chosen { choice: Choice::Abort, by: "someone".into() });
            continue;
        }
        if !story.state.begun && decision.work[0].verb == Verb::Do {
            story.push(Event::Begun);
            continue;
        }
        let work = &decision.work[usize::from(roll) % decision.work.len()];
        let fails = roll % 7 == 3;
        match (work.verb, story.state.steps[&work.step].phase) {
            (Verb::Do, Phase::Waiting) => story.step(&work.step, StepEvent::Started),
            (Verb::Do, _) if fails => story.step(&work.step, StepEvent::Failed { failure: failure() }),
            (Verb::Do, Phase::Started) => story.step(&work.step, StepEvent::Exists { outputs: Outputs::new() }),
            (Verb::Do, _) => story.step(&work.step, StepEvent::Done { outputs: Outputs::new() }),
            (Verb::Undo, Phase::Undoing) if fails => {
                story.step(&work.step, StepEvent::UndoFailed { failure: failure() })
            }
            (Verb::Undo, Phase::Undoing) => story.step(&work.step, StepEvent::Undone),
            (Verb::Undo, _) => story.step(&work.step, StepEvent::UndoStarted),
        }
        invariants(plan, &story.state);
    }
    panic!("the run never ended");
}

fn invariants(plan: &Plan, state: &RunState) {
    let phase = |id: &str| state.steps[id].phase;
    for step in &plan.steps {
        let touched = state.steps[&step.id].touched;
        assert!(!(touched && step.act == Act::None));
        if touched && !state.undoing {
            for need in &step.needs {
                assert!(matches!(
                    phase(&need.step),
                    Phase::Exists | Phase::Done | Phase::Failed | Phase::Started | Phase::Waiting
                ));
                assert!(
                    state.steps[&need.step].touched || plan.step(&need.step).unwrap().act == Act::None,
                    "needs were met before it began"
                );
            }
        }
        if touched && step.act == Act::Delete {
            assert!(!state.undoing, "there is no undo after a delete");
            let made =
                plan.steps.iter().filter(|other| other.act != Act::Delete).all(|other| phase(&other.id) == Phase::Done);
            assert!(made, "deletes come last");
        }
        if phase(&step.id) == Phase::Undone {
            for other in plan.steps.iter().filter(|other| other.needs.iter().any(|need| need.step == step.id)) {
                assert!(!state.steps[&other.id].touched || phase(&other.id) == Phase::Undone, "undo goes backwards");
            }
        }
    }
}

proptest! {
    #[test]
    fn every_run_ends_and_every_stop_has_an_exit(plan in plans(), dice in prop::collection::vec(any::<u8>(), 0..300)) {
        let (log, state, status) = play(&plan, &dice);
        if status == RunStatus::Succeeded {
            prop_assert!(state.steps.values().all(|step| step.phase == Phase::Done));
        }
        if status == RunStatus::Undone {
            prop_assert!(state.steps.values().all(|step| !step.touched || step.phase == Phase::Undone));
        }
        // Whoever folds the log again, from the start, stands where the first one stood.
        prop_assert_eq!(fold(&plan, &log).unwrap(), state);
    }

    #[test]
    fn a_log_with_a_hole_or_a_stranger_is_refused(plan in plans(), dice in prop::collection::vec(any::<u8>(), 0..100), at in any::<prop::sample::Index>()) {
        let (mut log, ..) = play(&plan, &dice);
        prop_assume!(log.len() > 1);
        let at = at.index(log.len() - 1);
        let mut stranger = log.clone();
        log.remove(at);
        prop_assert_eq!(fold(&plan, &log).unwrap_err().position, at as u64 + 2);
        stranger[at].event = Event::Step { step: "nobody".into(), event: StepEvent::Started };
        prop_assert!(fold(&plan, &stranger).unwrap_err().why.contains("nobody"));
    }
}

#[test]
fn a_row_that_is_no_event_ends_what_can_be_read() {
    let plan = Plan { wish: Wish::Create, steps: vec![], outputs: BTreeMap::new(), observed: String::new() };
    let mut story = Story { plan: &plan, log: vec![], state: RunState::new(&plan) };
    story.push(Event::Begun);
    let event = Event::Unreadable { why: "it is cut off".into() };
    story.log.push(LoggedEvent { position: 2, at: DateTime::UNIX_EPOCH, event });
    let bad = fold(&plan, &story.log).unwrap_err();
    assert_eq!(bad.to_string(), "the log is impossible at position 2: it is cut off");
    assert!(serde_json::to_string(&story.log[1]).is_err(), "it is never written");
}

#[test]
fn in_whose_hands_a_run_is_is_the_last_that_was_said() {
    let plan = Plan { wish: Wish::Create, steps: vec![], outputs: BTreeMap::new(), observed: String::new() };
    let mut story = Story { plan: &plan, log: vec![], state: RunState::new(&plan) };
    let to = |to: &str| Event::HandedTo {
        to: to.parse().unwrap(),
        name: to.to_uppercase(),
        note: "Please look".into(),
        by: "someone".into(),
    };
    for whom in ["usr-A", "platform", "usr-B"] {
        story.push(to(whom));
        assert_eq!(story.state.handed.as_ref().unwrap().to.to_string(), whom);
    }
    // A choice is not an answer: it may fail again.
    story.push(Event::Chosen { choice: Choice::Retry, by: "someone".into() });
    assert_eq!(story.state.handed.as_ref().unwrap().name, "USR-B");
    story.push(Event::HandedBack { by: "someone".into() });
    assert_eq!(story.state.handed, None);
    let again =
        LoggedEvent { position: 6, at: DateTime::UNIX_EPOCH, event: Event::HandedBack { by: "someone".into() } };
    assert!(story.state.apply(&again).is_err());
    for nobody in ["", "usr-", "Platform", "team-A"] {
        assert!(nobody.parse::<Hands>().is_err(), "{nobody}");
    }
}

#[test]
fn who_stops_a_run_does_not_wait_for_what_only_gets_ready() {
    let steps = vec![step(0, Act::Create, vec![]), step(1, Act::Create, vec![0])];
    let plan = Plan { wish: Wish::Create, steps, outputs: BTreeMap::new(), observed: String::new() };
    let mut story = Story { plan: &plan, log: vec![], state: RunState::new(&plan) };
    story.step("s0", StepEvent::Started);
    story.push(Event::Chosen { choice: Choice::Abort, by: "someone".into() });
    assert_eq!(decide(&plan, &story.state).work.len(), 1, "the call may have been made");
    story.step("s0", StepEvent::Exists { outputs: Outputs::new() });
    assert_eq!(decide(&plan, &story.state).status, RunStatus::NeedsChoice);
    story.push(Event::Chosen { choice: Choice::Retry, by: "someone".into() });
    assert_eq!(decide(&plan, &story.state).work[0].step, "s0");
}

#[test]
fn what_a_step_waits_for_is_what_it_does_not_have_yet() {
    let mut last = step(2, Act::Update, vec![0, 1]);
    last.needs.iter_mut().for_each(|need| need.level = Level::Done);
    let steps = vec![step(0, Act::Create, vec![]), step(1, Act::Create, vec![]), last];
    let plan = Plan { wish: Wish::Update, steps, outputs: BTreeMap::new(), observed: String::new() };
    let mut story = Story { plan: &plan, log: vec![], state: RunState::new(&plan) };
    let waits = |state: &RunState| unmet(state, &plan.steps[2]).map(|need| need.step.clone());
    story.push(Event::Begun);
    assert_eq!(waits(&story.state).as_deref(), Some("s0"));
    for (id, left) in [("s0", Some("s1")), ("s1", None)] {
        story.step(id, StepEvent::Started);
        story.step(id, StepEvent::Exists { outputs: Outputs::new() });
        assert_eq!(waits(&story.state).as_deref(), Some(id), "it must be done, not only there");
        story.step(id, StepEvent::Done { outputs: Outputs::new() });
        assert_eq!(waits(&story.state).as_deref(), left);
    }
}

#[test]
fn an_undo_can_be_stopped_and_goes_on_where_it_stopped() {
    let steps = vec![step(0, Act::Create, vec![]), step(1, Act::Create, vec![0])];
    let plan = Plan { wish: Wish::Create, steps, outputs: BTreeMap::new(), observed: String::new() };
    let mut story = Story { plan: &plan, log: vec![], state: RunState::new(&plan) };
    let chosen = |choice| Event::Chosen { choice, by: "someone".into() };
    story.push(Event::Begun);
    story.step("s0", StepEvent::Started);
    story.step("s0", StepEvent::Done { outputs: Outputs::new() });
    story.step("s1", StepEvent::Started);
    story.step("s1", StepEvent::Failed { failure: failure() });
    story.push(chosen(Choice::Undo));
    story.step("s1", StepEvent::UndoStarted);
    assert_eq!(choices(&plan, &story.state), [Choice::Abort]);
    story.push(chosen(Choice::Abort));
    assert_eq!(decide(&plan, &story.state).work.len(), 1, "the call may have been made");
    story.step("s1", StepEvent::Undone);
    assert_eq!(decide(&plan, &story.state).status, RunStatus::NeedsAttention);
    assert_eq!(choices(&plan, &story.state), [Choice::Retry, Choice::Keep]);
    story.push(chosen(Choice::Retry));
    assert_eq!(decide(&plan, &story.state).work[0].step, "s0");
}
