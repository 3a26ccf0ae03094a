//! No state without an exit: every state of a request, a stack, a run and a step meets every event, and either it is an end
//! or something leads on from it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::DateTime;
use gantry_domain::{
    plan::{Act, Plan, Wish},
    request::{self, REQUEST_TABLE, RequestEvent, RequestStatus, UNDECIDED},
    run::{Choice, Event, LoggedEvent, Phase, RunState, RunStatus, choices, decide},
    stack::{self, STACK_TABLE, StackEvent, StackStatus},
};

use crate::{common::step, states::events};

/// From each of these states a way leads to one of these ends.
fn assert_ends_are_reached<S: Copy + PartialEq + std::fmt::Debug>(
    states: &[S],
    ends: &[S],
    next: impl Fn(S) -> Vec<S>,
) {
    for state in states {
        let mut reached = vec![*state];
        let mut at = 0;
        while at < reached.len() {
            let new: Vec<S> = next(reached[at]).into_iter().filter(|one| !reached.contains(one)).collect();
            reached.extend(new);
            at += 1;
        }
        assert!(reached.iter().any(|one| ends.contains(one)), "from {state:?} no end is reached");
    }
}

#[test]
fn every_state_of_a_request_meets_every_event() {
    let ends = [
        RequestStatus::Succeeded,
        RequestStatus::Failed,
        RequestStatus::Undone,
        RequestStatus::Rejected,
        RequestStatus::Withdrawn,
        RequestStatus::Expired,
    ];
    for from in RequestStatus::ALL.iter().copied() {
        let mut exits = 0;
        for event in RequestEvent::ALL.iter().copied() {
            let rows: Vec<_> = REQUEST_TABLE.iter().filter(|(state, on, _)| (*state, *on) == (from, event)).collect();
            match from.on(event) {
                Ok(to) => {
                    assert_eq!(rows, [&(from, event, to)], "one row, and it says so");
                    exits += usize::from(to != from);
                }
                Err(refused) => {
                    assert_eq!((rows.len(), refused), (0, request::NotNow { from, event }));
                }
            }
        }
        assert_eq!((exits == 0, from.is_final()), (ends.contains(&from), ends.contains(&from)), "{from}");
        // Nobody needs to be waited for: whoever asked, whoever decides, and time can each end it.
        for event in [RequestEvent::Withdrawn, RequestEvent::Rejected, RequestEvent::Expired] {
            assert_eq!(from.on(event).is_ok(), UNDECIDED.contains(&from), "{from} {event:?}");
        }
    }
    // However its run ends.
    for end in RunStatus::ALL.iter().filter(|status| status.is_final()) {
        let event = match end {
            RunStatus::Succeeded => RequestEvent::RunSucceeded,
            RunStatus::Undone => RequestEvent::RunUndone,
            RunStatus::Kept => RequestEvent::RunKept,
            _ => RequestEvent::FoundStale,
        };
        assert!(RequestStatus::Running.on(event).is_ok(), "{end}");
    }
    let next = |state| RequestEvent::ALL.iter().filter_map(|event| RequestStatus::on(state, *event).ok()).collect();
    assert_ends_are_reached(RequestStatus::ALL, &ends, next);
}

#[test]
fn every_state_of_a_stack_meets_every_event() {
    for from in StackStatus::ALL.iter().copied() {
        let mut exits = 0;
        for event in StackEvent::ALL.iter().copied() {
            let rows: Vec<_> = STACK_TABLE.iter().filter(|(state, on, _)| (*state, *on) == (from, event)).collect();
            match from.on(event) {
                Ok(to) => {
                    assert_eq!(rows, [&(from, event, to)], "one row, and it says so");
                    exits += usize::from(to != from);
                }
                Err(refused) => {
                    assert_eq!((rows.len(), refused), (0, stack::NotNow { from, event }));
                }
            }
        }
        assert_eq!(exits == 0, from == StackStatus::Gone, "{from}");
    }
    let next = |state| StackEvent::ALL.iter().filter_map(|event| StackStatus::on(state, *event).ok()).collect();
    assert_ends_are_reached(StackStatus::ALL, &[StackStatus::Gone], next);
}

