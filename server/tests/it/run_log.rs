//! The log of a run: exported whole, and refused where it makes no sense.

use axum::http::{Method, StatusCode, header};
use domain::{ids::RunId, kinds::Kind, run::RunStatus, token::Scope};
use gantry_server::{database::Database, serve};
use provisioner::{
    cloud::{Class, Secret},
    fake::refusal,
    runner::Timing,
};
use serde_json::{Value as Json, json};
use service::requests::Draft;
use storage::AuditFilter;
use storage_postgres::PostgresStorage;
use storage_sqlite::SqliteStorage;
use tokio::sync::watch;

use crate::{
    house::{House, house, house_on, seed},
    program::read,
};

const SECRET: &str = "do-not-print-me";

/// The run of a web service with a secret.
async fn approved(house: &House, name: &str) -> RunId {
    let developer = house.actor("developer").await;
    let secrets = [("TOKEN".to_owned(), Secret(SECRET.to_owned()))].into();
    let draft = Draft {
        template: "web-service".to_owned(),
        team: Some(developer.teams[0].0.id.clone()),
        environment: Some(house.environment().await.parse().unwrap()),
        stack_name: name.to_owned(),
        inputs: [("image".to_owned(), json!("registry.example.com/orders:1"))].into(),
        secrets: [("secrets".to_owned(), secrets)].into(),
        ..Draft::default()
    };
    house.approved(&house.portal.submit(&developer, &draft).await.unwrap()).await
}

#[tokio::test]
async fn a_log_is_exported_whole_and_without_secrets() {
    let house = house().await;
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let run = approved(&house, "orders").await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    let mut browser = house.browser("developer").await;
    let page = browser.get(&format!("/runs/{run}")).await.text;
    let path = format!("/runs/{run}/log");
    assert!(page.contains(&format!("href=\"{path}\"")), "{page}");
    let file = browser.get(&path).await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/x-ndjson");
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], format!("attachment; filename=\"{run}.jsonl\""));

    let lines: Vec<Json> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let log = house.portal.storage.begin_read().await.unwrap().list_events(&run, 0).await.unwrap();
    assert_eq!(lines.len(), log.len());
    for (line, logged) in lines.iter().zip(&log) {
        assert_eq!((&line["run"], &line["position"]), (&json!(run), &json!(logged.position)), "{line}");
        assert_eq!(line["at"], json!(logged.at), "{line}");
        assert!(line["what"].is_string(), "{line}");
    }
    assert!(lines.iter().any(|line| line["failure"]["code"] == "InvalidParameterException"), "{}", file.text);
    let made = house.cloud.calls();
    assert!(made.iter().any(|(_, of)| of.starts_with("SsmParameter/")), "the secret was written: {made:?}");
    assert!(!file.text.contains(SECRET), "{}", file.text);

    let accepts = [("accept", "application/x-ndjson")];
    let program = house.program("developer", &[Scope::Read]).await;
    let told = read(program.ask(Method::GET, &path, None, &accepts).await).await;
    assert_eq!(
        (told.status, &told.headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &file.headers[header::CONTENT_TYPE])
    );
    assert_eq!(told.text, file.text);
}

/// What is wrong with a log, how it got there, and what is said of it.
struct Broken {
    name: &'static str,
    /// Of the row at position 3; none deletes it.
    event: Option<&'static str>,
    said: &'static str,
}

