//! Runs on virtual time: what the runner does, with calls that take as long as the data says.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use domain::{
    DateTime,
    kinds::Kind,
    observation::Outputs,
    plan::{Level, Need, Plan, Step},
    run::{Event, LoggedEvent, RunState, StepEvent, Verb, decide},
};
use gantry_aws::pace::{Bucket, Meter, Pass, Place, published};
use provisioner::{
    runner::{Looks, Timing},
    turn::Rank,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::world::{Call, Latencies, World};

/// When steps start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As soon as what they truly need is there.
    AsSoonAsPossible,
    /// A load balancer serves before anything refers to it, as with Terraform and CloudFormation.
    BalancerFirst,
    /// Each when the one before it is done.
    OneByOne,
}

/// What came of it, in seconds.
pub struct Outcome {
    /// When the first stack was made.
    pub first: f64,
    /// When the last stack was made.
    pub last: f64,
    /// Nobody can be faster: the longest path of the slowest stack without any limit, or, whichever is more, what the
    /// buckets let through: `(calls - burst) / per_second` until the last call that makes something, and then the least
    /// that a service takes to come up.
    pub bound: f64,
    /// All calls.
    pub calls: usize,
    /// When the oldest and the newest tenth of the stacks were made, on average.
    pub ends: (f64, f64),
    /// How often a call was let through while an older stack waited for the same bucket with a call of the same kind.
    pub overtaken: usize,
    /// The longest that a look waited for its turn.
    pub longest_look: f64,
}

/// Makes `stacks` at the same time, with the luck of `seed`.
pub fn simulate(latencies: &Latencies, world: &World, order: Order, stacks: usize, seed: u64) -> Outcome {
    let plan = ordered(world.plan(), order);
    let run = |limits| {
        let mut simulation = Simulation::new(latencies, world, &plan, stacks, seed, limits);
        simulation.run();
        simulation
    };
    let made = run(Limits::Real);
    let free = run(Limits::None);
    let tenth = stacks.div_ceil(10);
    let average = |stacks: &[Stack]| stacks.iter().map(|stack| stack.ended).sum::<f64>() / stacks.len() as f64;
    let ends = || made.stacks.iter().map(|stack| stack.ended);
    Outcome {
        first: ends().fold(f64::INFINITY, f64::min),
        last: ends().fold(0.0, f64::max),
        bound: free.stacks.iter().map(|stack| stack.ended).fold(free.bucket_bound(), f64::max),
        calls: made.calls,
        ends: (average(&made.stacks[..tenth]), average(&made.stacks[stacks - tenth..])),
        overtaken: made.overtaken,
        longest_look: made.longest_look,
    }
}

fn ordered(mut plan: Plan, order: Order) -> Plan {
    let balancers: Vec<String> =
        plan.steps.iter().filter(|step| step.kind == Kind::LoadBalancer).map(|step| step.id.clone()).collect();
    let mut previous: Option<String> = None;
    for step in &mut plan.steps {
        match order {
            Order::AsSoonAsPossible => {}
            Order::BalancerFirst => {
                let needs = step.needs.iter_mut().filter(|need| balancers.contains(&need.step));
                needs.for_each(|need| need.level = Level::Done);
            }
            Order::OneByOne => {
                step.needs.iter_mut().for_each(|need| need.level = Level::Done);
                let previous = previous.replace(step.id.clone());
                step.needs.extend(previous.map(|step| Need { step, level: Level::Done, why: String::new() }));
            }
        }
    }
    plan
}

/// Whether AWS and the clock limit what is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limits {
    /// Buckets, and pauses between two looks.
    Real,
    /// Everything is let through, and what is ready is known to be.
    None,
}

/// Which step of which stack.
type At = (usize, usize);

