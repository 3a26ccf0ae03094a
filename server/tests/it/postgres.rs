//! Two processes on one PostgreSQL: to people they are one portal.

use std::{sync::Arc, time::Duration};

use axum::http::{Method, StatusCode};
use domain::{kinds::Kind, request::Verdict, run::RunStatus, token::Scope};
use gantry_server::database::Database;
use provisioner::wake::Change;
use storage_postgres::{PostgresStorage, temporary::TemporaryDatabase};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    house::{House, house_on, seed, silent_house_on},
    program,
};

/// What is waited for is a condition, this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

async fn open(database: &TemporaryDatabase) -> Database {
    PostgresStorage::open(&database.url(), None).await.unwrap().into()
}

async fn process(database: &TemporaryDatabase) -> House {
    house_on(open(database).await).await
}

/// Waits until this one hears that one.
async fn introduce(this: &House, that: &House) {
    let mut heard = this.portal.changes.subscribe();
    loop {
        that.portal.changes.publish(Change::default());
        if tokio::time::timeout(Duration::from_millis(50), heard.recv()).await.is_ok() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_database_are_one_portal() {
    let database = TemporaryDatabase::make().await.unwrap();
    let (one, two) = (process(&database).await, process(&database).await);
    one.portal.seed(seed()).await.unwrap();
    introduce(&one, &two).await;
    introduce(&two, &one).await;

    // Whoever signed in here is known there.
    let mut browser = one.browser("developer").await.through(two.router.clone());
    assert_eq!(browser.get("/requests").await.status, StatusCode::OK);

    // What is asked for here is shown there at once.
    let mut changes = two.portal.changes.subscribe();
    let id = one.submitted("orders").await;
    while changes.recv().await.unwrap().request.as_ref() != Some(&id) {}

    // Approved there, it is carried out once, by whichever runner was first, and seen here.
    let owner = two.actor("owner").await;
    let seal = two.portal.request(&owner, &id).await.unwrap().card.request.seal;
    let run = two.portal.decide(&owner, &id, Verdict::Approve, &seal, "").await.unwrap().run.unwrap();
    assert_eq!(one.stopped(&run).await, RunStatus::Succeeded);
    let calls = [&one.cloud, &two.cloud].map(|cloud| cloud.calls().is_empty());
    assert!(calls.contains(&true), "one runner did it all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_approve_at_once_in_two_processes_start_one_run() {
    let database = TemporaryDatabase::make().await.unwrap();
    let (one, two) = (process(&database).await, process(&database).await);
    one.portal.seed(seed()).await.unwrap();
    introduce(&one, &two).await;
    for round in 0..6 {
        let id = one.submitted(&format!("orders-{round}")).await;
        let request = one.portal.request(&one.actor("owner").await, &id).await.unwrap().card.request;
        let both = Arc::new(Barrier::new(2));
        let mut tasks = JoinSet::new();
        for (house, name) in [(&one, "owner"), (&two, "platform")] {
            let (portal, actor) = (Arc::clone(&house.portal), house.actor(name).await);
            let (id, seal, both) = (id.clone(), request.seal.clone(), Arc::clone(&both));
            tasks.spawn(async move {
                both.wait().await;
                portal.decide(&actor, &id, Verdict::Approve, &seal, "").await
            });
        }
        let (done, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
        let started: Vec<_> = done.into_iter().filter_map(|decided| decided.unwrap().run).collect();
        assert_eq!((started.len(), refused.len()), (1, 1), "{refused:?}");
        for error in refused.into_iter().filter_map(Result::err) {
            assert_eq!(error.code(), "conflict");
            assert!(error.to_string().contains("is being carried out already"), "{error}");
        }
        assert_eq!(one.stopped(&started[0]).await, RunStatus::Succeeded);
        let runs = two.portal.storage.begin_read().await.unwrap().list_runs(&request.stack).await.unwrap();
        assert_eq!(runs.iter().map(|run| &run.id).collect::<Vec<_>>(), [&started[0]]);
    }
    // Whichever runner was first, nothing was made twice.
    let mut calls = [one.cloud.calls(), two.cloud.calls()].concat();
    let made = calls.len();
    calls.sort();
    calls.dedup();
    assert!(made > 0 && calls.len() == made, "{made} calls, of which differ: {calls:?}");
}

/// A message can be lost with its connection, or with the process that was to send it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_is_told_of_is_found_by_looking() {
    let database = TemporaryDatabase::make().await.unwrap();
    let approving = silent_house_on(open(&database).await).await;
    approving.portal.seed(seed()).await.unwrap();
    // No runner is at work where it is approved.
    approving.end();
    let working = silent_house_on(open(&database).await).await;
    let showing = working.another_process();
    let id = approving.submitted("orders").await;
    let mut page = working.browser("owner").await.through(showing.clone());
    let mut lists = page.follow("/events?topic=requests", &[]).await;
    assert_eq!(lists.next_of("inbox").await.data["state"]["count"], 1);

    // Until then it is in the middle.
    working.cloud.never_ready(Some(Kind::EcsService));
    let owner = approving.actor("owner").await;
    let seal = approving.portal.request(&owner, &id).await.unwrap().card.request.seal;
    let decided = approving.portal.decide(&owner, &id, Verdict::Approve, &seal, "").await.unwrap();
    let run = decided.run.unwrap();
    let mut told = page.follow(&format!("/events?topic={run}"), &[]).await;
    assert_eq!(told.next_of("run").await.data["state"]["finished"], false);
    let program = working.program("developer", &[Scope::Read]).await.through(showing);
    let log = program.ask(Method::GET, &format!("/runs/{run}/events"), None, &[]).await;
    assert_eq!(log.status(), StatusCode::OK);
    working.cloud.never_ready(None);

    let by_looking = async {
        let log = tokio::spawn(program::read(log));
        assert_eq!(lists.next_of("inbox").await.data["state"]["count"], 0);
        while told.next_of("run").await.data["state"]["finished"] != true {}
        log.await.unwrap().text
    };
    let log = tokio::time::timeout(PATIENCE, by_looking).await.expect("nobody looked");
    assert!(log.contains("event: end") && log.contains("succeeded"), "{log}");
    assert!(approving.cloud.calls().is_empty() && !working.cloud.calls().is_empty());
}
