//! From wish to service and back, over HTTP.

use axum::http::StatusCode;
use domain::{environment::Environment, ids::RunId, kinds::Kind, request::Verdict, run::RunStatus, token::Scope};
use provisioner::{cloud::Class, fake::refusal};
use serde_json::json;
use service::requests::Draft;

use crate::{
    browser::Browser,
    house::{House, house},
};

async fn asked(house: &House, browser: &mut Browser, name: &str) -> String {
    let team = house.actor("developer").await.teams[0].0.id.to_string();
    let environment = house.environment().await;
    let fields = [
        ("stack_name", name),
        ("team", &team),
        ("environment", &environment),
        ("inputs.image", "registry.example.com/orders:1"),
        ("inputs.secrets.name", "TOKEN"),
        ("inputs.secrets.value", "open-sesame"),
    ];
    let answer = browser.post("/catalogue/web-service/request", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.location().to_owned()
}

/// Approves by the seal on the page, and returns the run.
async fn approved(browser: &mut Browser, request: &str) -> RunId {
    let page = browser.get(request).await;
    let seal = page.value("seal").unwrap().to_owned();
    let answer = browser.post(&format!("{request}/approve"), &[("seal", &seal)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = browser.get(request).await.text;
    let (_, rest) = page.split_once("href=\"/runs/").unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_team_asks_an_owner_approves_and_the_service_runs_until_it_is_destroyed() {
    let house = house().await;
    let mut developer = house.browser("developer").await;
    let mut owner = house.browser("owner").await;
    let request = asked(&house, &mut developer, "orders").await;
    assert!(owner.get("/inbox").await.text.contains("Create orders in staging"));
    assert!(house.cloud.calls().is_empty(), "something was made before it was approved");

    let run = approved(&mut owner, &request).await;
    assert_eq!(house.stopped(&run).await, RunStatus::Succeeded);
    let page = developer.get(&format!("/runs/{run}")).await.text;
    assert!(page.contains("Succeeded"));
    assert!(page.contains("AWS calls") && page.contains("fake-1<"), "{page}");

    let stacks = developer.get("/stacks").await.text;
    assert!(stacks.contains("orders") && stacks.contains("Live"));
    let (_, rest) = stacks.split_once("href=\"/stacks/").unwrap();
    let stack = rest.split(['"', '?']).next().unwrap().to_owned();
    for tab in ["overview", "resources", "releases", "requests"] {
        let page = developer.get(&format!("/stacks/{stack}?tab={tab}")).await;
        assert_eq!(page.status, StatusCode::OK, "{tab}");
        assert!(!page.text.contains("open-sesame"));
    }

    let wrong = developer.post(&format!("/stacks/{stack}/destroy"), &[("name", "order")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.value("name").or(Some("order")), Some("order"));
    let asked = developer.post(&format!("/stacks/{stack}/destroy"), &[("name", "orders")]).await;
    let run = approved(&mut owner, asked.location()).await;
    assert_eq!(house.stopped(&run).await, RunStatus::Succeeded);
    assert!(house.cloud.objects().is_empty());
    assert!(!developer.get("/stacks").await.text.contains("orders"));

    let mut auditor = house.browser("auditor").await;
    for told in ["request.approved", "aws.call", "run.queued", "session.signed_in"] {
        let history = auditor.get(&format!("/audit?action={told}")).await.text;
        assert!(history.contains("class=\"audit-row\""), "{told}");
        assert!(!history.contains("open-sesame"), "{told}");
    }
    assert_eq!(house.portal.verify_audit().await.unwrap().broken, None);
}

#[tokio::test]
async fn a_failed_run_says_why_and_can_be_undone() {
    let house = house().await;
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let mut developer = house.browser("developer").await;
    let request = asked(&house, &mut developer, "orders").await;
    let run = approved(&mut house.browser("owner").await, &request).await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    let page = developer.get(&format!("/runs/{run}")).await.text;
    assert!(page.contains("InvalidParameterException") && page.contains("This is a test."));
    assert!(page.contains(&format!("action=\"/runs/{run}/undo\"")));
    let answer = developer.post(&format!("/runs/{run}/undo"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(house.stopped(&run).await, RunStatus::Undone);
    assert!(house.cloud.objects().is_empty());
}

#[tokio::test]
async fn a_failed_run_is_handed_to_somebody_who_finds_it_and_hands_it_back() {
    let house = house().await;
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let mut developer = house.browser("developer").await;
    let request = asked(&house, &mut developer, "orders").await;
    let mut owner = house.browser("owner").await;
    let run = approved(&mut owner, &request).await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    let (page, over, back) =
        (format!("/runs/{run}"), format!("/runs/{run}/hand-over"), format!("/runs/{run}/hand-back"));
    let shown = developer.get(&page).await.text;
    let posts_to = |page: &str, path: &str| page.contains(&format!("action=\"{path}\""));
    assert!(posts_to(&shown, &over) && !posts_to(&shown, &back), "{shown}");

    let nobody = developer.post(&over, &[("to", ""), ("note", "Is it the quota?")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.text.contains("Say who is to see to it.") && nobody.text.contains("Is it the quota?"));
    let id = house.actor("owner").await.user.id.to_string();
    assert!(!owner.get("/").await.text.contains("Handed to you"));
    let handed = developer.post(&over, &[("to", &id), ("note", "Is it the <quota>?")]).await;
    assert_eq!(handed.status, StatusCode::SEE_OTHER);
    for at in ["/", "/inbox"] {
        let told = owner.get(at).await.text;
        assert!(told.contains("Handed to you: Is it the &lt;quota&gt;?") && told.contains(&page), "{at}: {told}");
        assert!(!developer.get(at).await.text.contains("Handed to you"), "{at}");
    }
    assert!(developer.get("/").await.text.contains("In the hands of"));
    let shown = owner.get(&page).await.text;
    assert!(shown.contains("has it in hand. ") && posts_to(&shown, &back), "{shown}");
    let auditor = house.browser("auditor").await.get(&page).await.text;
    assert!(auditor.contains("has it in hand. ") && !posts_to(&auditor, &back) && !posts_to(&auditor, &over));

    assert_eq!(owner.post(&back, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(owner.get(&page).await.text.contains("Nobody in particular"));
    assert!(!owner.get("/inbox").await.text.contains("Handed to you"));
    // What was said is with the request, for those who come later.
    let told = developer.get(&format!("{request}?tab=activity")).await.text;
    for part in ["handed the run to", "Is it the &lt;quota&gt;?", "took the run out of the hands of"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn what_could_not_be_undone_is_dealt_with_by_hand_and_says_how() {
    let house = house().await;
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let mut developer = house.browser("developer").await;
    let request = asked(&house, &mut developer, "orders").await;
    let run = approved(&mut house.browser("owner").await, &request).await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);
    house.cloud.fail_next(Kind::LogGroup, refusal(Class::Refused, "OperationAbortedException"));
    developer.post(&format!("/runs/{run}/undo"), &[]).await;
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsAttention);

    let path = format!("/runs/{run}/handled");
    assert!(developer.get(&format!("/runs/{run}")).await.text.contains(&format!("action=\"{path}\"")));
    let long = "x".repeat(2001);
    let refused = developer.post(&path, &[("reason", &long)]).await;
    assert_eq!((refused.status, refused.value("reason")), (StatusCode::UNPROCESSABLE_ENTITY, Some(long.as_str())));
    assert!(refused.text.contains("2,000 characters or fewer"), "{}", refused.text);
    let silent = developer.post(&path, &[("reason", "  ")]).await;
    assert!(silent.text.contains("Say what was done about it in AWS"), "{}", silent.text);
    assert_eq!(developer.post(&path, &[("reason", "Deleted it")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.stopped(&run).await, RunStatus::Undone);
    let page = developer.get(&format!("/runs/{run}")).await.text;
    assert!(page.contains("dealt with by hand"), "{page}");
    let told = developer.get(&format!("{request}?tab=activity")).await.text;
    assert!(told.contains("dealt by hand with what could not be undone") && told.contains(">Deleted it<"), "{told}");

    let log = developer.get(&format!("/runs/{run}/log")).await;
    let lines: Vec<serde_json::Value> = log.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().zip(1..).all(|(line, position)| line["position"] == position), "{}", log.text);
    assert!(lines.iter().any(|line| line["choice"] == "handled" && line["by"].is_string()), "{}", log.text);
    assert!(lines.iter().any(|line| line["failure"]["code"] == "OperationAbortedException"), "{}", log.text);
}

#[tokio::test]
async fn an_approval_signs_what_was_looked_at() {
    let house = house().await;
    let mut owner = house.browser("owner").await;
    let id = house.submitted("orders").await;
    let stale = owner.post(&format!("/requests/{id}/approve"), &[("seal", "0000")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("changed since you looked"), "{}", stale.text);
    let page = house.browser("developer").await.get(&format!("/requests/{id}")).await.text;
    assert!(page.contains("your own request") && !page.contains("/approve\""));
}

#[tokio::test]
async fn a_stale_request_shows_what_moved() {
    let house = house().await;
    let (_, _, stack) = house.live("orders").await;
    let developer = house.actor("developer").await;
    let draft = Draft {
        template: "web-service".to_owned(),
        stack: Some(stack),
        inputs: [("image".to_owned(), json!("registry.example.com/orders:2"))].into(),
        ..Draft::default()
    };
    let id = house.portal.submit(&developer, &draft).await.unwrap();
    house.cloud.drift(Kind::LogGroup, "retention_days", json!(365));
    let run = approved(&mut house.browser("owner").await, &format!("/requests/{id}")).await;
    assert_eq!(house.stopped(&run).await, RunStatus::Stale);
    let page = house.browser("developer").await.get(&format!("/requests/{id}")).await.text;
    assert!(page.contains("It would now update the logs (log group) instead of leaving it."), "{page}");
    assert!(page.contains("<del>365</del>") && page.contains("<ins>30</ins>"), "{page}");
    assert!(page.contains(&format!("action=\"/requests/{id}/plan\"")), "{page}");
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_is_read_by_the_requester() {
    let house = house().await;
    let mut owner = house.browser("owner").await;
    let id = house.submitted("orders").await;
    let seal = owner.get(&format!("/requests/{id}")).await.value("seal").unwrap().to_owned();
    let reject = format!("/requests/{id}/reject");
    let silent = owner.post(&reject, &[("seal", &seal)]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("Say why"));
    let said = owner.post(&reject, &[("seal", &seal), ("reason", "Too big for staging")]).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    let page = house.browser("developer").await.get(&format!("/requests/{id}?tab=activity")).await.text;
    assert!(page.contains("Too big for staging"));
    let late = owner.post(&format!("/requests/{id}/withdraw"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("This request was rejected."), "{}", late.text);
}

#[tokio::test]
async fn whoever_withdraws_is_told_what_becomes_of_it_and_may_say_why() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let request = format!("/requests/{id}");
    let withdraw = format!("{request}/withdraw");
    let mut developer = house.browser("developer").await;
    let page = developer.get(&request).await.text;
    assert!(page.contains(&format!("action=\"{withdraw}\"")), "{page}");
    assert!(page.contains("the name orders and everything else that is reserved for it"), "{page}");
    let viewer = house.browser("viewer").await.get(&request).await.text;
    assert!(!viewer.contains("/withdraw\""), "{viewer}");
    for told in ["Withdraw, plan again", "This needs one of: developer of the team, platform role."] {
        assert!(viewer.contains(told), "{told}: {viewer}");
    }
    let long = "x".repeat(2001);
    let refused = developer.post(&withdraw, &[("reason", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains(&format!(">{long}</textarea>")), "what was typed is lost");
    let done = developer.post(&withdraw, &[("reason", "We buy one instead")]).await;
    assert_eq!(done.location(), request);
    assert!(developer.get(&format!("{request}?tab=activity")).await.text.contains("We buy one instead"));
    let late = developer.post(&withdraw, &[("reason", "Twice")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("You wrote: Twice"), "what was typed is lost: {}", late.text);
}

#[tokio::test]
async fn an_approval_of_somebody_who_may_no_longer_decide_does_not_count_and_says_so() {
    let house = house().await;
    let owner = house.actor("owner").await;
    let mut tx = house.portal.storage.begin().await.unwrap();
    let environment = tx.list_environments().await.unwrap().remove(0);
    tx.update_environment(&Environment { approvals_needed: 2, ..environment }).await.unwrap();
    tx.commit().await.unwrap();
    let id = house.submitted("orders").await;
    let seal = house.portal.request(&owner, &id).await.unwrap().card.request.seal;
    house.portal.decide(&owner, &id, Verdict::Approve, &seal, "Fine with me").await.unwrap();
    let program = house.program("developer", Scope::ALL).await;
    let counts = async || program.get(&format!("/requests/{id}")).await.json["decisions"][0]["counts"].clone();
    let mut developer = house.browser("developer").await;
    let path = format!("/requests/{id}?tab=decisions");
    let before = developer.get(&path).await.text;
    assert!(before.contains("1 of 2") && !before.contains("data-past"), "{before}");
    assert_eq!(counts().await, true);

    house.portal.set_disabled(&house.actor("admin").await, &owner.user.id, true).await.unwrap();
    let after = developer.get(&path).await.text;
    assert!(after.contains("0 of 2") && after.contains("<tr data-past=\"true\">"), "{after}");
    assert!(after.contains("approved, and may no longer decide: Fine with me"), "{after}");
    assert!(!after.contains("earlier plan<"), "it is about the plan as it is: {after}");
    assert_eq!(counts().await, false);
}

#[tokio::test]
async fn people_talk_about_a_request() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let (activity, comment) = (format!("/requests/{id}?tab=activity"), format!("/requests/{id}/comment"));
    let mut developer = house.browser("developer").await;
    assert!(developer.get(&activity).await.text.contains(&format!("action=\"{comment}\"")));
    let said = developer.post(&comment, &[("text", "<b>Please</b> look today")]).await;
    assert_eq!(said.location(), activity);
    let page = developer.get(&activity).await.text;
    assert!(page.contains("&lt;b&gt;Please&lt;/b&gt; look today"), "{page}");

    let long = format!("First line\n{}", "x".repeat(4000));
    let refused = developer.post(&comment, &[("text", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("1 to 4,000 characters"), "{}", refused.text);
    assert!(refused.text.contains(&format!(">{long}</textarea>")), "what was typed is lost");

    let mut viewer = house.browser("viewer").await;
    let page = viewer.get(&activity).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("look today") && !page.text.contains("<textarea"), "{}", page.text);
    let refused = viewer.post(&comment, &[("text", "Me too")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
