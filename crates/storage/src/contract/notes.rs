//! What runs write at once.

use std::collections::BTreeMap;

use domain::{
    audit::{genesis, verify},
    plan::Resource,
    run::{Run, RunStatus},
    seal::SecretRef,
};

use super::{
    Database,
    fixtures::{at, begin, enqueue, entry, id, resource, started},
    secrets::secret as sealed,
};
use crate::Note;

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
