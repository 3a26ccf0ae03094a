//! The page of one request.

use app::{
    Moment, Status, Tone,
    pages::request::{
        Approval, Asked, CommentForm, DecisionBar, DecisionRow, Difference, EditNote, Expiry, Refused, RequestPage,
        RequestTab, Rule, Stale,
    },
    routes,
};
use domain::{
    DateTime, TimeDelta, Utc,
    authz::Action,
    cost::dollars,
    plan::Wish,
    request::{RequestStatus, UNDECIDED, Verdict},
    run::RunStatus,
};
use service::requests::{EditedSince, Moved, RequestDetail, SaidDecision, Seen, Standing};

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
    let my_turn = request.status == RequestStatus::ChangesWanted && detail.may_edit.is_ok();
    DecisionBar {
        approve: detail.may_approve.is_ok().then(|| {
            let (counts, monthly) = (plan::counts(&request.plan), dollars(request.cost.monthly_micros));
            format!("{}: {counts}, {monthly} a month", detail.card.title())
        }),
        seal: request.seal.clone(),
        reject: detail.may_reject.is_ok(),
        ask_for_changes: detail.may_ask_for_changes.is_ok(),
        edit: detail.may_edit.is_ok().then(|| routes::request_edit(request.id.as_str())),
        my_turn,
        plan_again: detail.may_replan.is_ok().then_some(match request.status {
            RequestStatus::Stale => Tone::Primary,
            _ => Tone::Plain,
        }),
        withdraw: detail.may_withdraw.is_ok().then(|| withdrawal(detail)),
        refused: if UNDECIDED.contains(&request.status) { refused(detail, my_turn) } else { vec![] },
        ..DecisionBar::default()
    }
}

/// What becomes of everything when it is withdrawn.
fn withdrawal(detail: &RequestDetail) -> String {
    let name = &detail.card.stack.name;
    match detail.card.request.wish {
        Wish::Create => format!(
            "Ends this request for good. Nothing has been made: the name {name} and everything else that is reserved for \
             it are free for others again, and secrets given with it are erased."
        ),
        Wish::Update | Wish::Destroy => format!(
            "Ends this request for good. {name} stays as it is; what is reserved for the change alone is free for others \
             again, and secrets given with it are erased."
        ),
    }
}

/// What the reader cannot do; things with the same reason together. Whose turn it is to edit is not told that they cannot
/// decide.
fn refused(detail: &RequestDetail, my_turn: bool) -> Vec<Refused> {
    let mut refused: Vec<Refused> = vec![];
    for (what, may) in [
        ("approve", &detail.may_approve),
        ("ask for changes", &detail.may_ask_for_changes),
        ("reject", &detail.may_reject),
        ("edit", &detail.may_edit),
        ("withdraw", &detail.may_withdraw),
        ("plan again", &detail.may_replan),
    ] {
        let Err(denied) = may else { continue };
        if my_turn && denied.action == Action::DecideRequest {
            continue;
        }
        match refused.iter_mut().find(|one| one.why == denied.reason) {
            Some(known) => known.what = format!("{}, {what}", known.what),
            None => refused.push(Refused { what: capitalised(what), why: denied.reason.clone() }),
        }
    }
    refused
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

/// Where a decision stands: one about an earlier plan no longer counts, nor an approval of somebody who could not give it
/// now.
fn shown(said: &SaidDecision) -> (Status, &'static str) {
    match (said.decision.verdict, said.standing) {
        (Verdict::Approve, Standing::Counts) => (Status::Succeeded, "approved"),
        (Verdict::Approve, Standing::EarlierPlan) => (Status::Stale, "approved an earlier plan"),
        (Verdict::Approve, Standing::MayNoLongerDecide) => (Status::Stale, "approved, and may no longer decide"),
        (Verdict::Reject, _) => (Status::Rejected, "rejected"),
        (Verdict::AskForChanges, _) => (Status::ChangesWanted, "asked for changes"),
    }
}

fn approvals(detail: &RequestDetail, now: DateTime<Utc>) -> Vec<Approval> {
    let request = &detail.card.request;
    let of_this_plan = detail.decisions.iter().filter(|one| one.standing != Standing::EarlierPlan);
    let said = of_this_plan.map(|one| {
        let (status, did) = shown(one);
        let reason = &one.decision.reason;
        Approval {
            stage: one.name.clone(),
            status,
            is_past: one.standing != Standing::Counts,
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
                counts: one.standing == Standing::Counts,
                earlier_plan: one.standing == Standing::EarlierPlan,
                when: Moment::new(one.decision.at, now),
            }
        })
        .collect()
}

/// What was edited, while somebody may still have to look at it.
fn edit_note(detail: &RequestDetail, now: DateTime<Utc>) -> Option<EditNote> {
    let EditedSince { seen, edit, last } = detail.since.as_ref()?;
    let event = detail.history.iter().find(|event| event.position == *last)?;
    UNDECIDED.contains(&detail.card.request.status).then(|| EditNote {
        heading: match seen {
            Seen::ByReader => "What changed since your decision".to_owned(),
            Seen::By(name, Verdict::AskForChanges) => format!("What changed since {name} asked for changes"),
            Seen::By(name, _) => format!("What changed since {name} approved"),
            Seen::ByNobody => "What the last edit changed".to_owned(),
        },
        who: event.entry.actor_name.clone(),
        when: Moment::new(event.entry.at, now),
        changes: answers(&detail.template, edit),
        plan: plan_differences(edit),
    })
}

/// What was asked for, while it has not been done.
fn asked(detail: &RequestDetail, now: DateTime<Utc>) -> Option<Asked> {
    let asked =
        |one: &&SaidDecision| one.standing == Standing::Counts && one.decision.verdict == Verdict::AskForChanges;
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
    let edited = edit_note(detail, now);
    let earlier = detail.since.as_ref().filter(|_| edited.is_some()).map(|since| &since.edit.before.inputs);
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
        edited,
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
