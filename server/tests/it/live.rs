//! What open pages are told.

use axum::http::{StatusCode, header};
use domain::request::Verdict;
use serde_json::Value;

use crate::house::{House, house};

async fn approve(house: &House, name: &str, id: &domain::ids::RequestId) -> domain::ids::RunId {
    let owner = house.actor(name).await;
    let seal = house.portal.request(&owner, id).await.unwrap().card.request.seal;
    house.portal.decide(&owner, id, Verdict::Approve, &seal, "").await.unwrap().run.unwrap()
}

fn once(text: &str) -> (String, Vec<Value>) {
    let answer: Value = serde_json::from_str(text).unwrap();
    (answer["id"].as_str().unwrap().to_owned(), answer["messages"].as_array().unwrap().clone())
}

#[tokio::test]
async fn a_stream_says_that_it_works_and_then_what_differs() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let mut owner = house.browser("owner").await;
    let mut stream = owner.follow("/events?topic=requests", &[]).await;
    assert_eq!(stream.headers[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(stream.headers[header::CACHE_CONTROL], "no-store, no-transform");
    assert_eq!(stream.headers["x-accel-buffering"], "no");
    let ready = stream.next().await.unwrap();
    assert_eq!((ready.event.as_str(), ready.id.as_str()), ("ready", ""));
    let inbox = stream.next().await.unwrap();
    assert_eq!((inbox.event.as_str(), &inbox.data["state"]["count"]), ("inbox", &Value::from(1)));
    let list = stream.next().await.unwrap();
    assert_eq!((list.event.as_str(), &list.data["topic"]), ("list", &Value::from("requests")));
    assert!(list.id.contains("inbox:1.") && list.id.contains("requests:"), "{}", list.id);

    approve(&house, "platform", &id).await;
    let inbox = stream.next_of("inbox").await;
    assert_eq!(inbox.data["state"]["count"], 0);
    let list = stream.next_of("list").await;
    assert!(list.id.contains(&format!("requests:{}", list.data["mark"].as_str().unwrap())), "{list:?}");
    house.end();
    while stream.next().await.is_some() {}
}

#[tokio::test]
async fn a_stream_on_which_nothing_happens_says_that_it_is_alive() {
    let house = house().await;
    let mut stream = house.browser("owner").await.follow("/events?topic=requests", &[]).await;
    let alive = stream.next_of("alive").await;
    assert_eq!((alive.id.as_str(), alive.data), ("", serde_json::json!({})), "what the tab has seen stays as it was");
}

#[tokio::test]
async fn a_run_is_told_whole_to_everybody_who_looks_until_it_has_ended() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let run = approve(&house, "owner", &id).await;
    let path = format!("/events?topic={run}");
    let mut developer = house.browser("developer").await.follow(&path, &[]).await;
    let mut viewer = house.browser("viewer").await.follow(&path, &[]).await;
    let mut ends = vec![];
    for stream in [&mut developer, &mut viewer] {
        loop {
            let told = stream.next_of("run").await;
            if told.data["state"]["finished"] == true {
                ends.push(told);
                break;
            }
        }
    }
    assert_eq!(ends[0].data["mark"], ends[1].data["mark"]);
    assert_eq!(ends[0].data["state"]["status"], "succeeded");
    assert_eq!(ends[0].data["state"]["mark"], ends[0].data["mark"]);
}

