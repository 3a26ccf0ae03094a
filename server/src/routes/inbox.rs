//! What waits for my decision.

use app::NavItem;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use service::{
    Result as Served,
    live::Topic,
    requests::{RequestCard, RequestDetail},
};

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
    let mut frame = views::live_frame(&state, &signed, NavItem::Inbox, Topic::Inbox).await;
    let (cards, detail) = match found(&state, &signed, selected.request.as_deref()).await {
        Ok(found) => found,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    if let Some((follows, detail)) = frame.follows.as_mut().zip(detail.as_ref()) {
        let request = &detail.card.request;
        follows.guard = format!("{} {}", request.id, request.seal);
    }
    let page = request::inbox(&cards, detail.as_ref(), state.portal.clock.now());
    Ok(views::page(StatusCode::OK, frame, page))
}

/// All that waits, and the one that is asked for, else the first.
async fn found(
    state: &Portals,
    signed: &Signed,
    wanted: Option<&str>,
) -> Served<(Vec<RequestCard>, Option<RequestDetail>)> {
    let cards = state.portal.inbox(&signed.actor).await?;
    let shown = cards.iter().find(|card| Some(card.request.id.as_str()) == wanted).or(cards.first());
    let detail = match shown {
        Some(card) => Some(state.portal.request(&signed.actor, &card.request.id).await?),
        None => None,
    };
    Ok((cards, detail))
}
