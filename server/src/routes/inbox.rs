//! What waits for my decision.

use app::NavItem;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use crate::{
    edge::session::Signed,
    error::Refusal,
    state::Portals,
    views::{self, request},
};

/// The one beside the list.
#[derive(Deserialize)]
pub struct Selected {
    request: Option<String>,
}

/// `GET /inbox`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Query(selected): Query<Selected>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Inbox).await;
    match state.portal.inbox(&signed.actor).await {
        Ok(cards) => {
            let page = request::inbox(&cards, selected.request.as_deref(), state.portal.clock.now());
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}
