//! One step, forward or back: calls, patience, events. Decides nothing but when to try again.

use std::{
    collections::BTreeMap,
    mem,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::Duration,
};

use domain::{
    DateTime, Utc,
    audit::Entry,
    observation::{Lookup, Observed, Outputs},
    plan::{Act, Resource, Step, build::is_as_wanted},
    run::{Event, Failure, Phase, RunState, StepEvent, Wait},
    seal::SecretRef,
};
use futures::{
    FutureExt as _,
    future::{Either, select},
};
use metrics::{counter, histogram};
use serde_json::{Value as Json, json};
use storage::{Note, StorageError, Transaction};
use tokio::{sync::RwLockReadGuard, time::Instant};

use super::{Job, Looks, Runner, announce::announce, patience::Patience};
use crate::{
    cloud::{Answer, Call, Cloud, CloudError, Progress, Target},
    turn::Turn,
};

/// What the log shows of a refusal.
pub(super) fn failure_of(error: &CloudError) -> Failure {
    Failure {
        code: error.code.clone(),
        message: error.message.clone(),
        advice: error.advice.clone(),
        request_id: error.request_id.clone(),
    }
}

/// What people were told of a wait. Not each refusal: most waits are over before anybody looks.
struct Teller {
    begun: Instant,
    since: DateTime<Utc>,
    told: Option<(Instant, String)>,
}

/// A call that changes something. As data, so that it can be made again.
enum Mutation<'a> {
    Create(&'a Target, &'a Json),
    Update(&'a Target, &'a Json, &'a Json),
    Delete(&'a Target),
}

/// What came of a call that changed something.
struct Made<'a> {
    outputs: Outputs,
    /// Not in the audit history yet.
    calls: Vec<Call>,
    /// Held until they are.
    under_way: RwLockReadGuard<'a, ()>,
}

/// What is waited for.
enum Awaited<'a> {
    Ready(&'a Target, &'a Json),
    Gone(&'a Target),
}

/// What came of trying: the failure is final.
type Tried<T> = Result<T, Failure>;

/// Either the database failed, which ends the whole run here, or AWS did, which the log takes.
enum Trouble {
    Storage(StorageError),
    Failure(Failure),
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn ours(code: &str, message: impl Into<String>, advice: &str) -> Failure {
    Failure { code: code.to_owned(), message: message.into(), advice: advice.to_owned(), request_id: None }
}

fn measure<T>(step: &Step, verb: &'static str, result: &Result<T, Trouble>, taken: Duration) {
    let outcome = match result {
        Ok(_) => "done",
        Err(Trouble::Failure(_)) => "failed",
        // The database failed: the step goes on elsewhere.
        Err(Trouble::Storage(_)) => return,
    };
    let (kind, act) = (step.kind.def().label, step.act.as_str());
    histogram!("gantry_step_seconds", "kind" => kind, "act" => act, "verb" => verb).record(taken);
    counter!("gantry_steps_total", "kind" => kind, "act" => act, "verb" => verb, "outcome" => outcome).increment(1);
}

impl Runner {
    /// `announced` says that its beginning was written just now, with what another step has done.
    pub(super) async fn do_step(
        &self,
        job: &Job,
        state: &RunState,
        id: &str,
        announced: bool,
    ) -> Result<(), StorageError> {
        let Some(step) = job.request.plan.step(id) else { return Ok(()) };
        let started = Instant::now();
        let result = self.forward(job, state, step, announced).await;
        measure(step, "do", &result, started.elapsed());
        match result {
            Ok(()) => Ok(()),
            Err(Trouble::Storage(error)) => Err(error),
            Err(Trouble::Failure(failure)) => {
                tracing::warn!(run.id = %job.run.id, step.id = id, code = failure.code, why = failure.message, "step failed");
                self.append(job, step, vec![StepEvent::Failed { failure }], None, &[]).await
            }
        }
    }

