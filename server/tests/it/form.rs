//! The request form as browsers without scripts use it.

use axum::http::StatusCode;
use provisioner::{cloud::Class, fake::refusal};

use crate::house::house;

const FORM: &str = "/catalogue/web-service/request";

#[tokio::test]
async fn an_invalid_form_comes_back_as_it_was_typed_and_secrets_stay_in_their_envelope() {
    let house = house().await;
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let mut browser = house.browser("developer").await;
    let mut fields = vec![
        ("stack_name", "Not A Name"),
        ("team", team.as_str()),
        ("environment", environment.as_str()),
        ("reason", "For the autumn sale"),
        ("inputs.image", "registry.example.com/orders:1"),
        ("inputs.port", "70000"),
        ("inputs.config.name", "LEVEL"),
        ("inputs.config.value", "debug"),
        ("inputs.secrets.name", "TOKEN"),
        ("inputs.secrets.value", "open-sesame"),
    ];
    let refused = browser.post(FORM, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in
        ["Not A Name", "For the autumn sale", "registry.example.com/orders:1", "70000", "LEVEL", "debug", "TOKEN"]
    {
        assert!(refused.text.contains(kept), "{kept} was lost");
    }
    assert!(!refused.text.contains("open-sesame"));
    assert!(
        refused.text.contains("between 1 and 65535") || refused.text.contains("Container port"),
        "{}",
        refused.text
    );

    fields[0].1 = "orders";
    fields[5].1 = "8080";
    // The value of the secret is not typed again.
    fields[9].1 = "";
    let accepted = browser.post(FORM, &fields).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text);
    let page = browser.get(&format!("{}?tab=inputs", accepted.location())).await;
    assert!(page.text.contains("TOKEN") && !page.text.contains("open-sesame"));
}

