//! Stacks.

use app::{
    NavItem,
    pages::{stack::StackTab, stacks::StacksPage},
    routes,
};
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::ids::StackId;
use serde::Deserialize;
use service::{ServiceError, live::Topic, stacks::StackList};
use storage::Page;

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::Refusal,
    state::Portals,
    views::{self, stack},
};

/// The search.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    /// The last stack of the page before.
    after: Option<String>,
}

/// How many a page shows.
const PAGE: u32 = 50;

/// `GET /stacks`
pub async fn list(
    State(state): State<Portals>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let frame = views::live_frame(&state, &signed, NavItem::Stacks, Topic::Stacks).await;
    let text = Some(search.q.trim().to_owned()).filter(|text| !text.is_empty());
    let wanted = StackList { text, ..StackList::default() };
    let page = Page { after: search.after, limit: PAGE };
    let cards = match state.portal.stacks(&signed.in_team().await, &wanted, &page).await {
        Ok(cards) => cards,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let next = cards.last().filter(|_| cards.len() == PAGE as usize).map(|card| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &search.q).append_pair("after", card.stack.id.as_str());
        format!("{}?{}", routes::STACKS, query.finish())
    });
    let now = state.portal.clock.now();
    let rows = cards.iter().map(|card| stack::row(card, now)).collect();
    let may_request = service::may_request(&signed.actor).is_ok();
    Ok(views::page(StatusCode::OK, frame, StacksPage { query: search.q, rows, may_request, next }))
}

/// Which tab.
#[derive(Deserialize)]
pub struct Tab {
    #[serde(default)]
    tab: String,
}

/// `GET /stacks/{id}`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
    Query(tab): Query<Tab>,
) -> Result<Response, Refusal> {
    let frame = views::live_frame(&state, &signed, NavItem::Stacks, Topic::Stack(id.clone())).await;
    match state.portal.stack(&signed.actor, &id).await {
        Ok(detail) => {
            let page = stack::page(&detail, StackTab::from_query(&tab.tab), state.portal.clock.now());
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `GET /stacks/{id}/destroy`
pub async fn destroy_page(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Stacks).await;
    match state.portal.stack(&signed.actor, &id).await {
        Ok(detail) => Ok(views::page(StatusCode::OK, frame, stack::destroy_page(&detail, String::new(), None))),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// What the page posts.
#[derive(Deserialize)]
pub struct Destroy {
    #[serde(default)]
    name: String,
    #[serde(default)]
    reason: String,
}

/// `POST /stacks/{id}/destroy`
pub async fn destroy(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
    Form(form): Form<Destroy>,
) -> Result<Response, Refusal> {
    match state.portal.submit_destroy(&signed.actor, &id, &form.name, &form.reason).await {
        Ok(request) => {
            signed.visit.say(Said::Done("Submitted. Nothing is deleted before it is approved.".to_owned())).await;
            Ok(Redirect::to(&routes::request(request.as_str())).into_response())
        }
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict { .. })) => {
            let frame = views::frame(&state, &signed, NavItem::Stacks).await;
            match state.portal.stack(&signed.actor, &id).await {
                Ok(detail) => {
                    let page = stack::destroy_page(&detail, form.name, Some(error.to_string()));
                    Ok(views::page(crate::error::status(&error), frame, page))
                }
                Err(error) => Err(Refusal::new(error, frame)),
            }
        }
        Err(error) => Err(Refusal::new(error, views::frame(&state, &signed, NavItem::Stacks).await)),
    }
}
