//! Lists: pages, filters and orders that stand in the address.

use chrono::TimeDelta;
use domain::{
    ids::{RequestId, RunId, StackId, UserId},
    people::{TeamRole, User},
    request::{Request, RequestStatus},
    run::{Run, RunStatus},
    stack::Stack,
};

use crate::house::{House, house};

/// The addresses of the links with this label.
fn links(text: &str, label: &str) -> Vec<String> {
    let parts: Vec<_> = text.split(&format!(">{label}</a>")).collect();
    let before = &parts[..parts.len() - 1];
    before
        .iter()
        .map(|part| part.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&"))
        .collect()
}

fn rows(text: &str) -> usize {
    text.matches("<tr data-key").count()
}

/// One more stack like that of this request, asked for, made and changed in one release; it changed last.
async fn one_more(house: &House, request: &RequestId, number: i64) {
    let mut tx = house.portal.storage.begin().await.unwrap();
    let request = tx.lookup_request(request).await.unwrap().unwrap();
    let stack = tx.lookup_stack(&request.stack).await.unwrap().unwrap();
    let id: StackId = format!("stk-M{number}").parse().unwrap();
    let updated_at = stack.updated_at + TimeDelta::seconds(number);
    tx.add_stack(&Stack { id: id.clone(), name: format!("orders-{number:02}"), updated_at, ..stack }).await.unwrap();
    let name = format!("req-M{number}").parse().unwrap();
    tx.add_request(&Request { id: name, stack: id, ..request }).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_list_goes_on_only_when_there_is_more_and_keeps_what_it_is_filtered_by() {
    let house = house().await;
    let first = house.submitted("orders").await;
    for number in 1..50 {
        one_more(&house, &first, number).await;
    }
    let mut developer = house.browser("developer").await;
    for path in ["/stacks", "/requests"] {
        let page = developer.get(path).await.text;
        assert_eq!(rows(&page), 50, "{path}");
        assert!(!page.contains("class=\"pager"), "{path}: there is nothing after these");
    }
    one_more(&house, &first, 50).await;

    for (path, next, only) in [
        ("/stacks", "More", "orders-50"),
        ("/stacks?q=orders&sort=changed", "More", ">orders<"),
        ("/requests?state=open", "Older", "Create orders in staging"),
        ("/requests?state=all&q=orders&environment=staging&sort=oldest", "Newer", "Create orders-50 in staging"),
    ] {
        let page = developer.get(path).await.text;
        assert_eq!(rows(&page), 50, "{path}");
        let on = links(&page, next).remove(0);
        let kept = if path.contains('?') { format!("{path}&after=") } else { format!("{path}?after=") };
        assert!(on.starts_with(&kept), "{on}");
        let rest = developer.get(&on).await.text;
        assert_eq!(rows(&rest), 1, "{on}");
        assert!(rest.contains(only), "{on}");
        assert!(links(&rest, next).is_empty(), "{on}");
        let begin = if next == "More" {
            "First"
        } else if next == "Older" {
            "Newest"
        } else {
            "Oldest"
        };
        assert_eq!(links(&rest, begin), [path], "{on}");
    }
    let end = developer.get("/requests?state=all&after=req-M1").await.text;
    assert!(end.contains("Create orders in staging"));
    let past = developer.get(&format!("/requests?state=all&after={first}")).await.text;
    assert!(past.contains("Nothing further") && !past.contains("No requests yet"));
}

#[tokio::test]
async fn lists_are_sorted_by_links_in_their_heads() {
    let house = house().await;
    let first = house.submitted("orders").await;
    one_more(&house, &first, 1).await;
    let mut developer = house.browser("developer").await;
    let stacks = developer.get("/stacks?q=ord").await.text;
    assert_eq!(stacks.matches("aria-sort").count(), 1);
    assert!(stacks.contains("aria-sort=\"ascending\""));
    assert!(stacks.find(">orders<") < stacks.find(">orders-01<"));
    assert_eq!(links(&stacks, "Changed"), ["/stacks?q=ord&sort=changed"]);
    // And above the list, for phones: they have no room for heads.
    let small = |page: &str| {
        let from = page.find("class=\"sorts narrow-only\"").unwrap();
        page[from..].split("</p>").next().unwrap().to_owned()
    };
    let by_name = small(&stacks);
    assert!(by_name.contains("href=\"/stacks?q=ord&amp;sort=changed\"") && by_name.contains("href=\"/stacks?q=ord\""));
    assert_eq!(by_name.matches("aria-current=\"true\"").count(), 1, "{by_name}");
    let changed = developer.get("/stacks?q=ord&sort=changed").await.text;
    assert!(changed.contains("aria-sort=\"descending\"") && changed.contains("name=\"sort\" value=\"changed\""));
    assert!(changed.find(">orders-01<") < changed.find(">orders<"));
    assert_eq!(links(&changed, "Stack"), ["/stacks?q=ord"]);

    let requests = developer.get("/requests?q=ord").await.text;
    assert_eq!(links(&requests, "When"), ["/requests?state=open&q=ord&sort=oldest"]);
    assert!(requests.contains("aria-sort=\"descending\""));
    let oldest = developer.get("/requests?state=open&q=ord&sort=oldest").await.text;
    assert!(oldest.contains("aria-sort=\"ascending\""));
    assert_eq!(links(&oldest, "When"), ["/requests?state=open&q=ord"]);
    assert!(oldest.contains("href=\"/requests?state=done&amp;q=ord&amp;sort=oldest\""));
    assert!(oldest.find(first.as_str()) < oldest.find("req-M1"));
}

#[tokio::test]
async fn a_search_for_requests_that_finds_nothing_says_what_it_looked_for() {
    let house = house().await;
    house.submitted("orders").await;
    let mut developer = house.browser("developer").await;
    let page = developer.get("/requests?q=ordres&environment=staging").await.text;
    let said = "There is no open request in staging about a stack called “ordres”";
    assert!(page.contains(said), "{page}");
    assert!(page.contains("<option value=\"staging\" selected"));
    assert_eq!(links(&page, "Clear the search"), ["/requests?state=open"]);
    // What is no environment filters nothing.
    assert_eq!(rows(&developer.get("/requests?environment=nowhere").await.text), 1);
}

#[tokio::test]
async fn the_tabs_of_a_stack_go_on_and_keep_their_numbers() {
    let house = house().await;
    let (request, run, stack) = house.live("orders").await;
    let mut tx = house.portal.storage.begin().await.unwrap();
    let request = tx.lookup_request(&request).await.unwrap().unwrap();
    let run = tx.lookup_run(&run).await.unwrap().unwrap();
    for number in 0..60 {
        let id: RequestId = format!("req-M{number}").parse().unwrap();
        let of: RunId = format!("run-M{number}").parse().unwrap();
        let one =
            Request { id: id.clone(), run: Some(of.clone()), status: RequestStatus::Succeeded, ..request.clone() };
        tx.add_request(&one).await.unwrap();
        tx.add_run(&Run { id: of, request: id, status: RunStatus::Succeeded, ..run.clone() }).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut developer = house.browser("developer").await;
    let numbers = |text: &str| -> Vec<u32> {
        text.split("class=\"release-number\">")
            .skip(1)
            .map(|part| part.split('<').next().unwrap().parse().unwrap())
            .collect()
    };
    let page = developer.get(&format!("/stacks/{stack}?tab=releases")).await.text;
    assert_eq!(numbers(&page), (12..=61).rev().collect::<Vec<_>>());
    assert_eq!(page.matches("runs now").count(), 1);
    let older = links(&page, "Older").remove(0);
    assert!(older.starts_with(&format!("/stacks/{stack}?tab=releases&after=run-")), "{older}");
    let rest = developer.get(&older).await.text;
    assert_eq!(numbers(&rest), (1..=11).rev().collect::<Vec<_>>());
    assert!(rest.contains(run.id.as_str()) && !rest.contains("runs now") && links(&rest, "Older").is_empty());
    assert_eq!(links(&rest, "Newest"), [format!("/stacks/{stack}?tab=releases")]);

    let page = developer.get(&format!("/stacks/{stack}?tab=requests")).await.text;
    assert_eq!(rows(&page), 50);
    let rest = developer.get(&links(&page, "Older")[0]).await.text;
    assert_eq!(rows(&rest), 11);
    assert!(rest.contains(request.id.as_str()) && rest.contains("<span class=\"count\">61</span>"));
}

#[tokio::test]
async fn people_and_members_are_listed_page_by_page() {
    let house = house().await;
    let someone = house.actor("viewer").await;
    let (someone, team) = (someone.user, someone.teams[0].0.id.clone());
    let mut admin = house.browser("admin").await;
    let few = admin.get(&format!("/teams/{team}")).await.text;
    assert!(!few.contains("Search members") && !few.contains("class=\"pager"));
    let mut tx = house.portal.storage.begin().await.unwrap();
    for number in 0..51 {
        let (name, email) = (format!("Zed {number:02}"), format!("zed{number}@example.com"));
        let id: UserId = format!("usr-M{number}").parse().unwrap();
        let user = User { id: id.clone(), name, email, ..someone.clone() };
        tx.add_user(&user, house.portal.clock.now()).await.unwrap();
        tx.set_membership(&team, &id, TeamRole::Viewer).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = admin.get("/people?q=zed").await.text;
    assert!(page.contains("Zed 49") && !page.contains("Zed 50"));
    let rest = admin.get(&links(&page, "More")[0]).await.text;
    assert!(rest.contains("Zed 50") && !rest.contains("Zed 49"));
    assert_eq!(links(&rest, "First"), ["/people?q=zed"]);
    assert!(links(&admin.get("/people?q=zed4").await.text, "More").is_empty());

    let page = admin.get(&format!("/teams/{team}")).await.text;
    assert!(page.contains("Search members") && !page.contains("Zed 50"));
    assert!(admin.get(&links(&page, "More")[0]).await.text.contains("Zed 50"));
    let found = admin.get(&format!("/teams/{team}?q=ZED50@")).await.text;
    assert!(found.contains("Zed 50") && !found.contains("Zed 49") && links(&found, "More").is_empty());
    assert!(admin.get(&format!("/teams/{team}?q=nobody")).await.text.contains("No member by that name"));
}

#[tokio::test]
async fn home_shows_the_first_needs_and_where_the_rest_is() {
    let house = house().await;
    let first = house.submitted("orders").await;
    for number in 1..6 {
        one_more(&house, &first, number).await;
    }
    let mut owner = house.browser("owner").await;
    let page = owner.get("/").await.text;
    assert_eq!(page.matches("/inbox?request=").count(), 6);
    assert!(!page.contains("in the inbox"));
    one_more(&house, &first, 6).await;
    let page = owner.get("/").await.text;
    assert_eq!(page.matches("/inbox?request=").count(), 6);
    assert_eq!(links(&page, "All 7 in the inbox"), ["/inbox"]);
}

#[tokio::test]
async fn a_run_is_found_by_its_id_and_a_stack_with_what_can_be_asked_of_it() {
    let house = house().await;
    let (_, run, stack) = house.live("orders").await;
    let mut developer = house.browser("developer").await;
    let found = developer.get(&format!("/search?q={run}")).await.text;
    assert!(found.contains(&format!("href=\"/runs/{run}\"")), "{found}");
    assert!(!house.browser("stranger").await.get(&format!("/search?q={run}")).await.text.contains("href=\"/runs/"));

    let found = developer.get("/search?q=orders").await.text;
    assert_eq!(links(&found, "Change orders"), [format!("/stacks/{stack}/change")]);
    assert_eq!(links(&found, "Destroy orders"), [format!("/stacks/{stack}/destroy")]);
    let found = developer.get("/search?q=destroy+orders").await.text;
    assert_eq!(links(&found, "Destroy orders"), [format!("/stacks/{stack}/destroy")]);
    assert!(links(&found, "Change orders").is_empty());
    let found = house.browser("viewer").await.get("/search?q=orders").await.text;
    assert!(found.contains(&format!("href=\"/stacks/{stack}\"")) && links(&found, "Change orders").is_empty());
}

#[tokio::test]
async fn the_history_says_why_and_about_which_plan_somebody_decided() {
    let house = house().await;
    let id = house.submitted("orders").await;
    let owner = house.actor("owner").await;
    let seal = house.portal.request(&owner, &id).await.unwrap().card.request.seal;
    let verdict = domain::request::Verdict::Reject;
    house.portal.decide(&owner, &id, verdict, &seal, "Two tasks are <enough>.").await.unwrap();
    let mut auditor = house.browser("auditor").await;
    let page = auditor.get("/audit?action=request.rejected").await.text;
    assert!(page.contains("<dt>Reason</dt><dd>Two tasks are &lt;enough&gt;.</dd>"), "{page}");
    assert!(page.contains(&format!("<code>{seal}</code>")));
    for action in ["secret", "token"] {
        assert!(page.contains(&format!("<option value=\"{action}\"")), "{action}");
    }
}
