//! Search, as a page and as what the palette asks for while one types.

use app::{NavItem, SearchResult, pages::search::SearchPage};
use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use service::Result as Served;

use crate::{
    edge::session::Signed,
    error::{Refusal, log, status},
    state::Portals,
    views::{self, search},
};

/// Of each sort on the page, and in the palette.
const ON_A_PAGE: u32 = 25;
const AT_A_GLANCE: u32 = 6;

/// What is searched for.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
}

async fn found(state: &Portals, signed: &Signed, wanted: &Wanted, limit: u32) -> Served<SearchResult> {
    let found = state.portal.search(&signed.actor, &wanted.q, limit).await?;
    Ok(search::result(&wanted.q, &signed.actor, signed.team().await, &found))
}

/// `GET /search`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Nowhere).await;
    match found(&state, &signed, &wanted, ON_A_PAGE).await {
        Ok(result) => Ok(views::page(StatusCode::OK, frame, SearchPage { result })),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `GET /search.json`
pub async fn json(State(state): State<Portals>, signed: Signed, Query(wanted): Query<Wanted>) -> Response {
    match found(&state, &signed, &wanted, AT_A_GLANCE).await {
        Ok(result) => Json(result).into_response(),
        Err(error) => {
            log(&error);
            status(&error).into_response()
        }
    }
}