enum Happening {
    /// A call came back.
    Returned(Vec<At>, Call),
    /// The pause before the next look is over.
    Look(At),
    /// A bucket may have a token.
    Refilled(&'static str),
}

struct Stack {
    state: RunState,
    log: u64,
    courses: HashMap<usize, Course>,
    /// When the object of a step was made.
    made: HashMap<usize, f64>,
    ended: f64,
}

/// A step in hand.
struct Course {
    /// Calls that are left until it exists.
    calls: VecDeque<Call>,
    exists: bool,
    looks: Looks,
    /// When it was asked last whether it is ready.
    asked: f64,
}

struct Simulation<'a> {
    latencies: &'a Latencies,
    plan: &'a Plan,
    left: BTreeMap<&'a str, u32>,
    seed: u64,
    limits: Limits,
    one_cluster: bool,
    now: f64,
    happenings: BTreeMap<(u64, u64), Happening>,
    happened: u64,
    stacks: Vec<Stack>,
    meters: HashMap<&'static str, Meter>,
    queued: BTreeMap<(&'static str, Place), (Vec<At>, Call, f64)>,
    /// Who wants to know about services of the one cluster, and whether a call about them is on its way.
    asking: (VecDeque<At>, bool),
    calls: usize,
    overtaken: usize,
    longest_look: f64,
    through: BTreeMap<&'static str, (Bucket, usize)>,
}

const NANOS: f64 = 1e9;

/// What a look at a service that runs asks, too.
const HEALTH: Call = ("elasticloadbalancing", "DescribeTargetHealth");

fn draw((least, likely, most): (f64, f64, f64), random: &mut StdRng) -> f64 {
    if most <= least {
        return least;
    }
    // The inverse of the triangular distribution.
    let (chance, bend) = (random.random::<f64>(), (likely - least) / (most - least));
    if chance < bend {
        least + (chance * (most - least) * (likely - least)).sqrt()
    } else {
        most - ((1.0 - chance) * (most - least) * (most - likely)).sqrt()
    }
}

fn reads(operation: &str) -> bool {
    ["Describe", "List", "Get"].iter().any(|prefix| operation.starts_with(prefix))
}

impl<'a> Simulation<'a> {
    fn new(latencies: &'a Latencies, world: &World, plan: &'a Plan, stacks: usize, seed: u64, limits: Limits) -> Self {
        let stack =
            || Stack { state: RunState::new(plan), log: 0, courses: HashMap::new(), made: HashMap::new(), ended: 0.0 };
        Self {
            latencies,
            plan,
            left: plan.left(),
            seed,
            limits,
            one_cluster: world.has_one_cluster(),
            now: 0.0,
            happenings: BTreeMap::new(),
            happened: 0,
            stacks: (0..stacks).map(|_| stack()).collect(),
            meters: HashMap::new(),
            queued: BTreeMap::new(),
            asking: (VecDeque::new(), false),
            calls: 0,
            overtaken: 0,
            longest_look: 0.0,
            through: BTreeMap::new(),
        }
    }

    fn run(&mut self) {
        for stack in 0..self.stacks.len() {
            self.append(stack, Event::Begun);
            self.start(stack);
        }
        while let Some(((at, _), happening)) = self.happenings.pop_first() {
            self.now = at as f64 / NANOS;
            match happening {
                Happening::Returned(all, call) => {
                    if self.asks_for_many(call) {
                        self.asking.1 = false;
                        self.ask();
                    }
                    for at in all {
                        if call == HEALTH { self.look_again(at) } else { self.returned(at) }
                    }
                }
                Happening::Look(at) => self.look(at),
                Happening::Refilled(bucket) => self.serve(bucket),
            }
        }
        let unfinished = self.stacks.iter().filter(|stack| stack.ended == 0.0).count();
        assert_eq!(unfinished, 0, "stacks that nothing happens to any more");
    }

    fn after(&mut self, seconds: f64, happening: Happening) {
        self.happened += 1;
        let at = ((self.now + seconds) * NANOS).round() as u64;
        self.happenings.insert((at, self.happened), happening);
    }

    /// The same luck in every run of a seed, whatever comes before it.
    fn luck(&self, (stack, step): At, what: u64) -> StdRng {
        let mixed = [self.seed, stack as u64, step as u64, what];
        StdRng::seed_from_u64(
            mixed.iter().fold(0, |mixed: u64, part| mixed.wrapping_mul(1_000_003).wrapping_add(*part)),
        )
    }

    fn step(&self, (_, step): At) -> &'a Step {
        &self.plan.steps[step]
    }

    fn append(&mut self, stack: usize, event: Event) {
        let stack = &mut self.stacks[stack];
        stack.log += 1;
        let logged = LoggedEvent { position: stack.log, at: DateTime::UNIX_EPOCH, event };
        stack.state.apply(&logged).unwrap_or_else(|bad| panic!("{bad}"));
    }

    fn tell(&mut self, at: At, event: StepEvent) {
        let step = self.step(at).id.clone();
        self.append(at.0, Event::Step { step, event });
    }

