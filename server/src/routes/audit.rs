//! The history.

use app::{
    Moment, NavItem,
    pages::audit::{AuditFilter as Shown, AuditPage, AuditRow, ChainState},
    routes,
};
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use domain::audit::AuditEvent;
use serde::Deserialize;
use serde_json::Value as Json;
use storage::AuditFilter;

use crate::{
    edge::session::Signed,
    error::Refusal,
    state::{Checked, Portals},
    views::{self, list, request},
};

const PAGE: u32 = 100;

/// What can be filtered by; an action stands for all that begin with it.
const ACTIONS: &[&str] = &[
    "aws.call",
    "environment",
    "membership",
    "person",
    "request",
    "run",
    "secret",
    "session",
    "team",
    "template",
    "token",
];

/// The filter in the address.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    object: String,
    after: Option<i64>,
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn row(event: &AuditEvent, now: domain::DateTime<domain::Utc>) -> AuditRow {
    let entry = &event.entry;
    let said = request::activity(event, now);
    let part = |name: &str| match &entry.detail[name] {
        Json::Null => None,
        value => serde_json::to_string_pretty(value).ok(),
    };
    let text = |name: &str| entry.detail[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    AuditRow {
        number: event.position.to_string(),
        when: Moment::new(entry.at, now),
        who: entry.actor_name.clone(),
        did: said.did,
        what: entry.object.clone(),
        href: request::href(&entry.object),
        action: entry.action.clone(),
        from: entry.address.clone(),
        aws_request_id: text("request_id"),
        reason: text("reason"),
        seal: text("seal"),
        before: part("before"),
        after: part("after"),
    }
}

/// `GET /audit`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Audit).await;
    // A name is searched for in the sentence, which begins with it.
    let wanted = AuditFilter {
        action: filled(&filter.action),
        object: filled(&filter.object),
        text: filled(&filter.actor),
        before: filter.after,
        ..AuditFilter::default()
    };
    let events = match state.portal.audit(&signed.actor, &wanted, PAGE + 1).await {
        Ok(events) => events,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let now = state.portal.clock.now();
    let chain = match state.chain().await {
        None => ChainState::Unknown,
        Some(Checked { found, at, .. }) => match found.broken {
            None => ChainState::Verified { through: found.through.to_string(), when: Moment::new(at, now) },
            Some(broken) => ChainState::Broken { at: (found.through + 1).to_string(), why: broken.to_string() },
        },
    };
    let (shown, last) = list::cut(&events, PAGE);
    let last = last.map(|event| event.position.to_string());
    let query = [("actor", &*filter.actor), ("action", &filter.action), ("object", &filter.object)];
    let pages = list::pages(routes::AUDIT, &query, filter.after.is_some(), last.as_deref());
    let page = AuditPage {
        filter: Shown { actor: filter.actor, action: filter.action, object: filter.object },
        actions: ACTIONS.iter().map(|action| (*action).to_owned()).collect(),
        rows: shown.iter().map(|event| row(event, now)).collect(),
        chain,
        pages,
    };
    Ok(views::page(StatusCode::OK, frame, page))
}
