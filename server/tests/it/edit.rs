//! A request like a good pull request: changes are asked for, made, looked at and approved.

use axum::http::StatusCode;
use domain::{ids::RunId, request::Verdict, run::RunStatus};

use crate::{browser::Browser, house::house};

/// Every field of the edit form of a web service, as a browser would post it, with other values for some.
async fn edited(browser: &mut Browser, request: &str, other: &[(&str, &str)]) -> crate::browser::Answer {
    let form = format!("{request}/edit");
    let page = browser.get(&form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let environment = {
        let (_, rest) = page.text.split_once("name=\"environment\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let mut fields = vec![
        ("environment", environment.as_str()),
        ("stack_name", "orders"),
        ("inputs.image", "registry.example.com/orders:1"),
        ("inputs.port", "8080"),
        ("inputs.size", "256/512"),
        ("inputs.count", "2"),
        ("inputs.load_balancer", "own"),
        ("inputs.https", "true"),
        ("inputs.health_check_path", "/"),
        ("inputs.autoscaling", "none"),
        ("inputs.log_retention", "30"),
    ];
    for (name, value) in other {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    browser.post(&form, &fields).await
}

#[tokio::test]
async fn changes_are_asked_for_made_seen_approved_and_carried_out() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let request = format!("/requests/{id}");
    let (mut developer, mut owner) = (house.browser("developer").await, house.browser("owner").await);
    let seal = owner.get(&request).await.value("seal").unwrap().to_owned();
    let silent = owner.post(&format!("{request}/changes"), &[("seal", &seal)]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("Say what should be different"), "{}", silent.text);
    let asked = owner.post(&format!("{request}/changes"), &[("seal", &seal), ("reason", "Four tasks, please")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    assert!(!owner.get(&request).await.text.contains("/approve\""));

    let page = developer.get(&request).await.text;
    assert!(page.contains("Changes wanted") && page.contains("Four tasks, please"), "{page}");
    assert!(page.contains(&format!("href=\"{request}/edit\"")), "{page}");
    let wrong = edited(&mut developer, &request, &[("inputs.count", "4000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Edit: Create orders in staging") && wrong.text.contains("value=\"4000\""));
    let done = edited(&mut developer, &request, &[("inputs.count", "4"), ("reason", "As you say")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(done.location(), request);

    let page = owner.get(&request).await;
    assert!(page.text.contains("What changed since your decision"), "{}", page.text);
    assert!(page.text.contains("<del>2</del>") && page.text.contains("<ins>4</ins>"), "{}", page.text);
    assert!(owner.get(&format!("{request}?tab=inputs")).await.text.contains("Before the edit"));
    let activity = owner.get(&format!("{request}?tab=activity")).await.text;
    for told in ["asked for changes of", "Four tasks, please", "edited the request to create orders", "As you say"] {
        assert!(activity.contains(told), "{told}: {activity}");
    }
    let decisions = owner.get(&format!("{request}?tab=decisions")).await.text;
    assert!(decisions.contains("One of: an owner of Payments or the platform team"), "{decisions}");
    assert!(decisions.contains(&seal[..12]) && decisions.contains("earlier plan"), "{decisions}");

    let old = owner.post(&format!("{request}/approve"), &[("seal", &seal)]).await;
    assert_eq!(old.status, StatusCode::CONFLICT);
    let seal = page.value("seal").unwrap().to_owned();
    let approved = owner.post(&format!("{request}/approve"), &[("seal", &seal)]).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let run: RunId = house.portal.request(&house.actor("owner").await, &id).await.unwrap().run.unwrap().id;
    assert_eq!(house.stopped(&run).await, RunStatus::Succeeded);
}

#[tokio::test]
async fn whoever_asked_for_changes_sees_all_that_was_edited_since() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let request = format!("/requests/{id}");
    let (mut developer, mut owner) = (house.browser("developer").await, house.browser("owner").await);
    let seal = owner.get(&request).await.value("seal").unwrap().to_owned();
    owner.post(&format!("{request}/changes"), &[("seal", &seal), ("reason", "Four tasks, please")]).await;
    for edit in [&[("inputs.count", "3")][..], &[("inputs.count", "4"), ("inputs.port", "9090")]] {
        let done = edited(&mut developer, &request, &[edit, &[("reason", "As you say")]].concat()).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }
    let author = house.actor("developer").await;
    house.portal.comment(&author, &id, "Four of them, on another port.").await.unwrap();
    for path in [&request, "/inbox"] {
        let page = owner.get(path).await.text;
        let (_, note) = page.split_once("What changed since your decision").unwrap_or_else(|| panic!("{path}: {page}"));
        let (note, _) = note.split_once("</section>").unwrap();
        for (before, after) in [("2", "4"), ("8080", "9090")] {
            assert!(note.contains(&format!("<del>{before}</del><ins>{after}</ins>")), "{path}: {note}");
        }
        assert!(!note.contains("<del>3</del>"), "{path}: what was in between nobody has to look at: {note}");
        assert!(page.contains("As you say") && page.contains("in 14 days"), "{path}: {page}");
    }
    let inbox = owner.get("/inbox").await.text;
    assert!(inbox.contains(&format!("href=\"{request}?tab=activity\">1 comment</a>")), "{inbox}");
    let other = house.browser("platform").await.get(&request).await.text;
    assert!(other.contains("What changed since The owner asked for changes"), "{other}");
}

#[tokio::test]
async fn an_edit_begins_with_what_was_asked_and_its_draft_is_kept_apart() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let (form, draft) = (format!("/requests/{id}/edit"), format!("/requests/{id}/edit/draft"));
    let mut developer = house.browser("developer").await;
    let page = developer.get(&form).await.text;
    assert!(page.contains("value=\"orders\"") && page.contains("registry.example.com/orders:1"), "{page}");
    assert!(!page.contains("name=\"team\""), "a request stays with its team");
    let saved = developer.post(&draft, &[("stack_name", "basket")]).await;
    assert_eq!(saved.location(), form);
    assert!(developer.get(&form).await.text.contains("value=\"basket\""));
    assert!(!developer.get("/catalogue/web-service/request").await.text.contains("basket"));
    assert!(developer.get("/requests").await.text.contains("Edit: Create orders in staging"));

    let nothing = edited(&mut developer, &format!("/requests/{id}"), &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nothing.text);
    assert!(nothing.text.contains("Nothing is different yet"), "{}", nothing.text);
    let seal = house.portal.request(&house.actor("owner").await, &id).await.unwrap().card.request.seal;
    house.portal.decide(&house.actor("owner").await, &id, Verdict::Approve, &seal, "").await.unwrap();
    let late = developer.get(&form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_request_says_when_it_expires() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let page = house.browser("developer").await.get(&format!("/requests/{id}")).await.text;
    assert!(page.contains("Expires") && page.contains("in 14 days"), "{page}");
    assert!(!page.contains("gives back all that is reserved"), "it is too early to warn");
}
