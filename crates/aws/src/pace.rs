//! How fast calls go out: the token buckets of one account and region, shared by all of this process.
//!
//! What AWS publishes is a table here. Where AWS says "rate exceeded" all the same (others call in the same account, and
//! for many operations nothing is published), the bucket gives less for a while, and a bucket is made where there was none.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::histogram;
use provisioner::turn::{Rank, Turn};
use tokio::{sync::Notify, time::Instant};

use crate::session::mutates;

/// So many calls at once, and so many in each second after them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Its name, for counts.
    pub name: &'static str,
    /// What it holds when it is full.
    pub burst: f64,
    /// What comes into it in a second.
    pub per_second: f64,
}

const fn bucket(name: &'static str, burst: f64, per_second: f64) -> Bucket {
    Bucket { name, burst, per_second }
}

/// Amazon ECS's own, from "Request throttling for the Amazon ECS API" in its API reference, as of 2026-11-23.
const CLUSTER_MODIFY: Bucket = bucket("ecs cluster modify", 20.0, 1.0);
const TASK_DEFINITION_MODIFY: Bucket = bucket("ecs task definition modify", 20.0, 1.0);
const SERVICE_MODIFY: Bucket = bucket("ecs service modify", 50.0, 5.0);
const SERVICE_READ: Bucket = bucket("ecs service read", 100.0, 20.0);
const CLUSTER_READ: Bucket = bucket("ecs cluster read", 50.0, 20.0);
const DEFINITION_DELETE: Bucket = bucket("ecs task definition delete", 5.0, 1.0);
const TASK_READ: Bucket = bucket("ecs task read", 100.0, 20.0);
const TAG_MODIFY: Bucket = bucket("ecs tag modify", 20.0, 10.0);
/// Systems Manager's default throughput for writing parameters.
const PARAMETER_MODIFY: Bucket = bucket("ssm parameter modify", 3.0, 3.0);

/// The published bucket of an operation, if there is one.
pub fn published(service: &str, operation: &str) -> Option<Bucket> {
    Some(match (service, operation) {
        ("ecs", "CreateCluster" | "DeleteCluster" | "PutClusterCapacityProviders" | "UpdateClusterSettings") => {
            CLUSTER_MODIFY
        }
        ("ecs", "RegisterTaskDefinition" | "DeregisterTaskDefinition") => TASK_DEFINITION_MODIFY,
        ("ecs", "DeleteTaskDefinitions") => DEFINITION_DELETE,
        ("ecs", "CreateService" | "UpdateService" | "DeleteService") => SERVICE_MODIFY,
        ("ecs", "DescribeServices" | "ListServices") => SERVICE_READ,
        ("ecs", "DescribeClusters" | "ListClusters" | "DescribeTaskDefinition" | "ListTaskDefinitions") => CLUSTER_READ,
        ("ecs", "DescribeTasks" | "ListTasks") => TASK_READ,
        ("ecs", "TagResource" | "UntagResource") => TAG_MODIFY,
        ("ssm", "PutParameter" | "DeleteParameter") => PARAMETER_MODIFY,
        _ => return None,
    })
}

/// For what nothing is published about, once AWS has said no: a guess, corrected by what AWS says next.
fn guessed(service: &'static str, operation: &str) -> Bucket {
    let name = match (service, mutates(operation)) {
        ("ec2", true) => "ec2 modify",
        ("ec2", false) => "ec2 read",
        ("elasticloadbalancing", true) => "elb modify",
        ("elasticloadbalancing", false) => "elb read",
        ("iam", true) => "iam modify",
        ("iam", false) => "iam read",
        (_, true) => "other modify",
        (_, false) => "other read",
    };
    bucket(name, 10.0, 10.0)
}

/// A bucket never gives less than this part of what it should.
const SLOWEST: f64 = 1.0 / 16.0;

/// Nobody wants the call any more: it was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halted;

/// All buckets of one account and region.
#[derive(Debug)]
pub struct Pace {
    rate: f64,
    gates: Mutex<HashMap<&'static str, Arc<Gate>>>,
}

impl Pace {
    /// Full ones. `rate` is how much of each is used: 1 is all of it.
    pub fn new(rate: f64) -> Self {
        Self { rate, gates: Mutex::default() }
    }

