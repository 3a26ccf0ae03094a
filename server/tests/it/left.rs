//! What a run has left in AWS, as people and programs are shown it.

use std::{collections::BTreeSet, time::Duration};

use axum::http::StatusCode;
use domain::{ids::RunId, kinds::Kind, run::RunStatus, token::Scope};
use gantry_server::serve;
use provisioner::{cloud::Class, fake::refusal, runner::Timing};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use crate::{
    browser::Browser,
    house::{House, house},
    program::Program,
};

/// The run of a new web service whose service AWS refuses; the undo of its task definition is refused, too, once.
async fn undo_refused(house: &House, name: &str) -> RunId {
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let run = house.approved(&house.submitted(name).await).await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    house.cloud.fail_next(Kind::TaskDefinition, refusal(Class::Refused, "ClientException"));
    assert_eq!(
        house.browser("developer").await.post(&format!("/runs/{run}/undo"), &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsAttention);
    run
}

/// The run as open pages are told it, with its mark.
async fn told(viewer: &mut Browser, run: &RunId) -> Json {
    let answer = viewer.get(&format!("/events?once=1&topic={run}")).await;
    let answer: Json = serde_json::from_str(&answer.text).unwrap();
    let messages = answer["messages"].as_array().unwrap();
    messages.iter().find(|message| message["event"] == "run").unwrap()["state"].clone()
}

fn all<'a>(left: &'a Json, field: &str) -> BTreeSet<&'a str> {
    left.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap_or_else(|| panic!("{field}: {one}"))).collect()
}

fn arns(house: &House) -> BTreeSet<String> {
    house.cloud.objects().iter().map(|object| object.outputs["arn"].clone()).collect()
}

/// The API's list and the page's list are both what there is in AWS, and nothing else.
async fn assert_all_is_listed(house: &House, viewer: &mut Browser, program: &Program, run: &RunId) -> (Json, Json) {
    let (api, view) = (program.get(&format!("/runs/{run}")).await.json["left"].clone(), told(viewer, run).await);
    let there = arns(house);
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let by_hand = |one: &&Json| one["by_hand"] != true && one["why"] != "by_hand";
    let listed: BTreeSet<&str> =
        api.as_array().unwrap().iter().filter(by_hand).map(|one| one["outputs"]["arn"].as_str().unwrap()).collect();
    assert_eq!(listed, there, "{api}");
    let shown = view["left"].as_array().unwrap().iter().filter(by_hand);
    let shown: BTreeSet<&str> = shown.map(|one| one["identifier"].as_str().unwrap()).collect();
    assert_eq!(shown, there, "{view}");
    (api, view)
}

