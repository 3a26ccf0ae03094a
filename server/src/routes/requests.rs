//! Requests: lists, one request, and what people say about it.

use app::{
    Frame, NavItem,
    components::{Direction, Sort},
    pages::{
        request::{CommentForm, RequestPage, RequestTab, Said as About},
        requests::{RequestFilter, RequestsPage},
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
    requests::{OPEN, SummaryList},
};

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::{Refusal, status},
    state::Portals,
    views::{self, list, request},
};

const PAGE: u32 = 50;

/// What the address calls the order in which the oldest comes first.
const OLDEST: &str = "oldest";

/// Which requests.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    environment: String,
    /// `oldest`, instead of newest first.
    #[serde(default)]
    sort: String,
    /// The last request of the page before.
    after: Option<String>,
}

/// `GET /requests`
pub async fn list(
    State(state): State<Portals>,
    signed: Signed,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let frame = views::live_frame(&state, &signed, NavItem::Requests, Topic::Requests).await;
    match listed(&state, &signed, filter).await {
        Ok(page) => Ok(views::page(StatusCode::OK, frame, page)),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

async fn listed(state: &Portals, signed: &Signed, filter: Filter) -> Served<RequestsPage> {
    let (name, statuses) = match filter.state.as_str() {
        "done" => ("done", RequestStatus::ALL.iter().copied().filter(|status| status.is_final()).collect()),
        "all" => ("all", vec![]),
        _ => ("open", OPEN.to_vec()),
    };
    let places = state.portal.environments(&signed.actor).await?;
    // What is no environment any more filters nothing, and the form says so.
    let place = places.iter().find(|place| place.name == filter.environment);
    let oldest_first = filter.sort == OLDEST;
    let shown = RequestFilter {
        state: name.to_owned(),
        query: filter.q.trim().to_owned(),
        environment: place.map(|place| place.name.clone()).unwrap_or_default(),
        sort: if oldest_first { OLDEST.to_owned() } else { String::new() },
    };
    let wanted = SummaryList {
        statuses,
        environment: place.map(|place| place.id.clone()),
        text: Some(shown.query.clone()).filter(|text| !text.is_empty()),
        oldest_first,
        after: filter.after.as_deref().and_then(|after| after.parse().ok()),
        limit: PAGE + 1,
        ..SummaryList::default()
    };
    let found = state.portal.request_summaries(&signed.in_team().await, wanted).await?;
    let (rows, last) = list::cut(&found, PAGE);
    let query = |name: &'static str, sort: &'static str| {
        [("state", name), ("q", &shown.query), ("environment", &shown.environment), ("sort", sort)]
    };
    let sort = if oldest_first { OLDEST } else { "" };
    let here = query(name, sort);
    let now = state.portal.clock.now();
    // A list of what has ended, or of what was searched for, is not where one goes on.
    let has_drafts = name != "done" && filter.after.is_none() && shown.query.is_empty() && place.is_none();
    let drafts = if has_drafts { state.portal.drafts(&signed.actor).await? } else { vec![] };
    Ok(RequestsPage {
        environments: places.iter().map(|place| place.name.clone()).collect(),
        states: ["open", "done", "all"].map(|name| (name, list::address(routes::REQUESTS, &query(name, sort)))).into(),
        rows: rows.iter().map(|one| request::row(one, now)).collect(),
        sorts: vec![Sort {
            head: "When",
            href: list::address(routes::REQUESTS, &query(name, if oldest_first { "" } else { OLDEST })),
            now: Some(if oldest_first { Direction::Ascending } else { Direction::Descending }),
        }],
        pages: list::pages(routes::REQUESTS, &here, filter.after.is_some(), last.map(|one| one.id.as_str())),
        drafts: drafts.iter().map(|card| request::draft_row(card, now)).collect(),
        filter: shown,
    })
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

/// Shows what is wrong in the bar, with what was typed there.
fn in_the_bar(about: About, typed: String) -> impl FnOnce(&mut RequestPage, String) {
    move |page, error| {
        page.decision.error = Some(error);
        page.decision.typed = Some((about, typed));
    }
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
    decided(&state, &signed, &id, &form.from, done, in_the_bar(About::Approve, form.comment)).await
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
    let decision = state.portal.decide(&signed.actor, &id, Verdict::AskForChanges, &form.seal, &form.reason).await;
    let done = decision.map(|_| "You asked for changes.".to_owned());
    decided(&state, &signed, &id, &form.from, done, in_the_bar(About::Changes, form.reason)).await
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
    decided(&state, &signed, &id, &form.from, done, in_the_bar(About::Reject, form.reason)).await
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
    answer(&state, &signed, &id, RequestTab::Plan, done, in_the_bar(About::Withdraw, form.reason)).await
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
    answer(&state, &signed, &id, RequestTab::Plan, text, |page, error| page.decision.error = Some(error)).await
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
