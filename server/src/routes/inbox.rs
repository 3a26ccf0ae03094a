//! What waits for my decision.

use app::NavItem;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use domain::ids::RequestId;
use serde::Deserialize;
use service::{
    Result as Served,
    live::Topic,
    requests::{RequestDetail, Waiting},
};
use storage::Page;

use crate::{
    edge::session::Signed,
    error::Refusal,
    state::Portals,
    views::{self, request},
};

/// So many stand in the list.
const PAGE: u32 = 50;

/// The one beside the list, and where the list begins.
#[derive(Deserialize)]
pub struct Selected {
    request: Option<String>,
    after: Option<String>,
}

/// `GET /inbox`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Query(selected): Query<Selected>,
) -> Result<Response, Refusal> {
    let mut frame = views::live_frame(&state, &signed, NavItem::Inbox, Topic::Inbox).await;
    let after = selected.after.as_deref().and_then(|after| after.parse().ok());
    let (waiting, detail) = match found(&state, &signed, after.as_ref(), selected.request.as_deref()).await {
        Ok(found) => found,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    if let Some((follows, detail)) = frame.follows.as_mut().zip(detail.as_ref()) {
        let request = &detail.card.request;
        follows.guard = format!("{} {}", request.id, request.seal);
    }
    let page = request::inbox(&waiting, after.as_ref(), detail.as_ref(), state.portal.clock.now());
    Ok(views::page(StatusCode::OK, frame, page))
}

/// A part of what waits, and of that the one that is asked for, else the first.
async fn found(
    state: &Portals,
    signed: &Signed,
    after: Option<&RequestId>,
    wanted: Option<&str>,
) -> Served<(Waiting, Option<RequestDetail>)> {
    let page = Page { after: after.map(ToString::to_string), limit: PAGE };
    let waiting = state.portal.inbox(&signed.actor, &page).await?;
    let mut ids = waiting.requests.iter().map(|one| &one.id);
    let shown = ids.clone().find(|id| Some(id.as_str()) == wanted).or_else(|| ids.next());
    let detail = match shown {
        Some(id) => Some(state.portal.request(&signed.actor, id).await?),
        None => None,
    };
    Ok((waiting, detail))
}
