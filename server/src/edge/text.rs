//! The character zero: PostgreSQL cannot store it, and nobody means to send it. It is looked for here, before a handler sees
//! what was sent, for the forms as for the API, so that both databases answer alike.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::Value as Json;

use super::csrf::MAX_BODY;
use crate::views;

/// What is wrong, as people are told.
pub const ZERO: &str = "Text cannot contain the character zero.";

/// Refuses addresses and forms with the character in them.
pub async fn guard(request: Request, next: Next) -> Response {
    if in_address(request.uri()) {
        return refuse(StatusCode::BAD_REQUEST);
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "This is larger than any form of Gantry.").into_response();
    };
    let found = if is_json(&parts.headers) { in_json(&bytes).is_some() } else { in_form(&bytes) };
    if found {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY);
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

fn refuse(status: StatusCode) -> Response {
    views::bare_error(status, "This cannot be read", ZERO)
}

/// Whether a body says that it is JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
}

/// In path or query.
pub fn in_address(uri: &Uri) -> bool {
    in_form(uri.path().as_bytes()) || in_form(uri.query().unwrap_or_default().as_bytes())
}

/// In what is written as forms and addresses are: a percent sign of its own is `%25` there.
fn in_form(bytes: &[u8]) -> bool {
    bytes.contains(&0) || bytes.windows(3).any(|three| three == b"%00")
}

/// Where it is in JSON, with dots.
pub fn in_json(bytes: &[u8]) -> Option<String> {
    // The text of the escape may stand for something else, so look closely only where it stands.
    if !bytes.windows(6).any(|six| six == b"\\u0000") {
        return None;
    }
    within(&serde_json::from_slice(bytes).ok()?)
}

fn within(value: &Json) -> Option<String> {
    let below = |key: &str, path: String| if path.is_empty() { key.to_owned() } else { format!("{key}.{path}") };
    match value {
        Json::String(text) => text.contains('\0').then(String::new),
        Json::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| Some(below(&at.to_string(), within(item)?)))
        }
        Json::Object(fields) => fields.iter().find_map(|(key, item)| match key.contains('\0') {
            true => Some(String::new()),
            false => Some(below(key, within(item)?)),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_zero_is_found_where_it_is() {
        assert_eq!(in_json(br#"{"a": {"b": ["x", "\u0000"]}}"#).as_deref(), Some("a.b.1"));
        assert_eq!(in_json(br#"{"a\u0000": 1}"#).as_deref(), Some(""));
        assert_eq!(in_json(br#"{"a": "\\u0000"}"#), None);
        for (text, found) in [("a=%00", true), ("a\0=b", true), ("a=%2500", false), ("a=100%25", false)] {
            assert_eq!(in_form(text.as_bytes()), found, "{text}");
        }
        assert!(in_address(&Uri::from_static("/search?q=%00")) && in_address(&Uri::from_static("/catalogue/a%00")));
    }
}
