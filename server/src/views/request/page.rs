//! The page of one request.

use app::{
    Choice, Moment, Status, Tone,
    pages::request::{
        Approval, Asked, CommentForm, DecisionBar, DecisionRow, Difference, EditNote, Expiry, RequestPage, RequestTab,
        Rule, Stale,
    },
    routes,
};
use domain::{
    DateTime, TimeDelta, Utc,
    plan::Wish,
    request::{RequestStatus, UNDECIDED, Verdict},
    run::RunStatus,
};
use service::requests::{Moved, RequestDetail, SaidDecision};

use super::{
    inputs, plan, rule_in_words, status,
    timeline::{answers, plan_differences, timeline},
};

/// So many days before the end the page warns.
const WARNING_DAYS: i64 = 3;

fn sentence(detail: &RequestDetail) -> String {
    let request = &detail.card.request;
    let missing = request.approvals_needed.saturating_sub(detail.approved);
    match request.status {
        RequestStatus::NeedsApproval if missing == 0 => {
            "As the rule is now, enough people have approved. Planned again, it starts.".to_owned()
        }
        RequestStatus::NeedsApproval if missing == 1 => {
            "One more approval is needed before anything happens.".to_owned()
        }
        RequestStatus::NeedsApproval => format!("{missing} more approvals are needed before anything happens."),
        RequestStatus::ChangesWanted => {
            "Changes were asked for. Nothing happens before it has been edited and approved.".to_owned()
        }
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
        RequestStatus::Expired => "Nobody decided about it in time, so it expired; nothing was done.".to_owned(),
    }
}

fn decision_bar(detail: &RequestDetail) -> DecisionBar {
    let request = &detail.card.request;
    if request.status.is_final() {
        return DecisionBar::default();
    }
    let id = request.id.as_str();
    let mut others = vec![];
    if detail.may_withdraw.is_ok() {
        others.push(Choice {
            label: "Withdraw".to_owned(),
            post_to: routes::request_withdraw(id),
            ..Choice::default()
        });
    }
    if detail.may_replan.is_ok() {
        others.push(Choice {
            label: "Plan again".to_owned(),
            post_to: routes::request_plan(id),
            tone: if request.status == RequestStatus::Stale { Tone::Primary } else { Tone::Plain },
            ..Choice::default()
        });
    }
    let my_turn = request.status == RequestStatus::ChangesWanted && detail.may_edit.is_ok();
    DecisionBar {
        approve: detail.may_approve.is_ok(),
        seal: request.seal.clone(),
        reject: detail.may_reject.is_ok(),
        ask_for_changes: detail.may_ask_for_changes.is_ok(),
        refused: match &detail.may_approve {
            Err(denied) if UNDECIDED.contains(&request.status) && !my_turn => Some(denied.reason.clone()),
            _ => None,
        },
        edit: detail.may_edit.is_ok().then(|| routes::request_edit(id)),
        my_turn,
        others,
        ..DecisionBar::default()
    }
}

fn difference(one: &service::requests::Difference) -> Difference {
    let fields = one.step.iter().flat_map(|step| one.fields.iter().map(|field| plan::change(field, step)));
    Difference { sentence: one.sentence.clone(), changes: fields.collect() }
}

fn stale(moved: &Moved) -> Stale {
    match moved {
        Moved::Nothing => Stale {
            why: "By now everything is again as it was planned: planned again, it is the same plan.".to_owned(),
            differences: vec![],
        },
        Moved::Differences(differences) => Stale {
            why: "If it were planned again now:".to_owned(),
            differences: differences.iter().map(difference).collect(),
        },
        Moved::Unknown(why) => Stale { why: format!("What changed cannot be told now. {why}"), differences: vec![] },
    }
}

/// Where a decision stands: one about an earlier plan no longer counts.
fn shown(said: &SaidDecision) -> (Status, &'static str) {
    match said.decision.verdict {
        Verdict::Approve if said.counts => (Status::Succeeded, "approved"),
        Verdict::Approve => (Status::Stale, "approved an earlier plan"),
        Verdict::Reject => (Status::Rejected, "rejected"),
        Verdict::AskForChanges => (Status::ChangesWanted, "asked for changes"),
    }
}

