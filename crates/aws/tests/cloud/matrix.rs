//! The fault matrix: every built-in template with the real kinds over HTTP, where every call that changes something
//! goes wrong in every way once, forward and back, and the process dies after every event. The end is what was wanted,
//! or what was before, or exactly the list of what is left; never an orphan.

use std::io::Write as _;

use domain::{
    plan::Wish,
    run::{Choice, RunStatus},
};
use gantry_aws::testing::Fault;

use crate::{
    death::Moment,
    ground::{Ground, LIFE, Length, cluster, own_load_balancer, shared_load_balancer, with_each},
    house::{House, SECRET, Wanted},
    life::{Case, Ended, Hands, Trouble, What, lives},
    pairs,
};

/// What the caller bears without asking anybody.
pub const PASSING: [Fault; 7] = [
    Fault::THROTTLED,
    Fault::REPLY_LOST,
    Fault::SERVER_ERROR,
    Fault::TIMED_OUT,
    Fault::RESET,
    Fault::SERVER_ERROR.applied(),
    Fault::TIMED_OUT.applied(),
];

/// What a life takes in its stride: so many calls or events lie between two that go wrong.
const STRIDE: usize = 3;

/// The same in each of the three runs.
fn throughout(trouble: Trouble) -> [Case; 3] {
    [0; 3].map(|_| Case::of(trouble))
}

/// Each of these faults in passing, with every one of so many calls in one of the cases.
fn every_call_in_passing(calls: usize, faults: &[Fault]) -> Vec<Trouble> {
    let mut troubles = vec![];
    for fault in faults {
        let from = |first| Trouble::at(first, What::Passing(*fault)).every(STRIDE);
        troubles.extend((0..STRIDE.min(calls)).map(from));
    }
    troubles
}

/// The process dies after every event in one of the cases: before the call that the event announces, or after it.
fn every_death(moments: &[Moment]) -> Vec<Trouble> {
    let death = |first, moment| Trouble::at(first, What::Death(moment)).every(STRIDE);
    moments.iter().flat_map(|moment| (1..=STRIDE).map(|first| death(first, *moment))).collect()
}

/// Every call that only reads fails in passing in one of the cases.
fn every_read() -> impl Iterator<Item = Trouble> {
    let from = |fault| move |first| Trouble::at(first, What::Unread(fault)).every(STRIDE);
    [Fault::THROTTLED, Fault::RESET].into_iter().flat_map(move |fault| (0..STRIDE).map(from(fault)))
}

/// A call that is refused, and a reply that is lost while what a person has chosen is carried out.
fn refused(call: usize, fault: Fault, choice: Choice) -> Case {
    let lost = Trouble::at(1, What::Passing(Fault::REPLY_LOST)).later();
    Case::of(Trouble::at(call, What::Refused(fault, choice))).and(lost)
}

/// Every one of so many calls is refused, and a person has it tried again.
fn refused_and_tried_again(calls: usize, fault: Fault) -> impl Iterator<Item = [Case; 3]> {
    let again = move |first| Trouble::at(first, What::Refused(fault, Choice::Retry)).every(STRIDE);
    (0..STRIDE.min(calls)).map(move |first| throughout(again(first)))
}

/// How many lives it takes until the longest of its runs has met everything.
fn longest(lengths: [Length; 3]) -> usize {
    lengths.map(|length| length.calls).into_iter().max().unwrap_or_default()
}

/// The last call before a run deletes anything is refused, and all that it has made is taken back.
fn last_is_refused(length: Length) -> Trouble {
    Trouble::at(length.undoable - 1, What::Refused(Fault::REFUSED, Choice::Undo))
}

/// The same, and something goes wrong with that.
fn unwound(length: Length, trouble: Trouble) -> Case {
    Case::of(last_is_refused(length)).and(trouble.later())
}

impl Ground {
    /// How long an undo of everything takes.
    async fn measure_undo(&self, wanted: &Wanted, wish: Wish, length: Length) -> Ended {
        let ended = self.part_of_life(wanted, wish, &Case::of(last_is_refused(length))).await;
        assert_eq!(ended.status, RunStatus::Undone);
        ended
    }
}

/// Creates and updates that are undone, some at once; all of them end as before.
async fn undos(ground: &Ground, wanted: &Wanted, cases: impl IntoIterator<Item = (Wish, Case)>) {
    let undo = |(wish, case)| async move {
        let ended = ground.part_of_life(wanted, wish, &case).await;
        assert_eq!(ended.status, RunStatus::Undone, "{wish} with {case:?}");
    };
    with_each(cases, undo).await;
}