    async fn forward(&self, job: &Job, state: &RunState, step: &Step, announced: bool) -> Result<(), Trouble> {
        let phase = state.steps.get(&step.id).map_or(Phase::Waiting, |s| s.phase);
        let fresh = announced || phase == Phase::Waiting;
        let known = state.steps.get(&step.id).map(|s| s.outputs.clone()).unwrap_or_default();
        if step.act == Act::Delete {
            return self.remove(job, step, phase, fresh).await;
        }
        let spec = match resolve(job, state, step) {
            Err(failure) if phase == Phase::Waiting => {
                // Only what has started can fail.
                self.append(job, step, vec![StepEvent::Started], None, &[]).await?;
                return Err(failure.into());
            }
            resolved => resolved?,
        };
        let record = |outputs: &Outputs| resource_of(step, &spec, outputs, true);
        if phase == Phase::Waiting {
            // A new object is on record before the call that makes it, so that nothing is ever lost. An update is
            // recorded when AWS has taken it.
            let row = (step.act != Act::Update).then(|| record(&known));
            self.append(job, step, vec![StepEvent::Started], row, &[]).await?;
        }
        if phase == Phase::Exists {
            let ready = self.wait_until_ready(job, step, &spec, &known).await?;
            let outputs = if ready.is_empty() { known } else { ready };
            let row = record(&outputs);
            return Ok(self.append(job, step, vec![StepEvent::Done { outputs }], Some(row), &[]).await?);
        }
        let before = step.before.clone().unwrap_or(Json::Null);
        let target = self.target(job, step, &spec, &step.outputs).await?;
        let mutation = match step.act {
            Act::Update => Mutation::Update(&target, &before, &spec),
            _ => Mutation::Create(&target, &spec),
        };
        let made = self.persist(job, step, &mutation, fresh).await??;
        let Made { outputs, calls, under_way } = made;
        let exists = StepEvent::Exists { outputs: outputs.clone() };
        let mut ready = pin!(self.wait_until_ready(job, step, &spec, &outputs));
        // Most things are ready as soon as they exist: then both are written at once.
        let ready = match futures::poll!(ready.as_mut()) {
            Poll::Ready(Ok(ready)) => {
                let outputs = if ready.is_empty() { outputs.clone() } else { ready };
                let row = record(&outputs);
                let events = vec![exists, StepEvent::Done { outputs }];
                return Ok(self.append(job, step, events, Some(row), &calls).await?);
            }
            Poll::Ready(Err(trouble)) => {
                self.append(job, step, vec![exists], Some(record(&outputs)), &calls).await?;
                return Err(trouble);
            }
            Poll::Pending => {
                let row = Some(record(&outputs));
                let written = pin!(async {
                    let written = self.append(job, step, vec![exists], row, &calls).await;
                    drop(under_way);
                    written
                });
                // The wait goes on meanwhile: it may be writing, and that must not be left standing.
                match select(written, ready).await {
                    Either::Left((written, ready)) => {
                        written?;
                        ready.await?
                    }
                    Either::Right((ready, written)) => {
                        written.await?;
                        ready?
                    }
                }
            }
        };
        let outputs = if ready.is_empty() { outputs.clone() } else { ready };
        let row = record(&outputs);
        self.append(job, step, vec![StepEvent::Done { outputs }], Some(row), &[]).await?;
        Ok(())
    }

    async fn wait_until_ready(
        &self,
        job: &Job,
        step: &Step,
        spec: &Json,
        outputs: &Outputs,
    ) -> Result<Outputs, Trouble> {
        let target = self.target(job, step, spec, outputs).await?;
        self.wait(job, step, &Awaited::Ready(&target, spec)).await
    }

