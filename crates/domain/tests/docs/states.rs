//! The tables of states and roles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use chrono::DateTime;
use gantry_domain::{
    authz::{Action, Requester, TABLE, Who},
    observation::Outputs,
    plan::{Act, Plan, Wish},
    request::{REQUEST_TABLE, RequestEvent},
    run::{Choice, Event, Failure, Hands, LoggedEvent, RunState, RunStatus, StepEvent, decide},
    stack::STACK_TABLE,
};

use crate::{assert_written, common::step, exits::assert_has_an_exit};

/// Two things are made, the second with the first, and then an old one is deleted: all that can happen to a run happens
/// to this one.
fn small_plan() -> Plan {
    let steps = vec![step(0, Act::Create, vec![]), step(1, Act::Update, vec![0]), step(2, Act::Delete, vec![])];
    Plan { wish: Wish::Update, steps, outputs: BTreeMap::new(), observed: String::new() }
}

/// Every event that there is, by its name in the tables.
pub fn events(plan: &Plan) -> Vec<(String, Event)> {
    let failure = || Failure { code: "x".into(), message: "x".into(), advice: "x".into(), request_id: None };
    let outputs = Outputs::new;
    let of_steps = [
        ("Started", StepEvent::Started),
        ("Exists", StepEvent::Exists { outputs: outputs() }),
        ("Done", StepEvent::Done { outputs: outputs() }),
        ("Failed", StepEvent::Failed { failure: failure() }),
        ("UndoStarted", StepEvent::UndoStarted),
        ("Undone", StepEvent::Undone),
        ("UndoFailed", StepEvent::UndoFailed { failure: failure() }),
    ];
    let mut all = vec![("Begun".to_owned(), Event::Begun), ("FoundStale".to_owned(), Event::FoundStale)];
    for choice in Choice::ALL {
        all.push((format!("Chosen {choice:?}"), Event::Chosen { choice: *choice, by: "someone".into() }));
    }
    let (name, note, by) = ("x".to_owned(), "x".to_owned(), "x".to_owned());
    all.push(("HandedTo".to_owned(), Event::HandedTo { to: Hands::Platform, name, note, by: by.clone() }));
    all.push(("HandedBack".to_owned(), Event::HandedBack { by }));
    for step in &plan.steps {
        all.extend(of_steps.iter().map(|(name, event)| {
            (format!("Step {name}"), Event::Step { step: step.id.clone(), event: event.clone() })
        }));
    }
    all
}

type Rows = BTreeSet<(String, String, String)>;

/// What a walk finds.
#[derive(Default)]
struct Found {
    /// What changes a run's status.
    runs: Rows,
    /// What a person can choose in a status, and whether it also goes on by itself.
    ways_out: BTreeMap<String, (BTreeSet<String>, bool)>,
    /// What changes a step's phase.
    steps: Rows,
    /// In which status a run is handed to somebody, with whether somebody has it before and after.
    hands: BTreeSet<(String, &'static str, String, &'static str)>,
}

fn whose(state: &RunState) -> &'static str {
    if state.handed.is_some() { "somebody's" } else { "nobody's" }
}

/// Walks through every state that the runner and people can bring a run into.
fn walk() -> Found {
    let plan = small_plan();
    let events = events(&plan);
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    let mut open = vec![RunState::new(&plan)];
    while let Some(state) = open.pop() {
        assert_has_an_exit(&plan, &state);
        let decision = decide(&plan, &state);
        let choices = gantry_domain::run::choices(&plan, &state);
        if !decision.status.is_final() {
            let (chosen, goes_on) = found.ways_out.entry(order(decision.status)).or_default();
            chosen.extend(choices.iter().map(|choice| format!("{choice:?}")));
            *goes_on |= !decision.work.is_empty();
        }
        for (name, event) in &events {
            let offered = match event {
                Event::Chosen { choice, .. } => choices.contains(choice),
                // The runner writes of what it has in hand only, and looks at the seal before its first step.
                Event::Step { step, .. } => state.begun && decision.work.iter().any(|work| &work.step == step),
                Event::Begun | Event::FoundStale => decision.status.is_active(),
                Event::HandedTo { .. } | Event::HandedBack { .. } => decision.status.is_waiting(),
                Event::Unreadable { .. } => false,
            };
            let logged = LoggedEvent { position: state.position + 1, at: DateTime::UNIX_EPOCH, event: event.clone() };
            let mut next = state.clone();
            if !offered || next.apply(&logged).is_err() {
                continue;
            }
            let (from, to) = (decision.status, decide(&plan, &next).status);
            if from != to {
                found.runs.insert((order(from), name.clone(), to.to_string()));
            }
            if matches!(event, Event::HandedTo { .. } | Event::HandedBack { .. }) {
                assert_eq!(from, to, "in whose hands it is changes nothing else");
                found.hands.insert((order(from), whose(&state), name.clone(), whose(&next)));
            }
            if let Event::Step { step, .. } = event {
                let (from, to) = (state.steps[step].phase, next.steps[step].phase);
                if from != to {
                    found.steps.insert((format!("{from:?}"), name["Step ".len()..].to_owned(), format!("{to:?}")));
                }
            }
            let last = next.position;
            // How long the log is makes no difference beyond its beginning.
            next.position = 1;
            if seen.insert(format!("{next:?}")) {
                next.position = last;
                open.push(next);
            }
        }
    }
    found
}