#[tokio::test]
async fn whoever_comes_back_is_told_what_was_missed_and_nothing_else() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let mut developer = house.browser("developer").await;
    let path = format!("/events?topic=requests&topic={id}");
    let (seen, told) = once(&developer.get(&format!("{path}&once=1")).await.text);
    assert_eq!(told.len(), 3, "nothing is known yet: {told:?}");
    let (_, told) = once(&developer.get(&format!("{path}&once=1&after={seen}")).await.text);
    assert!(told.is_empty(), "nothing happened: {told:?}");

    // Three things happen while nobody listens; another process is there when they come back.
    let author = house.actor("developer").await;
    for text in ["One", "Two"] {
        house.portal.comment(&author, &id, text).await.unwrap();
    }
    house.submitted("shop").await;
    let mut elsewhere = developer.through(house.another_process());
    let mut stream = elsewhere.follow(&path, &[("last-event-id", &seen)]).await;
    let ready = stream.next().await.unwrap();
    assert_eq!((ready.event.as_str(), ready.id.as_str()), ("ready", seen.as_str()));
    let (list, request) = (stream.next().await.unwrap(), stream.next().await.unwrap());
    assert_eq!((list.event.as_str(), request.event.as_str()), ("list", "request"), "each once, and not the inbox");
    assert_ne!(list.id, request.id);
    let (_, told) = once(&elsewhere.get(&format!("{path}&once=1&after={}", request.id)).await.text);
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_page_knows_the_marks_of_what_it_shows() {
    let house = house().await;
    let (request, run, stack) = house.live("orders").await;
    let waiting = house.submitted("shop").await;
    let mut owner = house.browser("owner").await;
    for (path, topic) in [
        ("/".to_owned(), "home".to_owned()),
        ("/requests".to_owned(), "requests".to_owned()),
        ("/stacks".to_owned(), "stacks".to_owned()),
        ("/inbox".to_owned(), "inbox".to_owned()),
        (format!("/requests/{request}"), request.to_string()),
        (format!("/stacks/{stack}"), stack.to_string()),
    ] {
        let page = owner.get(&path).await.text;
        let (_, rest) =
            page.split_once(&format!("data-topic=\"{topic}\" data-mark=\"")).unwrap_or_else(|| panic!("{path}"));
        let mark = rest.split('"').next().unwrap();
        let answer = owner.get(&format!("/events?once=1&topic={topic}&after={topic}:{mark}")).await;
        let (seen, told) = once(&answer.text);
        assert!(seen.contains(&format!("{topic}:{mark}")), "{path}: {seen}");
        assert!(told.iter().all(|one| one["topic"] != topic.as_str()), "{path}: {told:?}");
    }
    let page = owner.get(&format!("/requests/{waiting}")).await;
    let seal = page.value("seal").unwrap();
    assert!(page.text.contains(&format!("data-guard=\"{seal}\"")), "a plan could change under its reader");
    let view = house.portal.run(&house.actor("owner").await, &run).await.unwrap();
    assert!(owner.get(&format!("/runs/{run}")).await.text.contains(&view.mark));
}

