//! Two processes on one PostgreSQL: to people they are one portal.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{request::Verdict, run::RunStatus};
use gantry_server::database::Database;
use provisioner::wake::Change;
use storage_postgres::{PostgresStorage, temporary::TemporaryDatabase};

use crate::house::{House, house_on, seed};

async fn process(database: &TemporaryDatabase) -> House {
    let storage = PostgresStorage::open(&database.url(), None).await.unwrap();
    house_on(Database::from(storage)).await
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
