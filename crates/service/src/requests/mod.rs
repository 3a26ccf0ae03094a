//! Asking, looking, deciding.
//!
//! [`Draft`] is what was typed. `prepare` turns it into a plan by reads only; `submit` and `edit` write down what came of
//! it.

mod amend_request;
mod comment_request;
mod decide_request;
mod discard_draft;
mod draft;
mod edit_request;
mod edited;
mod expire_requests;
mod list_drafts;
mod list_summaries;
mod prepare;
mod preview_request;
mod priorities;
#[cfg(test)]
mod races;
mod replan_request;
mod reservations;
mod save_draft;
mod show_form;
mod show_inbox;
mod show_request;
mod start_from_request;
mod start_run;
mod submit_change;
mod submit_destroy;
mod submit_request;
mod sweep_drafts;
mod sweep_secrets;
mod validate_inputs;
mod withdraw_request;

use domain::{
    Problem,
    authz::{Action, Denied, Object, may},
    environment::Environment,
    ids::RequestId,
    people::{Actor, Team},
    request::{Request, RequestStatus, title},
    stack::Stack,
};
use storage::{Page, RequestFilter, Transaction};

pub use self::{
    amend_request::Amendment,
    decide_request::Decided,
    draft::{ClearSecrets, Draft},
    edited::{Edited, EditedSince, PlanDifference, Seen, Wanted},
    list_drafts::DraftCard,
    list_summaries::SummaryList,
    preview_request::Preview,
    replan_request::{Difference, Moved, Replanned, Turn},
    save_draft::KeptSecrets,
    show_form::{Choices, Form},
    show_inbox::Waiting,
    show_request::{RequestDetail, SaidComment, SaidDecision, Standing},
    submit_change::Changes,
    validate_inputs::ValidInputs,
};
pub(crate) use self::{draft::changeable, show_inbox::count_waiting, submit_destroy::unused};
use crate::{Result, ServiceError, sees};

/// A request with what its ids stand for.
#[derive(Clone, Debug)]
pub struct RequestCard {
    /// The request.
    pub request: Request,
    /// What it is about.
    pub stack: Stack,
    /// Who owns that.
    pub team: Team,
    /// Where it lives.
    pub environment: Environment,
    /// `Web service`.
    pub template_title: String,
    /// Who asked.
    pub requester_name: String,
}

impl RequestCard {
    /// `Create orders in production`.
    pub fn title(&self) -> String {
        title(self.request.wish, &self.stack.name, &self.environment.name)
    }
}

/// States in which a request still wants something.
pub const OPEN: &[RequestStatus] =
    &[RequestStatus::NeedsApproval, RequestStatus::ChangesWanted, RequestStatus::Stale, RequestStatus::Running];
/// Whoever gives a reason, for whatever, gives it in so many characters.
const LONGEST_REASON: usize = 2000;

/// What is wrong with a reason.
pub(crate) fn reason_problem(reason: &str) -> Option<Problem> {
    let is_long = reason.trim().chars().count() > LONGEST_REASON;
    is_long.then(|| Problem::new("too-long", "reason", "Please say it in 2,000 characters or fewer."))
}

/// The same, as a refusal.
pub(crate) fn refuse_long_reason(reason: &str) -> Result<()> {
    reason_problem(reason).map_or(Ok(()), |problem| Err(ServiceError::Invalid(vec![problem])))
}

/// The request, for someone who may see it.
pub(crate) async fn seen_request(tx: &mut dyn Transaction, actor: &Actor, id: &RequestId) -> Result<Request> {
    let request = tx.lookup_request(id).await?.ok_or(ServiceError::NotFound { what: "request" })?;
    sees(actor, Action::ReadRequest, &request.team, "request")?;
    Ok(request)
}

/// Where it is to happen.
async fn environment_of(tx: &mut dyn Transaction, request: &Request) -> Result<Environment> {
    let environment = tx.lookup_environment(&request.environment).await?;
    environment.ok_or_else(|| ServiceError::corrupt(&request.id, "its environment is missing"))
}

/// Whether the table allows it and the state does: `states` says in which it makes sense.
fn may_now(
    actor: &Actor,
    action: Action,
    request: &Request,
    states: &[RequestStatus],
) -> std::result::Result<(), Denied> {
    may(actor, action, Object { team: Some(&request.team), requester: Some(&request.requester) })?;
    if states.contains(&request.status) {
        return Ok(());
    }
    let reason = match request.status {
        RequestStatus::NeedsApproval => "This request waits for a decision.",
        RequestStatus::ChangesWanted => "Changes were asked for; the requester has to edit it first.",
        RequestStatus::Stale => "Something changed since this was planned; it has to be planned again first.",
        RequestStatus::Running => "This request is being carried out already.",
        RequestStatus::Succeeded => "This request was carried out already.",
        RequestStatus::Failed => "This request ended with a failure that was left as it is.",
        RequestStatus::Undone => "What this request did was undone.",
        RequestStatus::Rejected => "This request was rejected.",
        RequestStatus::Withdrawn => "This request was withdrawn.",
        RequestStatus::Expired => "Nobody decided about this request in time.",
    };
    Err(Denied { action, reason: reason.to_owned() })
}

/// The table's no is a refusal; the state's no is a conflict, because it may be different a moment later.
fn refuse_now(actor: &Actor, action: Action, request: &Request, states: &[RequestStatus]) -> Result<()> {
    may(actor, action, Object { team: Some(&request.team), requester: Some(&request.requester) })?;
    may_now(actor, action, request, states)
        .map_err(|denied| ServiceError::Conflict { message: denied.reason, see: Some(request.id.clone()) })
}

/// The one request of a stack that still wants something.
pub(crate) async fn open_request(tx: &mut dyn Transaction, stack: &Stack) -> Result<Option<Request>> {
    let filter = RequestFilter { stack: Some(stack.id.clone()), statuses: OPEN.to_vec(), ..RequestFilter::default() };
    Ok(tx.list_requests(&filter, &Page { after: None, limit: 1 }).await?.pop())
}

fn in_the_way(stack: &Stack, open: Request) -> ServiceError {
    let message = match open.status {
        RequestStatus::Running => {
            format!(
                "{} is being changed by {}. Wait until that is done, or choose what becomes of it.",
                stack.name, open.id
            )
        }
        _ => format!("{} has another open request, {}. Decide or withdraw that one first.", stack.name, open.id),
    };
    ServiceError::Conflict { message, see: Some(open.id) }
}