const BROKEN: [Broken; 5] = [
    Broken { name: "order", event: Some(r#"{"type":"begun"}"#), said: "position 3: it had already begun" },
    Broken {
        name: "strange",
        event: Some(r#"{"type":"step","step":"nobody","what":"started"}"#),
        said: "position 3: there is no step `nobody`",
    },
    Broken { name: "newer", event: Some(r#"{"type":"vanished"}"#), said: "position 3: the event cannot be read" },
    Broken {
        name: "torn",
        event: Some(r#"{"type":"step","step":"service"}"#),
        said: "position 3: the event cannot be read",
    },
    Broken { name: "gap", event: None, said: "position 4: position 3 was expected" },
];

enum Base {
    Sqlite(SqliteStorage),
    Postgres(Box<PostgresStorage>),
}

impl Base {
    fn open(&self) -> Database {
        match self {
            Self::Sqlite(storage) => storage.clone().into(),
            Self::Postgres(storage) => PostgresStorage::clone(storage).into(),
        }
    }

    async fn tamper(&self, sql: &str) {
        match self {
            Self::Sqlite(storage) => storage.tamper(sql).await.unwrap(),
            Self::Postgres(storage) => storage.tamper(sql).await.unwrap(),
        }
    }
}

/// Several runs are in the middle when the process ends; somebody writes into the logs of all but one; another runner
/// takes them up.
async fn only_the_broken_are_parked(base: Base) {
    let house = house_on(base.open()).await;
    house.portal.seed(seed()).await.unwrap();
    house.cloud.never_ready(Some(Kind::EcsService));
    let mut runs = vec![];
    for Broken { name, .. } in &BROKEN {
        runs.push(approved(&house, name).await);
    }
    let whole = approved(&house, "whole").await;
    for run in runs.iter().chain([&whole]) {
        house.reaches(run, 5).await;
    }
    house.end();
    for run in runs.iter().chain([&whole]) {
        house.handed_over(run).await;
    }
    for (run, Broken { event, .. }) in runs.iter().zip(&BROKEN) {
        let row = format!("WHERE run_id = '{run}' AND position = 3");
        base.tamper(&match event {
            Some(event) => format!("UPDATE run_events SET event = '{event}' {row}"),
            None => format!("DELETE FROM run_events {row}"),
        })
        .await;
    }
    let calls = house.cloud.calls().len();
    house.cloud.never_ready(None);
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(serve::runner(&house.portal, Timing::fast()).run(stopped));

    assert_eq!(house.stopped(&whole).await, RunStatus::Succeeded);
    let (mut browser, program) =
        (house.browser("developer").await, house.program("developer", &[Scope::Read, Scope::Run]).await);
    for (run, Broken { name, said, .. }) in runs.iter().zip(&BROKEN) {
        assert_eq!(house.stopped(run).await, RunStatus::NeedsAttention, "{name}");
        let filter = AuditFilter {
            object: Some(run.to_string()),
            action: Some("run.parked".to_owned()),
            ..AuditFilter::default()
        };
        let told = house.portal.storage.begin_read().await.unwrap().list_audit(&filter, 9).await.unwrap();
        assert!(told.len() == 1 && told[0].entry.summary.contains(said), "{name}: {told:?}");

        let shown = program.get(&format!("/runs/{run}")).await.json;
        assert_eq!(shown["status"], "needs_attention", "{name}");
        assert!(shown["unreadable"].as_str().unwrap().contains(said), "{name}: {shown}");
        let choices: Vec<_> = shown["choices"].as_array().unwrap().iter().map(|one| &one["choice"]).collect();
        assert_eq!(choices, ["keep"], "{name}");
        let page = browser.get(&format!("/runs/{run}")).await.text;
        let said = said.split('`').next().unwrap();
        assert!(page.contains(said) && page.contains(&format!("action=\"/runs/{run}/keep\"")), "{name}: {page}");
    }
    let (by_page, by_program) = runs.split_at(2);
    for run in by_page {
        assert_eq!(browser.post(&format!("/runs/{run}/keep"), &[]).await.status, StatusCode::SEE_OTHER);
    }
    for run in by_program {
        let kept = program.post(&format!("/runs/{run}/choices"), json!({"choice": "keep"})).await;
        assert_eq!(kept.json["status"], "kept", "{}", kept.text);
    }
    for run in &runs {
        assert_eq!(house.stopped(run).await, RunStatus::Kept);
    }
    let later = house.cloud.calls().split_off(calls);
    let of_others: Vec<_> = later.iter().filter(|(_, of)| !of.contains("whole")).collect();
    assert!(
        !later.is_empty() && of_others.is_empty(),
        "for a log that cannot be read nothing is called: {of_others:?}"
    );
}

#[tokio::test]
async fn only_the_runs_whose_logs_are_broken_are_parked_on_sqlite() {
    only_the_broken_are_parked(Base::Sqlite(SqliteStorage::temporary().await.unwrap())).await;
}

#[tokio::test]
async fn only_the_runs_whose_logs_are_broken_are_parked_on_postgresql() {
    only_the_broken_are_parked(Base::Postgres(Box::new(PostgresStorage::temporary().await.unwrap()))).await;
}
