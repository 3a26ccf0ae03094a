//! Two things go wrong in one run, whichever and wherever: drawn by a seeded generator, so that what failed can be drawn
//! again. A failure prints the seed of its life.
//!
//! `GANTRY_TEST_PAIRS` is how many runs there are in all, `GANTRY_TEST_SEED` the seed of the first life.

use domain::run::Choice;
use gantry_aws::testing::Fault;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    death::Moment,
    ground::{Ground, LIFE, Length, with_each},
    house::Wanted,
    life::{Case, Hands, Trouble, What},
    matrix::PASSING,
};

/// So many runs are a sample.
const SAMPLE: u64 = 36;
/// Where the sample begins; more than a sample is drawn anew each time.
const SEED: u64 = 1;
/// As many templates take part.
const TEMPLATES: u64 = 3;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")))
}

/// So many lives as make this template's part of all runs.
pub async fn lives(ground: &Ground, wanted: &Wanted, lengths: [Length; 3]) {
    let asked = variable("GANTRY_TEST_PAIRS");
    let lives = asked.unwrap_or(SAMPLE).div_ceil(TEMPLATES * LIFE.len() as u64);
    let first = variable("GANTRY_TEST_SEED").unwrap_or_else(|| asked.map_or(SEED, |_| rand::random_range(0..1 << 32)));
    let life = |seed| async move {
        let mut random = StdRng::seed_from_u64(seed);
        let cases = lengths.map(|length| pair(&mut random, length));
        let again = format!("[again with GANTRY_TEST_SEED={seed} GANTRY_TEST_PAIRS=1] ");
        ground.life(wanted, &cases, &again).await;
    };
    with_each(first..first + lives, life).await;
}

fn pair(random: &mut StdRng, length: Length) -> Case {
    let (first, mut second) = (trouble(random, length), trouble(random, length));
    // What goes wrong with an undo needs one, and an undo is shorter.
    if matches!(first.what, What::Refused(_, Choice::Undo)) && random.random_bool(0.7) {
        second = Trouble { first: second.first.div_ceil(3), ..second }.later();
    }
    let hands = *[Hands::Retry, Hands::Handled, Hands::Keep].choose(random).expect("there are some");
    Case::of(first).and(second).seen_to(hands)
}

fn trouble(random: &mut StdRng, length: Length) -> Trouble {
    let (call, event) = (random.random_range(0..length.calls), random.random_range(1..=length.events));
    let fault = *PASSING.choose(random).expect("there are some");
    let refusal = *[Fault::REFUSED, Fault::REFUSED.applied()].choose(random).expect("there are some");
    let moment = *[Moment::BeforeItsCall, Moment::AfterItsCall].choose(random).expect("there are some");
    match random.random_range(0..10) {
        0..2 => Trouble::at(call, What::Passing(fault)),
        2 => Trouble::at(call, What::Unread(fault)),
        3..6 => Trouble::at(call, What::Refused(refusal, Choice::Undo)),
        6 => Trouble::at(call, What::Refused(refusal, Choice::Retry)),
        7 => Trouble::at(call, What::Refused(refusal, Choice::Keep)),
        8 => Trouble::at(event, What::Death(moment)),
        _ => Trouble::at(0, What::Twice),
    }
}
