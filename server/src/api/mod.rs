//! The REST API under `/api/v1`: all that people ask for, decide and run on the pages, for programs.
//!
//! A handler takes the caller, makes one service call and answers in JSON; there is one file per subject, and what it
//! answers with is in `shapes`. What each operation needs and gives stands above it in `#[utoipa::path]`: from that the
//! document is made, and the scope in it is the scope that is asked for, so that the two cannot differ. To add an
//! operation: a handler, a line in [`operations`], a row in `server/tests/it/api_roles.rs`.
//!
//! Sessions are never read here: a browser's cookie is worth nothing, so there is nothing to forge and no CSRF token.

mod audit;
mod authenticate;
mod call;
mod document;
mod environments;
mod extract;
mod idempotency;
mod me;
mod pages;
mod problem;
mod requests;
mod runs;
pub(crate) mod shapes;
mod stacks;
mod templates;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    http::{Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::document::TOKEN;
use self::{authenticate::Scopes, problem::Refused};
use crate::{edge::look, state::Portals};

/// Where it lives.
const ROOT: &str = "/api/v1";
/// Where its document is.
pub const DOCUMENT: &str = "/api/v1/openapi.json";

/// No body is larger.
const MAX_BODY: usize = 256 * 1024;
/// No operation takes longer; event streams are none.
const LONGEST: Duration = Duration::from_secs(60);

fn operations() -> OpenApiRouter<Portals> {
    OpenApiRouter::with_openapi(document::opening()).nest(
        ROOT,
        OpenApiRouter::default()
            .routes(routes!(me::show))
            .routes(routes!(templates::list))
            .routes(routes!(templates::show))
            .routes(routes!(templates::validate))
            .routes(routes!(templates::preview))
            .routes(routes!(requests::list, requests::submit))
            .routes(routes!(requests::show))
            .routes(routes!(requests::edit))
            .routes(routes!(requests::decide))
            .routes(routes!(requests::comment))
            .routes(routes!(requests::withdraw))
            .routes(routes!(requests::replan))
            .routes(routes!(runs::show))
            .routes(routes!(runs::log))
            .routes(routes!(runs::events))
            .routes(routes!(runs::choose))
            .routes(routes!(runs::hand_over))
            .routes(routes!(runs::hand_back))
            .routes(routes!(stacks::list))
            .routes(routes!(stacks::show))
            .routes(routes!(stacks::resources))
            .routes(routes!(stacks::preview))
            .routes(routes!(stacks::change))
            .routes(routes!(stacks::destroy))
            .routes(routes!(environments::list))
            .routes(routes!(environments::show))
            .routes(routes!(audit::list)),
    )
}

/// The document that describes the API.
pub fn document() -> OpenApi {
    let (_, mut document) = operations().split_for_parts();
    document::complete(&mut document);
    document
}

/// The same as data, made once.
pub fn document_as_json() -> &'static serde_json::Value {
    static DOCUMENT: LazyLock<serde_json::Value> =
        LazyLock::new(|| serde_json::to_value(document()).expect("the document is plain data"));
    &DOCUMENT
}

/// The whole API. Of the layers, the last one sees a request first.
pub fn router(state: &Portals) -> Router<Portals> {
    let (routes, document) = operations().split_for_parts();
    let scopes = Arc::new(Scopes::of(&document));
    routes
        .route_layer(middleware::from_fn_with_state(state.clone(), idempotency::once))
        .route_layer(middleware::from_fn_with_state((state.clone(), scopes), authenticate::caller))
        .route(DOCUMENT, get(describe))
        .route(&format!("{ROOT}/{{*nothing}}"), axum::routing::any(nothing))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(look::once))
        .layer(middleware::from_fn(limit_time))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| Refused::broken().into_response()))
}

async fn describe() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document_as_json())).into_response()
}

async fn nothing(request: Request) -> Refused {
    Refused::nothing_at(request.uri().path())
}

async fn wrong_method(method: Method) -> Refused {
    Refused::wrong_method(&method)
}

async fn limit_time(request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/events") {
        return next.run(request).await;
    }
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refused::too_slow().into_response(),
    }
}