    /// Waits until AWS should let the call through. Among those who wait for one bucket the first in rank goes first.
    pub async fn pass(&self, service: &'static str, operation: &str) -> Result<(), Halted> {
        let bucket = published(service, operation);
        let gate = match bucket {
            Some(bucket) => Some(self.gate(bucket)),
            None => lock(&self.gates).get(guessed(service, operation).name).cloned(),
        };
        let turn = Turn::current();
        if let Some(gate) = gate {
            let since = Instant::now();
            let passed = gate.pass(&turn).await;
            histogram!("gantry_aws_turn_seconds", "bucket" => gate.name).record(since.elapsed());
            passed?;
        }
        // As late as can be: the turn may have come while this process stood still.
        if turn.holds() { Ok(()) } else { Err(Halted) }
    }

    /// AWS answered: whether it let the call through.
    pub fn answered(&self, service: &'static str, operation: &str, throttled: bool) {
        let published = published(service, operation);
        let bucket = published.unwrap_or_else(|| guessed(service, operation));
        match throttled {
            true => self.gate(bucket).slow_down(),
            false => {
                // No longer than a statement: the gate has a lock of its own.
                let gate = lock(&self.gates).get(bucket.name).cloned();
                if let Some(gate) = gate {
                    gate.speed_up();
                }
            }
        }
    }

    fn gate(&self, bucket: Bucket) -> Arc<Gate> {
        // A bucket that holds less than one call lets none through.
        let (burst, per_second) = ((bucket.burst * self.rate).max(1.0), bucket.per_second * self.rate);
        let bucket = Bucket { burst, per_second, ..bucket };
        lock(&self.gates).entry(bucket.name).or_insert_with(|| Arc::new(Gate::new(bucket))).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A bucket's level and those who wait for it. Knows no clock: it is told what time it is.
#[derive(Debug)]
pub struct Meter {
    bucket: Bucket,
    /// What comes in now; less than the bucket's own after AWS said no.
    per_second: f64,
    tokens: f64,
    at: Duration,
    waiting: BTreeSet<Place>,
    queued: u64,
}

/// A place in a queue: by rank, and then by arrival.
pub type Place = (Rank, u64);

/// Whether somebody may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Yes; the place is given up.
    Now,
    /// When this time has passed.
    In(Duration),
    /// Others go first.
    Behind,
}

impl Meter {
    /// A full one.
    pub fn new(bucket: Bucket) -> Self {
        Self {
            bucket,
            per_second: bucket.per_second,
            tokens: bucket.burst,
            at: Duration::ZERO,
            waiting: BTreeSet::new(),
            queued: 0,
        }
    }

    /// Takes a place in the queue.
    pub fn queue(&mut self, rank: Rank) -> Place {
        self.queued += 1;
        let place = (rank, self.queued);
        self.waiting.insert(place);
        place
    }

    /// Gives a place up.
    pub fn leave(&mut self, place: Place) {
        self.waiting.remove(&place);
    }

    /// Who goes next.
    pub fn first(&self) -> Option<Place> {
        self.waiting.first().copied()
    }

    /// Lets this one through, if it is its turn and there is a token.
    pub fn pass(&mut self, place: Place, now: Duration) -> Pass {
        self.refill(now);
        if self.first() != Some(place) {
            return Pass::Behind;
        }
        if self.tokens < 1.0 {
            // A hair more, so that rounding does not ask for a second look.
            return Pass::In(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second) + Duration::from_micros(1));
        }
        self.tokens -= 1.0;
        self.leave(place);
        Pass::Now
    }

    /// AWS said no: whatever the level was thought to be, it is nothing, and less comes in.
    pub fn slow_down(&mut self, now: Duration) {
        self.refill(now);
        self.tokens = 0.0;
        self.per_second = (self.per_second / 2.0).max(self.bucket.per_second * SLOWEST);
    }

    /// AWS said yes.
    pub fn speed_up(&mut self, now: Duration) {
        self.refill(now);
        let full = self.bucket.per_second;
        self.per_second = (self.per_second + full * SLOWEST).min(full);
    }

