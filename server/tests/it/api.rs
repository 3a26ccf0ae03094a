//! What holds for all of the API: tokens, problems, pages, answers given twice, streams.

use axum::{
    body::BodyDataStream,
    http::{Method, StatusCode, header},
};
use domain::{
    environment::{Approvers, Rules},
    ids::RunId,
    kinds::Kind,
    people::User,
    request::Verdict,
    run::RunStatus,
    token::Scope,
};
use futures::StreamExt as _;
use gantry_server::api;
use provisioner::{cloud::Class, fake::refusal};
use serde_json::{Value as Json, json};
use service::requests::Draft;

use crate::{
    house::{House, house},
    program::{Answer, Program, read},
};

const ALL: &[Scope] = Scope::ALL;

async fn wanted(house: &House, name: &str) -> Json {
    json!({
        "template": "web-service",
        "team": house.actor("developer").await.teams[0].0.id.as_str(),
        "environment": house.environment().await,
        "stack_name": name,
        "inputs": {"image": "registry.example.com/orders:1"},
        "secrets": {"secrets": {"TOKEN": "open-sesame"}},
        "reason": "The shop opens on Monday."
    })
}

async fn refused(program: &Program) -> Answer {
    let answer = program.get("/me").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    answer
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_looks_the_same() {
    let house = house().await;
    let stranger = house.stranger();
    let none = refused(&stranger).await;
    assert_eq!(none.headers[header::WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
    let developer = house.actor("developer").await;
    let revoked = house.token(&developer, ALL).await;
    let id = house.portal.tokens(&developer).await.unwrap()[0].id.clone();
    house.portal.revoke_token(&developer, &id).await.unwrap();
    let disabled = house.token(&house.actor("viewer").await, ALL).await;
    let mut tx = house.portal.storage.begin().await.unwrap();
    tx.update_user(&User { disabled: true, ..house.actor("viewer").await.user }).await.unwrap();
    tx.commit().await.unwrap();
    for text in ["", "x", "gty_0000000000000000000000000000000000000000", &revoked, &disabled] {
        let answer = refused(&stranger.with_token(text)).await;
        assert_eq!((&answer.text, answer.headers.len()), (&none.text, none.headers.len()), "{text}");
    }
    let basic = stranger.ask(Method::GET, "/me", None, &[("authorization", "Basic Z3R5Xw==")]).await;
    assert_eq!(read(basic).await.text, none.text);
}

#[tokio::test]
async fn a_session_is_worth_nothing_to_the_api_and_a_token_nothing_to_the_pages() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    assert_eq!(browser.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let posted = browser.post("/api/v1/requests", &[]).await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED, "{}", posted.text);
    assert!(posted.headers.get(header::SET_COOKIE).is_none());
    let token = house.token(&house.actor("developer").await, ALL).await;
    let bearer = format!("Bearer {token}");
    let forged = house.nobody().without_token().post_with("/sign-out", &[], &[("authorization", &bearer)]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_wrong_is_a_problem_with_code_and_path() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    let cases: [(Answer, u16, &str, &str); 12] = [
        (program.get("/nowhere").await, 404, "no-such-operation", ""),
        (program.post("/me", json!({})).await, 405, "method-not-allowed", ""),
        (program.get("/requests/nonsense").await, 404, "not-found", ""),
        (program.get("/requests/req-NONE").await, 404, "not-found", ""),
        (program.get("/requests?limit=0").await, 400, "bad-parameter", "limit"),
        (program.get("/requests?limit=201").await, 400, "bad-parameter", "limit"),
        (program.get("/requests?cursor=nonsense").await, 400, "bad-cursor", "cursor"),
        (program.get("/requests?status=stale,lost").await, 400, "bad-parameter", "status"),
        (program.get("/stacks?gone=perhaps").await, 400, "bad-parameter", "gone"),
        (program.post("/requests", json!({"template": "web-service", "team": 1})).await, 422, "invalid", "team"),
        (program.post("/templates/web-service/validate", json!({"input": {}})).await, 422, "invalid", "input"),
        (program.post("/requests/req-NONE/comments", json!({"text": "a\0"})).await, 422, "invalid", "text"),
    ];
    for (answer, status, code, path) in cases {
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{}", answer.text);
        let first = answer.json["errors"][0]["path"].as_str().unwrap_or_default();
        assert_eq!(first, path, "{}", answer.text);
        assert!(answer.json["detail"].as_str().unwrap().ends_with('.'), "{}", answer.text);
    }
    let wrong = program.post("/me", json!({})).await;
    assert_eq!(wrong.headers[header::ALLOW], "GET,HEAD");
    let text = program.ask(Method::POST, "/requests", Some("no".to_owned()), &[]).await;
    assert_eq!(read(text).await.code(), "malformed-json");
    let form = [("content-type", "text/plain")];
    let form = house.stranger().with_token("x").ask(Method::POST, "/requests", Some("a=b".to_owned()), &form).await;
    assert_eq!(form.status(), StatusCode::UNAUTHORIZED, "nothing is read before the token");
    let long = program.post("/requests", json!({"reason": "x".repeat(300 * 1024)})).await;
    assert_eq!(long.code(), "too-large");

    let mut draft = wanted(&house, "Not A Name").await;
    draft["inputs"]["port"] = json!(0);
    let answer = program.post("/requests", draft).await;
    assert_eq!(answer.code(), "invalid");
    let paths: Vec<_> =
        answer.json["errors"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["stack_name", "inputs.port"]);
    assert!(!answer.text.contains("sesame"));
}

#[tokio::test]
async fn a_program_asks_another_approves_and_a_third_follows() {
    let house = house().await;
    let asks = house.program("developer", &[Scope::Request]).await;
    let approves = house.program("owner", &[Scope::Read, Scope::Decide]).await;
    let made = asks.post("/requests", wanted(&house, "orders").await).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let (id, url) = (made.json["id"].as_str().unwrap(), made.json["url"].as_str().unwrap());
    assert_eq!(made.headers[header::LOCATION], url);
    let path = format!("/requests/{id}");
    assert_eq!(url, format!("/api/v1{path}"));
    let request = approves.get(&path).await;
    assert_eq!(request.json["title"], "Create orders in staging", "{}", request.text);
    assert_eq!(request.json["may"]["approve"]["allowed"], true);
    assert!(request.json["plan"]["steps"].as_array().unwrap().len() > 8);
    assert!(!request.text.contains("sesame"));
    let said = asks.post(&format!("{path}/comments"), json!({"text": "Please look today"})).await;
    assert_eq!((said.status, said.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let yes = json!({"verdict": "approve", "seal": request.json["seal"]});
    let decided = approves.post(&format!("{path}/decisions"), yes.clone()).await;
    assert_eq!(decided.json["status"], "running", "{}", decided.text);
    let run: RunId = decided.json["run"].as_str().unwrap().parse().unwrap();
    assert_eq!(house.stopped(&run).await, RunStatus::Succeeded);
    let late = approves.post(&format!("{path}/decisions"), yes).await;
    assert_eq!((late.code(), late.json["see"].as_str()), ("conflict", Some(id)));

    let run = approves.get(&format!("/runs/{run}")).await;
    assert_eq!((&run.json["status"], &run.json["choices"]), (&json!("succeeded"), &json!([])), "{}", run.text);
    let stacks = approves.get("/stacks").await;
    let stack = format!("/stacks/{}", stacks.json["items"][0]["id"].as_str().unwrap());
    assert_eq!(stacks.json["items"][0]["status"], "live");
    let resources = approves.get(&format!("{stack}/resources")).await;
    assert!(resources.json["items"].as_array().unwrap().len() > 8);

    // A pipeline deploys an image by naming nothing else.
    let image = json!({"inputs": {"image": "registry.example.com/orders:2"}});
    let preview = asks.post(&format!("{stack}/preview"), image.clone()).await;
    let kinds = |json: &Json| -> Vec<String> {
        let steps = json["plan"]["steps"].as_array().unwrap().iter().filter(|step| step["action"] != "none");
        steps.map(|step| step["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&preview.json), ["TaskDefinition", "EcsService", "TaskDefinition"], "{}", preview.text);
    let change = asks.post(&format!("{stack}/changes"), image).await;
    assert_eq!(change.status, StatusCode::CREATED, "{}", change.text);
    let change = format!("/requests/{}", change.json["id"].as_str().unwrap());
    assert_eq!(asks.post(&format!("{change}/withdraw"), json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(approves.get(&change).await.json["status"], "withdrawn");
    let end = asks.post(&format!("{stack}/destroy"), json!({"name": "orders"})).await;
    assert_eq!(end.status, StatusCode::CREATED, "{}", end.text);
    let history = house.program("auditor", &[Scope::Audit]).await.get("/audit?action=request.").await;
    let actions: Vec<_> =
        history.json["items"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..3], ["request.submitted", "request.withdrawn", "request.submitted"]);
}

#[tokio::test]
async fn changes_are_asked_for_and_made_by_programs() {
    let house = house().await;
    let asks = house.program("developer", &[Scope::Request]).await;
    let decides = house.program("owner", &[Scope::Read, Scope::Decide]).await;
    let id = house.submitted("orders").await;
    let (path, edit) = (format!("/requests/{id}"), format!("/requests/{id}/edit"));
    let seal = decides.get(&path).await.json["seal"].clone();
    let not_so = json!({"verdict": "ask_for_changes", "seal": seal, "reason": "Four tasks, please."});
    let decided = decides.post(&format!("{path}/decisions"), not_so).await;
    assert_eq!(decided.json["status"], "changes_wanted", "{}", decided.text);

    // What is wrong is told as at the form.
    let developer = house.actor("developer").await;
    let request = house.portal.request(&developer, &id).await.unwrap().card.request;
    let mut draft = Draft {
        request: Some(id.clone()),
        environment: Some(request.environment),
        stack_name: "orders".to_owned(),
        inputs: request.inputs,
        ..Draft::default()
    };
    draft.inputs.insert("count".to_owned(), json!(4000));
    let form = house.portal.edit(&developer, &draft).await.unwrap_err();
    let refused = asks.post(&edit, json!({"inputs": {"count": 4000}})).await;
    assert_eq!(refused.code(), form.code());
    let (first, same) = (&refused.json["errors"][0], &form.problems()[0]);
    assert_eq!((&first["code"], &first["path"]), (&json!(same.code), &json!(same.path)), "{}", refused.text);

    let four = json!({"inputs": {"count": 4}, "reason": "As you say."});
    for replayed in [false, true] {
        let edited = asks.post_with(&edit, four.clone(), &[("idempotency-key", "four")]).await;
        assert_eq!((edited.status, edited.text.as_str()), (StatusCode::NO_CONTENT, ""));
        assert_eq!(edited.headers.contains_key("idempotency-replayed"), replayed);
    }
    let request = decides.get(&path).await.json;
    assert_eq!((&request["status"], &request["approved"]), (&json!("needs_approval"), &json!(0)));
    assert_eq!((&request["inputs"]["count"], &request["reason"]), (&json!(4), &json!("As you say.")));
    assert_ne!(request["seal"], seal);
    assert_eq!(request["may"]["edit"]["allowed"], false, "{request}");
    let yes = |seal: &Json| json!({"verdict": "approve", "seal": seal});
    assert_eq!(decides.post(&format!("{path}/decisions"), yes(&seal)).await.code(), "conflict");
    let decided = decides.post(&format!("{path}/decisions"), yes(&request["seal"])).await;
    assert_eq!(decided.json["status"], "running", "{}", decided.text);
    assert_eq!(asks.post(&edit, four).await.code(), "conflict");
}

#[tokio::test]
async fn lists_are_paged_to_their_end() {
    let house = house().await;
    let mut ids = vec![];
    for name in ["one", "two", "three", "four"] {
        ids.insert(0, house.submitted(name).await.to_string());
    }
    let program = house.program("auditor", &[Scope::Read, Scope::Audit]).await;
    let (mut seen, mut path) = (vec![], "/requests?status=needs_approval&limit=2".to_owned());
    loop {
        let page = program.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let items = page.json["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.json["next"].as_str() else { break };
        let link = page.headers[header::LINK].to_str().unwrap();
        assert!(link.contains(next) && link.contains("status=needs_approval") && link.ends_with("rel=\"next\""));
        let link = link.strip_prefix("</api/v1").unwrap();
        path = link.split_once('>').unwrap().0.to_owned();
    }
    assert_eq!(seen, ids);
    for path in ["/stacks?limit=3", "/audit?limit=3"] {
        let first = program.get(path).await;
        let next = first.json["next"].as_str().unwrap();
        let second = program.get(&format!("{path}&cursor={next}")).await;
        assert_ne!(first.json["items"][0], second.json["items"][0], "{path}");
        assert!(!second.json["items"].as_array().unwrap().is_empty(), "{path}");
    }
    let done = program.get("/requests?status=succeeded,failed").await;
    assert_eq!(done.json, json!({"items": [], "next": null}));
    assert!(done.headers.get(header::LINK).is_none());
}

#[tokio::test]
async fn the_same_key_makes_one_request_and_gives_one_answer() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    let (orders, shop) = (wanted(&house, "orders").await, wanted(&house, "shop").await);
    let post = async |program: &Program, key: &str, body: &Json| {
        program.post_with("/requests", body.clone(), &[("idempotency-key", key)]).await
    };
    let first = post(&program, "key", &orders).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert!(first.headers.get("idempotency-replayed").is_none());
    let second = post(&program, "key", &orders).await;
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    for name in [header::LOCATION, header::CONTENT_TYPE] {
        assert_eq!(second.headers[&name], first.headers[&name]);
    }
    assert_eq!(post(&program, "key", &shop).await.code(), "idempotency-key-reused");
    assert_eq!(post(&program, "", &shop).await.code(), "bad-idempotency-key");
    let other = house.program("developer", ALL).await;
    assert_eq!(post(&other, "key", &shop).await.status, StatusCode::CREATED, "keys are each token's own");
    // What was refused has changed nothing, so the key is free.
    let taken = post(&program, "again", &orders).await;
    assert_eq!(taken.code(), "invalid");
    let list = program.get("/requests").await;
    assert_eq!(list.json["items"].as_array().unwrap().len(), 2);
    let third = wanted(&house, "third").await;
    assert_eq!(post(&program, "again", &third).await.status, StatusCode::CREATED);

    let id = first.json["id"].as_str().unwrap();
    let comment = format!("/requests/{id}/comments");
    for replayed in [false, true] {
        let said = program.post_with(&comment, json!({"text": "Hi"}), &[("idempotency-key", "hi")]).await;
        assert_eq!((said.status, said.text.as_str()), (StatusCode::NO_CONTENT, ""));
        assert_eq!(said.headers.contains_key("idempotency-replayed"), replayed);
    }
    let request = program.get(&format!("/requests/{id}")).await;
    assert_eq!(request.json["comments"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_posts_at_once_with_one_key_one_is_done() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    let body = wanted(&house, "orders").await;
    let key = [("idempotency-key", "key")];
    let post = || program.post_with("/requests", body.clone(), &key);
    let answers = <[Answer; 4]>::from(tokio::join!(post(), post(), post(), post()));
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).collect();
    assert!(!made.is_empty() && made.iter().all(|answer| answer.text == made[0].text));
    for answer in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "idempotency-key-in-flight"));
    }
    assert_eq!(program.get("/requests").await.json["items"].as_array().unwrap().len(), 1);
}

/// A stream that was opened, perhaps from where another one broke off.
async fn follow(program: &Program, run: &RunId, seen: Option<&str>) -> BodyDataStream {
    let headers: Vec<_> = seen.map(|seen| ("last-event-id", seen)).into_iter().collect();
    let response = program.ask(Method::GET, &format!("/runs/{run}/events"), None, &headers).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

/// The lines of a stream: id, event, data. As many as come until its end, or until one with this in it.
async fn lines(mut stream: BodyDataStream, last: Option<&str>) -> Vec<(Option<String>, String, Json)> {
    let mut text = String::new();
    while let Some(piece) = stream.next().await {
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        if last.is_some_and(|last| text.contains(last) && text.ends_with("\n\n")) {
            break;
        }
    }
    let field = |message: &str, name: &str| {
        message.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_start().to_owned()))
    };
    let messages = text.split("\n\n").filter(|message| message.contains("data:"));
    messages
        .map(|message| {
            let data = serde_json::from_str(&field(message, "data:").unwrap()).unwrap();
            (field(message, "id:"), field(message, "event:").unwrap(), data)
        })
        .collect()
}

#[tokio::test]
async fn a_run_is_followed_to_its_end_and_from_where_one_stopped() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    let id = house.submitted("orders").await;
    let owner = house.actor("owner").await;
    let seal = house.portal.request(&owner, &id).await.unwrap().card.request.seal;
    let decided = house.portal.decide(&owner, &id, Verdict::Approve, &seal, "").await.unwrap();
    let run = decided.run.unwrap();
    // From before it has ended.
    let all = lines(follow(&program, &run, None).await, None).await;
    let (end, log) = all.split_last().unwrap();
    assert_eq!((&end.0, end.1.as_str(), &end.2), (&None, "end", &json!({"status": "succeeded"})));
    let whole = program.get(&format!("/runs/{run}/log")).await;
    let whole = whole.json["items"].as_array().unwrap();
    assert_eq!(log.iter().map(|(.., data)| data).collect::<Vec<_>>(), whole.iter().collect::<Vec<_>>());
    assert_eq!(log[0].0.as_deref(), Some("1"));
    let rest = lines(follow(&program, &run, Some("3")).await, None).await;
    assert_eq!(rest, all[3..]);
    let last = log.len().to_string();
    let over = program.ask(Method::GET, &format!("/runs/{run}/events"), None, &[("last-event-id", &last)]).await;
    assert_eq!(over.status(), StatusCode::NO_CONTENT);
    let odd = program.ask(Method::GET, &format!("/runs/{run}/events"), None, &[("last-event-id", "x")]).await;
    assert_eq!(read(odd).await.code(), "bad-parameter");
    let after = program.get(&format!("/runs/{run}/log?after=3")).await;
    assert_eq!(after.json["items"].as_array().unwrap()[..], whole[3..]);
}

/// The run of a new web service, which is being carried out.
async fn started(house: &House, name: &str) -> RunId {
    let (id, owner) = (house.submitted(name).await, house.actor("owner").await);
    let seal = house.portal.request(&owner, &id).await.unwrap().card.request.seal;
    house.portal.decide(&owner, &id, Verdict::Approve, &seal, "").await.unwrap().run.unwrap()
}

#[tokio::test]
async fn whoever_loses_the_stream_of_a_run_goes_on_in_its_middle() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    // Until then it is in the middle.
    house.cloud.never_ready(Some(Kind::EcsService));
    let run = started(&house, "orders").await;
    let first = lines(follow(&program, &run, None).await, Some("id: 3\n")).await;
    assert!(first.len() >= 3 && first.iter().all(|(_, event, _)| event != "end"), "{first:?}");
    assert_eq!(program.get(&format!("/runs/{run}")).await.json["status"], "running");
    let rest = follow(&program, &run, Some("3")).await;
    house.cloud.never_ready(None);
    let rest = lines(rest, None).await;
    assert_eq!(rest[0].0.as_deref(), Some("4"));
    assert_eq!(rest.last().unwrap().1, "end");
    let whole = program.get(&format!("/runs/{run}/log")).await;
    let whole = whole.json["items"].as_array().unwrap();
    let told: Vec<_> = first[..3].iter().chain(&rest[..rest.len() - 1]).map(|(.., data)| data).collect();
    assert_eq!(told, whole.iter().collect::<Vec<_>>(), "nothing comes twice and nothing is left out");
}

#[tokio::test]
async fn a_run_that_waits_is_handed_over_and_back() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let run = started(&house, "orders").await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    let path = format!("/runs/{run}");
    let shown = program.get(&path).await.json;
    assert_eq!((&shown["in_hands"], &shown["can_be_handed"]["may"]["allowed"]), (&Json::Null, &json!(true)));
    let owner = house.actor("owner").await.user;
    let offered = shown["can_be_handed"]["to"].as_array().unwrap();
    assert!(offered.contains(&json!({"id": owner.id, "name": owner.name})), "{shown}");

    let over = format!("{path}/hand-over");
    let auditor = house.actor("auditor").await.user.id;
    let refused = program.post(&over, json!({"to": auditor, "note": "x".repeat(2001)})).await;
    assert_eq!(refused.code(), "invalid");
    let errors = refused.json["errors"].as_array().unwrap();
    let errors: Vec<_> = errors.iter().map(|one| (one["code"].as_str(), one["path"].as_str())).collect();
    assert_eq!(errors, [(Some("cannot-steer"), Some("to")), (Some("too-long"), Some("note"))]);

    let handed = program.post(&over, json!({"to": owner.id, "note": "Is it the quota?"})).await;
    assert_eq!((handed.status, &handed.json["status"]), (StatusCode::OK, &json!("needs_choice")), "{}", handed.text);
    let shown = program.get(&path).await.json;
    assert_eq!((&shown["in_hands"]["to"], &shown["in_hands"]["note"]), (&json!(owner.id), &json!("Is it the quota?")));
    assert!(shown["in_hands"]["since"].is_string() && shown["in_hands"]["by"].is_string(), "{shown}");
    assert_eq!(program.post(&format!("{path}/hand-back"), json!({})).await.status, StatusCode::OK);
    assert_eq!(program.get(&path).await.json["in_hands"], Json::Null);
    let log = program.get(&format!("{path}/log")).await.json;
    let last: Vec<&Json> = log["items"].as_array().unwrap().iter().rev().take(2).collect();
    assert_eq!((&last[1]["what"], &last[1]["to"]), (&json!("handed_to"), &json!(owner.id)));
    assert_eq!((&last[0]["what"], &last[0]["by"]), (&json!("handed_back"), &last[1]["by"]));
}

#[tokio::test]
async fn a_run_takes_every_choice_that_it_offers() {
    let house = house().await;
    let program = house.program("developer", ALL).await;
    let choose = async |run: &RunId, choice: &str, status: &str| {
        let chosen = json!({"choice": choice, "reason": "A test."});
        let answer = program.post(&format!("/runs/{run}/choices"), chosen).await;
        assert_eq!((answer.status, &answer.json["status"]), (StatusCode::OK, &json!(status)), "{}", answer.text);
    };
    let offered = async |run: &RunId| -> Vec<String> {
        let run = program.get(&format!("/runs/{run}")).await.json;
        run["choices"].as_array().unwrap().iter().map(|one| one["choice"].as_str().unwrap().to_owned()).collect()
    };
    for (choice, status, end) in [
        ("retry", "running", RunStatus::Succeeded),
        ("undo", "undoing", RunStatus::Undone),
        ("keep", "kept", RunStatus::Kept),
    ] {
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        let run = started(&house, choice).await;
        assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
        assert_eq!(offered(&run).await, ["retry", "undo", "keep"]);
        choose(&run, choice, status).await;
        assert_eq!(house.stopped(&run).await, end, "{choice}");
        let late = program.post(&format!("/runs/{run}/choices"), json!({"choice": choice})).await;
        assert_eq!(late.code(), "conflict", "{choice}");
    }

    house.cloud.never_ready(Some(Kind::LoadBalancer));
    let run = started(&house, "abort").await;
    // Before anything was made there would be nothing to undo, and with nothing in hand nothing to wait for.
    lines(follow(&program, &run, None).await, Some(r#""what":"exists","step":"load_balancer""#)).await;
    assert_eq!(offered(&run).await, ["abort"]);
    choose(&run, "abort", "running").await;
    // Were it ready meanwhile, everything would be done.
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    house.cloud.never_ready(None);
    choose(&run, "undo", "undoing").await;
    assert_eq!(house.stopped(&run).await, RunStatus::Undone);
}

#[tokio::test]
async fn a_program_sees_what_an_environment_lets_in() {
    let house = house().await;
    let program = house.program("viewer", &[Scope::Read]).await;
    let path = format!("/environments/{}", house.environment().await);
    let none = json!({"approvers": "team", "allowed_templates": [], "max_stacks": null, "max_vcpus": null,
        "max_monthly_dollars": null, "closed": false, "wait_for_load_balancers": false});
    assert_eq!(program.get(&path).await.json["rules"], none);
    let rules = Rules {
        approvers: Approvers::Platform,
        allowed_templates: ["web-service".to_owned()].into(),
        max_stacks: Some(3),
        closed: true,
        ..Rules::default()
    };
    let mut tx = house.portal.storage.begin().await.unwrap();
    let mut environment = tx.list_environments().await.unwrap().remove(0);
    environment.rules = rules;
    tx.update_environment(&environment).await.unwrap();
    tx.commit().await.unwrap();
    let seen = program.get(&path).await.json["rules"].clone();
    assert_eq!(
        (&seen["approvers"], &seen["closed"], &seen["max_stacks"]),
        (&json!("platform"), &json!(true), &json!(3))
    );
    assert_eq!(seen["allowed_templates"], json!(["web-service"]));
    assert_eq!(program.get("/environments").await.json["items"][0]["rules"], seen);
}

#[tokio::test]
async fn the_document_is_whole() {
    let house = house().await;
    let answer = house.stranger().get("/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json, serde_json::to_value(api::document()).unwrap());
    assert_eq!(answer.json["openapi"], "3.1.0");
    let schemas = answer.json["components"]["schemas"].as_object().unwrap();
    let mut ids = vec![];
    for (path, item) in answer.json["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no id")).to_owned());
            assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{name}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("401") && responses.contains_key("403"), "{name}");
            for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
            }
            assert_eq!(method == "post", operation["requestBody"].is_object(), "{name}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id comes twice");
    // Every reference leads somewhere.
    for part in answer.text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is nowhere");
    }
}