#[tokio::test]
async fn what_could_not_be_taken_back_is_listed_with_why_each_stands() {
    let house = house().await;
    let mut viewer = house.browser("viewer").await;
    let program = house.program("viewer", &[Scope::Read]).await;
    let run = undo_refused(&house, "orders").await;
    let (api, view) = assert_all_is_listed(&house, &mut viewer, &program, &run).await;
    assert!(api.as_array().unwrap().len() > 3, "{api}");
    let failed = "Its undo failed: ClientException was asked for (ClientException)";
    for one in api.as_array().unwrap() {
        let (why, failure) = if one["kind"] == "TaskDefinition" {
            ("undo_failed", json!("ClientException"))
        } else {
            assert_eq!(one["waits_for"], json!(["task"]), "{one}");
            ("waits", Json::Null)
        };
        assert_eq!((&one["why"], &one["failure"]["code"]), (&json!(why), &failure), "{one}");
        assert_eq!((&one["did"], &one["taken"], &one["by"]), (&json!("created"), &json!(true), &Json::Null), "{one}");
    }
    let page = viewer.get(&format!("/runs/{run}")).await.text;
    assert!(page.contains("Left in AWS") && !page.contains("Dealt with by hand <"), "{page}");
    for one in view["left"].as_array().unwrap() {
        let (id, name) = (one["identifier"].as_str().unwrap(), one["name"].as_str().unwrap());
        let why = one["why"].as_str().unwrap();
        assert!(
            page.contains(&format!("<code>{name}</code>")) && page.contains(&format!("<code>{id}</code>")),
            "{one}"
        );
        assert!(page.contains(&format!("Copy {id}")) && page.contains(why), "{one}");
        assert_eq!(one["did"], "Created");
        if one["step_id"] == "task" {
            assert_eq!(why, failed);
        } else {
            assert!(why.starts_with("Its undo waits for the task definition "), "{one}");
        }
    }
    // The steps themselves say so, too, and how far the way back is.
    let steps = view["steps"].as_array().unwrap();
    let waits = |step: &&Json| step["sentence"].as_str().unwrap().contains("Its undo waits for");
    assert_eq!(steps.iter().filter(waits).count(), api.as_array().unwrap().len() - 1);
    let undone = steps.iter().filter(|step| step["status"] == "undone").count();
    let to_undo = usize::try_from(view["to_undo"].as_u64().unwrap()).unwrap();
    assert_eq!(to_undo - undone, api.as_array().unwrap().len());

    for path in [format!("/runs/{run}"), "/runs/run-NONE".to_owned()] {
        assert_eq!(house.program("stranger", &[Scope::Read]).await.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_left_stays_listed_when_it_is_kept() {
    let house = house().await;
    let mut viewer = house.browser("viewer").await;
    let program = house.program("developer", &[Scope::Read, Scope::Run]).await;
    let run = undo_refused(&house, "orders").await;
    let (before, shown) = assert_all_is_listed(&house, &mut viewer, &program, &run).await;
    let kept = program.post(&format!("/runs/{run}/choices"), json!({"choice": "keep"})).await;
    assert_eq!(kept.json["status"], "kept", "{}", kept.text);
    let (after, view) = assert_all_is_listed(&house, &mut viewer, &program, &run).await;
    assert_eq!((&after, &view["left"]), (&before, &shown["left"]));
    assert_ne!(view["mark"], shown["mark"]);
    assert!(viewer.get(&format!("/runs/{run}")).await.text.contains("Left in AWS"));

    // Also when nobody asked for an undo: all that was made, and the service, of which nobody knows.
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let run = house.approved(&house.submitted("shop").await).await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    let path = format!("/runs/{run}");
    assert_eq!(program.get(&path).await.json["left"], json!([]), "it may go on yet");
    program.post(&format!("{path}/choices"), json!({"choice": "keep"})).await;
    let left = program.get(&path).await.json["left"].clone();
    let (made, open): (Vec<&Json>, Vec<&Json>) = left.as_array().unwrap().iter().partition(|one| one["taken"] == true);
    let there = arns(&house);
    let of_both = made
        .iter()
        .map(|one| &one["outputs"]["arn"])
        .chain(after.as_array().unwrap().iter().map(|one| &one["outputs"]["arn"]));
    assert_eq!(of_both.map(|arn| arn.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), there);
    assert!(made.iter().all(|one| one["why"] == "not_undone" && one["failure"].is_null()), "{left}");
    assert_eq!(open.len(), 1, "{left}");
    let service = (&open[0]["kind"], &open[0]["failure"]["code"], &open[0]["outputs"]);
    assert_eq!(service, (&json!("EcsService"), &json!("InvalidParameterException"), &json!({})), "{left}");
    let view = told(&mut viewer, &run).await;
    assert_eq!(all(&view["left"], "did"), ["Created", "May have been created"].into());
}

#[tokio::test]
async fn what_was_dealt_with_by_hand_is_named_with_who_said_so() {
    let house = house().await;
    let mut viewer = house.browser("viewer").await;
    let program = house.program("developer", &[Scope::Read, Scope::Run]).await;
    let run = undo_refused(&house, "orders").await;
    let before = told(&mut viewer, &run).await;
    let handled = json!({"choice": "handled", "reason": "Deregistered it."});
    let answer = program.post(&format!("/runs/{run}/choices"), handled).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(house.stopped(&run).await, RunStatus::Undone);
    let shown = program.get(&format!("/runs/{run}")).await.json;
    let left = shown["left"].as_array().unwrap();
    assert_eq!(left.len(), 1, "{shown}");
    let one = (&left[0]["step"], &left[0]["why"], &left[0]["by"], &left[0]["failure"]["code"]);
    assert_eq!(one, (&json!("task"), &json!("by_hand"), &json!("The developer"), &json!("ClientException")), "{shown}");
    let view = told(&mut viewer, &run).await;
    assert_ne!(view["mark"], before["mark"]);
    let why = "The developer dealt with it by hand. Its undo failed: ClientException was asked for (ClientException)";
    assert_eq!((&view["left"][0]["by_hand"], &view["left"][0]["why"]), (&json!(true), &json!(why)));
    let page = viewer.get(&format!("/runs/{run}")).await.text;
    assert!(page.contains(why) && !page.contains("Left in AWS"), "{page}");
    assert!(page.contains("The developer dealt with the task definition"), "the step does not say that Gantry did it");

    // Nothing is left of a run that was taken back whole, or that did what was wished.
    let (_, whole, _) = house.live("shop").await;
    assert_eq!(program.get(&format!("/runs/{whole}")).await.json["left"], json!([]));
    assert_eq!(told(&mut viewer, &whole).await["left"], json!([]));
}

#[tokio::test]
async fn what_a_step_waits_for_is_told_to_pages_and_programs() {
    let house = house().await;
    let mut viewer = house.browser("viewer").await;
    // A runner that tells of each wait soon, but not before the log says that the load balancer exists.
    house.end();
    let (_stop, stopped) = watch::channel(false);
    let timing = Timing { tell: Duration::from_secs(2), ..Timing::fast() };
    tokio::spawn(serve::runner(&house.portal, timing).run(stopped));
    house.cloud.never_ready(Some(Kind::LoadBalancer));
    let run = house.approved(&house.submitted("orders").await).await;
    let program = house.program("viewer", &[Scope::Read]).await;
    let of =
        |steps: &Json| steps.as_array().unwrap().iter().find(|step| step["id"] == "load_balancer").unwrap().clone();
    let view = loop {
        let view = of(&told(&mut viewer, &run).await["steps"]);
        // Until it counts.
        if view["waited"]["seconds"].as_u64().is_some_and(|seconds| seconds > 0) {
            break view;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(view["sentence"], "this is a test");
    assert_eq!(view["waited"]["at_most"], 60);
    let waits = of(&program.get(&format!("/runs/{run}")).await.json["steps"])["waits"].clone();
    assert_eq!((&waits["why"], &waits["at_most_seconds"]), (&json!("this is a test"), &json!(60)), "{waits}");

    let log = program.get(&format!("/runs/{run}/log")).await.json;
    let written: Vec<&Json> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["what"] == "waits" && event["step"] == "load_balancer")
        .map(|event| &event["waits"])
        .collect();
    assert_eq!(written, [&waits], "what the log says, and since when");

    // It is over when the step goes on.
    house.cloud.never_ready(None);
    assert_eq!(house.stopped(&run).await, RunStatus::Succeeded);
    assert_eq!(of(&told(&mut viewer, &run).await["steps"])["waited"], Json::Null);
    assert_eq!(of(&program.get(&format!("/runs/{run}")).await.json["steps"])["waits"], Json::Null);
}
