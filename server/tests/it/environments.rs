//! Environments through their pages.

use axum::http::StatusCode;
use provisioner::{cloud::Class, fake::refusal};

use crate::house::house;

/// What the form asks before the account was looked into.
const DOOR: [(&str, &str); 3] = [("name", "production"), ("account", "123456789012"), ("region", "eu-central-1")];

/// What it asks afterwards, beside what is picked.
const NETWORK: [(&str, &str); 6] = [
    ("vpc_id", "vpc-1"),
    ("public_subnets", "subnet-1"),
    ("public_subnets", "subnet-2"),
    ("private_subnets", "subnet-3"),
    ("private_subnets", "subnet-4"),
    ("approvals_needed", "1"),
];

#[tokio::test]
async fn an_environment_is_picked_from_its_account_checked_and_changed() {
    let house = house().await;
    let mut platform = house.browser("platform").await;
    let first = platform.get("/environments/new").await;
    assert!(first.text.contains("Look into the account") && !first.text.contains("vpc_id"), "{}", first.text);
    let wrong = platform.post("/environments/new", &[("name", "production"), ("account", "12"), ("do", "look")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((wrong.value("account"), wrong.value("name")), (Some("12"), Some("production")));

    let mut look = DOOR.to_vec();
    look.push(("do", "look"));
    let seen = platform.post("/environments/new", &look).await;
    assert_eq!(seen.status, StatusCode::OK);
    for picked in ["subnet-1", "subnet-3", "shared, HTTPS 443", "*.example.com", "Web service"] {
        assert!(seen.text.contains(picked), "{picked}: {}", seen.text);
    }
    assert_eq!(seen.value("approvals_needed"), Some("1"));

    let mut save = [&DOOR[..], &NETWORK[..]].concat();
    save.extend([("max_stacks", "none"), ("approvers", "everybody"), ("do", "save")]);
    let refused = platform.post("/environments/new", &save).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.value("max_stacks"), Some("none"));
    assert!(refused.text.contains("Say who may approve"), "{}", refused.text);
    save.retain(|(name, _)| !["max_stacks", "approvers"].contains(name));
    save.push(("max_stacks", "1"));
    let there = platform.post("/environments/new", &save).await.location().to_owned();
    assert!(there.starts_with("/environments/env-"), "{there}");
    let checked = platform.post(&format!("{there}/check"), &[]).await.text;
    assert!(checked.contains("It works: everything was found"), "{checked}");

    let form = platform.get(&format!("{there}/change")).await;
    assert_eq!((form.value("version"), form.value("max_stacks")), (Some("1"), Some("1")));
    save.extend([("version", "1"), ("closed", "true"), ("wait_for_load_balancers", "true")]);
    assert_eq!(platform.post(&format!("{there}/change"), &save).await.location(), there);
    let page = platform.get(&there).await.text;
    let waits = page.split("Waits for load balancers</dt>").nth(1).and_then(|rest| rest.split("</dd>").next());
    assert!(waits.is_some_and(|waits| waits.contains(">yes<")), "{page}");
    assert!(platform.get("/environments").await.text.contains("closed"));
    // Somebody was quicker: what was typed comes back, and saving it once more replaces theirs.
    save.push(("summary", "Where customers are"));
    let stale = platform.post(&format!("{there}/change"), &save).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert_eq!((stale.value("version"), stale.value("max_stacks")), (Some("2"), Some("1")));
    assert!(stale.text.contains("Where customers are") && stale.text.contains("in the meantime"), "{}", stale.text);
    save.retain(|(name, _)| *name != "version");
    save.push(("version", "2"));
    assert_eq!(platform.post(&format!("{there}/change"), &save).await.location(), there);

    let id = there.rsplit('/').next().unwrap();
    let form = house.browser("developer").await.get("/catalogue/web-service/request").await.text;
    assert!(!form.contains(id), "a closed environment is offered: {form}");
}

#[tokio::test]
async fn a_wrong_account_takes_nothing_away_from_the_rest_of_the_form() {
    let house = house().await;
    let mut platform = house.browser("platform").await;
    let rest = [&NETWORK[..], &[("max_vcpus", "64"), ("do", "look")]].concat();
    let wrong = [&[("name", "production"), ("account", "12"), ("region", "eu-central-1")], &rest[..]].concat();
    let answer = platform.post("/environments/new", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((answer.value("account"), answer.value("max_vcpus")), (Some("12"), Some("64")));
    assert!(answer.text.contains("subnet-3\nsubnet-4"), "{}", answer.text);
}

#[tokio::test]
async fn subnets_of_another_vpc_give_way_to_those_of_the_picked_one() {
    let house = house().await;
    let mut platform = house.browser("platform").await;
    let elsewhere = [&DOOR[..], &[("vpc_id", "vpc-1"), ("public_subnets", "subnet-77"), ("do", "look")]].concat();
    let seen = platform.post("/environments/new", &elsewhere).await.text;
    assert!(!seen.contains("subnet-77") && seen.contains("subnet-1"), "{seen}");
}

#[tokio::test]
async fn where_aws_is_away_everything_is_typed() {
    let house = house().await;
    house.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
    let mut admin = house.browser("admin").await;
    let mut fields = DOOR.to_vec();
    fields.push(("do", "look"));
    let typed = admin.post("/environments/new", &fields).await;
    assert!(
        typed.text.contains("Type what AWS calls things") && typed.text.contains("shared_dns_name"),
        "{}",
        typed.text
    );
    fields.pop();
    fields.extend([("vpc_id", "vpc-7"), ("private_subnets", "subnet-8, subnet-9\nsubnet-8"), ("do", "save")]);
    let there = admin.post("/environments/new", &fields).await.location().to_owned();
    let page = admin.get(&there).await.text;
    assert!(page.contains("subnet-8") && page.contains("subnet-9"), "{page}");
    let checked = admin.post(&format!("{there}/check"), &[]).await.text;
    assert!(checked.contains("Could not be asked"), "{checked}");
}
