//! Executes runs: leases one, folds its log, keeps in hand what `decide` asks for, and settles it at its end.
//!
//! Every event is on disk before the call that it announces. Whoever holds the lease writes with a fencing token, so a
//! holder that woke up late cannot write; whoever takes over looks every started step up by identity, because all verbs
//! of the port are find-or-create.

mod announce;
mod begin;
mod journal;
mod leave;
mod looks;
mod patience;
mod settle;
mod step;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Clock, DateTime, Entropy, Utc,
    audit::Entry,
    environment::Environment,
    ids::{RunId, TeamId},
    people::Team,
    plan::build::Site,
    request::Request,
    run::{self, Event, LoggedEvent, Phase, Run, RunState, RunStatus, StepState, Verb, Work},
    seal::SecretRef,
    stack::Stack,
};
use futures::FutureExt as _;
use storage::{Note, Storage, StorageError, Transaction};
use tokio::{
    sync::{Notify, RwLock, Semaphore, watch},
    task::{AbortHandle, JoinSet},
    time::Instant,
};

use metrics::counter;
use tracing::Instrument as _;

use self::announce::Cares;
pub use self::{journal::Journal, looks::Looks, settle::settle, step::taken_back};
use crate::{
    cloud::{Clouds, Secret},
    turn::{Halt, Rank, Turn},
    wake::{Change, Changes, Wake},
};

/// Where the clear text of a secret comes from, once, for the call that writes it into AWS.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Opens the envelope; none when it is not there any more, or cannot be opened.
    async fn reveal(&self, secret: &SecretRef) -> Result<Option<Secret>, StorageError>;
}

/// How patient the runner is. The defaults suit real AWS; tests take [`Timing::fast`].
#[derive(Clone, Debug)]
pub struct Timing {
    /// How long a lease lasts; longer than the longest single call.
    pub lease: Duration,
    /// How often the database is asked for work when nobody wakes the runner.
    pub poll_for_work: Duration,
    /// First and longest pause between looks at something that AWS is still at.
    pub poll: (Duration, Duration),
    /// First and longest pause between tries of a refused call.
    pub backoff: (Duration, Duration),
    /// After how long people are told what is waited for, and how much later they are told again.
    pub tell: Duration,
    /// How long throttling, an unreachable AWS or lost replies are borne.
    pub unavailable: Duration,
    /// How long something new may stay invisible.
    pub propagating: Duration,
    /// How long something may be held by something else, and how long to become ready.
    pub busy: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            poll_for_work: Duration::from_secs(2),
            poll: (Duration::from_millis(500), Duration::from_secs(5)),
            backoff: (Duration::from_millis(500), Duration::from_secs(10)),
            tell: Duration::from_secs(10),
            unavailable: Duration::from_secs(180),
            propagating: Duration::from_secs(120),
            busy: Duration::from_secs(20 * 60),
        }
    }
}

impl Timing {
    /// For an AWS on the same machine.
    pub fn fast() -> Self {
        Self {
            lease: Duration::from_secs(20),
            poll_for_work: Duration::from_millis(200),
            poll: (Duration::from_millis(20), Duration::from_millis(250)),
            backoff: (Duration::from_millis(5), Duration::from_millis(100)),
            tell: Duration::from_secs(10),
            unavailable: Duration::from_secs(2),
            propagating: Duration::from_secs(2),
            busy: Duration::from_secs(60),
        }
    }
}

/// Everything the runner needs.
#[derive(Clone)]
pub struct Runner {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// AWS.
    pub clouds: Arc<dyn Clouds>,
    /// Envelopes.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Wakes it.
    pub wake: Arc<Wake>,
    /// Tells pages.
    pub changes: Arc<Changes>,
    /// Writes what runs say.
    pub journal: Arc<Journal>,
    /// The id of this installation.
    pub installation: String,
    /// The name of this process, unique among those on one database.
    pub holder: String,
    /// Patience.
    pub timing: Timing,
    /// How many runs at once.
    pub at_once: usize,
}