    /// Takes in hand what can be done now.
    fn start(&mut self, stack: usize) {
        let decision = decide(self.plan, &self.stacks[stack].state);
        if decision.work.is_empty() && self.stacks[stack].courses.is_empty() {
            self.stacks[stack].ended = self.now;
            return;
        }
        for work in decision.work {
            assert_eq!(work.verb, Verb::Do);
            let index = self.plan.steps.iter().position(|step| step.id == work.step).expect("a step of the plan");
            let at = (stack, index);
            if self.stacks[stack].courses.contains_key(&index) {
                continue;
            }
            self.tell(at, StepEvent::Started);
            let calls = self.latencies.calls(self.step(at).kind).into();
            let looks = Looks::new(&Timing::default());
            self.stacks[stack].courses.insert(index, Course { calls, exists: false, looks, asked: 0.0 });
            self.call_next(at);
        }
    }

    fn course(&mut self, (stack, step): At) -> &mut Course {
        self.stacks[stack].courses.get_mut(&step).expect("a step in hand")
    }

    fn call_next(&mut self, at: At) {
        let call = self.course(at).calls.front().copied();
        let call = call.or_else(|| self.latencies.poll(self.step(at).kind)).expect("a call to make");
        if self.asks_for_many(call) {
            self.asking.0.push_back(at);
            self.ask();
        } else {
            self.call(vec![at], call);
        }
    }

    /// Whether this is a call in which many steps ask together.
    fn asks_for_many(&self, call: Call) -> bool {
        self.one_cluster && call.1 == "DescribeServices" && self.limits == Limits::Real
    }

    /// One call about ten services at most, and no second one at the same time.
    fn ask(&mut self) {
        let (asking, on_its_way) = &mut self.asking;
        if *on_its_way || asking.is_empty() {
            return;
        }
        let all: Vec<At> = asking.drain(..asking.len().min(10)).collect();
        *on_its_way = true;
        self.call(all, ("ecs", "DescribeServices"));
    }

    fn call(&mut self, all: Vec<At>, call: Call) {
        self.calls += 1;
        let Some(bucket) = published(call.0, call.1).filter(|_| self.limits == Limits::Real) else {
            if let Some(bucket) = published(call.0, call.1).filter(|_| !reads(call.1)) {
                self.through.entry(bucket.name).or_insert((bucket, 0)).1 += 1;
            }
            return self.go(all, call);
        };
        let at = all[0];
        let since = i64::try_from(at.0).expect("few stacks");
        let left = Reverse(self.left[self.step(at).id.as_str()]);
        let rank = if self.course(at).exists { Rank::Look } else { Rank::Step { since, left } };
        let meter = self.meters.entry(bucket.name).or_insert_with(|| Meter::new(bucket));
        let place = meter.queue(rank);
        self.queued.insert((bucket.name, place), (all, call, self.now));
        self.serve(bucket.name);
    }

    fn serve(&mut self, bucket: &'static str) {
        let now = Duration::from_secs_f64(self.now);
        loop {
            let meter = self.meters.get_mut(bucket).expect("a bucket that somebody waits for");
            let Some(first) = meter.first() else { return };
            match meter.pass(first, now) {
                Pass::Now => {
                    let (all, call, since) = self.queued.remove(&(bucket, first)).expect("who waits has a call");
                    self.note_passed(bucket, first, all[0].0, since);
                    self.go(all, call);
                }
                Pass::In(later) => return self.after(later.as_secs_f64(), Happening::Refilled(bucket)),
                Pass::Behind => unreachable!("the first is behind nobody"),
            }
        }
    }