/// What can be left, and by what.
#[derive(Default)]
struct Met {
    statuses: HashSet<RunStatus>,
    /// The phases in which a step was, and those that came after each.
    phases: BTreeMap<String, BTreeSet<String>>,
}

/// Every state that any order of events can bring a run of this plan into, also an order that nobody would write.
fn meet_everything(plan: &Plan, met: &mut Met) {
    let events = events(plan);
    let (mut seen, mut open) = (HashSet::new(), vec![RunState::new(plan)]);
    while let Some(state) = open.pop() {
        assert_has_an_exit(plan, &state);
        met.statuses.insert(decide(plan, &state).status);
        let ended = state.kept || state.stale;
        for (name, event) in &events {
            let logged = LoggedEvent { position: state.position + 1, at: DateTime::UNIX_EPOCH, event: event.clone() };
            let mut next = state.clone();
            if let Err(refused) = next.apply(&logged) {
                assert_eq!(refused.position, logged.position);
                continue;
            }
            assert!(!ended, "{name} after the end");
            for (id, before) in &state.steps {
                let after = met.phases.entry(format!("{:?}", before.phase)).or_default();
                if next.steps[id].phase != before.phase {
                    after.insert(format!("{:?}", next.steps[id].phase));
                }
            }
            // How long the log is makes no difference beyond its beginning.
            next.position = 1;
            if seen.insert(format!("{next:?}")) {
                open.push(next);
            }
        }
    }
}

/// The runner has something to do, or a person has something to choose that leads on, or it is an end.
pub fn assert_has_an_exit(plan: &Plan, state: &RunState) {
    let decision = decide(plan, state);
    let (status, offered) = (decision.status, choices(plan, state));
    assert_eq!(decision.work.is_empty(), !status.is_active(), "{state:?}");
    if status.is_final() {
        assert_eq!(offered, [], "{state:?}");
    } else if status.is_waiting() {
        // To go on, and to leave it: never only one of them.
        assert!([Choice::Retry, Choice::Keep].iter().all(|choice| offered.contains(choice)), "{state:?}");
    } else {
        // Whatever it is at, it can be stopped, once.
        assert_eq!(offered, if state.aborted { vec![] } else { vec![Choice::Abort] }, "{state:?}");
    }
    for choice in offered {
        let mut next = state.clone();
        let event = Event::Chosen { choice, by: "someone".into() };
        next.apply(&LoggedEvent { position: state.position + 1, at: DateTime::UNIX_EPOCH, event }).unwrap();
        let after = decide(plan, &next).status;
        let leads_on = if choice == Choice::Abort { next.aborted } else { !after.is_waiting() };
        assert!(leads_on, "{status} is still {after} after {choice}: {state:?}");
    }
}

#[test]
fn every_state_of_a_run_and_of_its_steps_meets_every_event() {
    let plan = |steps| Plan { wish: Wish::Update, steps, outputs: BTreeMap::new(), observed: String::new() };
    let mut met = Met::default();
    for steps in [
        vec![step(0, Act::Create, vec![]), step(1, Act::Update, vec![0])],
        vec![step(0, Act::Replace, vec![]), step(1, Act::Delete, vec![])],
        vec![step(0, Act::None, vec![]), step(1, Act::Create, vec![0])],
        vec![step(0, Act::Delete, vec![])],
        vec![],
    ] {
        meet_everything(&plan(steps), &mut met);
    }
    assert_eq!(met.statuses.len(), RunStatus::ALL.len(), "{:?}", met.statuses);
    assert_eq!(met.phases.len(), 8, "{:?}", met.phases.keys());
    for (phase, after) in &met.phases {
        assert_eq!(after.is_empty(), *phase == format!("{:?}", Phase::Undone), "{phase} is left to {after:?}");
    }
}
