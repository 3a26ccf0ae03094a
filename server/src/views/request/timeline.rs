//! What happened to a request and what was said about it, as one conversation.

use app::{
    Change, Moment, Status,
    pages::request::{Difference, TimelineEntry, TimelineEvent},
};
use domain::{DateTime, Utc, audit::AuditEvent, run::RunStatus, template::schema::Template};
use service::requests::{Edited, RequestDetail};

use super::{activity, inputs, plan};
use crate::views::status;

/// Everything, oldest first.
pub(super) fn timeline(detail: &RequestDetail, now: DateTime<Utc>) -> Vec<TimelineEntry> {
    let events = detail.history.iter().filter(|event| event.entry.action != "request.commented");
    let mut entries: Vec<(DateTime<Utc>, TimelineEntry)> =
        events.map(|event| (event.entry.at, TimelineEntry::Event(Box::new(happened(detail, event, now))))).collect();
    entries.extend(detail.comments.iter().map(|said| {
        let when = Moment::new(said.comment.at, now);
        (said.comment.at, TimelineEntry::Comment { who: said.name.clone(), text: said.comment.text.clone(), when })
    }));
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn happened(detail: &RequestDetail, event: &AuditEvent, now: DateTime<Utc>) -> TimelineEvent {
    let entry = &event.entry;
    let status = match entry.action.as_str() {
        "request.approved" => Status::Succeeded,
        "request.rejected" => Status::Rejected,
        "request.withdrawn" => Status::Withdrawn,
        "request.changes_asked" => Status::ChangesWanted,
        "request.expired" => Status::Expired,
        "request.submitted" | "request.edited" => Status::NeedsApproval,
        "run.waiting" => Status::NeedsAttention,
        action => {
            let run = action.strip_prefix("run.").and_then(|status| status.parse::<RunStatus>().ok());
            run.map_or(Status::Waiting, status::of_run)
        }
    };
    let mut line = activity(event, now);
    // The page is about this very object.
    line.what = String::new();
    line.href = None;
    let said = entry.detail["reason"].as_str().map(str::trim).filter(|said| !said.is_empty());
    let replanned = entry.detail["differences"].as_array().into_iter().flatten();
    let mut plan: Vec<Difference> =
        replanned.filter_map(|one| Some(Difference { sentence: one.as_str()?.to_owned(), changes: vec![] })).collect();
    let edit = detail.edits.get(&event.position);
    plan.extend(edit.map(plan_differences).unwrap_or_default());
    TimelineEvent {
        activity: line,
        status,
        said: said.map(str::to_owned),
        changes: edit.map(|edit| answers(&detail.template, edit)).unwrap_or_default(),
        plan,
    }
}

/// What an edit answers otherwise.
pub(super) fn answers(template: &Template, edit: &Edited) -> Vec<Change> {
    let (before, after) = (&edit.before, &edit.after);
    let change = |field: &str, before: &str, after: &str| Change {
        field: field.to_owned(),
        before: Some(before.to_owned()),
        after: Some(after.to_owned()),
        replaces: false,
    };
    let words = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
    let mut changes = vec![];
    for (field, before, after) in [
        ("Name", &before.stack_name, &after.stack_name),
        ("Environment", &before.environment, &after.environment),
        ("Reason", &before.reason, &after.reason),
    ] {
        if before != after {
            changes.push(change(field, &words(before), &words(after)));
        }
    }
    let asked = inputs(template, &after.inputs, None, Some(&before.inputs));
    changes.extend(asked.into_iter().filter_map(|one| Some(change(&one.title, &one.before?, &one.value))));
    changes
}

/// What the plan of an edit does otherwise.
pub(super) fn plan_differences(edit: &Edited) -> Vec<Difference> {
    let fields = edit.plan.iter().map(|one| {
        one.fields.iter().map(|field| Change {
            field: field.path.clone(),
            before: plan::value(&field.before),
            after: plan::value(&field.after),
            replaces: false,
        })
    });
    let lines = edit.plan.iter().zip(fields);
    lines.map(|(one, fields)| Difference { sentence: one.sentence.clone(), changes: fields.collect() }).collect()
}