    /// Whom a call that goes now has overtaken: an older stack's call, or a look that was asked for before.
    fn note_passed(&mut self, bucket: &'static str, (rank, _): Place, stack: usize, since: f64) {
        let waiting = self.queued.iter().filter(|((other, _), _)| *other == bucket);
        let overtaken =
            |((_, (other, _)), (all, _, asked)): &(&(&'static str, Place), &(Vec<At>, Call, f64))| match rank {
                Rank::Look => *other == Rank::Look && *asked < since,
                _ => *other != Rank::Look && all[0].0 < stack,
            };
        self.overtaken += waiting.filter(overtaken).count();
        if rank == Rank::Look {
            self.longest_look = self.longest_look.max(self.now - since);
        }
    }

    /// A call leaves.
    fn go(&mut self, all: Vec<At>, call: Call) {
        let at = all[0];
        let what = self.stacks[at.0].courses[&at.1].calls.len() as u64;
        let mut luck = self.luck(at, what);
        let spread = if reads(call.1) { self.latencies.seconds.read } else { self.latencies.seconds.write };
        let is_look = self.course(at).calls.is_empty() && self.limits == Limits::None;
        let taken = if is_look { 0.0 } else { draw(spread, &mut luck) };
        self.after(taken, Happening::Returned(all, call));
    }

    fn returned(&mut self, at: At) {
        let course = self.course(at);
        if course.calls.pop_front().is_some() && !course.calls.is_empty() {
            return self.call_next(at);
        }
        if !course.exists {
            course.exists = true;
            self.stacks[at.0].made.insert(at.1, self.now);
            self.tell(at, StepEvent::Exists { outputs: Outputs::new() });
            match self.latencies.poll(self.step(at).kind) {
                None => self.done(at),
                Some(_) if self.limits == Limits::None => self.look_again(at),
                Some(_) => self.look(at),
            }
            return self.start(at.0);
        }
        match self.ready_at(at) {
            Some(ready) if ready <= self.now + 1e-6 => {
                self.done(at);
                self.start(at.0);
            }
            _ if self.limits == Limits::Real && self.runs(at) => self.call(vec![at], HEALTH),
            _ => self.look_again(at),
        }
    }

    /// Whether all tasks run and only the load balancer's checks are waited for, of which each look then tells.
    fn runs(&self, at: At) -> bool {
        self.step(at).kind == Kind::EcsService && self.running_at(at).is_some_and(|running| running <= self.now)
    }

    fn done(&mut self, at: At) {
        self.tell(at, StepEvent::Done { outputs: Outputs::new() });
        self.stacks[at.0].courses.remove(&at.1);
    }

    fn look(&mut self, at: At) {
        self.course(at).asked = self.now;
        self.call_next(at);
    }

    fn look_again(&mut self, at: At) {
        let pause = match self.limits {
            // It is known when; until then, and while that hangs on another, a hundredth of a second is nothing.
            Limits::None => self.ready_at(at).map_or(0.01, |ready| ready - self.now).max(0.01),
            Limits::Real => {
                let now = self.now;
                let course = self.course(at);
                course.looks.pause(Duration::from_secs_f64(now - course.asked)).as_secs_f64()
            }
        };
        self.after(pause, Happening::Look(at));
    }

    /// When AWS is through with it; none while that hangs on something that is not there yet.
    fn ready_at(&self, at: At) -> Option<f64> {
        let stack = &self.stacks[at.0];
        let made = stack.made.get(&at.1)?;
        let seconds = &self.latencies.seconds;
        let of = |kind: Kind| self.plan.steps.iter().enumerate().filter(move |(_, step)| step.kind == kind);
        let mut luck = self.luck(at, 1_000);
        match self.step(at).kind {
            Kind::LoadBalancer => Some(made + draw(seconds.load_balancer, &mut luck)),
            Kind::EcsService => {
                let mut run = self.running_at(at)?;
                for (balancer, _) in of(Kind::LoadBalancer) {
                    run = run.max(self.ready_at((at.0, balancer))?);
                }
                Some(run + draw(seconds.healthy, &mut self.luck(at, 1_001)))
            }
            _ => Some(*made),
        }
    }

    /// When the tasks of a service run; none while that hangs on something that is not there yet.
    fn running_at(&self, at: At) -> Option<f64> {
        let (stack, seconds) = (&self.stacks[at.0], &self.latencies.seconds);
        let mut start = *stack.made.get(&at.1)?;
        for (role, _) in self.plan.steps.iter().enumerate().filter(|(_, step)| step.kind == Kind::IamRole) {
            let usable = stack.made.get(&role)? + draw(seconds.role, &mut self.luck((at.0, role), 1_000));
            start = start.max(usable);
        }
        Some(start + draw(seconds.tasks, &mut self.luck(at, 1_000)))
    }

    /// No bucket lets its last call through earlier, and after it a service still has to come up.
    fn bucket_bound(&self) -> f64 {
        let seconds = &self.latencies.seconds;
        let up = seconds.write.0 + seconds.tasks.0 + seconds.healthy.0;
        let bound = |(bucket, calls): &(Bucket, usize)| {
            let last = (*calls as f64 - bucket.burst).max(0.0) / bucket.per_second;
            let rest = match bucket.name {
                "ecs service modify" => up,
                "ecs cluster modify" | "ecs task definition modify" => seconds.write.0 + seconds.read.0 + up,
                _ => 0.0,
            };
            last + rest
        };
        self.through.values().map(bound).fold(0.0, f64::max)
    }
}
