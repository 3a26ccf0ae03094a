//! Runs, their logs and leases.

use chrono::Duration;
use domain::{
    ids::TeamId,
    run::{Choice, Event, Hands, LoggedEvent, Run, RunStatus, StepEvent, Wait},
    stack::Stack,
};

use super::{
    Database,
    fixtures::{at, begin, enqueue, id, request, run, stack, started},
};
use crate::{Page, StorageError};

/// Queued, leased and ended.
pub async fn a_run_keeps_all_its_fields(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    assert_eq!(tx.lookup_run(&runs[0].id).await.unwrap().as_ref(), Some(&runs[0]));
    assert_eq!(tx.lookup_run(&id("run-none")).await.unwrap(), None);
    let ended = Run {
        status: RunStatus::Kept,
        fence: 3,
        leased_by: Some("runner-1".to_owned()),
        leased_until: Some(at(90)),
        ended_at: Some(at(80)),
        ..run("ended", &request("a", "a"))
    };
    tx.add_run(&ended).await.unwrap();
    assert_eq!(tx.lookup_run(&ended.id).await.unwrap(), Some(ended));
}

/// In every unfinished state; after every final one the request may run again.
pub async fn a_request_has_one_unfinished_run(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    let second = run("second", &request("a", "a"));
    for status in RunStatus::ALL.iter().copied().filter(|status| !status.is_final()) {
        tx.set_run_status(&runs[0].id, status, None).await.unwrap();
        assert!(matches!(tx.add_run(&second).await, Err(StorageError::Taken { .. })), "{status}");
    }
    for (n, status) in RunStatus::ALL.iter().copied().filter(|status| status.is_final()).enumerate() {
        tx.set_run_status(&runs[0].id, status, Some(at(9))).await.unwrap();
        let next = run(&format!("next{n}"), &request("a", "a"));
        tx.add_run(&next).await.unwrap();
        tx.set_run_status(&next.id, status, Some(at(9))).await.unwrap();
    }
}

