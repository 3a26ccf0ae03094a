//! How long a refusal is borne, and when the refused call is tried again.

use std::{sync::atomic::Ordering, time::Duration};

use metrics::counter;
use tokio::time::Instant;

use super::{Job, Runner};
use crate::cloud::{Class, CloudError};

/// So often at least a call that AWS finds to be one too many is made again.
const FEW_TRIES: u32 = 6;

/// Bears refusals for as long as their class allows, with growing, jittered pauses between the tries.
pub(super) struct Patience<'a> {
    runner: &'a Runner,
    job: &'a Job,
    /// When each class first refused: a new role that is not known yet has its time even after a minute of throttling.
    since: Vec<(Class, Instant)>,
    tries: u32,
}

impl<'a> Patience<'a> {
    pub(super) fn new(runner: &'a Runner, job: &'a Job) -> Self {
        Self { runner, job, since: vec![], tries: 0 }
    }

    /// How long refusals like this one are borne.
    pub(super) fn budget(&self, error: &CloudError) -> Duration {
        let timing = &self.runner.timing;
        match error.class {
            Class::Throttled | Class::Unavailable => timing.unavailable,
            Class::Propagating => timing.propagating,
            Class::Busy => timing.busy,
            Class::Stale | Class::Denied | Class::Refused => Duration::ZERO,
        }
    }

    /// Whether to try again after this refusal.
    pub(super) fn bears(&mut self, error: &CloudError) -> bool {
        let known = self.since.iter().find(|(class, _)| *class == error.class).map(|(_, since)| *since);
        let since = known.unwrap_or_else(|| {
            let now = Instant::now();
            self.since.push((error.class, now));
            now
        });
        // What waits long in Gantry's own queue between two tries has not been refused often.
        let few = error.class == Class::Throttled && self.tries < FEW_TRIES;
        let bears = !self.job.stopped.load(Ordering::Relaxed) && (few || since.elapsed() < self.budget(error));
        if bears {
            counter!("gantry_aws_retries_total", "class" => error.class.as_str()).increment(1);
        }
        bears
    }

    /// Full jitter: anything between nothing and the exponentially grown pause.
    pub(super) async fn pause(&mut self) {
        let (first, longest) = self.runner.timing.backoff;
        let most = first.saturating_mul(1 << self.tries.min(10)).min(longest);
        self.tries += 1;
        let mut byte = [0];
        self.runner.entropy.fill(&mut byte);
        tokio::time::sleep(most.mul_f64((f64::from(byte[0]) + 1.0) / 256.0)).await;
    }
}
