//! `cargo xtask bench provision`: how long web services take to be made, on virtual time.
//!
//! What decides is the engine's own: the plan of the built-in template, `domain::run::decide` over a folded log, the
//! token buckets of `gantry_aws::pace`, the runner's pauses between looks. What AWS takes is data ([`LATENCIES`]), with
//! its source. That AWS makes a listener and a service while their load balancer is still being provisioned is an
//! assumption: one measurement of others says so, and no emulator can.

mod simulation;
mod world;

use simulation::{Order, Outcome, simulate};
use world::{Latencies, World};

const LATENCIES: &str = include_str!("latencies.json");

/// How many single stacks are made, each with other luck.
const LIVES: u64 = 200;

fn main() {
    // `cargo bench` and `cargo test --benches` hand on arguments that mean nothing here.
    let latencies: Latencies = serde_json::from_str(LATENCIES).expect("latencies.json is as this program wrote it");
    one(&latencies);
    many(&latencies, "each with its own cluster", World::OWN);
    many(&latencies, "in one cluster", World::SHARED_CLUSTER);
    many(&latencies, "in one cluster, on one load balancer", World::SHARED);
}

fn one(latencies: &Latencies) {
    println!("a web service with its own load balancer, {LIVES} times, seconds (as of {}):", latencies.as_of);
    let mean = |order: Order| {
        let all = (0..LIVES).map(|seed| simulate(latencies, &World::OWN, order, 1, seed));
        let (made, bound) = all.fold((0.0, 0.0), |(made, bound), outcome| (made + outcome.last, bound + outcome.bound));
        let lives = LIVES as f64;
        (made / lives, bound / lives)
    };
    let (gantry, bound) = mean(Order::AsSoonAsPossible);
    let (waiting, _) = mean(Order::BalancerFirst);
    let (sequential, _) = mean(Order::OneByOne);
    println!("  longest path                                  {bound:7.1}");
    println!(
        "  Gantry                                        {gantry:7.1}   {:.3} of the longest path",
        gantry / bound
    );
    println!(
        "  waiting for the load balancer before it is used {waiting:5.1}   Gantry is {:.0} % shorter",
        (1.0 - gantry / waiting) * 100.0
    );
    println!(
        "  one step after the other                      {sequential:7.1}   Gantry is {:.0} % shorter",
        (1.0 - gantry / sequential) * 100.0
    );
}

fn many(latencies: &Latencies, what: &str, world: World) {
    const STACKS: usize = 200;
    let Outcome { first, last, bound, calls, waited } = simulate(latencies, &world, Order::AsSoonAsPossible, STACKS, 1);
    println!("{STACKS} web services asked for at the same time, {what}:");
    println!("  first and last made after                     {first:7.1} {last:7.1}");
    println!("  bound of the buckets                          {bound:7.1}   {:.3} of it", last / bound);
    println!("  waited for buckets, oldest and newest tenth   {:7.1} {:7.1}", waited.0, waited.1);
    println!("  calls a stack                                 {:7.1}", calls as f64 / STACKS as f64);
}