/// Why a run was left before its end; the next holder goes on.
#[derive(Debug, thiserror::Error)]
enum Left {
    #[error("the database failed")]
    Storage(#[from] StorageError),
    #[error("the log or the plan cannot be read: {0}")]
    Unreadable(String),
    #[error("the process is ending")]
    Ending,
}

/// A run with everything around it, read once.
pub(crate) struct Job {
    pub(crate) run: Run,
    pub(crate) request: Request,
    pub(crate) stack: Stack,
    pub(crate) team: Team,
    pub(crate) environment: Environment,
    /// A person stopped the run: nothing is waited for any more.
    stopped: AtomicBool,
    /// Told when something exists: what needs no more than that can begin, while it is still waited for itself.
    grown: Notify,
    /// Told when the run is stopped or handed over: no call waits for its turn any more.
    halt: Arc<Halt>,
    /// Read by every call that changes something, from before it is made until it is in the history.
    calls: RwLock<()>,
    /// What this runner has written into the log and not applied yet, by its place.
    said: Mutex<BTreeMap<u64, LoggedEvent>>,
    /// Where the run stood when its log was looked at last.
    seen: Mutex<RunState>,
    /// Who sees to which step.
    cares: Cares,
}

impl Job {
    fn site<'a>(&'a self, installation: &'a str) -> Site<'a> {
        Site {
            installation,
            environment: &self.environment,
            stack: &self.stack.id,
            stack_name: &self.stack.name,
            team: &self.team.name,
        }
    }

    /// The place of a step's calls among those of all runs.
    fn turn(&self, left: u32) -> Turn {
        let since = self.run.created_at.timestamp_micros();
        Turn::new(Rank::Step { since, left: Reverse(left) }, Arc::clone(&self.halt))
    }

    /// What a run says at a moment; the rest of it is for its writer to name.
    fn note(&self, now: DateTime<Utc>, events: Vec<Event>) -> Note {
        Note {
            run: self.run.id.clone(),
            fence: self.run.fence,
            stack: self.stack.id.clone(),
            at: now,
            until: None,
            events,
            status: None,
            resources: vec![],
            erased: None,
            lines: vec![],
        }
    }

    fn said(&self) -> MutexGuard<'_, BTreeMap<u64, LoggedEvent>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, RunState> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> Change {
        Change {
            request: Some(self.request.id.clone()),
            run: Some(self.run.id.clone()),
            stack: Some(self.stack.id.clone()),
        }
    }
}

/// The end of a run at its runner.
struct End {
    job: Arc<Job>,
    /// With every event that was taken into account.
    state: RunState,
    status: RunStatus,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
    /// Told whether there was no other.
    settled: Arc<AtomicBool>,
}