#[tokio::test]
async fn a_name_that_stands_twice_is_refused_at_its_rows_and_both_come_back() {
    let house = house().await;
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let mut browser = house.browser("developer").await;
    let fields = [
        ("stack_name", "orders"),
        ("team", team.as_str()),
        ("environment", environment.as_str()),
        ("inputs.image", "registry.example.com/orders:1"),
        ("inputs.config.name", "LEVEL"),
        ("inputs.config.value", "debug"),
        ("inputs.config.name", "LEVEL"),
        ("inputs.config.value", "quiet"),
        ("inputs.secrets.name", "TOKEN"),
        ("inputs.secrets.value", "open-sesame"),
        ("inputs.secrets.name", "TOKEN"),
        ("inputs.secrets.value", "open-barley"),
    ];
    let preview = browser.post("/catalogue/web-service/preview", &fields).await;
    let json: serde_json::Value = serde_json::from_str(&preview.text).unwrap();
    let errors = json["errors"].as_array().unwrap();
    let said: Vec<_> = errors.iter().map(|error| (error["path"].as_str(), error["code"].as_str())).collect();
    let code = Some("repeated-name");
    assert_eq!(said, [(Some("inputs.config.LEVEL"), code), (Some("inputs.secrets.TOKEN"), code)]);

    let refused = browser.post(FORM, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // What was sent is the draft now, and looks alike when one comes back to it.
    for page in [refused.text, browser.get(FORM).await.text] {
        for (kept, times) in
            [("value=\"LEVEL\"", 2), ("value=\"debug\"", 1), ("value=\"quiet\"", 1), ("value=\"TOKEN\"", 2)]
        {
            assert_eq!(page.matches(kept).count(), times, "{kept}: {page}");
        }
        assert!(!page.contains("open-sesame") && !page.contains("open-barley"));
    }
    let mut sent: Vec<_> = fields.to_vec();
    sent.drain(10..);
    sent.drain(6..8);
    let sent = browser.post(FORM, &sent).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
}

#[tokio::test]
async fn a_form_that_cannot_be_taken_now_comes_back_as_it_was_typed() {
    let house = house().await;
    let (_, _, stack) = house.live("orders").await;
    let mut browser = house.browser("developer").await;
    let fields = [
        ("inputs.image", "registry.example.com/orders:1"),
        ("inputs.https", "true"),
        ("reason", "Because the sale begins"),
    ];
    let refused = browser.post(&format!("/stacks/{stack}/change"), &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    for kept in ["Because the sale begins", "registry.example.com/orders:1", "changes nothing"] {
        assert!(refused.text.contains(kept), "{kept} is not on the page");
    }
}

#[tokio::test]
async fn a_form_that_aws_lets_nobody_check_comes_back_with_the_reason() {
    let house = house().await;
    house.cloud.close(Some(refusal(Class::Denied, "UnrecognizedClientException")));
    let mut browser = house.browser("developer").await;
    let (team, environment) = (house.actor("developer").await.teams[0].0.id.clone(), house.environment().await);
    let fields = [
        ("team", team.as_str()),
        ("environment", environment.as_str()),
        ("stack_name", "orders"),
        ("inputs.image", "registry.example.com/orders:1"),
        ("reason", "Because the sale begins"),
    ];
    let refused = browser.post(FORM, &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY, "{}", refused.text);
    assert_eq!(refused.value("stack_name"), Some("orders"));
    assert!(refused.text.contains("Because the sale begins"));
    assert!(refused.text.contains("AWS could not be asked"), "{}", refused.text);
    house.cloud.close(None);
    assert_eq!(browser.post(FORM, &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_preview_says_what_is_wrong_and_what_it_comes_to() {
    let house = house().await;
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let mut browser = house.browser("developer").await;
    let mut fields = vec![("stack_name", "orders"), ("team", &team), ("environment", &environment)];
    let preview = browser.post("/catalogue/web-service/preview", &fields).await;
    let json: serde_json::Value = serde_json::from_str(&preview.text).unwrap();
    assert_eq!(json["errors"][0]["path"], "inputs.image");
    assert_eq!(json["cost_monthly"], serde_json::Value::Null);
    fields.push(("inputs.image", "registry.example.com/orders:1"));
    let preview = browser.post("/catalogue/web-service/preview", &fields).await;
    let json: serde_json::Value = serde_json::from_str(&preview.text).unwrap();
    assert_eq!(json["errors"], serde_json::json!([]));
    assert!(json["cost_monthly"].as_str().unwrap().starts_with('$'));
    assert!(json["steps"].as_array().unwrap().len() > 8);
    assert!(house.cloud.calls().is_empty(), "a preview changed something");
}

#[tokio::test]
async fn the_address_fills_the_form() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let form = browser.get(&format!("{FORM}?stack_name=orders&inputs.image=registry.example.com/x:2&inputs.port=3000&inputs.config.name=LEVEL&inputs.config.value=debug&inputs.secrets.name=TOKEN&inputs.secrets.value=x")).await;
    assert_eq!(form.status, StatusCode::OK);
    for filled in ["orders", "registry.example.com/x:2", "3000", "LEVEL", "debug"] {
        assert!(form.text.contains(&format!("value=\"{filled}\"")), "{filled}");
    }
    assert!(!form.text.contains("TOKEN"), "a secret has no place in an address");
}

#[tokio::test]
async fn a_change_shows_what_runs_and_keeps_what_cannot_change() {
    let house = house().await;
    let (_, _, stack) = house.live("orders").await;
    let mut browser = house.browser("developer").await;
    let address = format!("/stacks/{stack}/change");
    let form = browser.get(&address).await;
    assert!(form.text.contains("registry.example.com/orders:1"));
    let fields = [
        ("inputs.image", "registry.example.com/orders:2"),
        ("inputs.port", "8080"),
        ("inputs.size", "256/512"),
        ("inputs.count", "2"),
        ("inputs.load_balancer", "own"),
        ("inputs.https", "true"),
        ("inputs.health_check_path", "/"),
        ("inputs.autoscaling", "none"),
        ("inputs.log_retention", "30"),
    ];
    let accepted = browser.post(&address, &fields).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text);
    let page = browser.get(accepted.location().to_owned().as_str()).await;
    assert!(page.text.contains("Change orders in staging"));
    assert_eq!(browser.get(&address).await.status, StatusCode::CONFLICT);
}

const EVERY_TYPE: &str = include_str!("../../../crates/domain/tests/every_type.yaml");

#[tokio::test]
async fn a_question_of_every_type_is_asked_answered_and_shown() {
    const FORM: &str = "/catalogue/every-type/request";
    let house = house().await;
    house.portal.publish(&domain::template::check::parse(EVERY_TYPE).unwrap(), EVERY_TYPE).await.unwrap();
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let mut browser = house.browser("developer").await;

    let form = browser.get(FORM).await.text;
    for offered in [
        r#"value="30d""#,
        ">10.0.0.0/8</textarea>",
        r#"name="inputs.subnets" value="subnet-3""#,
        r#"name="inputs.zones" value="a" checked"#,
        "arn:aws:iam::123456789012:role/reporting",
        "/shared/feature-flags",
        "Z0123456789ABC",
        "loadbalancer/app/shared/1",
        "listener/app/shared/1/2",
        "certificate/1",
        "vpc-1",
    ] {
        assert!(form.contains(offered), "{offered} is not in\n{form}");
    }

    let mut fields = vec![
        ("stack_name", "all"),
        ("team", team.as_str()),
        ("environment", environment.as_str()),
        ("inputs.network", "10.0.0.1/16"),
        ("inputs.keep", "90d"),
        ("inputs.allowed", "10.0.0.0/8\r\n\r\n 172.16.0.0/33\r\n"),
        ("inputs.waits", "90s"),
        ("inputs.zones", "b"),
        ("inputs.zones", "a"),
        ("inputs.vpc", "vpc-1"),
        ("inputs.subnets", "subnet-3"),
        ("inputs.subnets", "subnet-4"),
        ("inputs.role", "arn:aws:iam::123456789012:role/nobody"),
        ("inputs.parameter", ""),
    ];
    let refused = browser.post(FORM, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "Did you mean 10.0.0.0/16?",
        "Allowed, entry 2 must read like",
        ">10.0.0.0/8\n172.16.0.0/33</textarea>",
        r#"value="90d""#,
        r#"value="subnet-4" checked"#,
    ] {
        assert!(refused.text.contains(kept), "{kept} is not in\n{}", refused.text);
    }

    fields[3].1 = "10.0.0.0/16";
    fields[5].1 = "10.0.0.0/8\r\n172.16.0.0/12";
    let refused = browser.post(FORM, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("There is no role "), "{}", refused.text);
    let code = "<code class=\"in-message\">arn:aws:iam::123456789012:role/nobody</code>";
    assert!(refused.text.contains(code), "{}", refused.text);
    let kept = r#"value="arn:aws:iam::123456789012:role/nobody" checked"#;
    assert!(refused.text.contains(kept), "what AWS does not list was lost: {}", refused.text);

    fields[12].1 = "arn:aws:iam::123456789012:role/reporting";
    let accepted = browser.post(FORM, &fields).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text);
    let page = browser.get(&format!("{}?tab=inputs", accepted.location())).await.text;
    for shown in ["10.0.0.0/8, 172.16.0.0/12", "Second, First", "subnet-3, subnet-4", "90s", "90d"] {
        assert!(page.contains(shown), "{shown} is not in\n{page}");
    }
    let api = house.program("developer", &[domain::token::Scope::Read]).await.get("/templates/every-type").await;
    let schema = &api.json["input_schema"]["properties"];
    assert_eq!(schema["allowed"]["items"]["type"], "string", "{}", api.text);
    assert_eq!((&schema["keep"]["type"], &schema["keep"]["minimum"]), (&"integer".into(), &86_400.into()));
}
