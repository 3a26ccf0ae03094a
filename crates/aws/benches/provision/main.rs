//! `cargo xtask bench provision`: how long web services take to be made, on virtual time.
//!
//! What decides is the engine's own: the plan of the built-in template, `domain::run::decide` over a folded log, the
//! token buckets of `gantry_aws::pace`, the runner's pauses between looks. What AWS takes is data ([`LATENCIES`]), with
//! its source. That AWS makes a listener and a service while their load balancer is still being provisioned is an
//! assumption: one measurement of others says so, and no emulator can.

mod simulation;
mod world;

use std::process::ExitCode;

use simulation::{Order, Outcome, simulate};
use world::{Latencies, World};

const LATENCIES: &str = include_str!("latencies.json");

/// How many single stacks are made, each with other luck.
const LIVES: u64 = 200;

/// How many stacks are asked for at the same time, and how often, each time with other luck.
const STACKS: usize = 200;
const TIMES: u64 = 5;

/// What every figure must keep. Goals are not loosened: what misses one is mended.
const MOST_OF_LONGEST_PATH: f64 = 1.05;
const LEAST_SHORTER: f64 = 20.0;
const MOST_OF_BOUND: f64 = 1.15;

fn main() -> ExitCode {
    // `cargo bench` and `cargo test --benches` hand on arguments that mean nothing here.
    let latencies: Latencies = serde_json::from_str(LATENCIES).expect("latencies.json is as this program wrote it");
    let mut goals = Goals::default();
    one(&latencies, &mut goals);
    many(&latencies, "each with its own cluster", World::OWN, &mut goals);
    many(&latencies, "in one cluster", World::SHARED_CLUSTER, &mut goals);
    many(&latencies, "in one cluster, on one load balancer", World::SHARED, &mut goals);
    goals.missed.iter().for_each(|goal| eprintln!("missed: {goal}"));
    if goals.missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The goals that were missed.
#[derive(Default)]
struct Goals {
    missed: Vec<String>,
}

impl Goals {
    fn keep(&mut self, kept: bool, goal: String) {
        if !kept {
            self.missed.push(goal);
        }
    }
}

fn one(latencies: &Latencies, goals: &mut Goals) {
    println!("a web service with its own load balancer, {LIVES} times, seconds (as of {}):", latencies.as_of);
    let mean = |order: Order| {
        let all = (0..LIVES).map(|seed| simulate(latencies, &World::OWN, order, 1, seed));
        let sum = |sum: (f64, f64, usize), one: Outcome| (sum.0 + one.last, sum.1 + one.bound, sum.2 + one.calls);
        let (made, bound, calls) = all.fold((0.0, 0.0, 0), sum);
        let lives = LIVES as f64;
        (made / lives, bound / lives, calls as f64 / lives)
    };
    let (gantry, bound, calls) = mean(Order::AsSoonAsPossible);
    let (waiting, ..) = mean(Order::BalancerFirst);
    let (sequential, ..) = mean(Order::OneByOne);
    let (of_path, shorter) = (gantry / bound, (1.0 - gantry / waiting) * 100.0);
    println!("  longest path                                  {bound:7.1}");
    println!(
        "  Gantry                                        {gantry:7.1}   {of_path:.3} of the longest path (goal: at most {MOST_OF_LONGEST_PATH})"
    );
    println!(
        "  waiting for the load balancer before it is used {waiting:5.1}   Gantry is {shorter:.0} % shorter (goal: at least {LEAST_SHORTER:.0} %)"
    );
    println!(
        "  one step after the other                      {sequential:7.1}   Gantry is {:.0} % shorter",
        (1.0 - gantry / sequential) * 100.0
    );
    println!("  calls                                         {calls:7.1}");
    goals.keep(
        of_path <= MOST_OF_LONGEST_PATH,
        format!("one service at most {MOST_OF_LONGEST_PATH} of the longest path, it took {of_path:.3}"),
    );
    goals.keep(
        shorter >= LEAST_SHORTER,
        format!("at least {LEAST_SHORTER:.0} % shorter than waiting for the load balancer, it is {shorter:.1} %"),
    );
}

fn many(latencies: &Latencies, what: &str, world: World, goals: &mut Goals) {
    let all: Vec<Outcome> =
        (1..=TIMES).map(|seed| simulate(latencies, &world, Order::AsSoonAsPossible, STACKS, seed)).collect();
    let mean = |figure: &dyn Fn(&Outcome) -> f64| all.iter().map(figure).sum::<f64>() / TIMES as f64;
    let most = |figure: &dyn Fn(&Outcome) -> f64| all.iter().map(figure).fold(0.0, f64::max);
    let of_bound = mean(&|one| one.last / one.bound);
    let overtaken: usize = all.iter().map(|one| one.overtaken).sum();
    println!("{STACKS} web services asked for at the same time, {what}, {TIMES} times:");
    println!(
        "  first and last made after                     {:7.1} {:7.1}",
        mean(&|one| one.first),
        mean(&|one| one.last)
    );
    println!(
        "  bound of the buckets                          {:7.1}   {of_bound:.3} of it (goal: at most {MOST_OF_BOUND}), at worst {:.3}",
        mean(&|one| one.bound),
        most(&|one| one.last / one.bound)
    );
    println!(
        "  oldest and newest tenth made after            {:7.1} {:7.1}",
        mean(&|one| one.ends.0),
        mean(&|one| one.ends.1)
    );
    println!("  calls that overtook an older one              {overtaken:5}     (goal: none)");
    println!("  longest wait of a look for its turn           {:7.1}", most(&|one| one.longest_look));
    println!("  calls a stack                                 {:7.1}", mean(&|one| one.calls as f64) / STACKS as f64);
    goals.keep(
        of_bound <= MOST_OF_BOUND,
        format!("{STACKS} {what} at most {MOST_OF_BOUND} of the bound, they took {of_bound:.3}"),
    );
    goals.keep(
        overtaken == 0,
        format!("no call overtakes an older one of its kind, {overtaken} did with {STACKS} {what}"),
    );
}
