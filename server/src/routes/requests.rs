//! Requests: lists, one request, and what people say about it.

use app::{
    Frame, NavItem,
    pages::{
        request::{CommentForm, RequestPage, RequestTab},
        requests::RequestsPage,
    },
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
    live::Topic,
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
    let frame = views::live_frame(&state, &signed, NavItem::Requests, Topic::Requests).await;
    let (name, statuses) = match filter.state.as_str() {
        "done" => ("done", RequestStatus::ALL.iter().copied().filter(|status| status.is_final()).collect()),
        "all" => ("all", vec![]),
        _ => ("open", OPEN.to_vec()),
    };
    let wanted = RequestList { statuses, ..RequestList::default() };
    let cards =
        match state.portal.requests(&signed.in_team().await, &wanted, &Page { after: filter.after, limit: PAGE }).await
        {
            Ok(cards) => cards,
            Err(error) => return Err(Refusal::new(error, frame)),
        };
    let drafts = match state.portal.drafts(&signed.actor).await {
        Ok(drafts) => drafts,
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
        // A list of what has ended is not where one goes on.
        drafts: drafts.iter().filter(|_| name != "done").map(|card| request::draft_row(card, now)).collect(),
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
    let (frame, page) = found(&state, &signed, &id, RequestTab::from_query(&tab.tab)).await?;
    Ok(views::page(StatusCode::OK, frame, page))
}

async fn found(
    state: &Portals,
    signed: &Signed,
    id: &RequestId,
    tab: RequestTab,
) -> Result<(Frame, RequestPage), Refusal> {
    let mut frame = views::live_frame(state, signed, NavItem::Requests, Topic::Request(id.clone())).await;
    match state.portal.request(&signed.actor, id).await {
        Ok(detail) => {
            if let Some(follows) = &mut frame.follows {
                follows.guard.clone_from(&detail.card.request.seal);
            }
            let page = request::page(&detail, tab, state.portal.clock.now());
            Ok((frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// Back to the tab with a word about what was done. A refusal is shown on it, with what was typed.
async fn answer(
    state: &Portals,
    signed: &Signed,
    id: &RequestId,
    tab: RequestTab,
    done: Served<String>,
    show: impl FnOnce(&mut RequestPage, String),
) -> Result<Response, Refusal> {
    match done {
        Ok(text) => {
            signed.visit.say(Said::Done(text)).await;
            let back = match tab {
                RequestTab::Activity => routes::request_tab(id.as_str(), "activity"),
                _ => routes::request(id.as_str()),
            };
            Ok(Redirect::to(&back).into_response())
        }
        Err(error @ (ServiceError::NotFound { .. } | ServiceError::Storage(_))) => {
            Err(Refusal::new(error, views::frame(state, signed, NavItem::Requests).await))
        }
        Err(error) => {
            let (mut frame, mut page) = found(state, signed, id, tab).await?;
            // Nothing is at the address of a post, so there is nothing to look at again.
            frame.follows = None;
            show(&mut page, error.to_string());
            Ok(views::page(status(&error), frame, page))
        }
    }
}

/// Like [`answer`]; whoever decided in the inbox goes on there.
async fn decided(
    state: &Portals,
    signed: &Signed,
    id: &RequestId,
    from: &str,
    done: Served<String>,
    show: impl FnOnce(&mut RequestPage, String),
) -> Result<Response, Refusal> {
    match done {
        Ok(text) if from == routes::INBOX => {
            signed.visit.say(Said::Done(text)).await;
            Ok(Redirect::to(routes::INBOX).into_response())
        }
        done => answer(state, signed, id, RequestTab::Plan, done, show).await,
    }
}

fn at_the_decision(page: &mut RequestPage, error: String) {
    page.decision.error = Some(error);
}

/// What an approval posts: the seal that was on the page.
#[derive(Deserialize)]
pub struct Approve {
    seal: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    from: String,
}

/// `POST /requests/{id}/approve`
pub async fn approve(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Approve>,
) -> Result<Response, Refusal> {
    let decision = state.portal.decide(&signed.actor, &id, Verdict::Approve, &form.seal, &form.comment).await;
    let done = decision.map(|_| "You approved it.".to_owned());
    decided(&state, &signed, &id, &form.from, done, at_the_decision).await
}

/// What a rejection posts, or somebody who asks for changes.
#[derive(Deserialize)]
pub struct Objection {
    #[serde(default)]
    seal: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    from: String,
}

/// `POST /requests/{id}/changes`
pub async fn ask_for_changes(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Objection>,
) -> Result<Response, Refusal> {
    let decided = state.portal.decide(&signed.actor, &id, Verdict::AskForChanges, &form.seal, &form.reason).await;
    let done = decided.map(|_| "You asked for changes.".to_owned());
    answer(&state, &signed, &id, RequestTab::Plan, done, |page, error| {
        page.decision.error = Some(error);
        page.decision.wanted = Some(form.reason);
    })
    .await
}

/// `POST /requests/{id}/reject`
pub async fn reject(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RequestId>,
    Form(form): Form<Objection>,
) -> Result<Response, Refusal> {
    let decision = state.portal.decide(&signed.actor, &id, Verdict::Reject, &form.seal, &form.reason).await;
    let done = decision.map(|_| "You rejected it.".to_owned());
    decided(&state, &signed, &id, &form.from, done, |page, error| {
        page.decision.error = Some(error);
        page.decision.reason = Some(form.reason);
    })
    .await
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
    let done = done.map(|_| "It was withdrawn.".to_owned());
    answer(&state, &signed, &id, RequestTab::Plan, done, at_the_decision).await
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
    answer(&state, &signed, &id, RequestTab::Plan, text, at_the_decision).await
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
    let done = done.map(|()| "Your comment stands below.".to_owned());
    answer(&state, &signed, &id, RequestTab::Activity, done, |page, error| match &mut page.comment {
        Some(comment) => *comment = CommentForm { text: form.text, error: Some(error) },
        None => page.decision.error = Some(error),
    })
    .await
}