    fn refill(&mut self, now: Duration) {
        let gained = now.saturating_sub(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.bucket.burst);
        self.at = now;
    }
}

/// A meter with a clock, for tasks to wait at.
#[derive(Debug)]
struct Gate {
    name: &'static str,
    since: Instant,
    meter: Mutex<Meter>,
    /// Somebody left the queue, or the level changed.
    changed: Notify,
}

/// A place in a queue that is given up when this goes.
struct Ticket<'a> {
    gate: &'a Gate,
    place: Place,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        lock(&self.gate.meter).leave(self.place);
        self.gate.changed.notify_waiters();
    }
}

impl Gate {
    fn new(bucket: Bucket) -> Self {
        let meter = Mutex::new(Meter::new(bucket));
        Self { name: bucket.name, since: Instant::now(), meter, changed: Notify::new() }
    }

    async fn pass(&self, turn: &Turn) -> Result<(), Halted> {
        let ticket = Ticket { gate: self, place: lock(&self.meter).queue(turn.rank) };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let pass = lock(&self.meter).pass(ticket.place, self.since.elapsed());
            let later = match pass {
                Pass::Now => return Ok(()),
                Pass::In(later) => Some(later),
                Pass::Behind => None,
            };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(later.unwrap_or_default()), if later.is_some() => {}
                () = turn.halted() => return Err(Halted),
            }
        }
    }

    fn slow_down(&self) {
        lock(&self.meter).slow_down(self.since.elapsed());
    }

    fn speed_up(&self) {
        lock(&self.meter).speed_up(self.since.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use provisioner::turn::Halt;

    use super::*;

    fn step(since: i64, left: u32) -> Rank {
        Rank::Step { since, left: Reverse(left) }
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// How long one who comes at `now` waits.
    fn wait(meter: &mut Meter, now: Duration) -> f64 {
        let place = meter.queue(Rank::Page);
        let mut at = now;
        loop {
            match meter.pass(place, at) {
                Pass::Now => return (at - now).as_secs_f64(),
                Pass::In(later) => at += later,
                Pass::Behind => panic!("nobody else waits"),
            }
        }
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut meter = Meter::new(TASK_DEFINITION_MODIFY);
        assert!((0..20).all(|_| wait(&mut meter, seconds(5.0)) == 0.0));
        let first = wait(&mut meter, seconds(5.0));
        assert!((0.999..1.001).contains(&first), "{first}");
        let later = wait(&mut meter, seconds(6.75));
        assert!((0.249..0.251).contains(&later), "{later}");
        // It never holds more than it did at first.
        assert!((0..20).all(|_| wait(&mut meter, seconds(1_000.0)) == 0.0));
        assert!(wait(&mut meter, seconds(1_000.0)) > 0.9);
    }

    #[test]
    fn pages_first_then_the_oldest_run_then_the_longest_way() {
        let mut meter = Meter::new(Bucket { burst: 4.0, ..CLUSTER_MODIFY });
        let ranks = [step(2, 9), step(1, 1), step(1, 5), Rank::Page];
        let places = ranks.map(|rank| meter.queue(rank));
        assert_eq!(meter.pass(places[0], Duration::ZERO), Pass::Behind);
        for next in [3, 2, 1, 0] {
            assert_eq!(meter.first(), Some(places[next]));
            assert_eq!(meter.pass(places[next], Duration::ZERO), Pass::Now);
        }
        assert_eq!(meter.first(), None);
    }

    #[test]
    fn who_has_waited_longest_is_overtaken_by_nobody_of_the_same_kind() {
        let mut meter = Meter::new(Bucket { burst: 1.0, ..CLUSTER_MODIFY });
        let look = meter.queue(Rank::Look);
        let old = meter.queue(step(1, 1));
        let mut passed = vec![];
        // Younger runs with longer ways and more looks keep coming, faster than they are let through.
        for second in 0_u32..4 {
            meter.queue(step(2 + i64::from(second), 9));
            meter.queue(Rank::Look);
            let first = meter.first().unwrap();
            assert_eq!(meter.pass(first, seconds(f64::from(second) * 1.001)), Pass::Now);
            passed.push(first);
        }
        assert_eq!(
            passed.iter().map(|(rank, _)| *rank).collect::<Vec<_>>(),
            [step(1, 1), step(2, 9), step(3, 9), step(4, 9)]
        );
        assert_eq!(passed[0], old);
        // What is made is through: now the oldest look.
        let made = meter.first().unwrap();
        assert_eq!(meter.pass(made, seconds(10.0)), Pass::Now);
        assert_eq!(meter.first(), Some(look));
    }

    #[test]
    fn no_from_aws_slows_down_and_yes_speeds_up_again() {
        let mut meter = Meter::new(SERVICE_MODIFY);
        let now = seconds(1.0);
        meter.slow_down(now);
        let slow = wait(&mut meter, now);
        assert!((0.399..0.401).contains(&slow), "{slow}");
        let now = seconds(1.4);
        (0..8).for_each(|_| meter.speed_up(now));
        let full = wait(&mut meter, seconds(1.400_01));
        assert!((0.19..0.201).contains(&full), "{full}");
        // It never stands still.
        let now = seconds(10.0);
        (0..100).for_each(|_| meter.slow_down(now));
        let slowest = wait(&mut meter, now);
        assert!((3.19..3.21).contains(&slowest), "{slowest}");
    }

    #[test]
    fn everything_that_the_launch_role_may_write_in_ecs_has_a_bucket() {
        for kind in domain::kinds::Kind::ALL {
            for action in crate::kinds::grants(*kind).iter().flat_map(|grant| grant.actions) {
                let (service, operation) = action.split_once(':').unwrap();
                assert_eq!(
                    published(service, operation).is_some(),
                    service == "ecs" || is_parameter(action),
                    "{action}"
                );
            }
        }
    }

    fn is_parameter(action: &str) -> bool {
        matches!(action, "ssm:PutParameter" | "ssm:DeleteParameter")
    }

    /// One call a second, and the twenty that go at once are through.
    async fn exhausted() -> Arc<Pace> {
        let pace = Arc::new(Pace::new(1.0));
        for _ in 0..20 {
            pace.pass("ecs", "CreateCluster").await.unwrap();
        }
        pace
    }

    #[tokio::test]
    async fn who_halts_or_goes_away_leaves_the_queue() {
        let pace = exhausted().await;
        let halt = Arc::<Halt>::default();
        let wait = |since| {
            let (pace, turn) = (pace.clone(), Turn::new(step(since, 1), halt.clone()));
            tokio::spawn(async move { turn.during(pace.pass("ecs", "CreateCluster")).await })
        };
        let (gone, halted) = (wait(0), wait(1));
        while lock(&pace.gate(CLUSTER_MODIFY).meter).waiting.len() < 2 {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        halt.halt();
        assert_eq!(halted.await.unwrap(), Err(Halted));
        // Who comes later waits not at all.
        assert_eq!(wait(2).await.unwrap(), Err(Halted));
        assert_eq!(lock(&pace.gate(CLUSTER_MODIFY).meter).first(), None);
        pace.pass("ecs", "DeleteCluster").await.unwrap();
    }

    #[tokio::test]
    async fn who_woke_up_after_the_lease_makes_no_call() {
        let pace = Pace::new(1.0);
        let halt = Arc::<Halt>::default();
        let ask = async || Turn::new(step(0, 1), halt.clone()).during(pace.pass("iam", "CreateRole")).await;
        halt.hold(Instant::now(), Duration::from_secs(600));
        assert_eq!(ask().await, Ok(()));
        halt.hold(Instant::now(), Duration::ZERO);
        assert_eq!(ask().await, Err(Halted));
        halt.hold(Instant::now(), Duration::from_secs(600));
        assert_eq!(ask().await, Ok(()));
    }

    #[tokio::test]
    async fn what_nothing_is_published_about_is_held_back_once_aws_says_no() {
        let pace = Pace::new(1.0);
        pace.pass("iam", "CreateRole").await.unwrap();
        assert!(lock(&pace.gates).is_empty());
        pace.answered("iam", "CreateRole", true);
        assert_eq!(lock(&pace.gates).keys().copied().collect::<Vec<_>>(), ["iam modify"]);
        pace.pass("iam", "PutRolePolicy").await.unwrap();
    }
}