/// For sorting: the order of a run's life.
fn order(status: RunStatus) -> String {
    format!("{}{status}", u8::try_from(status as usize).unwrap())
}

/// Who makes it happen: the action that it takes, or the engine.
fn by(event: RequestEvent) -> String {
    use RequestEvent as E;
    let action = match event {
        E::QuorumReached | E::Rejected | E::ChangesAsked => Action::DecideRequest,
        E::Withdrawn => Action::WithdrawRequest,
        E::Replanned => Action::ReplanRequest,
        E::Edited => Action::EditRequest,
        E::Expired => return "time".to_owned(),
        E::FoundStale => return "a look at AWS".to_owned(),
        E::RunSucceeded | E::RunUndone | E::RunKept => return "its run".to_owned(),
    };
    format!("`{action}`")
}

fn states() -> String {
    let mut text = String::from(
        "# States\n\nWritten from the code by `crates/domain/tests/docs/states.rs`. What is not in a table cannot happen.\n\n## Request\n\nWho may do what is in `roles.md`.\n\n| state | event | by | next |\n| --- | --- | --- | --- |\n",
    );
    for (from, on, to) in REQUEST_TABLE {
        writeln!(text, "| {from} | {on:?} | {} | {to} |", by(*on)).unwrap();
    }
    text.push_str("\n## Stack\n\n| state | event | next |\n| --- | --- | --- |\n");
    for (from, on, to) in STACK_TABLE {
        writeln!(text, "| {from} | {on:?} | {to} |").unwrap();
    }
    let Found { runs, ways_out, steps, hands } = walk();
    text.push_str(
        "\n## Run\n\nFound by walking through every state of a small plan; events that leave the status as it is are left out.\n\n| status | event | next |\n| --- | --- | --- |\n",
    );
    for (from, on, to) in runs {
        writeln!(text, "| {} | {on} | {to} |", &from[1..]).unwrap();
    }
    writeln!(
        text,
        "\n## Ways out of a run\n\nWhoever has `{}` may choose. One whose log cannot be read can be kept.\n\n| status | goes on by itself | a person may choose |\n| --- | --- | --- |",
        Action::SteerRun
    )
    .unwrap();
    for (status, (chosen, goes_on)) in ways_out {
        let chosen: Vec<String> = chosen.into_iter().collect();
        let goes_on = if goes_on { "yes" } else { "no" };
        writeln!(text, "| {} | {goes_on} | {} |", &status[1..], chosen.join(", ")).unwrap();
    }
    text.push_str(
        "\n## In whose hands a run is that waits\n\nWhoever may steer it still may, whoever has it.\n\n| status | hands | event | then |\n| --- | --- | --- | --- |\n",
    );
    for (status, before, on, after) in hands {
        writeln!(text, "| {} | {before} | {on} | {after} |", &status[1..]).unwrap();
    }
    text.push_str("\n## Step of a run\n\nA retry takes Failed back to Waiting and UndoFailed back to Undoing.\n\n| phase | event | next |\n| --- | --- | --- |\n");
    for (from, on, to) in steps {
        writeln!(text, "| {from} | {on} | {to} |").unwrap();
    }
    text
}

fn roles() -> String {
    let mut text = String::from(
        "# Who may do what\n\nWritten from the code by `crates/domain/tests/docs/states.rs`. What no row allows is denied.\n\n| action | allowed to | who asked |\n| --- | --- | --- |\n",
    );
    for rule in TABLE {
        let who: Vec<String> = rule
            .who
            .iter()
            .map(|who| match who {
                Who::Anyone => "anyone signed in".to_owned(),
                Who::Member(role) => format!("{role} of the team, or more"),
                Who::Across(role) => format!("{role}"),
            })
            .collect();
        let not = match rule.requester {
            Requester::Anyone => "",
            Requester::Others => "others only",
            Requester::Only => "only the requester",
        };
        writeln!(text, "| {} | {} | {not} |", rule.action, who.join("; ")).unwrap();
    }
    text
}

#[test]
fn docs_say_what_the_code_does() {
    assert_written("states.md", &states());
    assert_written("roles.md", &roles());
}
