//! Answers that are given twice. A program that sends `Idempotency-Key` with a post and does not hear the answer can send
//! the same again: what it asked for is done once, and answered as the first time. How a key lives, and what becomes of it
//! when a process dies, is in `service::tokens::answer_once`.
//!
//! Kept is the answer of what was done (2xx). A refusal has changed nothing, so its key is free again. When it is not known
//! how the work ended (5xx but 502), the key stays as it is.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use service::tokens::{Caller, Turn};
use storage::Answer;

use super::problem::Refused;
use crate::{edge::trace, error::log, state::Portals};

/// The header with the key.
pub const KEY: &str = "idempotency-key";
/// The header of an answer that was given before.
pub const REPLAYED: &str = "idempotency-replayed";

/// Does what has a key once.
pub async fn once(State(state): State<Portals>, request: Request, next: Next) -> Result<Response, Refused> {
    let caller = request.extensions().get::<Arc<Caller>>().cloned();
    let (Some(caller), Some(key)) = (caller.filter(|_| request.method() == Method::POST), key(request.headers())?)
    else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, super::MAX_BODY).await.map_err(|_| Refused::too_large())?;
    let asked = [format!("{} {}\n", parts.method, parts.uri).as_bytes(), &bytes].concat();
    match state.portal.take_turn(&caller.token.id, &key, &asked).await? {
        Turn::Done(answer) => Ok(again(answer)),
        Turn::Yours => {
            let request = Request::from_parts(parts, Body::from(bytes));
            // Whoever loses patience and goes away must not take the work along: its answer is what they come back for.
            let work = tokio::spawn(trace::in_its_name(async move {
                let response = next.run(request).await;
                finish(&state, &caller, &key, response).await
            }));
            work.await.map_err(|_| Refused::broken())
        }
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let text = value
        .to_str()
        .ok()
        .filter(|text| (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
    text.map(|text| Some(text.to_owned())).ok_or_else(Refused::bad_key)
}

fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let is_empty = answer.body.is_empty();
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if !is_empty {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(location) = answer.location.and_then(|location| HeaderValue::try_from(location).ok()) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Keeps the answer, or lets the key go.
async fn finish(state: &Portals, caller: &Caller, key: &str, response: Response) -> Response {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
    let ended = if status.is_success() {
        let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = String::from_utf8_lossy(&bytes).into_owned();
        state.portal.keep_answer(&caller.token.id, key, &Answer { status: status.as_u16(), location, body }).await
    } else if status.is_client_error() || status == StatusCode::BAD_GATEWAY {
        state.portal.give_turn_back(&caller.token.id, key).await
    } else {
        Ok(())
    };
    if let Err(error) = ended {
        // The work is done all the same; only its second answer is lost.
        log(&error);
    }
    Response::from_parts(parts, Body::from(bytes))
}
