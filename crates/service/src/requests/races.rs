//! Two people act on one request at the same moment, on either database: one of them is first, and the other is told so in
//! a way that they can act on.

use std::sync::Arc;

use domain::{
    ids::{RequestId, RunId},
    people::Actor,
    request::{RequestStatus, Verdict},
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    Result, ServiceError,
    testing::{House, houses},
};

/// Who is first is chance: each pair races so many times, and is started in either order.
const ROUNDS: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Approve,
    Reject,
    Withdraw,
    Edit,
}

/// What came of one act: the run that it started, if any.
type Came = (Act, Result<Option<RunId>>);

/// Somebody looks at the request, waits until the other has, and acts.
async fn act(house: Arc<House>, id: RequestId, who: Actor, act: Act, both: Arc<Barrier>) -> Came {
    let seal = house.request(&id).await.seal;
    let mut draft = house.edit(&id).await;
    "Because it is urgent.".clone_into(&mut draft.reason);
    both.wait().await;
    let portal = &house.portal;
    let came = match act {
        Act::Approve => portal.decide(&who, &id, Verdict::Approve, &seal, "").await.map(|decided| decided.run),
        Act::Reject => portal.decide(&who, &id, Verdict::Reject, &seal, "Not now.").await.map(|decided| decided.run),
        Act::Withdraw => portal.withdraw(&who, &id, "").await.map(|()| None),
        Act::Edit => portal.edit(&who, &draft).await.map(|_| None),
    };
    (act, came)
}

/// A new request, and what came of two who act on it at once.
async fn race(house: &Arc<House>, name: &str, pair: [(&Actor, Act); 2]) -> (RequestId, Vec<Came>) {
    let id = house.portal.submit(&house.dev, &house.draft(name)).await.unwrap();
    let both = Arc::new(Barrier::new(pair.len()));
    let mut tasks = JoinSet::new();
    for (who, what) in pair {
        tasks.spawn(act(Arc::clone(house), id.clone(), who.clone(), what, Arc::clone(&both)));
    }
    (id, tasks.join_all().await)
}

/// The runs of what a request is about.
async fn runs(house: &House, id: &RequestId) -> Vec<RunId> {
    let stack = house.request(id).await.stack;
    let mut tx = house.portal.storage.begin_read().await.unwrap();
    tx.list_runs(&stack).await.unwrap().into_iter().map(|run| run.id).collect()
}

/// How often the history says this of the request, or of its run.
async fn said(house: &House, action: &str, object: &str) -> usize {
    let history = house.history().await;
    history.iter().filter(|event| event.entry.action == action && event.entry.object == object).count()
}

/// One of two was done, and the other was refused with a conflict that says what is the matter and where to look.
fn only_one(id: &RequestId, came: Vec<Came>) -> (Act, Option<RunId>) {
    let (mut done, mut refused) = (vec![], vec![]);
    for (act, result) in came {
        match result {
            Ok(run) => done.push((act, run)),
            Err(error) => refused.push((act, error)),
        }
    }
    let [winner] = <[_; 1]>::try_from(done).unwrap_or_else(|done| panic!("done: {done:?}, refused: {refused:?}"));
    let (loser, error) = refused.remove(0);
    let ServiceError::Conflict { message, see } = &error else { panic!("{loser:?} ended with {error:?}") };
    assert_eq!(see.as_ref(), Some(id), "{loser:?} after {winner:?}: {message}");
    let why = match winner.0 {
        Act::Approve => "is being carried out already",
        Act::Reject => "was rejected",
        Act::Withdraw => "was withdrawn",
        Act::Edit => "has changed since you looked",
    };
    assert!(message.contains(why), "{loser:?} after {winner:?}: {message}");
    winner
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_approvals_where_one_is_needed_one_starts_the_run() {
    for house in houses().await.map(Arc::new) {
        for round in 0..ROUNDS {
            let pair = [(&house.owner, Act::Approve), (&house.platform, Act::Approve)];
            let (id, came) = race(&house, &format!("orders-{round}"), pair).await;
            let (_, run) = only_one(&id, came);
            let run = run.expect("a run");
            assert_eq!(house.request(&id).await.run.as_ref(), Some(&run));
            assert_eq!(runs(&house, &id).await, std::slice::from_ref(&run));
            assert_eq!(said(&house, "request.approved", id.as_str()).await, 1, "who was refused decided nothing");
            assert_eq!(said(&house, "run.queued", run.as_str()).await, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_approvals_where_both_are_needed_the_second_starts_the_run() {
    for house in houses().await.map(Arc::new) {
        house.approvals_needed(2).await;
        for round in 0..ROUNDS {
            let pair = [(&house.owner, Act::Approve), (&house.platform, Act::Approve)];
            let (id, came) = race(&house, &format!("orders-{round}"), pair).await;
            let started: Vec<RunId> = came.into_iter().filter_map(|(_, result)| result.unwrap()).collect();
            assert_eq!(started.len(), 1, "one of them was the second");
            let request = house.request(&id).await;
            assert_eq!((request.status, request.run.as_ref()), (RequestStatus::Running, started.first()));
            assert_eq!(runs(&house, &id).await, started);
            assert_eq!(said(&house, "request.approved", id.as_str()).await, 2);
            assert_eq!(said(&house, "run.queued", started[0].as_str()).await, 1);
        }
    }
}

/// As when somebody clicks twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_who_approves_twice_at_once_is_counted_once() {
    for house in houses().await.map(Arc::new) {
        house.approvals_needed(2).await;
        for round in 0..ROUNDS {
            let pair = [(&house.owner, Act::Approve), (&house.owner, Act::Approve)];
            let (id, came) = race(&house, &format!("orders-{round}"), pair).await;
            let (done, refused): (Vec<_>, Vec<_>) = came.into_iter().map(|(_, result)| result).partition(Result::is_ok);
            assert_eq!(done.len(), 1);
            let error = refused.into_iter().find_map(Result::err).unwrap();
            assert_eq!(error.code(), "conflict");
            assert!(error.to_string().contains("You have decided about this plan already"), "{error}");
            assert_eq!(house.request(&id).await.status, RequestStatus::NeedsApproval);
            assert!(runs(&house, &id).await.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_races_a_rejection_a_withdrawal_and_an_edit_and_one_of_them_is_done() {
    for house in houses().await.map(Arc::new) {
        for (rival, act, name, after) in [
            (&house.platform, Act::Reject, "rejected", RequestStatus::Rejected),
            (&house.dev, Act::Withdraw, "withdrawn", RequestStatus::Withdrawn),
            (&house.dev, Act::Edit, "edited", RequestStatus::NeedsApproval),
        ] {
            for round in 0..ROUNDS {
                let mut pair = [(&house.owner, Act::Approve), (rival, act)];
                if round % 2 == 1 {
                    pair.reverse();
                }
                let (id, came) = race(&house, &format!("{name}-{round}"), pair).await;
                let (winner, run) = only_one(&id, came);
                let request = house.request(&id).await;
                let found = runs(&house, &id).await;
                if winner == Act::Approve {
                    assert_eq!((request.status, &request.run), (RequestStatus::Running, &run));
                    assert_eq!(found, Vec::from_iter(run));
                } else {
                    assert_eq!((request.status, &request.run, found), (after, &None, vec![]));
                }
                assert_eq!(request.edition, if winner == Act::Edit { 2 } else { 1 });
            }
        }
    }
}
