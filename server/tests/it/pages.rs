//! What every answer has, and pages for when something is not there.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use domain::{environment::Environment, token::Scope};
use provisioner::cloud::{Cloud, CloudError, Clouds};
use serde_json::json;

use crate::house::house;

/// An AWS that trips over a mistake of ours.
struct Broken;

#[async_trait::async_trait]
impl Clouds for Broken {
    async fn connect(&self, _: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        panic!("an inner secret")
    }
}

#[tokio::test]
async fn what_breaks_inside_is_one_answer_with_a_reference_and_the_rest_goes_on() {
    let house = house().await;
    let broken = house.another_process_with(Arc::new(Broken));
    let mut browser = house.browser("developer").await.through(broken.clone());
    let asked = [("x-request-id", "asked-by-a-test")];
    let answer = browser.get_with("/catalogue/web-service/request", &asked).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.text.contains("this reference: asked-by-a-test"), "{}", answer.text);
    assert!(!answer.text.contains("secret") && answer.headers.contains_key(header::CONTENT_SECURITY_POLICY));

    let program = house.program("developer", &[Scope::Request]).await.through(broken);
    let team = &house.actor("developer").await.teams[0].0.id;
    let request = json!({
        "template": "fargate-cluster",
        "team": team,
        "environment": house.environment().await,
        "stack_name": "shared"
    });
    let answer = program.post("/requests", request).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert!(!answer.text.contains("secret"), "{}", answer.text);
    assert_eq!(browser.get("/catalogue").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_a_browser_safe() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    for path in ["/", "/nowhere", "/healthz", "/boot.js", "/audit"] {
        let answer = browser.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert!(answer.headers.contains_key(header::REFERRER_POLICY), "{path}");
    }
    assert_eq!(browser.get("/").await.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn only_scripts_with_the_nonce_of_their_own_answer_run() {
    let house = house().await;
    let mut nonces = std::collections::BTreeSet::new();
    for (mut browser, path) in [
        (house.browser("developer").await, "/"),
        (house.browser("developer").await, "/"),
        (house.nobody(), "/sign-in"),
        (house.nobody(), "/nowhere"),
    ] {
        let answer = browser.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        let nonce = policy.split_once("script-src 'nonce-").unwrap().1.split('\'').next().unwrap().to_owned();
        let scripts: Vec<_> = answer.text.match_indices("<script").collect();
        assert_eq!(
            scripts.len(),
            answer.text.matches(&format!("nonce=\"{nonce}\"")).count(),
            "{path}: {}",
            answer.text
        );
        assert!(!scripts.is_empty() && !answer.text.contains("style=\""), "{path}: {}", answer.text);
        assert!(nonces.insert(nonce), "a nonce came twice");
    }
}

#[tokio::test]
async fn pages_come_compressed_and_event_streams_do_not() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    for (path, encoding) in [("/", Some("br")), ("/events", None)] {
        let headers = browser.head_of(path, &[("accept-encoding", "gzip, br")]).await;
        let given = headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap());
        assert_eq!(given, encoding, "{path}");
    }
}

#[tokio::test]
async fn files_of_the_site_are_served_and_nothing_beside_them() {
    let house = house().await;
    let mut browser = house.nobody();
    for path in ["/boot.js", "/favicon.svg", "/icons.svg", "/fonts/inter-latin-variable.woff2"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-cache", "{path}: its name is not of its content");
    }
    for path in ["/pkg/nothing.js", "/fonts/../../Cargo.toml", "/..%2f..%2fCargo.toml"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_has_a_page() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    for path in
        ["/nowhere", "/requests/req-NONE", "/requests/nonsense", "/runs/1", "/stacks/stk-NONE", "/catalogue/none"]
    {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("</html>") && answer.text.contains("The developer"), "{path}: {}", answer.text);
    }
    let answer = house.nobody().get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("</html>"));
}

#[tokio::test]
async fn nobody_is_told_what_they_may_not_see_and_everybody_why_they_may_not_do() {
    let house = house().await;
    let refused = house.browser("developer").await.get("/audit").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("auditor role"), "{}", refused.text);
}

#[tokio::test]
async fn lists_show_the_team_that_the_switcher_names() {
    let house = house().await;
    house.submitted("orders").await;
    let teams = house.actor("both").await.teams;
    let mut browser = house.browser("both").await;
    for (team, _) in &teams {
        let answer = browser.post("/team", &[("team", team.id.as_str()), ("return_to", "/stacks")]).await;
        assert_eq!(answer.location(), "/stacks");
        let is_payments = team.name == "payments";
        for path in ["/stacks", "/requests", "/"] {
            let page = browser.get(path).await.text;
            assert_eq!(page.contains("orders"), is_payments, "{path} of {}", team.name);
        }
        let form = browser.get("/catalogue/web-service/request").await.text;
        let picked = format!("value=\"{}\" checked", team.id);
        assert!(form.contains(&picked), "{} is not picked: {form}", team.name);
    }
}