/// Newest first, although all were enqueued at the same instant.
pub async fn runs_are_listed_by_stack_and_by_status(database: &dyn Database) {
    let runs = enqueue(database, &["b", "c", "a"]).await;
    let mut tx = begin(database).await;
    let ended = Run { status: RunStatus::Succeeded, ended_at: Some(at(9)), ..run("b2", &request("b", "b")) };
    tx.add_run(&ended).await.unwrap();
    assert_eq!(tx.list_runs(&id("stk-b")).await.unwrap(), [ended.clone(), runs[0].clone()]);
    assert_eq!(tx.list_runs(&id("stk-none")).await.unwrap(), []);

    let queued = [RunStatus::Queued];
    let newest_first = [runs[2].clone(), runs[1].clone(), runs[0].clone()];
    assert_eq!(tx.list_runs_by_status(&queued, None, 10).await.unwrap(), newest_first);
    assert_eq!(tx.list_runs_by_status(&queued, None, 2).await.unwrap(), newest_first[..2]);
    assert_eq!(tx.list_runs_by_status(&[RunStatus::Queued, RunStatus::Succeeded], None, 1).await.unwrap(), [ended]);
    assert_eq!(tx.list_runs_by_status(&[], None, 10).await.unwrap(), []);

    let (shop, bank) = (id("team-shop"), id("team-bank"));
    tx.update_stack(&Stack { team: id("team-bank"), ..stack("c") }).await.unwrap();
    let of = async |tx: &mut dyn crate::Transaction, teams: &[TeamId], limit| {
        let found = tx.list_runs_by_status(&queued, Some(teams), limit).await.unwrap();
        found.iter().map(|run| run.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(&mut *tx, std::slice::from_ref(&bank), 10).await, ["run-c"]);
    assert_eq!(of(&mut *tx, std::slice::from_ref(&shop), 1).await, ["run-a"], "the limit counts those of the team");
    assert_eq!(of(&mut *tx, &[shop, bank], 10).await, ["run-a", "run-c", "run-b"]);
    assert!(of(&mut *tx, &[], 10).await.is_empty(), "no team is not every team");
}

/// Whatever page they are on, and whatever else ran between them.
pub async fn releases_are_numbered_from_the_first_and_paged(database: &dyn Database) {
    enqueue(database, &["a", "b"]).await;
    let mut tx = begin(database).await;
    let ended = [
        ("one", RunStatus::Succeeded),
        ("undone", RunStatus::Undone),
        ("two", RunStatus::Succeeded),
        ("kept", RunStatus::Kept),
        ("0three", RunStatus::Succeeded),
    ];
    for (name, status) in ended {
        let run = Run { status, ended_at: Some(at(9)), ..run(name, &request("a", "a")) };
        tx.add_run(&run).await.unwrap();
    }
    let other = Run { status: RunStatus::Succeeded, ended_at: Some(at(9)), ..run("other", &request("b", "b")) };
    tx.add_run(&other).await.unwrap();

    let (stack, mut page, mut seen) = (id("stk-a"), Page { after: None, limit: 2 }, vec![]);
    loop {
        let found = tx.list_releases(&stack, &page).await.unwrap();
        assert!(found.len() <= 2);
        let Some((_, last)) = found.last() else { break };
        page.after = Some(last.id.to_string());
        seen.extend(found.into_iter().map(|(number, run)| (number, run.id.to_string())));
    }
    let expected = [(3, "run-0three"), (2, "run-two"), (1, "run-one")];
    assert_eq!(seen, expected.map(|(number, run)| (number, run.to_owned())));
    assert_eq!(tx.count_releases(&stack).await.unwrap(), 3);
    assert_eq!(tx.list_releases(&id("stk-b"), &Page::default()).await.unwrap(), [(1, other)]);
    assert_eq!(tx.count_releases(&id("stk-none")).await.unwrap(), 0);
}

/// In turn, each with a fence above the last.
pub async fn the_oldest_active_run_is_leased_first(database: &dyn Database) {
    enqueue(database, &["c", "a", "b"]).await;
    let mut tx = begin(database).await;
    // Only what the runner can work on.
    tx.set_run_status(&id("run-a"), RunStatus::NeedsChoice, None).await.unwrap();
    let first = tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    let expected = Run {
        fence: 1,
        leased_by: Some("runner-1".to_owned()),
        leased_until: Some(at(40)),
        ..run("c", &request("c", "c"))
    };
    assert_eq!(first, expected);
    assert_eq!(tx.lookup_run(&id("run-c")).await.unwrap(), Some(expected));
    assert_eq!(tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap().id, id("run-b"));
    assert_eq!(tx.lease_run("runner-1", at(10), at(40)).await.unwrap(), None);

    tx.set_run_status(&id("run-a"), RunStatus::Undoing, None).await.unwrap();
    assert_eq!(tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap().id, id("run-a"));
}

/// The oldest of them, each once, and one of a stack.
pub async fn as_many_runs_are_leased_as_are_asked_for(database: &dyn Database) {
    enqueue(database, &["c", "a", "b"]).await;
    let mut tx = begin(database).await;
    let second = request("second", "c");
    tx.add_request(&second).await.unwrap();
    tx.add_run(&run("second", &second)).await.unwrap();
    let mut leased = vec![];
    for (most, until) in [(0, 40), (2, 50), (9, 60), (9, 60)] {
        let mut runs: Vec<_> = tx
            .lease_runs("runner-1", at(10), at(until), most)
            .await
            .unwrap()
            .into_iter()
            .map(|run| {
                assert_eq!((run.fence, run.leased_until), (1, Some(at(until))));
                run.id.to_string()
            })
            .collect();
        runs.sort_unstable();
        leased.push(runs);
    }
    assert_eq!(leased, [vec![], vec!["run-a", "run-c"], vec!["run-b"], vec![]]);
}

/// Until the lease ends; then the next holder has a higher fence.
pub async fn a_run_is_not_leased_while_someone_holds_it(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    tx.set_run_status(&id("run-a"), RunStatus::Running, None).await.unwrap();
    let just_before = at(40) - Duration::microseconds(1);
    assert_eq!(tx.lease_run("runner-2", just_before, at(90)).await.unwrap(), None);
    let taken = tx.lease_run("runner-2", at(40), at(90)).await.unwrap().unwrap();
    assert_eq!((taken.fence, taken.leased_by.as_deref()), (2, Some("runner-2")));
}

/// Whatever that one waits for: a person, too.
pub async fn a_run_waits_for_every_unfinished_run_of_its_stack(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    let second = request("second", "a");
    tx.add_request(&second).await.unwrap();
    tx.add_run(&run("second", &second)).await.unwrap();

    let held = tx.lease_run("runner-1", at(10), at(99)).await.unwrap().unwrap();
    assert_eq!(held.id, runs[0].id);
    for status in RunStatus::ALL.iter().copied().filter(|status| !status.is_final()) {
        tx.set_run_status(&held.id, status, None).await.unwrap();
        assert_eq!(tx.lease_run("runner-2", at(20), at(99)).await.unwrap(), None, "{status}");
    }
    tx.set_run_status(&held.id, RunStatus::Undone, Some(at(30))).await.unwrap();
    assert_eq!(tx.lease_run("runner-2", at(30), at(99)).await.unwrap().unwrap().id, id("run-second"));
}

/// Two runs of one stack never run at once, whatever the clocks of two processes say.
pub async fn a_run_waits_its_turn_even_if_the_clock_went_back(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    let second = request("second", "a");
    tx.add_request(&second).await.unwrap();
    tx.add_run(&Run { created_at: at(-100), ..run("0second", &second) }).await.unwrap();
    assert_eq!(tx.lease_run("runner-1", at(10), at(99)).await.unwrap().unwrap().id, runs[0].id);
    assert_eq!(tx.lease_run("runner-2", at(10), at(99)).await.unwrap(), None);
}

/// The other goes away with nothing, not with an error.
pub async fn of_two_racing_runners_one_gets_the_lease(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8 {
        let storage = database.storage();
        tasks.spawn(async move {
            let mut tx = storage.begin().await.unwrap();
            let run = tx.lease_run(&format!("runner-{n}"), at(10), at(40)).await.unwrap();
            tx.commit().await.unwrap();
            run
        });
    }
    let leased: Vec<Run> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(leased.len(), 1, "{leased:?}");
    let stored = begin(database).await.lookup_run(&id("run-a")).await.unwrap();
    assert_eq!(stored.as_ref(), leased.first());
}

fn is_fenced<T: std::fmt::Debug>(result: Result<T, StorageError>, fence: i64) {
    match result {
        Err(StorageError::Fenced { run, fence: held }) => assert_eq!((run, held), (id("run-a"), fence)),
        other => panic!("{other:?}"),
    }
}

/// Who lost it cannot hold on, nor throw the next one out.
pub async fn a_lease_is_extended_and_released_only_by_its_holder(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    let run_a = id("run-a");
    let mut tx = begin(database).await;
    is_fenced(tx.extend_lease(&run_a, 0, at(40)).await, 0);
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    tx.extend_lease(&run_a, 1, at(60)).await.unwrap();
    assert_eq!(tx.lease_run("runner-2", at(50), at(90)).await.unwrap(), None);
    tx.lease_run("runner-2", at(60), at(90)).await.unwrap().unwrap();
    is_fenced(tx.extend_lease(&run_a, 1, at(99)).await, 1);
    is_fenced(tx.release_lease(&run_a, 1).await, 1);
    tx.release_lease(&run_a, 2).await.unwrap();
    is_fenced(tx.extend_lease(&run_a, 2, at(99)).await, 2);
    is_fenced(tx.release_lease(&run_a, 2).await, 2);

    let free = tx.lookup_run(&run_a).await.unwrap().unwrap();
    assert_eq!((free.leased_by, free.leased_until, free.fence), (None, None, 2));
    assert_eq!(tx.lease_run("runner-3", at(61), at(90)).await.unwrap().unwrap().fence, 3);
}

/// Positions without gaps, per run.
pub async fn the_log_is_appended_only_under_the_lease(database: &dyn Database) {
    enqueue(database, &["a", "b"]).await;
    let run_a = id("run-a");
    let mut tx = begin(database).await;
    is_fenced(tx.append_event(&run_a, 0, &started("cluster"), at(10)).await, 0);
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    assert_eq!(tx.append_event(&run_a, 1, &started("cluster"), at(11)).await.unwrap(), 1);
    assert_eq!(tx.append_event(&run_a, 1, &started("service"), at(12)).await.unwrap(), 2);
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    assert_eq!(tx.append_event(&id("run-b"), 1, &started("cluster"), at(13)).await.unwrap(), 1);

    tx.lease_run("runner-2", at(41), at(90)).await.unwrap().unwrap();
    is_fenced(tx.append_event(&run_a, 1, &started("late"), at(42)).await, 1);
    assert_eq!(tx.append_event(&run_a, 2, &started("rule"), at(43)).await.unwrap(), 3);
    tx.release_lease(&run_a, 2).await.unwrap();
    is_fenced(tx.append_event(&run_a, 2, &started("late"), at(44)).await, 2);
    assert_eq!(tx.list_events(&run_a, 0).await.unwrap().len(), 3);
}

/// Whoever works on the run meanwhile.
pub async fn a_choice_needs_no_lease(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    let chosen = Event::Chosen { choice: Choice::Abort, by: "Ada".to_owned() };
    assert_eq!(tx.append_choice(&id("run-a"), &chosen, at(10)).await.unwrap(), 1);
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    assert_eq!(tx.append_choice(&id("run-a"), &chosen, at(11)).await.unwrap(), 2);
    assert!(matches!(tx.append_choice(&id("run-none"), &chosen, at(12)).await, Err(StorageError::Conflict { .. })));
}

/// As an event stream resumes.
pub async fn the_log_is_read_after_a_position(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    let run_a = id("run-a");
    let mut tx = begin(database).await;
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    let failure = domain::run::Failure {
        code: "ThrottlingException".to_owned(),
        message: "Rate exceeded".to_owned(),
        advice: "Wait.".to_owned(),
        request_id: Some("r-1".to_owned()),
    };
    let outputs = stack("a").outputs;
    let step = |event| Event::Step { step: "cluster".to_owned(), event };
    let events = [
        step(StepEvent::Started),
        step(StepEvent::Exists { outputs: outputs.clone() }),
        step(StepEvent::Done { outputs }),
        step(StepEvent::Failed { failure: failure.clone() }),
        step(StepEvent::Waits { wait: Wait { why: "AWS is at it.".to_owned(), since: at(1), at_most_seconds: 900 } }),
        step(StepEvent::UndoStarted),
        step(StepEvent::Undone),
        step(StepEvent::UndoFailed { failure }),
        Event::Chosen { choice: Choice::Retry, by: "Ada".to_owned() },
        Event::Begun,
        Event::FoundStale,
        handed_to("usr-bob"),
        Event::HandedBack { by: "Ada".to_owned() },
    ];
    let mut expected = vec![];
    for (event, position) in events.into_iter().zip(1..) {
        let at = at(10 + position as i64);
        assert_eq!(tx.append_event(&run_a, 1, &event, at).await.unwrap(), position);
        expected.push(LoggedEvent { position, at, event });
    }
    assert_eq!(tx.list_events(&run_a, 0).await.unwrap(), expected);
    assert_eq!(tx.last_event_position(&run_a).await.unwrap(), 13);
    assert_eq!(tx.last_event_position(&id("run-none")).await.unwrap(), 0);
    assert_eq!(tx.list_events(&run_a, 7).await.unwrap(), expected[7..]);
    assert_eq!(tx.list_events(&run_a, 13).await.unwrap(), []);
    assert_eq!(tx.list_events(&run_a, u64::MAX).await.unwrap(), []);
    assert_eq!(tx.list_events(&id("run-none"), 0).await.unwrap(), []);
}

fn handed_to(whom: &str) -> Event {
    let note = "{\"type\":\"handed_to\",\"to\":\"usr-eve\",".to_owned();
    Event::HandedTo { to: id(whom), name: "Bob Example".to_owned(), note, by: "Ada".to_owned() }
}

/// Whatever notes say, and only while the run waits for somebody.
pub async fn runs_are_found_by_whom_they_were_handed_to_last(database: &dyn Database) {
    enqueue(database, &["a", "b", "c"]).await;
    let mut tx = begin(database).await;
    tx.update_stack(&Stack { team: id("team-bank"), ..stack("c") }).await.unwrap();
    let (bob, eve, platform): (Hands, Hands, Hands) = (id("usr-bob"), id("usr-eve"), id("platform"));
    for (run, whom) in [("run-a", "usr-bob"), ("run-b", "usr-bob"), ("run-b", "platform"), ("run-c", "usr-bob")] {
        tx.append_choice(&id(run), &started("cluster"), at(10)).await.unwrap();
        tx.append_choice(&id(run), &handed_to(whom), at(11)).await.unwrap();
        tx.append_choice(&id(run), &started("service"), at(12)).await.unwrap();
    }
    let found = async |tx: &mut dyn crate::Transaction, of: &[Hands], teams: Option<&[TeamId]>, limit| {
        let found = tx.list_runs_in_hands(of, teams, limit).await.unwrap();
        found.iter().map(|run| run.id.to_string()).collect::<Vec<_>>()
    };
    assert!(found(&mut *tx, std::slice::from_ref(&bob), None, 9).await.is_empty(), "none of them waits");
    tx.set_run_status(&id("run-a"), RunStatus::NeedsChoice, None).await.unwrap();
    tx.set_run_status(&id("run-b"), RunStatus::NeedsAttention, None).await.unwrap();
    tx.set_run_status(&id("run-c"), RunStatus::NeedsAttention, None).await.unwrap();
    assert_eq!(found(&mut *tx, std::slice::from_ref(&bob), None, 9).await, ["run-c", "run-a"]);
    assert_eq!(found(&mut *tx, std::slice::from_ref(&bob), None, 1).await, ["run-c"]);
    assert_eq!(found(&mut *tx, std::slice::from_ref(&bob), Some(&[id("team-shop")]), 9).await, ["run-a"]);
    assert_eq!(found(&mut *tx, std::slice::from_ref(&platform), None, 9).await, ["run-b"]);
    assert_eq!(found(&mut *tx, &[bob.clone(), platform], None, 9).await, ["run-c", "run-b", "run-a"]);
    assert!(found(&mut *tx, &[], None, 9).await.is_empty());
    assert!(found(&mut *tx, &[eve], None, 9).await.is_empty(), "a note hands nothing over");

    tx.append_choice(&id("run-a"), &Event::HandedBack { by: "Bob".to_owned() }, at(13)).await.unwrap();
    tx.commit().await.unwrap();
    database.tamper("UPDATE run_events SET event = '[]' WHERE run_id = 'run-b'").await;
    assert_eq!(found(&mut *begin(database).await, &[bob], None, 9).await, ["run-c"]);
}

/// A kind of a newer program, or what somebody wrote there: the rest of the log is read as it is.
pub async fn a_row_that_is_no_event_is_told_in_its_place(database: &dyn Database) {
    enqueue(database, &["a", "b"]).await;
    let run_a = id("run-a");
    let mut tx = begin(database).await;
    for step in ["cluster", "rule", "service"] {
        tx.append_choice(&run_a, &started(step), at(10)).await.unwrap();
        tx.append_choice(&id("run-b"), &started(step), at(10)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let before = begin(database).await.list_events(&run_a, 0).await.unwrap();
    for wrong in
        [r#"{"type":"vanished"}"#, r#"{"type":"step","step":"rule"}"#, "[]", "null", r#"{"type":"unreadable"}"#]
    {
        let sql = format!("UPDATE run_events SET event = '{wrong}' WHERE run_id = 'run-a' AND position = 2");
        database.tamper(&sql).await;
        let read = begin(database).await.list_events(&run_a, 0).await.unwrap();
        assert_eq!((&read[0], read[1].position, &read[2]), (&before[0], 2, &before[2]), "{wrong}");
        assert!(matches!(read[1].event, Event::Unreadable { .. }), "{wrong}: {read:?}");
    }
    assert!(
        begin(database).await.append_choice(&run_a, &Event::Unreadable { why: String::new() }, at(11)).await.is_err()
    );
    database.tamper("DELETE FROM run_events WHERE run_id = 'run-a' AND position = 2").await;
    let left = begin(database).await.list_events(&run_a, 0).await.unwrap();
    assert_eq!(left, [before[0].clone(), before[2].clone()], "nothing moves up into a gap");
    assert_eq!(begin(database).await.list_events(&id("run-b"), 0).await.unwrap().len(), 3);
}

/// A final state with its end and no other with one.
pub async fn a_status_is_set_with_its_end(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    for status in RunStatus::ALL.iter().copied() {
        let ended_at = status.is_final().then(|| at(50));
        tx.set_run_status(&runs[0].id, status, ended_at).await.unwrap();
        let expected = Run { status, ended_at, ..runs[0].clone() };
        assert_eq!(tx.lookup_run(&runs[0].id).await.unwrap(), Some(expected));
    }
    let unknown = tx.set_run_status(&id("run-none"), RunStatus::Running, None).await;
    assert!(matches!(unknown, Err(StorageError::Conflict { .. })));
    drop(tx);
    for status in RunStatus::ALL.iter().copied() {
        let wrong = (!status.is_final()).then(|| at(50));
        let mut tx = begin(database).await;
        assert!(tx.set_run_status(&runs[0].id, status, wrong).await.is_err(), "{status}");
    }
}

/// Not by update, delete, or replacing.
pub async fn the_log_of_a_run_is_append_only(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    let mut tx = begin(database).await;
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    tx.append_event(&id("run-a"), 1, &started("cluster"), at(11)).await.unwrap();
    tx.append_event(&id("run-a"), 1, &started("service"), at(12)).await.unwrap();
    tx.commit().await.unwrap();
    let before = begin(database).await.list_events(&id("run-a"), 0).await.unwrap();

    for sql in [
        "UPDATE run_events SET at = '2000-01-01T00:00:00.000000Z' WHERE position = 2",
        "DELETE FROM run_events WHERE position = 2",
    ] {
        let refused = database.execute(sql).await.unwrap_err();
        assert!(refused.contains("append-only"), "{refused}");
    }
    assert_eq!(begin(database).await.list_events(&id("run-a"), 0).await.unwrap(), before);
}

/// Only somebody with the file in hand can write such a row; it is not read as if it were one.
pub async fn a_run_whose_status_and_end_disagree_is_corrupt(database: &dyn Database) {
    enqueue(database, &["a", "b"]).await;
    database.tamper("UPDATE runs SET status = 'succeeded' WHERE id = 'run-a'").await;
    database.tamper("UPDATE runs SET status = 'asleep' WHERE id = 'run-b'").await;
    for name in ["run-a", "run-b"] {
        let found = begin(database).await.lookup_run(&id(name)).await;
        assert!(matches!(found, Err(StorageError::Corrupt { .. })), "{found:?}");
    }
}

/// Likewise.
pub async fn a_run_with_half_a_lease_is_corrupt(database: &dyn Database) {
    enqueue(database, &["a"]).await;
    database.tamper("UPDATE runs SET leased_by = 'nobody' WHERE id = 'run-a'").await;
    let found = begin(database).await.lookup_run(&id("run-a")).await;
    assert!(matches!(found, Err(StorageError::Corrupt { .. })), "{found:?}");
}
