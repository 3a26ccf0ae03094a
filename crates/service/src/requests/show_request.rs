//! One request with everything around it, and what its reader can do about it.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    DateTime, Utc,
    approval::{ApprovalRule, may_decide},
    audit::AuditEvent,
    authz::{Action, Denied, Object, may},
    ids::RequestId,
    people::Actor,
    request::{Comment, Decision, RequestStatus, UNDECIDED, Verdict},
    run::Run,
    template::{Inputs, schema::Template},
};
use storage::AuditFilter;

use super::{
    Edited, EditedSince, Moved, RequestCard, edited::edited_since, environment_of, may_now, seen_request,
    start_run::approvers,
};
use crate::{Portal, Result, ServiceError, may_request, names::Names};

/// A decision and who made it.
#[derive(Clone, Debug)]
pub struct SaidDecision {
    /// What was decided.
    pub decision: Decision,
    /// By whom.
    pub name: String,
    /// What it is worth now.
    pub standing: Standing,
}

/// What a decision is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is about the plan as it is now; while that waits, of somebody who may still decide.
    Counts,
    /// It is about an earlier plan.
    EarlierPlan,
    /// It is an approval of the plan as it is now, of somebody who may no longer decide.
    MayNoLongerDecide,
}

/// A remark and who made it.
#[derive(Clone, Debug)]
pub struct SaidComment {
    /// What was said.
    pub comment: Comment,
    /// By whom.
    pub name: String,
}

/// A request.
#[derive(Clone, Debug)]
pub struct RequestDetail {
    /// The request and what its ids stand for.
    pub card: RequestCard,
    /// Its template revision.
    pub template: Arc<Template>,
    /// The inputs that run now; none for a new stack.
    pub current: Option<Inputs>,
    /// All decisions, oldest first.
    pub decisions: Vec<SaidDecision>,
    /// Who has to say yes.
    pub rule: ApprovalRule,
    /// How many approved the plan as it is now; while it waits, of those who may still decide.
    pub approved: u32,
    /// When it ends if nobody does anything about it.
    pub expires_at: Option<DateTime<Utc>>,
    /// All remarks, oldest first.
    pub comments: Vec<SaidComment>,
    /// What happened, oldest first.
    pub history: Vec<AuditEvent>,
    /// What each edit changed, by the position of its event in the history.
    pub edits: BTreeMap<i64, Edited>,
    /// What was edited since the reader, or else somebody, decided.
    pub since: Option<EditedSince>,
    /// Its run, once there is one.
    pub run: Option<Run>,
    /// What moved since it was planned; only of a stale request.
    pub moved: Option<Moved>,
    /// Whether the reader may approve, or why not.
    pub may_approve: Result<(), Denied>,
    /// Whether the reader may reject, or why not.
    pub may_reject: Result<(), Denied>,
    /// Whether the reader may ask for changes, or why not.
    pub may_ask_for_changes: Result<(), Denied>,
    /// Whether the reader may edit it, or why not.
    pub may_edit: Result<(), Denied>,
    /// Whether the reader may ask for something like it, or why not.
    pub may_start_from: Result<(), Denied>,
    /// Whether the reader may withdraw it, or why not.
    pub may_withdraw: Result<(), Denied>,
    /// Whether the reader may have it planned again, or why not.
    pub may_replan: Result<(), Denied>,
    /// Whether the reader may comment, or why not.
    pub may_comment: Result<(), Denied>,
}

