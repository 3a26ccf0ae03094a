//! Coming in, going out, and the first account.

use axum::http::{StatusCode, header};
use storage::AuditFilter;

use crate::house::{PASSWORD, empty_house, house};

#[tokio::test]
async fn a_wrong_password_is_told_at_the_form_and_keeps_the_address() {
    let house = house().await;
    let mut browser = house.nobody();
    browser.get("/sign-in").await;
    let fields = [("email", "developer@example.com"), ("password", "wrong"), ("return_to", "/stacks")];
    let answer = browser.post("/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.text.contains("do not match"), "{}", answer.text);
    assert_eq!(answer.value("email"), Some("developer@example.com"));
    assert_eq!(answer.value("return_to"), Some("/stacks"));
    assert!(!answer.text.contains("wrong\""), "the password stands in the page");
}

#[tokio::test]
async fn after_signing_in_one_is_where_one_wanted_to_go() {
    let house = house().await;
    let mut browser = house.nobody();
    let sent = browser.get("/stacks?q=shop").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let form = browser.get(sent.location()).await;
    assert_eq!(form.value("return_to"), Some("/stacks?q=shop"));
    let fields = [("email", "developer@example.com"), ("password", PASSWORD)];
    let there = [fields[0], fields[1], ("return_to", "/stacks?q=shop")];
    assert_eq!(browser.post("/sign-in", &there).await.location(), "/stacks?q=shop");
    for elsewhere in
        ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "/\nx", "javascript:x"]
    {
        let fields = [fields[0], fields[1], ("return_to", elsewhere)];
        let mut browser = house.nobody();
        browser.get("/sign-in").await;
        assert_eq!(browser.post("/sign-in", &fields).await.location(), "/", "{elsewhere}");
    }
}

#[tokio::test]
async fn signing_in_changes_the_session_and_signing_out_ends_it() {
    let house = house().await;
    let mut browser = house.nobody();
    let before = browser.get("/sign-in").await;
    let cookie = |answer: &crate::browser::Answer| answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    let fields = [("email", "developer@example.com"), ("password", PASSWORD)];
    let after = browser.post("/sign-in", &fields).await;
    assert_ne!(cookie(&before).split(';').next(), cookie(&after).split(';').next());
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie(&after).contains(flag), "{flag}: {}", cookie(&after));
    }
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_ne!(before.value("csrf"), page.value("csrf"));
    let mut stolen = browser.clone();
    assert_eq!(browser.post("/sign-out", &[]).await.location(), "/sign-in");
    assert_eq!(stolen.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_first_account_is_made_once() {
    let house = empty_house().await;
    let token = house.portal.set_up_token().await.unwrap().unwrap();
    let mut browser = house.nobody();
    let page = browser.get(&format!("/set-up?token={token}")).await;
    assert_eq!(page.value("token"), Some(token.as_str()));
    let form = |again: &'static str| {
        [
            ("token", token.clone()),
            ("name", "Ada".to_owned()),
            ("email", "ada@example.com".to_owned()),
            ("password", PASSWORD.to_owned()),
            ("password_again", again.to_owned()),
        ]
    };
    let post = |form: [(&'static str, String); 5]| form;
    let differs = post(form("something else"));
    let fields: Vec<_> = differs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = browser.post("/set-up", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("differ"));
    assert!(!refused.text.contains(PASSWORD));
    let fits = post(form(PASSWORD));
    let fields: Vec<_> = fits.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut late = house.nobody();
    late.get("/set-up").await;
    assert_eq!(browser.post("/set-up", &fields).await.location(), "/");
    assert!(browser.get("/").await.text.contains("Ada"));
    let spent = browser.get(&format!("/set-up?token={token}")).await;
    assert_eq!(spent.status, StatusCode::GONE);
    assert!(spent.text.contains("set up already") && spent.text.contains("/sign-in"), "{}", spent.text);
    let again = late.post("/set-up", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("used already"), "{}", again.text);
}

#[tokio::test]
async fn the_history_names_the_client_and_believes_only_proxies_of_ours() {
    let house = house().await;
    let (proxy, stranger) = ([10, 0, 0, 1], [192, 0, 2, 9]);
    let cases = [
        (proxy, "203.0.113.7, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (proxy, "not an address", "10.0.0.1"),
        (stranger, "198.51.100.1", "192.0.2.9"),
    ];
    for (peer, header, client) in cases {
        let mut browser = house.nobody().at(peer);
        browser.get("/sign-in").await;
        let fields = [("email", "developer@example.com"), ("password", PASSWORD)];
        browser.post_with("/sign-in", &fields, &[("x-forwarded-for", header)]).await;
        browser.get("/").await;
        browser.post_with("/sign-out", &[], &[("x-forwarded-for", header)]).await;
        let auditor = house.actor("auditor").await;
        let last = house.portal.audit(&auditor, &AuditFilter::default(), 2).await.unwrap();
        let said: Vec<_> =
            last.iter().map(|event| (event.entry.action.as_str(), event.entry.address.as_deref())).collect();
        assert_eq!(said, [("session.signed_out", Some(client)), ("session.signed_in", Some(client))], "{header}");
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_a_session_nobody_uses_ends() {
    let house = house().await;
    let mut browser = crate::browser::Browser::new(house.over_https());
    let answer = browser.get("/sign-in").await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["__Host-gantry=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=28800"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
}

#[tokio::test]
async fn a_session_ends_after_a_week_however_often_it_is_used() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    for _ in 0..6 {
        house.later(24);
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
    house.later(25);
    assert_eq!(browser.get("/").await.location(), "/sign-in?return_to=%2F");
}

#[tokio::test]
async fn too_many_guesses_are_told_to_wait_and_keep_the_address() {
    let house = house().await;
    let mut browser = house.nobody();
    browser.get("/sign-in").await;
    let guess = [("email", "developer@example.com"), ("password", "wrong")];
    for _ in 0..5 {
        assert_eq!(browser.post("/sign-in", &guess).await.status, StatusCode::UNAUTHORIZED);
    }
    let right = [("email", "developer@example.com"), ("password", PASSWORD)];
    let refused = browser.post("/sign-in", &right).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("Too many"), "{}", refused.text);
    assert_eq!(refused.value("email"), Some("developer@example.com"));
    house.later(1);
    assert_eq!(browser.post("/sign-in", &right).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn without_its_database_it_says_so_with_a_reference_and_nothing_of_its_inside() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    house.lose_database().await;
    let broken = browser.get_with("/", &[("x-request-id", "seen-by-the-proxy")]).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(broken.text.contains("<h1") && broken.text.contains("seen-by-the-proxy"), "{}", broken.text);
    for inside in ["sqlx", "Pool", "SQL", "src/"] {
        assert!(!broken.text.contains(inside), "{inside}: {}", broken.text);
    }
}
