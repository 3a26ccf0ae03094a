//! Every operation of the API with every role, and with every scope. An operation without a row here fails the test.
//!
//! As in `roles.rs`, posts are chosen so that those who may are told what is wrong with them: then a cell leaves nothing
//! behind that another would see.

use std::collections::BTreeMap;

use axum::http::Method;
use domain::token::Scope;
use gantry_server::api;
use serde_json::{Value as Json, json};

use crate::{
    house::house,
    program::{Program, read},
};

const ROLES: [&str; 7] = ["viewer", "developer", "owner", "stranger", "platform", "auditor", "admin"];

/// Method, path, what is posted, the scope; the status for each of [`ROLES`].
type Row = (&'static str, &'static str, fn() -> Json, Scope, [u16; 7]);

const EVERYONE: [u16; 7] = [200; 7];
/// What belongs to Payments is not there for other teams, nor for those who only manage people.
const READERS: [u16; 7] = [200, 200, 200, 404, 200, 200, 404];

fn nothing() -> Json {
    Json::Null
}

/// `:pending` is a request of the developer that waits for approval; `:run` and `:stack` are what came of another.
const TABLE: &[Row] = &[
    ("get", "/me", nothing, Scope::Read, EVERYONE),
    ("get", "/templates", nothing, Scope::Read, EVERYONE),
    ("get", "/templates/web-service", nothing, Scope::Read, EVERYONE),
    ("post", "/templates/web-service/validate", || json!({}), Scope::Read, EVERYONE),
    ("post", "/templates/web-service/preview", || json!({}), Scope::Request, EVERYONE),
    ("get", "/requests", nothing, Scope::Read, EVERYONE),
    ("post", "/requests", draft, Scope::Request, [403, 422, 422, 403, 403, 403, 403]),
    ("get", "/requests/:pending", nothing, Scope::Read, READERS),
    ("post", "/requests/:pending/edit", || json!({}), Scope::Request, [403, 422, 403, 404, 403, 403, 404]),
    ("post", "/requests/:pending/decisions", decision, Scope::Decide, [403, 403, 409, 404, 409, 403, 404]),
    (
        "post",
        "/requests/:pending/comments",
        || json!({"text": ""}),
        Scope::Request,
        [403, 422, 422, 404, 422, 403, 404],
    ),
    ("post", "/requests/:done/withdraw", || json!({}), Scope::Request, [403, 409, 409, 404, 409, 403, 404]),
    ("post", "/requests/:done/replan", || json!({}), Scope::Request, [403, 409, 409, 404, 409, 403, 404]),
    ("get", "/runs/:run", nothing, Scope::Read, READERS),
    ("get", "/runs/:run/log", nothing, Scope::Read, READERS),
    ("get", "/runs/:run/events", nothing, Scope::Read, READERS),
    ("post", "/runs/:run/choices", || json!({"choice": "retry"}), Scope::Run, [403, 409, 409, 404, 409, 403, 404]),
    ("post", "/runs/:run/hand-over", || json!({"to": "platform"}), Scope::Run, [403, 409, 409, 404, 409, 403, 404]),
    ("post", "/runs/:run/hand-back", || json!({}), Scope::Run, [403, 409, 409, 404, 409, 403, 404]),
    ("get", "/stacks", nothing, Scope::Read, EVERYONE),
    ("get", "/stacks/:stack", nothing, Scope::Read, READERS),
    ("get", "/stacks/:stack/resources", nothing, Scope::Read, READERS),
    ("post", "/stacks/:stack/preview", || json!({}), Scope::Request, [403, 200, 200, 404, 403, 403, 404]),
    ("post", "/stacks/:stack/changes", || json!({}), Scope::Request, [403, 409, 409, 404, 403, 403, 404]),
    ("post", "/stacks/:stack/destroy", || json!({"name": "x"}), Scope::Request, [403, 422, 422, 404, 403, 403, 404]),
    ("get", "/environments", nothing, Scope::Read, EVERYONE),
    ("get", "/environments/:environment", nothing, Scope::Read, EVERYONE),
    ("get", "/audit", nothing, Scope::Audit, [403, 403, 403, 403, 200, 200, 200]),
];

fn draft() -> Json {
    json!({"template": "web-service", "team": ":team", "environment": ":environment", "stack_name": "X"})
}

fn decision() -> Json {
    json!({"verdict": "approve", "seal": "old"})
}

/// The path as the document has it.
fn documented(path: &str) -> String {
    let part = |part: &str| match part {
        "web-service" => "{name}".to_owned(),
        part if part.starts_with(':') => "{id}".to_owned(),
        part => part.to_owned(),
    };
    format!("/api/v1{}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

#[test]
fn every_operation_has_a_row_and_names_its_scope() {
    let document = serde_json::to_value(api::document()).unwrap();
    let mut documented_scopes = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            documented_scopes.insert((method.clone(), path.clone()), operation["security"][0]["token"][0].clone());
        }
    }
    let rows = TABLE
        .iter()
        .map(|(method, path, _, scope, _)| (((*method).to_owned(), documented(path)), Json::from(scope.as_str())));
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), documented_scopes);
}

#[tokio::test]
async fn every_operation_answers_every_role_and_scope_as_the_table_says() {
    let house = house().await;
    let (done, run, stack) = house.live("orders").await;
    let pending = house.submitted("shop").await;
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let names: [(&str, &str); 6] = [
        (":pending", pending.as_str()),
        (":done", done.as_str()),
        (":run", run.as_str()),
        (":stack", stack.as_str()),
        (":team", &team),
        (":environment", &environment),
    ];
    let filled = |text: &str| names.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id));
    let ask = async |program: &Program, (method, path, body, ..): &Row| {
        let body = (*method == "post").then(|| filled(&body().to_string()));
        let method = if *method == "post" { Method::POST } else { Method::GET };
        program.ask(method, &filled(path), body, &[]).await
    };
    let mut programs = BTreeMap::new();
    let mut lacking = BTreeMap::new();
    for scope in Scope::ALL {
        for role in ROLES {
            programs.insert((role, scope), house.program(role, &[*scope]).await);
        }
        // Everything but that.
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|other| other != scope).collect();
        lacking.insert(scope, house.program("owner", &others).await);
    }
    let mut wrong = vec![];
    for row in TABLE {
        let (method, path, _, scope, expected) = row;
        for (role, expected) in ROLES.iter().zip(expected) {
            let status = ask(&programs[&(*role, scope)], row).await.status();
            if status.as_u16() != *expected {
                wrong.push(format!("{method} {path} as {role}: {status}, expected {expected}"));
            }
        }
        let beyond = read(ask(&lacking[scope], row).await).await;
        let challenge = beyond.headers["www-authenticate"].to_str().unwrap();
        if beyond.code() != "insufficient-scope" || !challenge.ends_with(&format!("scope=\"{scope}\"")) {
            wrong.push(format!("{method} {path} without {scope}: {} {challenge}", beyond.text));
        }
        let nobody = read(ask(&house.stranger(), row).await).await;
        if nobody.status != 401 || nobody.code() != "unauthenticated" {
            wrong.push(format!("{method} {path} without a token: {}", nobody.text));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
