//! People and teams through their pages.

use axum::http::StatusCode;

use crate::house::{PASSWORD, house};

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}")) + start.len();
    &text[from..from + text[from..].find(end).unwrap()]
}

#[tokio::test]
async fn whoever_is_invited_comes_in_through_the_link_and_is_out_when_disabled() {
    let house = house().await;
    let mut admin = house.browser("admin").await;
    let team = house.actor("owner").await.teams.remove(0).0.id;
    let place = format!("{team}/developer");
    let mut fields = vec![("name", "Grace Hopper"), ("email", "grace"), ("role", "none"), ("teams.0", place.as_str())];
    let refused = admin.post("/people/invite", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.value("name"), Some("Grace Hopper"));
    assert!(refused.text.contains("reads like you@example.com"), "{}", refused.text);
    fields[1].1 = "grace@example.com";
    let answer = admin.post("/people/invite", &fields).await;
    let link = between(&answer.text, "<code id=\"link\">", "</code>").to_owned();
    let path = &link[link.find("/join").unwrap()..];
    let token = path.split_once('=').unwrap().1;
    assert!(!admin.get("/audit").await.text.contains(token), "the link stands in the history");

    let mut grace = house.nobody();
    let page = grace.get(path).await;
    assert!(page.text.contains("Grace Hopper") && page.value("token") == Some(token), "{}", page.text);
    let post = |again: &'static str| [("token", token), ("password", PASSWORD), ("password_again", again)];
    let differs = grace.post("/join", &post("other")).await;
    assert_eq!(differs.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(differs.text.contains("differ") && !differs.text.contains(PASSWORD));
    assert_eq!(grace.post("/join", &post(PASSWORD)).await.location(), "/");
    assert!(grace.get("/").await.text.contains("Developer in Payments"));
    let mut late = house.nobody();
    let gone = late.get(path).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text.contains("leads nowhere") && gone.text.contains("href=\"/sign-in\""), "{}", gone.text);

    let found = admin.get("/people?q=GRACE").await.text;
    assert!(found.contains("Active") && !found.contains("The owner"), "{found}");
    let id = between(&found, "href=\"/people/usr-", "\"").to_owned();
    let disabled = admin.post(&format!("/people/usr-{id}/disable"), &[]).await;
    assert_eq!(disabled.status, StatusCode::SEE_OTHER);
    assert_eq!(grace.get("/").await.location(), "/sign-in?return_to=%2F");
    assert!(admin.get(&format!("/people/usr-{id}")).await.text.contains("Enable Grace Hopper"));
}

