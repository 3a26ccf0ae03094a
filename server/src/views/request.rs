//! Requests, the inbox, and what happened.

use app::{
    Choice, Moment, Status, Tone,
    pages::{
        home::Activity,
        inbox::{InboxItem, InboxPage, InboxPreview},
        request::{
            Approval, CommentForm, DecisionBar, Difference, InputValue, RequestPage, RequestTab, Stale, TimelineEntry,
        },
        requests::RequestRow,
    },
    routes,
};
use domain::{
    DateTime, Utc,
    audit::AuditEvent,
    cost::dollars,
    environment::Approvers,
    request::{RequestStatus, Verdict},
    run::RunStatus,
    template::{
        Inputs,
        schema::{InputType, Template},
    },
};
use serde_json::Value as Json;
use service::requests::{Moved, RequestCard, RequestDetail};

use super::{form, plan, status};

/// A row of a list.
pub fn row(card: &RequestCard, now: DateTime<Utc>) -> RequestRow {
    RequestRow {
        id: card.request.id.to_string(),
        title: card.title(),
        status: status::of_request(card.request.status),
        requester: card.requester_name.clone(),
        team: card.team.title.clone(),
        cost: Some(dollars(card.request.cost.monthly_micros)),
        when: Moment::new(card.request.created_at, now),
    }
}

/// A line of the inbox.
pub fn item(card: &RequestCard, now: DateTime<Utc>) -> InboxItem {
    InboxItem {
        id: card.request.id.to_string(),
        title: card.title(),
        requester: card.requester_name.clone(),
        team: card.team.title.clone(),
        cost: Some(format!("{} a month", dollars(card.request.cost.monthly_micros))),
        counts: plan::counts(&card.request.plan),
        when: Moment::new(card.request.created_at, now),
    }
}

