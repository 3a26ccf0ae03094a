//! What was typed outlives the page and the session.

use axum::http::StatusCode;
use domain::draft::FormOf;

use crate::{
    browser::Browser,
    house::{House, house},
};

const FORM: &str = "/catalogue/web-service/request";
const DRAFT: &str = "/catalogue/web-service/draft";

const TYPED: [(&str, &str); 6] = [
    ("stack_name", "Not A Name"),
    ("reason", "For the autumn sale"),
    ("inputs.port", "70000"),
    ("inputs.image", "registry.example.com/orders:1"),
    ("inputs.secrets.name", "TOKEN"),
    ("inputs.secrets.value", "open-sesame"),
];

/// The form as it is typed so far, with the team and the place that it had picked already.
async fn typed(house: &House) -> Vec<(&'static str, String)> {
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let picked = [("team", team), ("environment", environment)];
    TYPED.map(|(name, value)| (name, value.to_owned())).into_iter().chain(picked).collect()
}

async fn post(browser: &mut Browser, path: &str, fields: &[(&'static str, String)]) -> crate::browser::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &fields).await
}

#[tokio::test]
async fn a_draft_survives_signing_out_and_is_discarded_by_a_button() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let saved = post(&mut browser, DRAFT, &typed(&house).await).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, FORM));
    browser.post("/sign-out", &[]).await;

    let mut browser = house.browser("developer").await;
    let form = browser.get(FORM).await.text;
    assert!(form.contains("Restored your draft"), "{form}");
    for kept in ["Not A Name", "For the autumn sale", "70000", "registry.example.com/orders:1", "TOKEN"] {
        assert!(form.contains(kept), "{kept} was lost");
    }
    assert!(form.contains("Set; leave empty to keep it") && !form.contains("open-sesame"));
    let list = browser.get("/requests").await.text;
    assert!(list.contains("Your drafts") && list.contains("Web service: Not A Name"), "{list}");
    assert!(!house.browser("owner").await.get("/requests").await.text.contains("Your drafts"));

    let gone = browser.post("/drafts/discard", &[("form", "template:web-service"), ("return_to", FORM)]).await;
    assert_eq!(gone.location(), FORM);
    let form = browser.get(FORM).await.text;
    assert!(!form.contains("Restored your draft") && !form.contains("autumn sale"), "{form}");
}

#[tokio::test]
async fn an_invalid_post_saves_the_draft_and_sending_it_ends_it() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let mut fields = typed(&house).await;
    assert_eq!(post(&mut browser, FORM, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.get(FORM).await.text.contains("For the autumn sale"));

    fields[0].1 = "orders".to_owned();
    fields[2].1 = "8080".to_owned();
    // The secret is not typed again, although the page was left in between.
    fields[5].1 = String::new();
    let sent = post(&mut browser, FORM, &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert!(!browser.get(FORM).await.text.contains("Restored your draft"));
    assert!(browser.get(&format!("{}?tab=inputs", sent.location())).await.text.contains("TOKEN"));
}

#[tokio::test]
async fn a_script_saves_without_a_page_and_a_link_does_not_take_the_draft_away() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let headers = [("accept", "application/json")];
    let saved = browser.post_with(DRAFT, &[("stack_name", "basket")], &headers).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT);
    let form = browser.get(&format!("{FORM}?stack_name=orders")).await.text;
    assert!(form.contains("value=\"orders\"") && form.contains("Open the draft"), "{form}");
    assert!(browser.get(FORM).await.text.contains("value=\"basket\""));
    let developer = house.actor("developer").await;
    let form = FormOf::Template("web-service".to_owned());
    assert!(house.portal.form(&developer, &form, None).await.unwrap().resume().is_some());
}

#[tokio::test]
async fn another_request_fills_the_form_but_for_its_secrets() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let mut fields = typed(&house).await;
    fields[0].1 = "orders".to_owned();
    fields[2].1 = "8081".to_owned();
    let request = post(&mut browser, FORM, &fields).await.location().to_owned();
    let page = browser.get(&request).await.text;
    let id = request.rsplit('/').next().unwrap();
    let from = format!("{FORM}?from={id}");
    assert!(page.contains(&format!("href=\"{from}\"")), "{page}");
    let form = house.browser("both").await.get(&from).await.text;
    for filled in ["registry.example.com/orders:1", "8081", "TOKEN"] {
        assert!(form.contains(filled), "{filled}: {form}");
    }
    assert!(!form.contains("Set; leave empty to keep it"), "the secret is not theirs");
    assert_eq!(house.browser("stranger").await.get(&from).await.status, StatusCode::NOT_FOUND);
}