    /// A delete step.
    async fn remove(&self, job: &Job, step: &Step, phase: Phase, fresh: bool) -> Result<(), Trouble> {
        if phase == Phase::Waiting {
            self.append(job, step, vec![StepEvent::Started], None, &[]).await?;
        }
        let rows = self.rows(job).await?;
        let row = rows.iter().find(|row| is_of(row, step)).cloned();
        let replaced = row.as_ref().is_some_and(|row| rows.iter().any(|other| other.took_the_place_of(row)));
        if !replaced {
            let spec = step.before.clone().unwrap_or(Json::Null);
            let target = plain_target(job, &self.installation, step, spec, step.outputs.clone());
            self.take_away(job, step, &target, fresh).await?;
        }
        let row = row.map(|row| Resource { live: false, ..row });
        self.append(job, step, vec![StepEvent::Done { outputs: Outputs::new() }], row, &[]).await?;
        Ok(())
    }

    pub(super) async fn undo_step(&self, job: &Job, state: &RunState, id: &str) -> Result<(), StorageError> {
        let Some(step) = job.request.plan.step(id) else { return Ok(()) };
        let fresh = state.steps.get(id).is_none_or(|s| s.phase != Phase::Undoing);
        if fresh {
            self.append(job, step, vec![StepEvent::UndoStarted], None, &[]).await?;
        }
        let started = Instant::now();
        let result = self.backward(job, step, fresh).await;
        measure(step, "undo", &result, started.elapsed());
        match result {
            Ok(row) => self.append(job, step, vec![StepEvent::Undone], row, &[]).await,
            Err(Trouble::Storage(error)) => Err(error),
            Err(Trouble::Failure(failure)) => {
                self.append(job, step, vec![StepEvent::UndoFailed { failure }], None, &[]).await
            }
        }
    }

    /// Brings the resource back to what it was before the run; returns its row as it is then.
    async fn backward(&self, job: &Job, step: &Step, fresh: bool) -> Result<Option<Resource>, Trouble> {
        let rows = self.rows(job).await?;
        let Some(row) = rows.into_iter().find(|row| is_of(row, step)) else { return Ok(None) };
        let target = plain_target(job, &self.installation, step, row.spec.clone(), row.outputs.clone());
        if step.act == Act::Update {
            let before = step.restored(&row.spec);
            let target = plain_target(job, &self.installation, step, before.clone(), row.outputs.clone());
            let mutation = Mutation::Update(&target, &row.spec, &before);
            let outputs = match self.persist(job, step, &mutation, fresh).await? {
                Ok(Made { outputs, calls, under_way }) => {
                    self.audit_calls(job, step, &calls).await?;
                    drop(under_way);
                    outputs
                }
                // A refusal does not say that nothing happened: what is as it was before is not left.
                Err(failure) => match self.seen(job, &target).await {
                    Some(Observed::Ours { fields, outputs })
                        if is_as_wanted(step.kind, &before, &row.spec, &fields) =>
                    {
                        tracing::info!(run.id = %job.run.id, step.id = step.id, code = failure.code, "refused, yet done");
                        outputs
                    }
                    _ => return Err(failure.into()),
                },
            };
            self.wait(job, step, &Awaited::Ready(&target, &before)).await?;
            return Ok(Some(taken_back(step, Resource { outputs, ..row })));
        }
        self.take_away(job, step, &target, fresh).await?;
        Ok(Some(taken_back(step, row)))
    }

    /// All that is on record of the stack.
    async fn rows(&self, job: &Job) -> Result<Vec<Resource>, StorageError> {
        self.storage.begin_read().await?.list_resources(&job.stack.id).await
    }

