//! What runs write at once.

use std::collections::BTreeMap;

use chrono::Duration;
use domain::{
    audit::{Entry, genesis, verify},
    plan::Resource,
    run::{Event, Run, RunStatus},
    seal::SecretRef,
};
use serde_json::json;

use super::{
    Database,
    fixtures::{at, begin, enqueue, entry, id, resource, started},
    secrets::secret as sealed,
};
use crate::{Note, StorageError};

fn note(run: &Run, fence: i64, steps: &[&str]) -> Note {
    Note {
        run: run.id.clone(),
        fence,
        stack: run.stack.clone(),
        at: at(20),
        until: None,
        events: steps.iter().map(|step| started(step)).collect(),
        status: None,
        resources: vec![],
        erased: None,
        lines: vec![],
    }
}

/// Of several runs in one go, in order; nothing of a run that somebody else holds, or nobody.
pub async fn notes_are_written_for_runs_that_are_held(database: &dyn Database) {
    let runs = enqueue(database, &["a", "b", "d", "c"]).await;
    let (a, b, d, c) = (&runs[0], &runs[1], &runs[2], &runs[3]);
    let mut tx = begin(database).await;
    for _ in [a, b, d] {
        tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    }
    tx.append_audit(&entry(1)).await.unwrap();
    tx.append_event(&a.id, 1, &started("first"), at(11)).await.unwrap();
    let secret = SecretRef { id: id("sec-1"), version: 1 };
    tx.add_secret(&sealed(1)).await.unwrap();

    let gone = Resource { live: false, outputs: BTreeMap::new(), ..resource("targets", 1) };
    let lost = Note { resources: vec![resource("lost", 1)], lines: vec![entry(99)], ..note(a, 0, &["lost"]) };
    let nobodys = Note { status: Some(RunStatus::Running), ..note(c, 0, &["nobody"]) };
    let notes = [
        Note { resources: vec![resource("targets", 1)], lines: vec![entry(2), entry(3)], ..note(a, 1, &["x", "y"]) },
        lost,
        Note { status: Some(RunStatus::Undoing), until: Some(at(70)), ..note(b, 1, &["z"]) },
        nobodys,
        Note {
            resources: vec![gone.clone()],
            erased: Some(secret.clone()),
            lines: vec![entry(4)],
            ..note(a, 1, &["w"])
        },
        Note { until: Some(at(60)), ..note(b, 1, &[]) },
        Note { until: Some(at(70)), ..note(c, 0, &[]) },
        Note { resources: vec![resource("silent", 1)], ..note(d, 1, &[]) },
    ];
    let written = tx.write_notes(&notes.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(written, [Some(3), None, Some(1), None, Some(4), Some(0), None, None]);
    assert_eq!(tx.write_notes(&[]).await.unwrap(), []);
    tx.append_audits(&[entry(5), entry(6)]).await.unwrap();
    assert_eq!(tx.append_audits(&[]).await.unwrap(), []);
    tx.commit().await.unwrap();

    let mut tx = begin(database).await;
    for (run, steps) in [(a, vec!["first", "x", "y", "w"]), (b, vec!["z"]), (c, vec![])] {
        let log = tx.list_events(&run.id, 0).await.unwrap();
        let places: Vec<_> = log.iter().map(|logged| (logged.position, logged.event.clone())).collect();
        assert_eq!(places, (1..).zip(steps.into_iter().map(started)).collect::<Vec<_>>(), "{}", run.id);
    }
    let states = [
        (a, RunStatus::Queued, Some(at(40))),
        (b, RunStatus::Undoing, Some(at(70))),
        (c, RunStatus::Queued, None),
        (d, RunStatus::Queued, Some(at(40))),
    ];
    for (run, status, until) in states {
        let row = tx.lookup_run(&run.id).await.unwrap().unwrap();
        assert_eq!((row.status, row.leased_until), (status, until), "{}", run.id);
    }
    assert_eq!(tx.list_resources(&a.stack).await.unwrap(), [gone]);
    assert_eq!(tx.list_resources(&d.stack).await.unwrap(), []);
    assert_eq!(tx.lookup_secret(&secret.id, secret.version).await.unwrap(), None);
    let history = tx.list_audit_after(0, 100).await.unwrap();
    assert_eq!(history.iter().map(|event| event.entry.at).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6].map(at));
    verify((0, genesis()), &history).unwrap();
}

/// What a run's log, resources and the history hold.
async fn told(database: &dyn Database, run: &Run) -> (Vec<Event>, Vec<Resource>, Vec<Entry>) {
    let mut tx = database.storage().begin_read().await.unwrap();
    let log = tx.list_events(&run.id, 0).await.unwrap();
    let resources = tx.list_resources(&run.stack).await.unwrap();
    let history = tx.list_audit_after(0, 1_000).await.unwrap();
    verify((0, genesis()), &history).unwrap();
    let events = log.into_iter().map(|logged| logged.event).collect();
    (events, resources, history.into_iter().map(|event| event.entry).collect())
}