#[tokio::test]
async fn a_link_for_a_new_password_ends_the_old_one_and_every_session() {
    let house = house().await;
    let mut admin = house.browser("admin").await;
    let mut developer = house.browser("developer").await;
    let id = house.actor("developer").await.user.id;
    let answer = admin.post(&format!("/people/{id}/link"), &[]).await.text;
    let token = between(&answer, "/join?token=", "<");
    assert!(answer.contains("the old password works"), "{answer}");
    let new = "another-long-sentence";
    let fields = [("token", token), ("password", new), ("password_again", new)];
    developer.get(&format!("/join?token={token}")).await;
    assert_eq!(developer.post("/join", &fields).await.location(), "/");
    let mut late = house.nobody();
    late.get("/sign-in").await;
    let spent = late.post("/join", &fields).await;
    assert_eq!(spent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(spent.text.contains("leads nowhere"), "{}", spent.text);
    late.get("/sign-in").await;
    let old = late.post("/sign-in", &[("email", "developer@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_was_typed_about_an_account_comes_back_when_it_is_wrong_or_somebody_was_quicker() {
    let house = house().await;
    let mut admin = house.browser("admin").await;
    let page = format!("/people/{}", house.actor("developer").await.user.id);
    let mut fields = vec![("version", "1"), ("name", "Ada"), ("role", "emperor")];
    let odd = admin.post(&page, &fields).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(odd.value("name") == Some("Ada") && odd.text.contains("Pick one of these"), "{}", odd.text);
    fields[2].1 = "auditor";
    assert_eq!(admin.post(&page, &fields).await.location(), page);
    fields[1].1 = "Ada Lovelace";
    let stale = admin.post(&page, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert_eq!((stale.value("name"), stale.value("version")), (Some("Ada Lovelace"), Some("2")));
    assert!(stale.text.contains("in the meantime"), "{}", stale.text);
    fields[0].1 = "2";
    assert_eq!(admin.post(&page, &fields).await.location(), page);

    let found = admin.get("/search?q=lovelace").await.text;
    assert!(found.contains(&format!("href=\"{page}\"")), "{found}");
    assert!(house.browser("auditor").await.get("/search?q=lovelace").await.text.contains("/audit?actor=Ada"));
}

#[tokio::test]
async fn owners_take_people_in_and_out_and_the_last_one_stays() {
    let house = house().await;
    house.submitted("orders").await;
    let team = house.actor("owner").await.teams.remove(0).0.id;
    let stranger = house.actor("stranger").await.user.id;
    let page = format!("/teams/{team}");
    let mut owner = house.browser("owner").await;
    assert!(owner.get("/teams").await.text.contains(&page));
    let unknown = owner.post(&format!("{page}/members"), &[("email", "zoe@example.com"), ("role", "owner")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.value("email"), Some("zoe@example.com"));
    let fields = [("email", "stranger@example.com"), ("role", "viewer")];
    assert_eq!(owner.post(&format!("{page}/members"), &fields).await.location(), page);
    assert!(house.browser("stranger").await.get("/teams").await.text.contains(&page));

    let own = house.actor("owner").await.user.id;
    let last = owner.post(&format!("{page}/members/{own}/remove"), &[]).await;
    assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(last.text.contains("needs an owner"), "{}", last.text);
    let odd = owner.post(&format!("{page}/members/{stranger}/role"), &[("shown", "viewer"), ("role", "emperor")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nowhere = owner.post(&format!("{page}/members/emperor/remove"), &[]).await;
    assert!(nowhere.status == StatusCode::NOT_FOUND && nowhere.text.contains("</html>"), "{}", nowhere.text);
    let rename = |version: &'static str, title: &'static str| [("version", version), ("title", title)];
    assert_eq!(owner.post(&page, &rename("1", "Money")).await.location(), page);
    let stale = owner.post(&page, &rename("1", "Cash")).await;
    assert_eq!((stale.status, stale.value("title")), (StatusCode::CONFLICT, Some("Cash")));
    assert_eq!(owner.post(&page, &rename("2", "")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let role = format!("{page}/members/{stranger}/role");
    let promote = |shown: &'static str| [("shown", shown), ("role", "owner")];
    let meanwhile = owner.post(&role, &promote("developer")).await;
    assert_eq!(meanwhile.status, StatusCode::CONFLICT);
    assert!(meanwhile.text.contains("Someone else changed the role of"), "{}", meanwhile.text);
    assert_eq!(owner.post(&role, &promote("viewer")).await.location(), page);
    assert_eq!(owner.post(&format!("{page}/members/{own}/remove"), &[]).await.location(), "/teams");
    assert_eq!(owner.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn administrators_add_teams() {
    let house = house().await;
    let mut admin = house.browser("admin").await;
    let refused = admin.post("/teams/new", &[("name", "Search!"), ("title", "Search")]).await;
    assert_eq!((refused.status, refused.value("name")), (StatusCode::UNPROCESSABLE_ENTITY, Some("Search!")));
    let there = admin.post("/teams/new", &[("name", "search"), ("title", "Search")]).await.location().to_owned();
    let page = admin.get(&there).await.text;
    assert!(page.contains("Nobody is in this team yet"), "{page}");
}

#[tokio::test]
async fn the_rail_names_what_one_may_open() {
    let house = house().await;
    let rail: [(&str, &[&str]); 4] = [
        ("developer", &["/teams"]),
        ("platform", &["/teams", "/environments", "/templates"]),
        ("auditor", &["/teams", "/environments", "/templates"]),
        ("admin", &["/teams", "/environments", "/people"]),
    ];
    for (who, wanted) in rail {
        let page = house.browser(who).await.get("/").await.text;
        for href in ["/teams", "/environments", "/templates", "/people"] {
            let is_there = page.contains(&format!("href=\"{href}\""));
            assert_eq!(is_there, wanted.contains(&href), "{href} for {who}");
        }
    }
}
