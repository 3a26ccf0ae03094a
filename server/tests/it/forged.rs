//! Posts that no page of ours sent.

use axum::http::StatusCode;
use gantry_server::routes::ROUTES;

use crate::house::house;

#[tokio::test]
async fn no_post_works_without_the_token() {
    let house = house().await;
    let signed = house.browser("developer").await;
    for (method, path) in ROUTES {
        if *method == "post" {
            let answer = signed.clone().without_token().post(path, &[]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            let answer = signed.clone().without_token().post(path, &[("csrf", "guessed")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn the_token_of_another_session_is_worth_nothing() {
    let house = house().await;
    let mut mine = house.browser("developer").await;
    let theirs = house.browser("owner").await.get("/catalogue").await;
    let token = theirs.value("csrf").unwrap().to_owned();
    let mut forged = mine.clone().without_token();
    assert_eq!(forged.post("/sign-out", &[("csrf", &token)]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(mine.post("/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_post_from_another_site_is_refused_even_with_the_token() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let answer = browser.post_with("/sign-out", &[], &[header]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
    }
    let own = [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8080")];
    assert_eq!(browser.post_with("/sign-out", &[], &own).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_script_sends_the_token_in_a_header() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let page = browser.get("/catalogue").await;
    let token = page.value("csrf").unwrap().to_owned();
    let mut script = browser.without_token();
    let answer = script.post_with("/catalogue/web-service/preview", &[], &[("x-csrf-token", &token)]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_larger_than_any_form_is_refused() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let answer = browser.post("/catalogue/web-service/request", &[("reason", &"x".repeat(300 * 1024))]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_character_zero_is_refused_wherever_it_stands() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    for address in ["/search?q=%00", "/audit?text=a%00b", "/catalogue/web%00service", "/requests?%00=1"] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{address}");
        assert!(answer.text.contains("Text cannot contain the character zero."), "{}", answer.text);
    }
    for (path, field) in [("/account/tokens", "name"), ("/catalogue/web-service/request", "stack_name")] {
        let answer = browser.post(path, &[(field, "a\0b")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.text.contains("Text cannot contain the character zero."), "{}", answer.text);
    }
    // A percent sign that somebody typed is none.
    assert_eq!(browser.get("/search?q=%2500").await.status, StatusCode::OK);
}