/// In a transaction of their own: all that was given, to the letter, or nothing.
pub async fn notes_alone_are_kept_to_the_letter_or_not_at_all(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let (run, storage) = (&runs[0], database.storage());
    let mut tx = begin(database).await;
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert_eq!(storage.write_alone(&[]).await.unwrap().unwrap(), []);

    let numbers = [0.1 + 0.2, 1e300, 2.2250738585072014e-308, 123_456_789.123_456_78, -0.0, 7.0 / 3.0];
    let odd = Entry {
        at: at(1) + Duration::nanoseconds(999),
        summary: "“quotes” \\u0041 \u{1F3D7} '; DROP TABLE audit_events; --".to_owned(),
        address: None,
        team: None,
        detail: json!({"numbers": numbers, "big": u64::MAX, "nested": {"b": [1, {"z": "", "a": "\n\t\"\0"}], "a": null}}),
        ..entry(1)
    };
    let step = "\0 \"quoted\" \\ \u{1F3D7}";
    let made = Resource { spec: json!({"a": -0.0, "\0": "\0"}), ..resource("targets", 1) };
    let first =
        Note { resources: vec![made.clone()], lines: vec![odd.clone(), entry(2)], ..note(run, 1, &[step, "second"]) };
    assert_eq!(storage.write_alone(&[&first]).await.unwrap().unwrap(), [Some(2)]);
    let kept = (vec![started(step), started("second")], vec![made], vec![odd.settled().unwrap(), entry(2)]);
    assert_eq!(told(database, run).await, kept);

    let nowhere = Note { stack: id("stk-nowhere"), resources: vec![resource("lost", 1)], ..note(run, 1, &["third"]) };
    let good = Note { lines: vec![entry(3)], ..note(run, 1, &["third"]) };
    let refused = storage.write_alone(&[&good, &nowhere]).await;
    assert!(
        matches!(refused, Err(StorageError::Corrupt { .. }) | Ok(Err(StorageError::Corrupt { .. }))),
        "{refused:?}"
    );
    assert_eq!(told(database, run).await, kept);
    assert_eq!(storage.write_alone(&[&good]).await.unwrap().unwrap(), [Some(3)]);
}

/// Who waited for its turn to write sees what was written meanwhile: another has the run.
pub async fn notes_that_waited_for_their_turn_know_who_holds_the_run(database: &dyn Database) {
    let runs = enqueue(database, &["a"]).await;
    let (run, storage) = (runs[0].clone(), database.storage());
    let mut tx = begin(database).await;
    tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    for (fence, others) in [(1, 2), (2, 4)] {
        // As if its lease had just run out.
        let mut tx = begin(database).await;
        let late = Note { lines: vec![entry(99)], ..note(&run, fence, &["late"]) };
        let waits = tokio::spawn({
            let storage = storage.clone();
            async move { storage.write_alone(&[&late]).await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        for _ in fence..others {
            let taken = tx.lease_run("runner-2", at(10_000), at(40)).await.unwrap().unwrap();
            assert_eq!(taken.id, run.id);
        }
        assert!(!waits.is_finished(), "it does not wait");
        tx.commit().await.unwrap();
        assert_eq!(waits.await.unwrap().unwrap().unwrap(), [None]);
        assert_eq!(told(database, &run).await, (vec![], vec![], vec![]));
    }
}

/// Runs that write by themselves, and use cases beside them.
pub async fn notes_and_use_cases_at_once_make_one_chain(database: &dyn Database) {
    let names: Vec<String> = (0..8).map(|number| format!("n{number}")).collect();
    let runs = enqueue(database, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut tx = begin(database).await;
    for _ in &runs {
        tx.lease_run("runner-1", at(10), at(40)).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for run in runs.clone() {
        let storage = database.storage();
        tasks.spawn(async move {
            for step in 0..5 {
                let lines = vec![entry(1), entry(2)];
                let note = Note { resources: vec![resource("targets", 1)], lines, ..note(&run, 1, &["x", "y"]) };
                assert_eq!(storage.write_alone(&[&note]).await.unwrap().unwrap(), [Some(2 * step + 2)]);
                let mut tx = storage.begin().await.unwrap();
                tx.append_audit(&entry(3)).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    for run in &runs {
        assert_eq!(told(database, run).await.0.len(), 10);
    }
    assert_eq!(told(database, &runs[0]).await.2.len(), 8 * 5 * 3);
}
