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
    views::{self, request},
};

const PAGE: u32 = 100;

/// What can be filtered by; an action stands for all that begin with it.
const ACTIONS: &[&str] =
    &["aws.call", "environment", "membership", "person", "request", "run", "session", "team", "template"];

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
    AuditRow {
        number: event.position.to_string(),
        when: Moment::new(entry.at, now),
        who: entry.actor_name.clone(),
        did: said.did,
        what: entry.object.clone(),
        href: request::href(&entry.object),
        action: entry.action.clone(),
        from: entry.address.clone(),
        aws_request_id: entry.detail["request_id"].as_str().map(str::to_owned),
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
    let events = match state.portal.audit(&signed.actor, &wanted, PAGE).await {
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
    let full = events.len() == PAGE as usize;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("actor", &filter.actor)
        .append_pair("action", &filter.action)
        .append_pair("object", &filter.object);
    let query = query.finish();
    let older =
        events.last().filter(|_| full).map(|event| format!("{}?{query}&after={}", routes::AUDIT, event.position));
    let page = AuditPage {
        filter: Shown { actor: filter.actor, action: filter.action, object: filter.object },
        actions: ACTIONS.iter().map(|action| (*action).to_owned()).collect(),
        rows: events.iter().map(|event| row(event, now)).collect(),
        chain,
        older,
    };
    Ok(views::page(StatusCode::OK, frame, page))
}
