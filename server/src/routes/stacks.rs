//! Stacks.

use app::{
    NavItem,
    components::{Direction, Sort},
    pages::{
        stack::{StackPage, StackTab},
        stacks::StacksPage,
    },
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
use service::{ServiceError, live::Topic, requests::SummaryList, stacks::StackList};
use storage::Page;

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::Refusal,
    state::Portals,
    views::{self, list, request, stack},
};

/// Which stacks.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    /// `changed`: the one that changed last comes first, instead of by name.
    #[serde(default)]
    sort: String,
    /// The key of the last stack of the page before.
    after: Option<String>,
}

/// How many a page shows.
const PAGE: u32 = 50;

/// What the address calls the order by last change.
const BY_CHANGE: &str = "changed";

/// `GET /stacks`
pub async fn list(
    State(state): State<Portals>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let frame = views::live_frame(&state, &signed, NavItem::Stacks, Topic::Stacks).await;
    let text = Some(search.q.trim().to_owned()).filter(|text| !text.is_empty());
    let last_changed_first = search.sort == BY_CHANGE;
    let wanted = StackList { text, last_changed_first, ..StackList::default() };
    let is_later = search.after.is_some();
    let page = Page { after: search.after, limit: PAGE + 1 };
    let cards = match state.portal.stacks(&signed.in_team().await, &wanted, &page).await {
        Ok(cards) => cards,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let (shown, last) = list::cut(&cards, PAGE);
    let next = last.map(|card| wanted.key(card));
    let sort = if last_changed_first { BY_CHANGE } else { "" };
    let sorted = |sort| list::address(routes::STACKS, &[("q", &search.q), ("sort", sort)]);
    let now = state.portal.clock.now();
    let page = StacksPage {
        rows: shown.iter().map(|card| stack::row(card, now)).collect(),
        sort: sort.to_owned(),
        sorts: vec![
            Sort { head: "Stack", href: sorted(""), now: (!last_changed_first).then_some(Direction::Ascending) },
            Sort { head: "Changed", href: sorted(BY_CHANGE), now: last_changed_first.then_some(Direction::Descending) },
        ],
        may_request: service::may_request(&signed.actor).is_ok(),
        pages: list::pages(routes::STACKS, &[("q", &search.q), ("sort", sort)], is_later, next.as_deref()),
        query: search.q,
    };
    Ok(views::page(StatusCode::OK, frame, page))
}

/// Which tab, and what of it.
#[derive(Deserialize)]
pub struct Tab {
    #[serde(default)]
    tab: String,
    /// The last run or request of the page before.
    after: Option<String>,
}

/// `GET /stacks/{id}`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
    Query(tab): Query<Tab>,
) -> Result<Response, Refusal> {
    let frame = views::live_frame(&state, &signed, NavItem::Stacks, Topic::Stack(id.clone())).await;
    match found(&state, &signed, &id, tab).await {
        Ok(page) => Ok(views::page(StatusCode::OK, frame, page)),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

async fn found(
    state: &Portals,
    signed: &Signed,
    id: &StackId,
    Tab { tab, after }: Tab,
) -> Result<StackPage, ServiceError> {
    let detail = state.portal.stack(&signed.actor, id).await?;
    let now = state.portal.clock.now();
    let tab = StackTab::from_query(&tab);
    let mut page = stack::page(&detail, tab, now);
    let is_later = after.is_some();
    let pages = |last: Option<&str>| list::pages(&routes::stack(id.as_str()), &[("tab", tab.name())], is_later, last);
    match tab {
        StackTab::Releases => {
            let wanted = Page { after, limit: PAGE + 1 };
            let releases = state.portal.releases(&signed.actor, id, &wanted).await?;
            let (shown, last) = list::cut(&releases, PAGE);
            page.releases = shown.iter().map(|release| stack::release(release, &detail, now)).collect();
            page.pages = pages(last.map(|release| release.run.id.as_str()));
        }
        StackTab::Requests => {
            let after = after.as_deref().and_then(|after| after.parse().ok());
            let wanted = SummaryList { stack: Some(id.clone()), after, limit: PAGE + 1, ..SummaryList::default() };
            let requests = state.portal.request_summaries(&signed.actor, wanted).await?;
            let (shown, last) = list::cut(&requests, PAGE);
            page.requests = shown.iter().map(|one| request::row(one, now)).collect();
            page.pages = pages(last.map(|one| one.id.as_str()));
        }
        StackTab::Overview | StackTab::Resources => {}
    }
    Ok(page)
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
