//! The reference of the API, for those who are signed in; the document itself is for everybody.

use app::NavItem;
use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    api,
    edge::session::Signed,
    state::Portals,
    views::{self, api_docs},
};

/// `GET /api/docs`
pub async fn show(State(state): State<Portals>, signed: Signed) -> Response {
    let frame = views::frame(&state, &signed, NavItem::Nowhere).await;
    views::page(StatusCode::OK, frame, api_docs::page(api::document_as_json(), &state.config.public_url))
}
