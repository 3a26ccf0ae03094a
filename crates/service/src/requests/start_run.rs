//! The step from a yes to a run: the same for a decision and for a plan that turned out as it was approved.

use std::collections::BTreeSet;

use domain::{
    ids::{RunId, UserId},
    people::Actor,
    request::{Request, RequestEvent, Verdict},
    run::{Run, RunStatus},
    stack::StackEvent,
};
use storage::Transaction;

use crate::{Portal, Result, ServiceError};

/// How many different people approved what the seal stands for now.
pub(super) async fn approvals(tx: &mut dyn Transaction, request: &Request) -> Result<u32> {
    let decisions = tx.list_decisions(&request.id).await?;
    let people: BTreeSet<UserId> = decisions
        .into_iter()
        .filter(|decision| decision.seal == request.seal && decision.verdict == Verdict::Approve)
        .map(|decision| decision.user)
        .collect();
    Ok(u32::try_from(people.len()).unwrap_or(u32::MAX))
}

impl Portal {
    /// Enqueues the run if enough people approved; the request is changed in memory and the caller writes it.
    pub(super) async fn start_if_approved(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        request: &mut Request,
    ) -> Result<Option<RunId>> {
        if approvals(tx, request).await? < request.approvals_needed {
            return Ok(None);
        }
        let now = self.now();
        let mut stack = tx.lookup_stack(&request.stack).await?;
        let stack = stack.as_mut().ok_or_else(|| ServiceError::corrupt(&request.id, "its stack is missing"))?;
        stack.status = stack.status.on(StackEvent::RunStarted).map_err(|_| {
            ServiceError::conflict(format!("{} is {} and cannot be changed now.", stack.name, stack.status))
        })?;
        stack.updated_at = now;
        tx.update_stack(stack).await?;
        let run = Run {
            id: RunId::generate(&*self.entropy),
            request: request.id.clone(),
            stack: request.stack.clone(),
            status: RunStatus::Queued,
            fence: 0,
            leased_by: None,
            leased_until: None,
            created_at: now,
            ended_at: None,
        };
        tx.add_run(&run).await?;
        request.status = request
            .status
            .on(RequestEvent::QuorumReached)
            .map_err(|not_now| ServiceError::conflict(format!("This cannot start now: {not_now}.")))?;
        request.run = Some(run.id.clone());
        let mut entry = self.entry(actor, "run.queued", &run.id, format!("queued the run for {}", stack.name));
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({"request": request.id, "seal": request.seal});
        tx.append_audit(&entry).await?;
        Ok(Some(run.id))
    }
}