/// The inbox, with one request beside it.
pub fn inbox(cards: &[RequestCard], selected: Option<&RequestDetail>, now: DateTime<Utc>) -> InboxPage {
    InboxPage {
        items: cards.iter().map(|card| item(card, now)).collect(),
        selected: selected.map(|detail| {
            let page = page(detail, RequestTab::Plan, now);
            InboxPreview {
                item: item(&detail.card, now),
                environment: page.environment,
                template: page.template,
                plan: page.plan.unwrap_or_default(),
                cost: page.cost,
                approvals: page.approvals,
                refused: page.decision.refused,
            }
        }),
    }
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

/// All inputs that have a value, in the order of the form, with what runs now where that differs.
pub fn inputs(template: &Template, asked: &Inputs, current: Option<&Inputs>) -> Vec<InputValue> {
    let shown = |input: &domain::template::schema::Input, inputs: &Inputs| {
        inputs.get(&input.name).map(|value| input_value(&input.kind, value))
    };
    template
        .inputs
        .iter()
        .filter_map(|input| {
            let value = shown(input, asked);
            let before = current.and_then(|current| shown(input, current));
            if value.is_none() && before.is_none() {
                return None;
            }
            let differs = current.is_some() && before != value;
            Some(InputValue {
                name: input.name.clone(),
                title: input.title.clone(),
                value: value.unwrap_or_else(|| "—".to_owned()),
                now: differs.then(|| before.unwrap_or_else(|| "—".to_owned())),
            })
        })
        .collect()
}

fn sentence(detail: &RequestDetail) -> String {
    let request = &detail.card.request;
    let missing = request.approvals_needed.saturating_sub(detail.approved);
    match request.status {
        RequestStatus::NeedsApproval if missing == 1 => {
            "One more approval is needed before anything happens.".to_owned()
        }
        RequestStatus::NeedsApproval => format!("{missing} more approvals are needed before anything happens."),
        RequestStatus::Stale => {
            "Something has changed since this was planned, so nothing was started. Plan it again to go on.".to_owned()
        }
        RequestStatus::Running => match detail.run.as_ref().map(|run| run.status) {
            Some(RunStatus::NeedsChoice | RunStatus::NeedsAttention) => {
                "The run has stopped and waits for a choice.".to_owned()
            }
            _ => "It was approved and is being carried out.".to_owned(),
        },
        RequestStatus::Succeeded => "It was carried out.".to_owned(),
        RequestStatus::Failed => "The run was ended before it was done.".to_owned(),
        RequestStatus::Undone => "The run failed and was taken back.".to_owned(),
        RequestStatus::Rejected => "It was rejected; nothing was done.".to_owned(),
        RequestStatus::Withdrawn => "It was withdrawn; nothing was done.".to_owned(),
    }
}

fn decision_bar(detail: &RequestDetail) -> DecisionBar {
    let request = &detail.card.request;
    if request.status.is_final() {
        return DecisionBar::default();
    }
    let id = request.id.as_str();
    let mut others = vec![];
    if detail.may_replan.is_ok() {
        others.push(Choice {
            label: "Plan again".to_owned(),
            post_to: routes::request_plan(id),
            tone: if request.status == RequestStatus::Stale { Tone::Primary } else { Tone::Plain },
            explain: String::new(),
            refused: None,
        });
    }
    if detail.may_withdraw.is_ok() {
        others.push(Choice {
            label: "Withdraw".to_owned(),
            post_to: routes::request_withdraw(id),
            tone: Tone::Plain,
            explain: String::new(),
            refused: None,
        });
    }
    DecisionBar {
        approve: detail.may_approve.is_ok(),
        seal: request.seal.clone(),
        reject: detail.may_reject.is_ok(),
        refused: match (&detail.may_approve, request.status) {
            (Err(denied), RequestStatus::NeedsApproval | RequestStatus::Stale) => Some(denied.reason.clone()),
            _ => None,
        },
        others,
        ..DecisionBar::default()
    }
}

fn timeline(detail: &RequestDetail, now: DateTime<Utc>) -> Vec<TimelineEntry> {
    let mut entries: Vec<(DateTime<Utc>, TimelineEntry)> = detail
        .history
        .iter()
        .filter(|event| event.entry.action != "request.commented")
        .map(|event| {
            let shown = match event.entry.action.as_str() {
                "request.approved" => Status::Succeeded,
                "request.rejected" => Status::Rejected,
                "request.withdrawn" => Status::Withdrawn,
                "request.submitted" => Status::NeedsApproval,
                _ => Status::Waiting,
            };
            let mut line = activity(event, now);
            // The page is about this very object.
            line.what = String::new();
            line.href = None;
            (event.entry.at, TimelineEntry::Event(line, shown))
        })
        .collect();
    entries.extend(detail.comments.iter().map(|said| {
        let when = Moment::new(said.comment.at, now);
        (said.comment.at, TimelineEntry::Comment { who: said.name.clone(), text: said.comment.text.clone(), when })
    }));
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn stale(moved: &Moved) -> Stale {
    match moved {
        Moved::Nothing => Stale {
            why: "By now everything is again as it was planned: planned again, it is the same plan.".to_owned(),
            differences: vec![],
        },
        Moved::Differences(differences) => Stale {
            why: "If it were planned again now:".to_owned(),
            differences: differences
                .iter()
                .map(|one| Difference {
                    sentence: one.sentence.clone(),
                    changes: one
                        .step
                        .iter()
                        .flat_map(|step| one.fields.iter().map(|field| plan::change(field, step)))
                        .collect(),
                })
                .collect(),
        },
        Moved::Unknown(why) => Stale { why: format!("What changed cannot be told now. {why}"), differences: vec![] },
    }
}

/// The page.
pub fn page(detail: &RequestDetail, tab: RequestTab, now: DateTime<Utc>) -> RequestPage {
    let card = &detail.card;
    let request = &card.request;
    let said = detail.decisions.iter().map(|one| Approval {
        stage: one.name.clone(),
        status: match one.decision.verdict {
            Verdict::Approve if one.counts => Status::Succeeded,
            Verdict::Approve => Status::Stale,
            Verdict::Reject => Status::Rejected,
        },
        said: Some(match one.decision.verdict {
            Verdict::Approve if one.counts => "approved".to_owned(),
            Verdict::Approve => "approved an earlier plan".to_owned(),
            Verdict::Reject => format!("rejected: {}", one.decision.reason),
        }),
        when: Some(Moment::new(one.decision.at, now)),
    });
    let missing = if request.status.is_final() || request.run.is_some() {
        0
    } else {
        request.approvals_needed.saturating_sub(detail.approved)
    };
    let stage = match card.environment.rules.approvers {
        Approvers::Team => format!("An owner of {} or the platform team", card.team.title),
        Approvers::Platform => "The platform team".to_owned(),
    };
    let waiting =
        (0..missing).map(|_| Approval { stage: stage.clone(), status: Status::NeedsApproval, ..Approval::default() });
    RequestPage {
        id: request.id.to_string(),
        heading: card.title(),
        status: status::of_request(request.status),
        sentence: sentence(detail),
        template: format!("{} {}", card.template_title, request.revision.rsplit('@').next().unwrap_or_default()),
        template_href: routes::template(request.revision.split('@').next().unwrap_or_default()),
        environment: format!("{} · {}", card.environment.name, card.environment.region),
        team: card.team.title.clone(),
        requester: card.requester_name.clone(),
        requested: Moment::new(request.created_at, now),
        stack: Some((card.stack.name.clone(), card.stack.id.to_string())),
        run_id: request.run.as_ref().map(ToString::to_string),
        tab,
        plan: Some(plan::view(&request.plan, &request.seal)),
        stale: detail.moved.as_ref().map(stale),
        inputs: inputs(&detail.template, &request.inputs, detail.current.as_ref()),
        cost: plan::cost(&request.cost),
        timeline: timeline(detail, now),
        comment: detail.may_comment.is_ok().then(CommentForm::default),
        approvals: said.chain(waiting).collect(),
        decision: decision_bar(detail),
    }
}
