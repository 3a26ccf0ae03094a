//! Requests, the inbox, and what happened.

mod page;
mod timeline;

use app::{
    Moment,
    pages::{
        home::Activity,
        inbox::{InboxItem, InboxPage, InboxPreview},
        request::{InputValue, RequestTab},
        requests::{DraftRow, RequestRow},
    },
    routes,
};
use domain::{
    DateTime, Utc,
    approval::ApprovalRule,
    audit::AuditEvent,
    cost::dollars,
    ids::RequestId,
    template::{
        Inputs, duration,
        schema::{Input, InputType, Template},
    },
};
use serde_json::Value as Json;
use service::requests::{DraftCard, RequestDetail, Waiting};
use storage::RequestSummary;

pub use self::page::page;
use super::{form, home, plan, status};

/// `One of: an owner of Payments or the platform team`.
pub fn rule_in_words(rule: &ApprovalRule, team: &str) -> String {
    let people = rule.people(team);
    match rule.needed {
        1 => format!("One of: {people}"),
        count => format!("{count} different people of: {people}"),
    }
}

/// A line of the drafts.
pub fn draft_row(card: &DraftCard, now: DateTime<Utc>) -> DraftRow {
    DraftRow {
        title: card.title.clone(),
        href: form::address(&card.form),
        form: card.form.to_string(),
        saved: Moment::new(card.saved_at, now),
    }
}

/// A row of a list.
pub fn row(one: &RequestSummary, now: DateTime<Utc>) -> RequestRow {
    RequestRow {
        id: one.id.to_string(),
        title: one.title(),
        status: status::of_request(one.status),
        requester: one.requester_name.clone(),
        team: one.team_title.clone(),
        cost: Some(dollars(one.monthly_micros)),
        when: Moment::new(one.created_at, now),
    }
}

/// A line of the inbox.
fn item(one: &RequestSummary, now: DateTime<Utc>) -> InboxItem {
    InboxItem {
        id: one.id.to_string(),
        title: one.title(),
        requester: one.requester_name.clone(),
        team: one.team_title.clone(),
        cost: Some(format!("{} a month", dollars(one.monthly_micros))),
        when: Moment::new(one.created_at, now),
    }
}

/// The inbox, with one request beside it.
pub fn inbox(
    waiting: &Waiting,
    after: Option<&RequestId>,
    selected: Option<&RequestDetail>,
    now: DateTime<Utc>,
) -> InboxPage {
    let items: Vec<InboxItem> = waiting.requests.iter().map(|one| item(one, now)).collect();
    let preview = |detail: &RequestDetail| {
        let request = &detail.card.request;
        let item = items.iter().find(|item| item.id == request.id.as_str())?.clone();
        let page = page(detail, RequestTab::Plan, now);
        Some(InboxPreview {
            item,
            environment: page.environment,
            template: page.template,
            reason: page.reason,
            edited: page.edited,
            comments: detail.comments.len(),
            expiry: page.expiry,
            counts: plan::counts(&request.plan),
            plan: page.plan.unwrap_or_default(),
            cost: page.cost,
            approvals: page.approvals,
            refused: detail.may_approve.as_ref().err().map(|denied| denied.reason.clone()),
        })
    };
    let selected = selected.and_then(preview);
    let in_hand = waiting.in_hand.iter().map(|waits| home::in_hand(waits, now)).collect();
    InboxPage { items, after: after.map(ToString::to_string), more: waiting.more, in_hand, selected }
}

/// Where the page of an object is.
pub fn href(object: &str) -> Option<String> {
    match object.split_once('-')?.0 {
        "req" => Some(routes::request(object)),
        "run" => Some(routes::run(object)),
        "stk" => Some(routes::stack(object)),
        "team" => Some(routes::team(object)),
        _ => None,
    }
}

/// One line of what happened. Summaries begin with who did it; the page shows the name apart.
pub fn activity(event: &AuditEvent, now: DateTime<Utc>) -> Activity {
    let entry = &event.entry;
    let did = entry.summary.strip_prefix(&entry.actor_name).unwrap_or(&entry.summary).trim().trim_end_matches('.');
    let linked = href(&entry.object);
    Activity {
        who: entry.actor_name.clone(),
        did: did.to_owned(),
        what: if linked.is_some() { entry.object.clone() } else { String::new() },
        href: linked,
        when: Moment::new(entry.at, now),
    }
}

/// An input as people read it; secrets are names only.
pub fn input_value(kind: &InputType, value: &Json) -> String {
    match (kind, value) {
        (InputType::Secrets { .. }, Json::Object(map)) if map.is_empty() => "none".to_owned(),
        (InputType::Secrets { .. }, Json::Object(map)) => {
            let names: Vec<String> =
                map.iter().map(|(name, secret)| format!("{name} (version {})", secret["version"])).collect();
            names.join(", ")
        }
        (_, Json::Object(map)) if map.is_empty() => "none".to_owned(),
        (_, Json::Object(map)) => {
            let pairs: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}={}", plan::value(value).unwrap_or_default())).collect();
            pairs.join(", ")
        }
        (_, Json::Array(entries)) if entries.is_empty() => "none".to_owned(),
        (InputType::List { of, .. }, Json::Array(entries)) => {
            let entries: Vec<String> = entries.iter().map(|entry| input_value(of, entry)).collect();
            entries.join(", ")
        }
        (InputType::Duration { .. }, Json::Number(seconds)) => duration::in_words(seconds.as_i64().unwrap_or_default()),
        (InputType::CpuMemory, Json::String(pair)) => form::cpu_memory(pair),
        (InputType::Choice { options }, Json::String(text)) => options
            .iter()
            .find(|option| option.value == *text)
            .map_or_else(|| text.clone(), |option| option.title.clone()),
        (_, Json::Bool(true)) => "yes".to_owned(),
        (_, Json::Bool(false)) => "no".to_owned(),
        (_, other) => plan::value(other).unwrap_or_else(|| "none".to_owned()),
    }
}

fn shown(input: &Input, inputs: &Inputs) -> Option<String> {
    inputs.get(&input.name).map(|value| input_value(&input.kind, value))
}

/// All inputs that have a value, in the order of the form, with what runs now and what was asked for before the last edit
/// where that differs.
pub fn inputs(
    template: &Template,
    asked: &Inputs,
    current: Option<&Inputs>,
    earlier: Option<&Inputs>,
) -> Vec<InputValue> {
    let none = || "—".to_owned();
    template
        .inputs
        .iter()
        .filter_map(|input| {
            let value = shown(input, asked);
            let other = |inputs: Option<&Inputs>| {
                let other = shown(input, inputs?);
                (other != value).then(|| other.unwrap_or_else(none))
            };
            let (now, before) = (other(current), other(earlier));
            if value.is_none() && now.is_none() && before.is_none() {
                return None;
            }
            Some(InputValue {
                name: input.name.clone(),
                title: input.title.clone(),
                value: value.unwrap_or_else(none),
                now,
                before,
            })
        })
        .collect()
}
