//! No other site can make a browser change anything here: whatever is not a read carries the session's token, in the
//! form field `csrf` or the header `x-csrf-token`. One layer around the whole router, so no new form can forget it.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_sessions::Session;

use super::session;
use crate::{state::Portals, views};

/// No form is larger.
pub const MAX_BODY: usize = 256 * 1024;

/// The header that scripts send.
const HEADER: &str = "x-csrf-token";

/// Refuses what does not carry the token.
pub async fn guard(State(state): State<Portals>, session: Session, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    if !is_same_site(request.headers(), &state.config.public_url) {
        return refuse();
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "This is larger than any form of Gantry.").into_response();
    };
    let given = parts
        .headers
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .or_else(|| field(&bytes, "csrf"));
    match (given, session::token(&session).await) {
        (Some(given), Some(token)) if same(given.as_bytes(), token.as_bytes()) => {
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
        _ => refuse(),
    }
}

fn refuse() -> Response {
    views::bare_error(
        StatusCode::FORBIDDEN,
        "This form is too old",
        "You were signed out in the meantime, or the form came from elsewhere. Go back, reload the page and send it again.",
    )
}

/// Browsers say where a request comes from; whoever says "elsewhere" is refused even with a token.
fn is_same_site(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let host = text(header::HOST.as_str());
    text(header::ORIGIN.as_str())
        .is_none_or(|origin| origin == public_url || origin.split_once("://").map(|(_, rest)| rest) == host)
}

fn field(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Compares in a time that tells nothing.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
