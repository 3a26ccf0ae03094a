//! What a load balancer is told while a part of it does not work.

use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use storage_sqlite::SqliteStorage;

use crate::{
    browser::Browser,
    house::{house, house_on},
};

/// The status and the parts.
async fn ready(mut browser: Browser) -> (StatusCode, Json) {
    let answer = browser.get("/readyz").await;
    let mut said: Json = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(said["ready"], answer.status == StatusCode::OK);
    (answer.status, said["parts"].take())
}

/// Everything is well but this.
fn parts(differ: &[(&str, &str)]) -> Json {
    let mut parts = json!({"database": "ok", "process": "ok", "runner": "ok", "schema": "ok"});
    for (part, is) in differ {
        parts[part] = json!(is);
    }
    parts
}

#[tokio::test]
async fn without_its_database_it_is_not_ready_and_lives() {
    let house = house().await;
    assert_eq!(ready(house.nobody()).await, (StatusCode::OK, parts(&[])));
    house.lose_database().await;
    let lost = parts(&[("database", "failed"), ("schema", "unknown")]);
    assert_eq!(ready(house.nobody()).await, (StatusCode::SERVICE_UNAVAILABLE, lost));
    assert_eq!(house.nobody().get("/healthz").await.status, StatusCode::OK);
}

/// As when a backup of an older release was put back.
#[tokio::test]
async fn with_an_older_schema_it_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gantry.db");
    let storage = SqliteStorage::open(&format!("sqlite:{}", path.display())).await.unwrap();
    let house = house_on(storage.into()).await;
    assert_eq!(ready(house.nobody()).await, (StatusCode::OK, parts(&[])));
    storage_sqlite::from_an_older_gantry(&path).await;
    assert_eq!(ready(house.nobody()).await, (StatusCode::SERVICE_UNAVAILABLE, parts(&[("schema", "older")])));
}

#[tokio::test]
async fn without_its_runner_it_is_not_ready() {
    let house = house().await;
    let runner = tokio::spawn(std::future::pending::<()>());
    let browser = Browser::new(house.with_runner(runner.abort_handle()));
    assert_eq!(ready(browser.clone()).await, (StatusCode::OK, parts(&[])));
    runner.abort();
    assert!(runner.await.unwrap_err().is_cancelled());
    assert_eq!(ready(browser).await, (StatusCode::SERVICE_UNAVAILABLE, parts(&[("runner", "gone")])));
}