impl End {
    async fn write(self: Arc<Self>, tx: &mut (dyn Transaction + 'static)) -> Result<(), StorageError> {
        let run = &self.job.run;
        let is_last = tx.last_event_position(&run.id).await? == self.state.position;
        self.settled.store(is_last, Ordering::Relaxed);
        if !is_last {
            return tx.extend_lease(&run.id, run.fence, self.until).await;
        }
        // First: whoever has lost it writes nothing.
        tx.release_lease(&run.id, run.fence).await?;
        settle(tx, run, &self.state, self.status, self.at).await
    }
}

impl Runner {
    /// Works until `shutdown` turns true, then hands its runs over and returns.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.at_once));
        let mut jobs = JoinSet::new();
        while !*shutdown.borrow() {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let more = std::iter::from_fn(|| Arc::clone(&places).try_acquire_owned().ok());
            let free: Vec<_> = std::iter::once(place).chain(more).collect();
            match self.lease(free.len()).await {
                Ok(runs) if !runs.is_empty() => {
                    for (run, place) in runs.into_iter().zip(free) {
                        let (runner, shutdown) = (self.clone(), shutdown.clone());
                        jobs.spawn(async move {
                            runner.work_on(run, shutdown).await;
                            drop(place);
                        });
                    }
                }
                other => {
                    drop(free);
                    if let Err(error) = other {
                        tracing::error!(error = %Chain(&error), "looking for runs failed; trying again");
                    }
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(self.timing.poll_for_work) => {}
                        _ = shutdown.changed() => {}
                    }
                }
            }
            while jobs.try_join_next().is_some() {}
        }
        while jobs.join_next().await.is_some() {}
    }

    /// The oldest runs that nobody works on.
    async fn lease(&self, most: usize) -> Result<Vec<Run>, StorageError> {
        let now = self.clock.now();
        let mut tx = self.storage.begin().await?;
        let runs = tx.lease_runs(&self.holder, now, now + self.timing.lease, most).await?;
        tx.commit().await?;
        Ok(runs)
    }

    /// Works on one leased run until it needs a person, ends, or is lost.
    pub async fn work_on(&self, run: Run, mut shutdown: watch::Receiver<bool>) {
        let (id, fence) = (run.id.clone(), run.fence);
        tracing::info!(run.id = %id, stack.id = %run.stack, run.fence = fence, "run leased");
        let span = tracing::info_span!("run", run.id = %id, run.request = %run.request, stack.id = %run.stack);
        match self.execute(run, shutdown.clone()).instrument(span).await {
            Ok(status) => {
                counter!("gantry_runs_total", "status" => status.as_str()).increment(1);
                tracing::info!(run.id = %id, run.status = %status, "run left its runner");
                // Its lease was given back with its settling.
                return;
            }
            Err(Left::Ending) => tracing::info!(run.id = %id, "run handed over"),
            Err(Left::Storage(StorageError::Fenced { .. })) => {
                tracing::warn!(run.id = %id, "the lease was lost; someone else goes on");
                return;
            }
            Err(Left::Unreadable(why)) => self.park(&id, fence, &why).await,
            Err(Left::Storage(error @ StorageError::Corrupt { .. })) => self.park(&id, fence, &error.to_string()).await,
            Err(Left::Storage(error)) => {
                tracing::error!(run.id = %id, error = %Chain(&error), "run left after a failure");
                // Whoever has it next, perhaps this process, is likely to meet the same.
                tokio::select! {
                    () = tokio::time::sleep(self.timing.backoff.1) => {}
                    _ = shutdown.changed() => {}
                }
            }
        }
        if let Err(error) = self.release(&id, fence).await {
            tracing::warn!(run.id = %id, error = %Chain(&error), "the lease was not released and will run out");
        }
    }

    async fn load(&self, run: Run) -> Result<Job, Left> {
        let mut tx = self.storage.begin_read().await?;
        let missing = |what: &str| Left::Unreadable(format!("its {what} is missing"));
        let request = tx.lookup_request(&run.request).await?.ok_or_else(|| missing("request"))?;
        let stack = tx.lookup_stack(&run.stack).await?.ok_or_else(|| missing("stack"))?;
        let team = tx.lookup_team(&stack.team).await?.ok_or_else(|| missing("team"))?;
        let environment = tx.lookup_environment(&stack.environment).await?.ok_or_else(|| missing("environment"))?;
        Ok(Job {
            seen: Mutex::new(RunState::new(&request.plan)),
            run,
            request,
            stack,
            team,
            environment,
            stopped: AtomicBool::new(false),
            grown: Notify::new(),
            halt: Arc::default(),
            calls: RwLock::new(()),
            said: Mutex::default(),
            cares: Cares::default(),
        })
    }

    async fn execute(&self, run: Run, shutdown: watch::Receiver<bool>) -> Result<RunStatus, Left> {
        let job = Arc::new(self.load(run).await?);
        self.extend(&job).await?;
        let mut tasks = JoinSet::new();
        let result = self.follow(&job, &mut tasks, shutdown).await;
        if result.is_err() {
            // Calls that are on their way come back and are written down before anybody else goes on; no other begins.
            job.halt.halt();
            if tokio::time::timeout(self.timing.lease / 2, job.calls.write()).await.is_err() {
                tracing::warn!("a call to AWS did not come back before the run was left");
            }
        }
        result
    }

    async fn follow(
        &self,
        job: &Arc<Job>,
        tasks: &mut JoinSet<Result<(), StorageError>>,
        mut shutdown: watch::Receiver<bool>,
    ) -> Result<RunStatus, Left> {
        let mut state = RunState::new(&job.request.plan);
        let left = job.request.plan.left();
        let last = self.catch_up(job, &mut state).await?;
        self.note_taken_up(job, &state, last).await?;
        let forward = |work: &Work| work.verb == Verb::Do;
        if !state.begun && run::decide(&job.request.plan, &state).work.iter().any(forward) {
            self.hold_while_it_begins(job, &mut state, &mut shutdown).await?;
            self.catch_up(job, &mut state).await?;
        }
        let mut in_hand = InHand::new();
        let pause = self.timing.lease / 4;
        let mut lease = tokio::time::interval_at(Instant::now() + pause, pause);
        // Listens on while the log is read: who writes in that moment is heard, too.
        let mut woken = Box::pin(self.wake.notified());
        loop {
            job.seen().clone_from(&state);
            job.cares.forget(&state, &in_hand.values().map(|(work, _)| work.step.as_str()).collect());
            let decision = run::decide(&job.request.plan, &state);
            if decision.work.is_empty() && tasks.is_empty() {
                if self.settled(job, &state, decision.status).await? {
                    return Ok(decision.status);
                }
                self.catch_up(job, &mut state).await?;
                continue;
            }
            for work in decision.work {
                // An undo waits until the step's own task has ended.
                if in_hand.values().any(|(other, _)| other.step == work.step) {
                    continue;
                }
                let announced = match work.verb {
                    Verb::Do => job.cares.take(&work.step, &state),
                    Verb::Undo => Some(false),
                };
                let Some(announced) = announced else { continue };
                let (runner, job, state, step) = (self.clone(), Arc::clone(job), state.clone(), work.step.clone());
                let verb = match work.verb {
                    Verb::Do => "do",
                    Verb::Undo => "undo",
                };
                // The innermost span names all of them, for logs that show no other.
                let span = tracing::info_span!(
                    "step",
                    run.id = %job.run.id,
                    run.request = %job.run.request,
                    stack.id = %job.run.stack,
                    step.id = step,
                    step.kind = job.request.plan.step(&step).map(|step| step.kind.def().label),
                    step.verb = verb,
                );
                let turn = job.turn(left.get(step.as_str()).copied().unwrap_or_default());
                let task = async move {
                    turn.during(async {
                        match work.verb {
                            Verb::Do => runner.do_step(&job, &state, &step, announced).await,
                            Verb::Undo => runner.undo_step(&job, &state, &step).await,
                        }
                    })
                    .await
                };
                let task = tasks.spawn(task.instrument(span));
                in_hand.insert(task.id(), (work, task));
            }
            // Whether somebody else may have written into the log, or a step of this run whose answer is lost.
            let look = tokio::select! {
                Some(ended) = tasks.join_next_with_id() => match ended {
                    Ok((id, result)) => { leave(job, &mut in_hand, id); result?; false }
                    Err(error) if error.is_cancelled() => { leave(job, &mut in_hand, error.id()); true }
                    Err(error) => {
                        // A step that panics is a defect; the run is parked instead of tried again and again.
                        return Err(Left::Unreadable(format!("a step ended unexpectedly: {error}")));
                    }
                },
                () = job.grown.notified() => false,
                () = &mut woken => {
                    woken.set(self.wake.notified());
                    true
                }
                _ = lease.tick() => { self.extend(job).await?; true }
                _ = shutdown.changed() => return Err(Left::Ending),
            };
            if look || !self.hear(job, &mut state)? {
                self.catch_up(job, &mut state).await?;
            }
            if state.aborted {
                job.stopped.store(true, Ordering::Relaxed);
                job.halt.halt();
                // Nothing is on its way to AWS for what exists already: it is only waited for.
                let exists = |step: &StepState| step.phase == Phase::Exists;
                let waits = |work: &Work| work.verb == Verb::Do && state.steps.get(&work.step).is_some_and(exists);
                in_hand.values().filter(|(work, _)| waits(work)).for_each(|(_, task)| task.abort());
            }
        }
    }

    /// Settles the run and gives its lease back, unless a person has chosen something meanwhile.
    async fn settled(&self, job: &Arc<Job>, state: &RunState, status: RunStatus) -> Result<bool, StorageError> {
        let settled = Arc::new(AtomicBool::new(false));
        let end = Arc::new(End {
            job: Arc::clone(job),
            state: state.clone(),
            status,
            at: self.clock.now(),
            until: self.clock.now() + self.timing.lease,
            settled: Arc::clone(&settled),
        });
        self.journal.write(&self.storage, Box::new(move |tx| Arc::clone(&end).write(tx).boxed())).await?;
        let settled = settled.load(Ordering::Relaxed);
        if settled {
            self.changes.publish(job.change());
        }
        Ok(settled)
    }

    /// A process that dies between a call and its line leaves the call out of the history. Nobody can add it later, since
    /// nobody knows whether it was made; that it may be missing can be told.
    async fn note_taken_up(&self, job: &Job, state: &RunState, last: Option<Event>) -> Result<(), StorageError> {
        if last.is_none_or(|event| matches!(event, Event::Chosen { .. })) {
            // It is new, or a person has sent it on.
            return Ok(());
        }
        counter!("gantry_lease_takeovers_total").increment(1);
        let under_way = |(_, step): &(&String, &StepState)| matches!(step.phase, Phase::Started | Phase::Undoing);
        let steps: Vec<&str> = state.steps.iter().filter(under_way).map(|(id, _)| id.as_str()).collect();
        if steps.is_empty() {
            tracing::info!(run.id = %job.run.id, "took up a run");
            return Ok(());
        }
        tracing::warn!(run.id = %job.run.id, steps = steps.join(", "), "took up a run with steps under way");
        let summary = format!(
            "took up the run with {} under way: a call that was made for it just before may not be in this history",
            steps.join(", ")
        );
        let mut entry = self.entry(job, "run.taken_up", summary);
        entry.detail = serde_json::json!({"steps": steps, "stack": job.stack.id});
        let now = self.clock.now();
        let mut tx = self.storage.begin().await?;
        tx.extend_lease(&job.run.id, job.run.fence, now + self.timing.lease).await?;
        tx.append_audit(&entry).await?;
        tx.commit().await
    }

    /// Holds the lease longer.
    async fn extend(&self, job: &Job) -> Result<(), StorageError> {
        let (asked, now) = (Instant::now(), self.clock.now());
        let note = Note { until: Some(now + self.timing.lease), ..job.note(now, vec![]) };
        self.journal.note(&self.storage, note).await?;
        job.halt.hold(asked, self.timing.lease);
        Ok(())
    }

    /// Applies what was appended since, by this runner's steps and by people; the last of it.
    async fn catch_up(&self, job: &Job, state: &mut RunState) -> Result<Option<Event>, Left> {
        let mut tx = self.storage.begin_read().await?;
        let mut last = None;
        for event in tx.list_events(&job.run.id, state.position).await? {
            state.apply(&event).map_err(|bad| Left::Unreadable(bad.to_string()))?;
            last = Some(event.event);
        }
        Ok(last)
    }

    /// Applies what this runner has written itself, without asking the database; whether that is all there is before it.
    fn hear(&self, job: &Job, state: &mut RunState) -> Result<bool, Left> {
        let mut said = job.said();
        said.retain(|place, _| *place > state.position);
        while let Some(event) = said.remove(&(state.position + 1)) {
            state.apply(&event).map_err(|bad| Left::Unreadable(bad.to_string()))?;
        }
        Ok(said.is_empty())
    }

    /// Writes a note, and keeps at hand what it appended.
    async fn write(&self, job: &Job, note: Note) -> Result<(), StorageError> {
        let (at, events) = (note.at, note.events.clone());
        let end = self.journal.note(&self.storage, note).await?;
        let places = (1..=end).rev().zip(events.into_iter().rev());
        job.said().extend(places.map(|(position, event)| (position, LoggedEvent { position, at, event })));
        self.changes.publish(job.change());
        Ok(())
    }

    fn entry(&self, job: &Job, action: &str, summary: String) -> Entry {
        self.line(action, &job.run.id, Some(&job.team.id), summary)
    }

    /// A line of history by Gantry itself.
    fn line(&self, action: &str, run: &RunId, team: Option<&TeamId>, summary: String) -> Entry {
        Entry {
            at: self.clock.now(),
            actor: "gantry".to_owned(),
            actor_name: "Gantry".to_owned(),
            address: None,
            action: action.to_owned(),
            object: run.to_string(),
            team: team.map(ToString::to_string),
            summary,
            detail: serde_json::Value::Null,
        }
    }
}

/// The steps that have a task.
type InHand = HashMap<tokio::task::Id, (Work, AbortHandle)>;

fn leave(job: &Job, in_hand: &mut InHand, ended: tokio::task::Id) {
    if let Some((work, _)) = in_hand.remove(&ended) {
        job.cares.leave(&work.step);
    }
}

/// An error with everything behind it, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