    async fn target(&self, job: &Job, step: &Step, spec: &Json, outputs: &Outputs) -> Tried<Target> {
        let mut target = plain_target(job, &self.installation, step, spec.clone(), outputs.clone());
        if let Some(secret) = spec.get("secret").filter(|secret| !secret.is_null()) {
            let reference: SecretRef = serde_json::from_value(secret.clone()).map_err(|_| {
                ours("bad-secret", "The reference to the secret cannot be read.", "Undo, and ask again.")
            })?;
            // Once AWS has the value the envelope is empty; only a call that writes it needs it.
            match self.secrets.reveal(&reference).await {
                Ok(None) if outputs.is_empty() => {
                    return Err(ours(
                        "secret-gone",
                        format!("The secret {} is no longer in its envelope.", reference.id),
                        "Undo, and type the secret again in a new request.",
                    ));
                }
                Ok(clear) => target.secret = clear,
                Err(error) => {
                    tracing::error!(secret.id = %reference.id, error = %error, "the envelope could not be read");
                    let what = format!("The database did not hand out the secret {}.", reference.id);
                    return Err(ours("secret-not-read", what, "Retry once the database answers."));
                }
            }
        }
        Ok(target)
    }

    /// Tries a mutating verb until it is through or patience ends. The fence is checked before every try; `fresh` says that
    /// it was just now, with the event that announced the first. Every call goes into the audit history: those of the try
    /// that succeeds are left to the caller. The outer error is the database's.
    async fn persist<'a>(
        &self,
        job: &'a Job,
        step: &Step,
        mutation: &Mutation<'_>,
        mut fresh: bool,
    ) -> Result<Tried<Made<'a>>, StorageError> {
        let mut patience = Patience::new(self, job);
        let mut teller = self.teller();
        loop {
            let under_way = job.calls.read().await;
            if !mem::take(&mut fresh) {
                self.extend(job).await?;
            }
            let error = match self.connect(job).await {
                Ok(cloud) => {
                    let Answer { result, calls } = mutate(&*cloud, mutation).await;
                    match result {
                        Ok(outputs) => return Ok(Ok(Made { outputs, calls, under_way })),
                        Err(error) => {
                            self.audit_calls(job, step, &calls).await?;
                            error
                        }
                    }
                }
                Err(error) => error,
            };
            drop(under_way);
            if !patience.bears(&error) {
                return Ok(Err(failure_of(&error)));
            }
            tracing::info!(run.id = %job.run.id, step.id = step.id, code = error.code, "refused for now; trying again");
            let why = format!("AWS refuses for now: {} ({})", error.message, error.code);
            self.tell(job, step, &mut teller, why, patience.budget(&error)).await?;
            patience.pause().await;
        }
    }

    /// Deletes it and waits until it is gone.
    async fn take_away(&self, job: &Job, step: &Step, target: &Target, fresh: bool) -> Result<(), Trouble> {
        match self.persist(job, step, &Mutation::Delete(target), fresh).await? {
            Ok(made) => self.audit_calls(job, step, &made.calls).await?,
            // The same: what is not there, or being deleted, is nobody's to clear away.
            Err(failure) => match self.seen(job, target).await {
                Some(Observed::Absent | Observed::Foreign { .. }) => {
                    tracing::info!(run.id = %job.run.id, step.id = step.id, code = failure.code, "refused, yet deleted");
                }
                _ => return Err(failure.into()),
            },
        }
        self.wait(job, step, &Awaited::Gone(target)).await?;
        Ok(())
    }

    /// One look at what stands there, for who was refused; none when that is refused, too.
    async fn seen(&self, job: &Job, target: &Target) -> Option<Observed> {
        let cloud = self.connect(job).await.ok()?;
        Turn::current().looking().during(cloud.observe(&target.lookup)).await.ok()
    }

    /// Looks until it is ready or gone.
    async fn wait(&self, job: &Job, step: &Step, awaited: &Awaited<'_>) -> Result<Outputs, Trouble> {
        let since = Instant::now();
        let mut teller = self.teller();
        let mut looks = Looks::new(&self.timing);
        let mut patience = Patience::new(self, job);
        loop {
            let asked = Instant::now();
            let result = match self.connect(job).await {
                Ok(cloud) => {
                    let look = async {
                        match awaited {
                            Awaited::Ready(target, spec) => cloud.ready(target, spec).await,
                            Awaited::Gone(target) => cloud.gone(target).await,
                        }
                    };
                    Turn::current().looking().during(look).await
                }
                Err(error) => Err(error),
            };
            let taken = asked.elapsed();
            match result {
                Ok(Progress::Done(outputs)) => return Ok(outputs),
                Ok(Progress::Failed { why }) => {
                    let advice = "Mend the cause, then retry; or undo what this run has done.";
                    return Err(ours("did-not-become-ready", why, advice).into());
                }
                Ok(Progress::Waiting { why }) if job.stopped.load(Ordering::Relaxed) => {
                    let advice = "Retry to go on waiting; or undo what this run has done.";
                    return Err(ours(Failure::STOPPED, why, advice).into());
                }
                Ok(Progress::Waiting { why }) if since.elapsed() >= self.timing.busy => {
                    let advice = "Look at the resource in AWS, then retry; or undo what this run has done.";
                    return Err(ours("took-too-long", why, advice).into());
                }
                Ok(Progress::Waiting { why }) => {
                    self.tell(job, step, &mut teller, why, self.timing.busy).await?;
                    patience = Patience::new(self, job);
                    tokio::time::sleep(looks.pause(taken)).await;
                }
                Err(error) if patience.bears(&error) => {
                    let why = format!("AWS does not say: {} ({})", error.message, error.code);
                    self.tell(job, step, &mut teller, why, patience.budget(&error)).await?;
                    patience.pause().await;
                }
                Err(error) => return Err(failure_of(&error).into()),
            }
        }
    }

    fn teller(&self) -> Teller {
        Teller { begun: Instant::now(), since: self.clock.now(), told: None }
    }

    /// Tells people what is waited for, once that has taken a while and when it is something else than before.
    async fn tell(
        &self,
        job: &Job,
        step: &Step,
        teller: &mut Teller,
        why: String,
        at_most: Duration,
    ) -> Result<(), StorageError> {
        let (last, is_new) = teller.told.as_ref().map_or((teller.begun, true), |(at, told)| (*at, *told != why));
        if !is_new || last.elapsed() < self.timing.tell {
            return Ok(());
        }
        teller.told = Some((Instant::now(), why.clone()));
        let wait = Wait { why, since: teller.since, at_most_seconds: at_most.as_secs() };
        self.append(job, step, vec![StepEvent::Waits { wait }], None, &[]).await
    }

    async fn connect(&self, job: &Job) -> Result<Arc<dyn Cloud>, CloudError> {
        self.clouds.connect(&job.environment).await
    }

    /// Writes events, the resource as it is now, what else belongs to them, and what begins with them, at once.
    pub(super) async fn append(
        &self,
        job: &Job,
        step: &Step,
        events: Vec<StepEvent>,
        resource: Option<Resource>,
        calls: &[Call],
    ) -> Result<(), StorageError> {
        let exists = events.iter().any(|event| matches!(event, StepEvent::Exists { .. }));
        let done = events.iter().any(|event| matches!(event, StepEvent::Done { .. }));
        let written = resource.as_ref().filter(|_| done).map(|resource| resource.spec["secret"].clone());
        let now = self.clock.now();
        let (begun, rows) = announce(job, step, &events, now);
        let events =
            events.into_iter().map(|event| Event::Step { step: step.id.clone(), event }).chain(begun).collect();
        let note = Note {
            resources: resource.into_iter().chain(rows).collect(),
            erased: written.and_then(|secret| serde_json::from_value(secret).ok()),
            lines: calls.iter().map(|call| self.call_entry(job, step, call)).collect(),
            ..job.note(now, events)
        };
        self.write(job, note).await?;
        // What is done, too, is told by the end of its task.
        if exists && !done {
            job.grown.notify_one();
        }
        Ok(())
    }

    async fn audit_calls(&self, job: &Job, step: &Step, calls: &[Call]) -> Result<(), StorageError> {
        if calls.is_empty() {
            return Ok(());
        }
        let lines: Arc<[Entry]> = calls.iter().map(|call| self.call_entry(job, step, call)).collect();
        self.journal.write(&self.storage, Box::new(move |tx| write_lines(tx, Arc::clone(&lines)).boxed())).await
    }

    fn call_entry(&self, job: &Job, step: &Step, call: &Call) -> Entry {
        let outcome = match call.error {
            None => "succeeded",
            Some(_) if call.unanswered => "had no answer, so nobody knows whether it took effect,",
            Some(_) => "was refused",
        };
        let mut entry = self.entry(
            job,
            "aws.call",
            format!("{}:{} {outcome} for {} ({})", call.service, call.operation, step.name, step.kind.def().label),
        );
        entry.detail = json!({
            "service": call.service,
            "operation": call.operation,
            "request_id": call.request_id,
            "error": call.error,
            "unanswered": call.unanswered,
            "step": step.id,
            "stack": job.stack.id,
        });
        entry
    }
}