impl Portal {
    /// One request.
    pub async fn request(&self, actor: &Actor, id: &RequestId) -> Result<RequestDetail> {
        let mut tx = self.storage.begin_read().await?;
        let mut request = seen_request(&mut *tx, actor, id).await?;
        let missing = |what: &str| ServiceError::corrupt(id, format!("its {what} is missing"));
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let stack = tx.lookup_stack(&request.stack).await?.ok_or_else(|| missing("stack"))?;
        let template = self.shelf.exactly(&mut *tx, &request.revision).await?.ok_or_else(|| missing("template"))?;
        let decisions = tx.list_decisions(id).await?;
        let comments = tx.list_comments(id).await?;
        let mut history = tx.list_audit(&about(id), 200).await?;
        let run = match &request.run {
            Some(run) => {
                // Beginning and end; every single call is on the page of the run.
                let of_run = tx.list_audit(&about(run), 1000).await?;
                history.extend(of_run.into_iter().filter(|event| event.entry.action.starts_with("run.")));
                tx.lookup_run(run).await?
            }
            None => None,
        };
        history.sort_by_key(|event| event.position);
        let decided = decisions.iter().any(|one| one.user == actor.user.id && one.seal == request.seal);
        let object = Object { team: Some(&request.team), requester: Some(&request.requester) };
        let environment = environment_of(&mut *tx, &request).await?;
        let rule = ApprovalRule::of(&environment);
        if UNDECIDED.contains(&request.status) {
            request.approvals_needed = rule.needed;
        }
        let decide = |states: &[RequestStatus]| {
            may_decide(actor, object, &environment)?;
            may_now(actor, Action::DecideRequest, &request, states)?;
            let reason = "You have decided about this plan already.".to_owned();
            if decided { Err(Denied { action: Action::DecideRequest, reason }) } else { Ok(()) }
        };
        let edits: BTreeMap<i64, Edited> = history
            .iter()
            .filter(|event| event.entry.action == "request.edited")
            .filter_map(|event| Some((event.position, serde_json::from_value(event.entry.detail.clone()).ok()?)))
            .collect();
        let waiting = [RequestStatus::NeedsApproval, RequestStatus::Stale];
        let ground = match request.status {
            RequestStatus::Stale => Some(self.ground_of(&mut *tx, &request).await?),
            _ => None,
        };
        let said_yes = |one: &Decision| one.seal == request.seal && one.verdict == Verdict::Approve;
        let approvers = if UNDECIDED.contains(&request.status) {
            approvers(&mut *tx, &request, &environment).await?
        } else {
            // What was decided stays as it was, whatever became of those who did.
            decisions.iter().filter(|one| said_yes(one)).map(|one| one.user.clone()).collect()
        };
        let standing = |one: &Decision| match one {
            one if one.seal != request.seal => Standing::EarlierPlan,
            one if said_yes(one) && !approvers.contains(&one.user) => Standing::MayNoLongerDecide,
            _ => Standing::Counts,
        };
        // AWS takes its time, and readers must not hold the database meanwhile.
        drop(tx);
        let moved = match &ground {
            Some(ground) => Some(self.moved(ground, &request).await),
            None => None,
        };
        let card = names.request(request.clone(), stack)?;
        Ok(RequestDetail {
            template: template.template,
            current: (request.wish != domain::plan::Wish::Create).then(|| card.stack.inputs.clone()),
            approved: u32::try_from(approvers.len()).unwrap_or(u32::MAX),
            decisions: decisions
                .into_iter()
                .map(|decision| SaidDecision {
                    name: names.user(&decision.user),
                    standing: standing(&decision),
                    decision,
                })
                .collect(),
            comments: comments
                .into_iter()
                .map(|comment| SaidComment { name: names.user(&comment.user), comment })
                .collect(),
            since: edited_since(&history, &edits, actor.user.id.as_str()),
            history,
            edits,
            run,
            moved,
            may_approve: decide(&waiting[..1]),
            may_reject: decide(UNDECIDED),
            may_ask_for_changes: decide(&waiting),
            may_edit: may_now(actor, Action::EditRequest, &request, UNDECIDED),
            may_start_from: may_request(actor),
            may_withdraw: may_now(actor, Action::WithdrawRequest, &request, UNDECIDED),
            may_replan: may_now(actor, Action::ReplanRequest, &request, &waiting),
            may_comment: may(actor, Action::CommentRequest, object),
            expires_at: request.expires_at(self.request_days),
            rule,
            card,
        })
    }
}

fn about(object: impl ToString) -> AuditFilter {
    AuditFilter { object: Some(object.to_string()), ..AuditFilter::default() }
}
