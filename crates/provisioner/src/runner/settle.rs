//! The bookkeeping when a run leaves its runner: run, request, stack, reservations and audit in one transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    audit::Entry,
    ids::{RunId, StackId},
    observation::Outputs,
    plan::{Act, Plan, Wish},
    request::RequestEvent,
    run::{Run, RunState, RunStatus},
    seal::SecretRef,
    stack::{StackEvent, StackStatus},
};
use storage::{StorageError, Transaction};

use crate::holdings::keep_what_is_held;

/// Brings run, request and stack to what `status` means, which follows from `state`. For a status that waits for a person
/// only the run changes.
pub async fn settle(
    tx: &mut dyn Transaction,
    run: &Run,
    state: &RunState,
    status: RunStatus,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let missing =
        |what: &str| StorageError::Corrupt { what: format!("{what} of {}", run.id), why: "it is missing".to_owned() };
    tx.set_run_status(&run.id, status, status.is_final().then_some(now)).await?;
    let mut request = tx.lookup_request(&run.request).await?.ok_or_else(|| missing("request"))?;
    let mut stack = tx.lookup_stack(&run.stack).await?.ok_or_else(|| missing("stack"))?;
    let (request_event, stack_event) = match (status, request.wish) {
        (RunStatus::Succeeded, Wish::Destroy) => (RequestEvent::RunSucceeded, StackEvent::Destroyed),
        (RunStatus::Succeeded, _) => (RequestEvent::RunSucceeded, StackEvent::RunSucceeded),
        (RunStatus::Undone, Wish::Create) => (RequestEvent::RunUndone, StackEvent::CreateUndone),
        (RunStatus::Undone, _) if was_broken(tx, &run.stack).await? => {
            (RequestEvent::RunUndone, StackEvent::RepairUndone)
        }
        (RunStatus::Undone, _) => (RequestEvent::RunUndone, StackEvent::ChangeUndone),
        (RunStatus::Kept, _) => (RequestEvent::RunKept, StackEvent::RunKept),
        (RunStatus::Stale, Wish::Create) => (RequestEvent::FoundStale, StackEvent::FirstRunStale),
        (RunStatus::Stale, _) if was_broken(tx, &run.stack).await? => {
            (RequestEvent::FoundStale, StackEvent::RepairStale)
        }
        (RunStatus::Stale, _) => (RequestEvent::FoundStale, StackEvent::ChangeStale),
        _ => {
            let summary = match status {
                RunStatus::NeedsChoice => "stopped and waits for a choice",
                RunStatus::NeedsAttention => "has not undone everything and needs attention",
                _ => return Ok(()),
            };
            return audit(tx, "run.waiting", &run.id, &request.team.to_string(), &stack.name, summary, now).await;
        }
    };
    let impossible = |why: String| StorageError::Corrupt { what: format!("run {}", run.id), why };
    request.status = request.status.on(request_event).map_err(|error| impossible(error.to_string()))?;
    request.updated_at = now;
    stack.status = stack.status.on(stack_event).map_err(|error| impossible(error.to_string()))?;
    stack.updated_at = now;
    if status == RunStatus::Succeeded {
        stack.revision.clone_from(&request.revision);
        stack.inputs = request.inputs.clone();
        stack.monthly_micros = request.cost.monthly_micros;
        let made: BTreeMap<&str, &Outputs> = request
            .plan
            .steps
            .iter()
            .filter(|step| step.act != Act::Delete)
            .filter_map(|step| Some((step.resource.as_str(), &state.steps.get(&step.id)?.outputs)))
            .collect();
        stack.outputs = request
            .plan
            .outputs
            .iter()
            .filter_map(|(name, value)| {
                let resolved = value.resolve(&mut |reference| {
                    made.get(reference.resource.as_str()).and_then(|o| o.get(&reference.output)).cloned().ok_or(())
                });
                Some((name.clone(), resolved.ok()?.as_str()?.to_owned()))
            })
            .collect();
    }
    if stack.status == StackStatus::Gone {
        stack.monthly_micros = 0;
    }
    match status {
        RunStatus::Succeeded => keep_what_is_held(tx, &stack.id).await?,
        RunStatus::Undone => {
            keep_what_is_held(tx, &stack.id).await?;
            erase_secrets(tx, &request.plan).await?;
        }
        // What was left half made may hold more than its rows say, and a stale plan is planned again.
        _ => {}
    }
    tx.update_request(&request).await?;
    tx.update_stack(&stack).await?;
    let summary = match status {
        RunStatus::Succeeded if request.wish == Wish::Destroy => "destroyed everything",
        RunStatus::Succeeded => "finished the run",
        RunStatus::Undone => "undid what the run had done",
        RunStatus::Kept => "left the run as it is",
        _ => "found the plan stale and started nothing",
    };
    audit(tx, &format!("run.{status}"), &run.id, &request.team.to_string(), &stack.name, summary, now).await
}

/// Whether the stack needed attention before this run: the last run that changed it was left as it was.
async fn was_broken(tx: &mut dyn Transaction, stack: &StackId) -> Result<bool, StorageError> {
    let ended = tx.list_runs(stack).await?.into_iter().map(|run| run.status);
    let mut changed = ended.filter(|status| matches!(status, RunStatus::Succeeded | RunStatus::Kept));
    Ok(changed.next() == Some(RunStatus::Kept))
}

/// Empties the envelopes of what will not be made.
async fn erase_secrets(tx: &mut dyn Transaction, plan: &Plan) -> Result<(), StorageError> {
    for wanted in plan.steps.iter().filter_map(|step| step.after.as_ref()) {
        if let Ok(secret) = serde_json::from_value::<SecretRef>(wanted.preview()["secret"].clone()) {
            tx.erase_secret(&secret.id, secret.version).await?;
        }
    }
    Ok(())
}

async fn audit(
    tx: &mut dyn Transaction,
    action: &str,
    run: &RunId,
    team: &str,
    stack: &str,
    summary: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let entry = Entry {
        at: now,
        actor: "gantry".to_owned(),
        actor_name: "Gantry".to_owned(),
        address: None,
        action: action.to_owned(),
        object: run.to_string(),
        team: Some(team.to_owned()),
        summary: format!("{summary} for {stack}"),
        detail: serde_json::Value::Null,
    };
    tx.append_audit(&entry).await?;
    Ok(())
}