fn approvals(detail: &RequestDetail, now: DateTime<Utc>) -> Vec<Approval> {
    let request = &detail.card.request;
    let said = detail.decisions.iter().filter(|one| one.counts).map(|one| {
        let (status, did) = shown(one);
        let reason = &one.decision.reason;
        Approval {
            stage: one.name.clone(),
            status,
            said: Some(if reason.is_empty() { did.to_owned() } else { format!("{did}: {reason}") }),
            when: Some(Moment::new(one.decision.at, now)),
        }
    });
    let missing = if request.status.is_final() || request.run.is_some() {
        0
    } else {
        request.approvals_needed.saturating_sub(detail.approved)
    };
    let people = detail.rule.people(&detail.card.team.title);
    let waiting = (0..missing).map(|_| Approval {
        stage: capitalised(&people),
        status: Status::NeedsApproval,
        ..Approval::default()
    });
    said.chain(waiting).collect()
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn decisions(detail: &RequestDetail, now: DateTime<Utc>) -> Vec<DecisionRow> {
    let newest_first = detail.decisions.iter().rev();
    newest_first
        .map(|one| {
            let (status, did) = shown(one);
            DecisionRow {
                who: one.name.clone(),
                status,
                did: did.to_owned(),
                said: one.decision.reason.clone(),
                seal: one.decision.seal.clone(),
                counts: one.counts,
                when: Moment::new(one.decision.at, now),
            }
        })
        .collect()
}

/// The last edit, while somebody may still have to look at it.
fn edit_note(detail: &RequestDetail, now: DateTime<Utc>) -> Option<EditNote> {
    let (position, edit) = detail.edits.last_key_value()?;
    let event = detail.history.iter().find(|event| event.position == *position)?;
    UNDECIDED.contains(&detail.card.request.status).then(|| EditNote {
        who: event.entry.actor_name.clone(),
        when: Moment::new(event.entry.at, now),
        changes: answers(&detail.template, edit),
        plan: plan_differences(edit),
    })
}

/// What was asked for, while it has not been done.
fn asked(detail: &RequestDetail, now: DateTime<Utc>) -> Option<Asked> {
    let asked = |one: &&SaidDecision| one.counts && one.decision.verdict == Verdict::AskForChanges;
    let last = detail.decisions.iter().rfind(asked)?;
    (detail.card.request.status == RequestStatus::ChangesWanted).then(|| Asked {
        who: last.name.clone(),
        text: last.decision.reason.clone(),
        when: Moment::new(last.decision.at, now),
    })
}

/// The page.
pub fn page(detail: &RequestDetail, tab: RequestTab, now: DateTime<Utc>) -> RequestPage {
    let card = &detail.card;
    let request = &card.request;
    let template = request.revision.split('@').next().unwrap_or_default();
    let earlier = edit_note(detail, now).and_then(|_| detail.edits.values().last()).map(|edit| &edit.before.inputs);
    let may_start = detail.may_start_from.is_ok() && request.wish != Wish::Destroy;
    RequestPage {
        id: request.id.to_string(),
        heading: card.title(),
        status: status::of_request(request.status),
        sentence: sentence(detail),
        reason: request.reason.clone(),
        template: format!("{} {}", card.template_title, request.revision.rsplit('@').next().unwrap_or_default()),
        template_href: routes::template(template),
        environment: format!("{} · {}", card.environment.name, card.environment.region),
        team: card.team.title.clone(),
        requester: card.requester_name.clone(),
        requested: Moment::new(request.created_at, now),
        stack: Some((card.stack.name.clone(), card.stack.id.to_string())),
        run_id: request.run.as_ref().map(ToString::to_string),
        start_from: may_start.then(|| routes::template_request_from(template, request.id.as_str())),
        tab,
        plan: Some(plan::view(&request.plan, &request.seal)),
        stale: detail.moved.as_ref().map(stale),
        asked: asked(detail, now),
        edited: edit_note(detail, now),
        expiry: detail
            .expires_at
            .map(|at| Expiry { when: Moment::new(at, now), soon: at - now <= TimeDelta::days(WARNING_DAYS) }),
        inputs: inputs(&detail.template, &request.inputs, detail.current.as_ref(), earlier),
        cost: plan::cost(&request.cost),
        timeline: timeline(detail, now),
        comment: detail.may_comment.is_ok().then(CommentForm::default),
        approvals: approvals(detail, now),
        rule: Rule {
            who: rule_in_words(&detail.rule, &card.team.title),
            given: detail.approved,
            needed: request.approvals_needed,
        },
        decisions: decisions(detail, now),
        decision: decision_bar(detail),
    }
}