#[tokio::test]
async fn nobody_follows_what_they_may_not_see() {
    let house = house().await;
    let (request, run, stack) = house.live("orders").await;
    for name in ["stranger", "admin"] {
        let mut browser = house.browser(name).await;
        for topic in [request.as_str(), run.as_str(), stack.as_str(), "run-NONE"] {
            assert_eq!(
                browser.look(&format!("/events?topic={topic}")).await,
                StatusCode::NOT_FOUND,
                "{topic} as {name}"
            );
        }
        let (_, told) = once(&browser.get("/events?once=1&topic=requests&topic=stacks&topic=home").await.text);
        assert!(told.iter().all(|one| one["mark"].as_str().unwrap().starts_with('0')), "{told:?}");
    }
    let mut developer = house.browser("developer").await;
    assert_eq!(developer.look("/events?topic=weather").await, StatusCode::UNPROCESSABLE_ENTITY);
    let json = [("accept", "application/json")];
    assert_eq!(house.nobody().get_with("/events?once=1", &json).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_page_that_looks_again_by_itself_takes_no_message_from_its_reader() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let mut developer = house.browser("developer").await;
    let path = format!("/requests/{id}?tab=activity");
    developer.get(&path).await;
    developer.post(&format!("/requests/{id}/comment"), &[("text", "Hello")]).await;
    let by_itself = developer.get_with(&path, &[("x-gantry-refresh", "1")]).await;
    assert!(!by_itself.text.contains("Your comment stands below."));
    assert!(developer.get(&path).await.text.contains("Your comment stands below."));
}

#[tokio::test]
async fn whoever_decides_in_the_inbox_goes_on_there() {
    let house = house().await;
    for name in ["one", "two", "three"] {
        house.submitted(name).await;
    }
    let mut owner = house.browser("owner").await;
    let first = owner.get("/inbox").await;
    assert!(first.text.contains("id=\"inbox-approve\"") && first.text.contains("mini-plan"), "{}", first.text);
    assert!(first.text.contains("id=\"inbox-changes\""), "{}", first.text);
    let (_, rest) = first.text.split_once("action=\"/requests/").unwrap();
    let id = rest.split('/').next().unwrap();
    let seal = first.value("seal").unwrap();
    let silent = [("seal", seal), ("from", "/inbox"), ("reason", "")];
    let refused = owner.post(&format!("/requests/{id}/reject"), &silent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let elsewhere = owner.post(&format!("/requests/{id}/approve"), &[("seal", "other"), ("from", "/inbox")]).await;
    assert_eq!(elsewhere.status, StatusCode::CONFLICT, "another plan than the one that was shown was signed");
    let done = owner.post(&format!("/requests/{id}/approve"), &[("seal", seal), ("from", "/inbox")]).await;
    assert_eq!(done.location(), "/inbox");
    let next = owner.get("/inbox").await.text;
    assert!(next.contains("You approved it.") && next.matches("class=\"inbox-item\"").count() == 2, "{next}");

    let second = owner.get("/inbox").await;
    let (_, rest) = second.text.split_once("action=\"/requests/").unwrap();
    let changes = format!("/requests/{}/changes", rest.split('/').next().unwrap());
    let wanted = [("seal", second.value("seal").unwrap()), ("from", "/inbox"), ("reason", "Four tasks")];
    assert_eq!(owner.post(&changes, &wanted).await.location(), "/inbox");
    let next = owner.get("/inbox").await.text;
    assert!(next.contains("You asked for changes.") && next.matches("class=\"inbox-item\"").count() == 1, "{next}");
}

#[tokio::test]
async fn an_inbox_of_many_is_shown_part_by_part() {
    let house = house().await;
    let mut ids = vec![];
    for number in 0..51 {
        ids.push(house.submitted(&format!("orders-{number}")).await);
    }
    let mut owner = house.browser("owner").await;
    let shown = |page: &str| page.matches("class=\"inbox-item\"").count();
    let first = owner.get("/inbox").await.text;
    let more = format!("/inbox?after={}", ids[49]);
    assert_eq!(shown(&first), 50);
    assert!(first.contains(&format!("href=\"{more}\"")) && first.contains("data-count=\"51\""), "{first}");
    let rest = owner.get(&more).await.text;
    assert_eq!(shown(&rest), 1);
    assert!(rest.contains("Create orders-50 in staging") && !rest.contains(">More</a>"), "{rest}");
    assert!(rest.contains(&format!("href=\"{more}&amp;request={}\"", ids[50])), "{rest}");
    let end = owner.get(&format!("/inbox?after={}", ids[50])).await.text;
    assert!(end.contains("Nothing more waits for you") && end.contains("href=\"/inbox\""), "{end}");
}

#[tokio::test]
async fn search_finds_what_its_reader_may_open() {
    let house = house().await;
    house.submitted("orders").await;
    let titles = async |name: &str, path: &str| {
        let text = house.browser(name).await.get(path).await.text;
        let result: Value = serde_json::from_str(&text).unwrap();
        let groups = result["groups"].as_array().unwrap().clone();
        let items = groups.iter().flat_map(|group| group["items"].as_array().unwrap().clone());
        items.map(|item| item["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles("developer", "/search.json?q=orders").await, ["orders", "Create orders in staging"]);
    assert!(titles("stranger", "/search.json?q=orders").await.is_empty());
    assert_eq!(titles("viewer", "/search.json?q=request+web").await, ["Web service"]);
    let asked = titles("developer", "/search.json?q=request+web").await;
    assert_eq!(asked, ["Request a web service", "Web service"]);
    assert_eq!(titles("both", "/search.json?q=switch").await, ["Switch to Storefront"]);
    assert_eq!(titles("auditor", "/search.json?q=The+viewer").await, ["The viewer"]);
    assert!(titles("owner", "/search.json?q=The+viewer").await.is_empty());
    assert!(!titles("owner", "/search.json?q=").await.contains(&"Audit".to_owned()));
    let page = house.browser("developer").await.get("/search?q=%3Cb%3E").await;
    assert!(page.text.contains("“&lt;b&gt;”"), "{}", page.text);
}

#[tokio::test]
async fn a_stream_ends_with_the_right_to_read_what_it_tells() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let (admin, author) = (house.actor("admin").await, house.actor("developer").await);
    let team = author.teams[0].0.id.clone();
    for name in ["viewer", "both"] {
        let reader = house.actor(name).await.user.id;
        let mut browser = house.browser(name).await;
        let mut stream = browser.follow(&format!("/events?topic={id}"), &[]).await;
        stream.next_of("request").await;
        match name {
            "both" => drop(house.portal.set_disabled(&admin, &reader, true).await.unwrap()),
            _ => drop(house.portal.remove_member(&admin, &team, &reader).await.unwrap()),
        }
        house.portal.comment(&author, &id, "Not for everybody").await.unwrap();
        assert!(stream.next().await.is_none(), "{name} is told what they may not know");
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_reader_signs_out_in_another_window() {
    let house = house().await;
    let mut owner = house.browser("owner").await;
    let mut stream = owner.follow("/events?topic=requests", &[]).await;
    stream.next_of("list").await;
    owner.get("/").await;
    owner.post("/sign-out", &[]).await;
    while stream.next().await.is_some() {}
}