/// With their lengths.
fn undoable(lengths: [Length; 3]) -> [(Wish, Length); 2] {
    [(Wish::Create, lengths[0]), (Wish::Update, lengths[1])]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_stays_secret_through_a_whole_life() {
    let ground = Ground::prepare("secret").await;
    let house = ground.house(&own_load_balancer(&ground)).await;
    let run = house.submit(Wish::Create).await;
    assert_eq!(house.work(&run).await, RunStatus::Succeeded);
    assert!(!house.everything_on_record(&run).await.contains(SECRET));
    let run = house.submit(Wish::Destroy).await;
    assert_eq!(house.work(&run).await, RunStatus::Succeeded);
}

/// Prints how many calls were made since the last time; whether any of them changed something.
fn tally(test: &str, house: &House, what: &str) -> bool {
    let (changes, reads): (Vec<_>, Vec<_>) = house.wire.take_calls().into_iter().partition(|call| call.mutates());
    // Past the test runner, which keeps to itself what a test prints that passes.
    let (changed, read) = (changes.len(), reads.len());
    let _ =
        writeln!(std::io::stderr().lock(), "{test}: {what}: {changed} calls that change something, {read} that read");
    !changes.is_empty()
}

async fn prepared(test: &str, wanted: fn(&Ground) -> Wanted) -> (Ground, Wanted) {
    let ground = Ground::prepare(test).await;
    let wanted = wanted(&ground);
    (ground, wanted)
}

macro_rules! matrix {
    ($($name:ident: $wanted:path;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn lives_and_is_left_alone_by_a_plan() {
                let test = stringify!($name);
                let (ground, wanted) = prepared(test, $wanted).await;
                let house = ground.house(&wanted).await;
                for wish in LIFE {
                    let run = house.submit(wish).await;
                    assert!(!tally(test, &house, &format!("plan of a {wish}")), "planning only reads");
                    assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
                    assert!(tally(test, &house, &format!("run of a {wish}")));
                    ground.arrived(&house, wish, "all well").await;
                    assert!(!tally(test, &house, "a second plan"), "planning only reads");
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_fail_in_passing() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let calls = longest(ground.measure(&wanted).await);
                lives(&ground, &wanted, every_call_in_passing(calls, &PASSING).into_iter().map(throughout)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_read_can_fail_in_passing() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                lives(&ground, &wanted, every_read().map(throughout)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_be_refused_and_undone_or_tried_again() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let calls = longest(ground.measure(&wanted).await);
                let undone = (0..calls).map(|call| [0; 3].map(|_| refused(call, Fault::REFUSED, Choice::Undo)));
                lives(&ground, &wanted, undone.chain(refused_and_tried_again(calls, Fault::REFUSED))).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_be_done_although_it_is_refused() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let calls = longest(ground.measure(&wanted).await);
                let fault = Fault::REFUSED.applied();
                let undone = (0..calls).step_by(2).map(|call| [0; 3].map(|_| refused(call, fault, Choice::Undo)));
                lives(&ground, &wanted, undone.chain(refused_and_tried_again(calls, fault))).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_process_can_die_after_every_event() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let deaths = every_death(&[Moment::BeforeItsCall, Moment::AfterItsCall]);
                lives(&ground, &wanted, deaths.into_iter().map(throughout)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_step_can_be_taken_twice() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                lives(&ground, &wanted, [throughout(Trouble::at(0, What::Twice))]).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_of_an_undo_can_be_refused() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let mut cases = vec![];
                for (wish, length) in undoable(ground.measure(&wanted).await) {
                    let calls = ground.measure_undo(&wanted, wish, length).await.calls_later;
                    for call in 0..calls {
                        let refusal = Trouble::at(call, What::Refused(Fault::REFUSED, Choice::Retry));
                        let hands = [Hands::Retry, Hands::Handled][call % 2];
                        cases.push((wish, unwound(length, refusal).seen_to(hands)));
                    }
                }
                undos(&ground, &wanted, cases).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_of_an_undo_can_fail_in_passing() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let mut cases = vec![];
                for (wish, length) in undoable(ground.measure(&wanted).await) {
                    let calls = ground.measure_undo(&wanted, wish, length).await.calls_later;
                    let with = |trouble| (wish, unwound(length, trouble));
                    cases.extend(every_call_in_passing(calls, &PASSING[..3]).into_iter().map(with));
                }
                undos(&ground, &wanted, cases).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_of_an_undo_can_be_done_although_it_is_refused() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let lengths = undoable(ground.measure(&wanted).await);
                let fault = What::Refused(Fault::REFUSED.applied(), Choice::Retry);
                let refusals = (0..STRIDE).map(|first| Trouble::at(first, fault).every(STRIDE));
                let with = |trouble| lengths.map(|(wish, length)| (wish, unwound(length, trouble)));
                undos(&ground, &wanted, refusals.flat_map(with)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_process_can_die_after_every_event_of_an_undo() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let lengths = undoable(ground.measure(&wanted).await);
                let with = |trouble| lengths.map(|(wish, length)| (wish, unwound(length, trouble)));
                undos(&ground, &wanted, every_death(&[Moment::AfterItsCall]).into_iter().flat_map(with)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn any_two_things_can_go_wrong_in_one_run() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let lengths = ground.measure(&wanted).await;
                pairs::lives(&ground, &wanted, lengths).await;
            }
        }
    )*};
}

matrix! {
    fargate_cluster: cluster;
    web_service_with_its_own_load_balancer: own_load_balancer;
    web_service_on_the_shared_load_balancer: shared_load_balancer;
}
