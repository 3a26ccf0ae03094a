//! The page of one's account, and the tokens that are made there.

use axum::http::StatusCode;
use domain::token::Scope;
use service::tokens::NewToken;

use crate::house::house;

const NEW: [(&str, &str); 4] = [("name", "CI"), ("scopes", "read"), ("scopes", "request"), ("days", "30")];

#[tokio::test]
async fn a_token_is_shown_once() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let page = browser.get("/account").await;
    for told in ["The developer", "developer@example.com", "Payments", "No tokens"] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let made = browser.post("/account/tokens", &NEW).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let text = made.text.split("<code>gty_").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(text.len(), 40);
    let page = browser.get("/account").await.text;
    assert!(page.contains(&format!("gty_{}…", &text[..6])) && !page.contains(text), "{page}");
    assert!(page.contains("read, request"), "{page}");

    // As when the page with the text is loaded again.
    let again = browser.post("/account/tokens", &NEW).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["You have a token called ", "<code class=\"in-message\">CI</code>"] {
        assert!(again.text.contains(part), "{part}: {}", again.text);
    }
    assert_eq!(again.value("name"), Some("CI"), "what was typed is lost");
}

#[tokio::test]
async fn a_token_is_revoked_by_its_person() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    browser.post("/account/tokens", &NEW).await;
    let developer = house.actor("developer").await;
    let revoke = format!("/account/tokens/{}/revoke", house.portal.tokens(&developer).await.unwrap()[0].id);
    assert_eq!(house.browser("admin").await.post(&revoke, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post(&revoke, &[]).await.location(), "/account");
    assert!(browser.get("/account").await.text.contains("The token CI is worth nothing any more."));
    assert_eq!(house.portal.tokens(&developer).await.unwrap(), []);
}

#[tokio::test]
async fn tokens_are_paged_newest_first() {
    let house = house().await;
    let mut browser = house.browser("developer").await;
    let developer = house.actor("developer").await;
    for number in 0..21 {
        let scopes = [Scope::Read].into();
        let wanted = NewToken { name: format!("CI {number}."), scopes, days: 30 };
        house.portal.create_token(&developer, &wanted).await.unwrap();
    }
    // Made at one and the same moment by a clock that stands still, they have an order all the same.
    let names: Vec<String> =
        house.portal.tokens(&developer).await.unwrap().into_iter().map(|token| token.name).collect();
    let page = browser.get("/account").await.text;
    let shown = |page: &str| names.iter().filter(|name| page.contains(name.as_str())).cloned().collect::<Vec<_>>();
    assert_eq!(shown(&page), names[..20]);
    assert!(page.contains("<span class=\"count\">21</span>"), "{page}");
    let next = page.split("href=\"/account?after=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let rest = browser.get(&format!("/account?after={next}")).await.text;
    assert_eq!(shown(&rest), names[20..]);
    assert!(!rest.contains("/account?after=") && rest.contains(">Newest</a>"), "{rest}");
    let past = browser.get("/account?after=tok-NOBODY").await.text;
    assert!(past.contains("Nothing further") && !past.contains("No tokens") && shown(&past).is_empty(), "{past}");
}
