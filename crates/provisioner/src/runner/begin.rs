//! Before the first step: whether what was approved is still what has to be done.

use domain::{
    plan::{Act, Plan},
    request::Request,
    run::{Event, RunState, RunStatus, StepEvent},
    seal::seal,
};
use storage::Note;
use tokio::{sync::watch, time};

use super::{Job, Left, Runner, patience::Patience, step};
use crate::planning::{self, PlanError};

impl Runner {
    /// To look at everything once more can take longer than a lease lasts, when AWS stays away. A person can end it, and so
    /// can the process.
    pub(super) async fn hold_while_it_begins(
        &self,
        job: &Job,
        state: &mut RunState,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Result<(), Left> {
        let begin = job.turn(u32::MAX).during(self.begin(job));
        let hold = async {
            loop {
                time::sleep(self.timing.lease / 4).await;
                if let Err(lost) = self.extend(job).await {
                    return lost;
                }
            }
        };
        let aborted = async {
            while !state.aborted {
                // Word of it may be lost on the way from another process.
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = time::sleep(self.timing.lease / 4) => {}
                }
                self.catch_up(job, state).await?;
            }
            Ok(())
        };
        // All of them go on while one waits for the database's one writer, which may be another of them.
        tokio::select! {
            begun = begin => begun,
            lost = hold => Err(lost.into()),
            aborted = aborted => aborted,
            _ = shutdown.changed() => Err(Left::Ending),
        }
    }

    /// Before the first step: the seal must be that of what is stored, and the plan must still answer what is there.
    async fn begin(&self, job: &Job) -> Result<(), Left> {
        let request = &job.request;
        let Request { edition, revision_hash, inputs, plan, cost, .. } = request;
        let mut fresh = seal(*edition, revision_hash, inputs, plan, cost) == request.seal;
        if fresh {
            match self.plan_again(job).await? {
                Ok(plan) => fresh = plan == request.plan,
                Err(PlanError::Problems(problems)) => {
                    tracing::info!(run.id = %job.run.id, problems = problems.len(), "the plan is no longer possible");
                    fresh = false;
                }
                Err(PlanError::Cloud(error)) => {
                    // Nothing was changed yet; the first step carries the failure, and a person chooses.
                    if let Some(first) = request.plan.steps.iter().find(|step| step.act != Act::None) {
                        let failed = StepEvent::Failed { failure: step::failure_of(&error) };
                        self.append(job, first, vec![StepEvent::Started, failed], None, &[]).await?;
                    }
                    return Ok(());
                }
            }
        }
        let note = |events| job.note(self.clock.now(), events);
        let note = if fresh {
            let line = self.entry(job, "run.started", format!("started the run for {}", job.stack.name));
            Note { status: Some(RunStatus::Running), lines: vec![line], ..note(vec![Event::Begun]) }
        } else {
            note(vec![Event::FoundStale])
        };
        Ok(self.write(job, note).await?)
    }

    async fn plan_again(&self, job: &Job) -> Result<Result<Plan, PlanError>, Left> {
        let recorded = self.storage.begin_read().await?.list_resources(&job.stack.id).await?;
        let desired = planning::desired_of(&job.request.plan);
        let site = job.site(&self.installation);
        let mut patience = Patience::new(self, job);
        loop {
            let planned = match self.clouds.connect(&job.environment).await {
                Ok(cloud) => planning::plan(&*cloud, &site, job.request.wish, &desired, &recorded).await,
                Err(error) => Err(error.into()),
            };
            match planned {
                Err(PlanError::Cloud(error)) if patience.bears(&error) => patience.pause().await,
                other => return Ok(other),
            }
        }
    }
}