async fn write_lines(tx: &mut (dyn Transaction + 'static), lines: Arc<[Entry]>) -> Result<(), StorageError> {
    for line in lines.iter() {
        tx.append_audit(line).await?;
    }
    Ok(())
}

async fn mutate(cloud: &dyn Cloud, mutation: &Mutation<'_>) -> Answer<Outputs> {
    match mutation {
        Mutation::Create(target, spec) => cloud.create(target, spec).await,
        Mutation::Update(target, before, after) => cloud.update(target, before, after).await,
        Mutation::Delete(target) => {
            let Answer { result, calls } = cloud.delete(target).await;
            Answer { result: result.map(|()| Outputs::new()), calls }
        }
    }
}

fn plain_target(job: &Job, installation: &str, step: &Step, spec: Json, outputs: Outputs) -> Target {
    Target {
        lookup: Lookup {
            kind: step.kind,
            name: step.name.clone(),
            spec,
            outputs,
            stack: job.stack.id.to_string(),
            resource: step.resource.clone(),
            installation: installation.to_owned(),
        },
        tags: step.tags.clone(),
        client_token: step.client_token.clone(),
        secret: None,
    }
}

/// Whether a row is that of what a step works on.
fn is_of(row: &Resource, step: &Step) -> bool {
    row.logical == step.resource && row.generation == step.generation
}

/// The row of a resource once what the step did to it was taken back.
pub fn taken_back(step: &Step, row: Resource) -> Resource {
    match step.act {
        // What was wanted before is not kept, and need not be: references of the new wish name every neighbour that lives
        // on, and an edge to something that is gone orders nothing.
        Act::Update => Resource { spec: step.restored(&row.spec), ..row },
        _ => Resource { live: false, ..row },
    }
}

pub(super) fn resource_of(step: &Step, spec: &Json, outputs: &Outputs, live: bool) -> Resource {
    Resource {
        logical: step.resource.clone(),
        kind: step.kind,
        generation: step.generation,
        name: step.name.clone(),
        wanted: step.after.clone().unwrap_or(domain::value::Value::Literal(Json::Null)),
        spec: spec.clone(),
        outputs: outputs.clone(),
        live,
    }
}

/// The spec with every reference replaced by the output that was recorded.
pub(super) fn resolve(job: &Job, state: &RunState, step: &Step) -> Tried<Json> {
    let made: BTreeMap<&str, &Outputs> = job
        .request
        .plan
        .steps
        .iter()
        .filter(|other| other.act != Act::Delete)
        .filter_map(|other| Some((other.resource.as_str(), &state.steps.get(&other.id)?.outputs)))
        .collect();
    let wanted =
        step.after.as_ref().ok_or_else(|| ours("no-spec", "The step wants nothing.", "Undo, and ask again."))?;
    wanted.resolve(&mut |reference| {
        made.get(reference.resource.as_str()).and_then(|outputs| outputs.get(&reference.output)).cloned().ok_or_else(
            || {
                ours(
                    "missing-output",
                    format!("{reference} is not known."),
                    "Retry; if it stays so, undo and ask again.",
                )
            },
        )
    })
}
