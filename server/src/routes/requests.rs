//! Requests: lists, one request, and what people say about it.

use app::{
    NavItem,
    pages::{request::RequestTab, requests::RequestsPage},
    routes,
};
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    ids::RequestId,
    request::{RequestStatus, Verdict},
};
use serde::Deserialize;
use service::{
    Result as Served, ServiceError,
    requests::{OPEN, RequestList},
};
use storage::Page;

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::{Refusal, status},
    state::Portals,
    views::{self, request},
};

const PAGE: u32 = 50;

/// Which requests.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    after: Option<String>,
}

/// `GET /requests`
pub async fn list(
    State(state): State<Portals>,
    signed: Signed,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Requests).await;
    let (name, statuses) = match filter.state.as_str() {
        "done" => ("done", RequestStatus::ALL.iter().copied().filter(|status| status.is_final()).collect()),
        "all" => ("all", vec![]),
        _ => ("open", OPEN.to_vec()),
    };
    let wanted = RequestList { statuses, stack: None };
    let cards =
        match state.portal.requests(&signed.in_team().await, &wanted, &Page { after: filter.after, limit: PAGE }).await
        {
            Ok(cards) => cards,
            Err(error) => return Err(Refusal::new(error, frame)),
        };
    let now = state.portal.clock.now();
    let full = cards.len() == PAGE as usize;
    let older = cards
        .last()
        .filter(|_| full)
        .map(|card| format!("{}?state={name}&after={}", routes::REQUESTS, card.request.id));
    let page = RequestsPage {
        filter: name.to_owned(),
        rows: cards.iter().map(|card| request::row(card, now)).collect(),
        older,
    };
    Ok(views::page(StatusCode::OK, frame, page))
}

/// Which tab.
#[derive(Deserialize)]
pub struct Tab {
    #[serde(default)]
    tab: String,
}

/// `GET /requests/{id}`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Query(tab): Query<Tab>,
) -> Result<Response, Refusal> {
    shown(&state, &signed, &id, RequestTab::from_query(&tab.tab), None).await
}

async fn shown(
    state: &Portals,
    signed: &Signed,
    id: &RequestId,
    tab: RequestTab,
    error: Option<ServiceError>,
) -> Result<Response, Refusal> {
    let frame = views::frame(state, signed, NavItem::Requests).await;
    let detail = match state.portal.request(&signed.actor, id).await {
        Ok(detail) => detail,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let code = error.as_ref().map_or(StatusCode::OK, status);
    let page = request::page(&detail, tab, error.map(|error| error.to_string()), state.portal.clock.now());
    Ok(views::page(code, frame, page))
}

/// Back to the request with a word about what was done; a refusal is shown on it.
async fn answer(state: &Portals, signed: &Signed, id: &RequestId, done: Served<String>) -> Result<Response, Refusal> {
    match done {
        Ok(text) => {
            signed.visit.say(Said::Done(text)).await;
            Ok(Redirect::to(&routes::request(id.as_str())).into_response())
        }
        Err(error @ (ServiceError::NotFound { .. } | ServiceError::Storage(_))) => {
            Err(Refusal::new(error, views::frame(state, signed, NavItem::Requests).await))
        }
        Err(error) => shown(state, signed, id, RequestTab::Plan, Some(error)).await,
    }
}

/// What an approval posts: the seal that was on the page.
#[derive(Deserialize)]
pub struct Approve {
    seal: String,
    #[serde(default)]
    comment: String,
}

/// `POST /requests/{id}/approve`
pub async fn approve(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Approve>,
) -> Result<Response, Refusal> {
    let decided = state.portal.decide(&signed.actor, &id, Verdict::Approve, &form.seal, &form.comment).await;
    answer(&state, &signed, &id, decided.map(|_| "You approved it.".to_owned())).await
}

/// What a rejection posts.
#[derive(Deserialize)]
pub struct Reject {
    #[serde(default)]
    seal: String,
    #[serde(default)]
    reason: String,
}

/// `POST /requests/{id}/reject`
pub async fn reject(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Reject>,
) -> Result<Response, Refusal> {
    let decided = state.portal.decide(&signed.actor, &id, Verdict::Reject, &form.seal, &form.reason).await;
    answer(&state, &signed, &id, decided.map(|_| "You rejected it.".to_owned())).await
}

/// What a withdrawal posts.
#[derive(Deserialize)]
pub struct Withdraw {
    #[serde(default)]
    reason: String,
}

/// `POST /requests/{id}/withdraw`
pub async fn withdraw(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Withdraw>,
) -> Result<Response, Refusal> {
    let done = state.portal.withdraw(&signed.actor, &id, &form.reason).await;
    answer(&state, &signed, &id, done.map(|_| "It was withdrawn.".to_owned())).await
}

/// `POST /requests/{id}/plan`
pub async fn replan(State(state): State<Portals>, signed: Signed, Id(id): Id<RequestId>) -> Result<Response, Refusal> {
    let done = state.portal.replan(&signed.actor, &id).await;
    let text = done.map(|replanned| match (replanned.changed, replanned.differences.is_empty()) {
        (false, _) => "Planned again: it is the same plan, and approvals stand.".to_owned(),
        (true, true) => "Planned again. Earlier approvals no longer count.".to_owned(),
        (true, false) => {
            format!("Planned again; earlier approvals no longer count. {}", replanned.differences.join(" "))
        }
    });
    answer(&state, &signed, &id, text).await
}

/// What a comment posts.
#[derive(Deserialize)]
pub struct Comment {
    #[serde(default)]
    text: String,
}

/// `POST /requests/{id}/comment`
pub async fn comment(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Comment>,
) -> Result<Response, Refusal> {
    let done = state.portal.comment(&signed.actor, &id, &form.text).await;
    answer(&state, &signed, &id, done.map(|_| "Your comment stands below.".to_owned())).await
}
