//! Every address and its handler, in one table: the router is built from it, and a test asks each row with every role.
//! A handler finds the actor, makes one service call and maps the answer.

mod account;
mod api_docs;
mod audit;
mod catalogue;
mod drafts;
mod environments;
mod events;
mod health;
mod home;
mod inbox;
mod people;
mod profile;
mod request_form;
mod requests;
mod runs;
mod search;
mod stacks;
mod teams;
mod templates;

use std::time::Duration;

use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing,
};
use tower_http::{CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer};
use tower_sessions::{SessionManagerLayer, SessionStore};

use crate::{
    api,
    edge::{csrf, headers, look, session::Signed, site, text, trace},
    error::Refusal,
    state::Portals,
    views,
};

/// No page takes longer; event streams are not pages.
const LONGEST: Duration = Duration::from_secs(60);

/// Of brotli: what is made for one reader is not worth the best.
const QUALITY: i32 = 4;

macro_rules! routes {
    ($($method:ident $path:literal $handler:path;)*) => {
        /// Method and path of every route, as axum writes them.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn table() -> Router<Portals> {
            Router::new()$(.route($path, routing::$method($handler)))*
        }
    };
}

routes! {
    get "/healthz" health::alive;
    get "/readyz" health::ready;
    get "/" home::show;
    post "/team" home::switch_team;
    get "/sign-in" account::sign_in_page;
    post "/sign-in" account::sign_in;
    post "/sign-out" account::sign_out;
    get "/set-up" account::set_up_page;
    post "/set-up" account::set_up;
    get "/account" profile::show;
    post "/account/tokens" profile::create_token;
    post "/account/tokens/{id}/revoke" profile::revoke_token;
    get "/api/docs" api_docs::show;
    get "/catalogue" catalogue::list;
    get "/catalogue/{template}" catalogue::show;
    get "/catalogue/{template}/request" request_form::show;
    post "/catalogue/{template}/request" request_form::submit;
    post "/catalogue/{template}/preview" request_form::preview;
    post "/catalogue/{template}/draft" request_form::save;
    post "/drafts/discard" drafts::discard;
    get "/requests" requests::list;
    get "/requests/{id}" requests::show;
    post "/requests/{id}/approve" requests::approve;
    post "/requests/{id}/changes" requests::ask_for_changes;
    post "/requests/{id}/reject" requests::reject;
    get "/requests/{id}/edit" request_form::show;
    post "/requests/{id}/edit" request_form::submit;
    post "/requests/{id}/edit/preview" request_form::preview;
    post "/requests/{id}/edit/draft" request_form::save;
    post "/requests/{id}/withdraw" requests::withdraw;
    post "/requests/{id}/plan" requests::replan;
    post "/requests/{id}/comment" requests::comment;
    get "/inbox" inbox::show;
    get "/runs/{id}" runs::show;
    get "/runs/{id}/log" runs::log;
    post "/runs/{id}/hand-over" runs::hand_over;
    post "/runs/{id}/hand-back" runs::hand_back;
    post "/runs/{id}/{choice}" runs::choose;
    get "/stacks" stacks::list;
    get "/stacks/{id}" stacks::show;
    get "/stacks/{id}/change" request_form::show;
    post "/stacks/{id}/change" request_form::submit;
    post "/stacks/{id}/change/preview" request_form::preview;
    post "/stacks/{id}/change/draft" request_form::save;
    get "/stacks/{id}/destroy" stacks::destroy_page;
    post "/stacks/{id}/destroy" stacks::destroy;
    get "/people" people::list;
    get "/people/invite" people::invite_page;
    post "/people/invite" people::invite;
    get "/people/{id}" people::show;
    post "/people/{id}" people::change;
    post "/people/{id}/link" people::link;
    post "/people/{id}/disable" people::disable;
    post "/people/{id}/enable" people::enable;
    get "/join" people::join_page;
    post "/join" people::join;
    get "/teams" teams::list;
    get "/teams/new" teams::new;
    post "/teams/new" teams::add;
    get "/teams/{id}" teams::show;
    post "/teams/{id}" teams::rename;
    post "/teams/{id}/members" teams::add_member;
    post "/teams/{id}/members/{member}/role" teams::change_member;
    post "/teams/{id}/members/{member}/remove" teams::remove_member;
    get "/templates" templates::list;
    get "/templates/{template}" templates::show;
    get "/environments" environments::list;
    get "/environments/new" environments::new;
    post "/environments/new" environments::add;
    get "/environments/{id}" environments::show;
    get "/environments/{id}/change" environments::change_page;
    post "/environments/{id}/change" environments::change;
    post "/environments/{id}/check" environments::check;
    get "/audit" audit::show;
    get "/search" search::show;
    get "/search.json" search::json;
    get "/events" events::of_tab;
}

/// The whole application.
pub fn router<S: SessionStore + Clone>(state: Portals, sessions: SessionManagerLayer<S>) -> Router {
    let site_dir = state.config.site_dir.clone();
    let pages = table()
        .fallback(not_found)
        .layer(middleware::from_fn(text::guard))
        .layer(middleware::from_fn_with_state(state.clone(), csrf::guard))
        .layer(sessions)
        .layer(middleware::from_fn(look::once))
        .layer(middleware::from_fn(limit_time));
    site::files(&site_dir, &state.assets, pages)
        .merge(api::router(&state))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| views::broken()))
        .layer(middleware::from_fn_with_state(state.clone(), headers::secure))
        // Files come compressed, and event streams stay as they are. The token in a page is of use only with the cookie,
        // which no other site's requests bear: guessing at it by the length of compressed pages leads nowhere.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(QUALITY)))
        .layer(middleware::from_fn_with_state(state.clone(), trace::trace))
        .with_state(state)
}

async fn limit_time(request: Request, next: Next) -> Response {
    if request.uri().path() == app::routes::EVENTS {
        return next.run(request).await;
    }
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => views::bare_error(
            StatusCode::GATEWAY_TIMEOUT,
            "This took too long",
            "AWS or the database did not answer in time. Try again.",
        ),
    }
}

async fn not_found(State(state): State<Portals>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    missing(&mut parts, &state).await
}

/// The page that says that nothing is at this address.
pub(crate) async fn missing(parts: &mut Parts, state: &Portals) -> Response {
    match Signed::from_request_parts(parts, state).await {
        Ok(signed) => {
            let frame = views::frame(state, &signed, app::NavItem::Nowhere).await;
            Refusal::new(service::ServiceError::NotFound { what: "page" }, frame).into_response()
        }
        Err(_) => {
            let what = format!("Nothing is at {}.", parts.uri.path());
            views::bare_error(StatusCode::NOT_FOUND, "There is no such page", &what)
        }
    }
}
