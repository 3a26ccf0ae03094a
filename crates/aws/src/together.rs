//! Asks in one call what many want to know at the same time: whoever comes while a call is on its way waits for it to
//! end, and the first of those asks for all of them.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::BoxFuture;
use provisioner::cloud::CloudError;
use tokio::sync::{Mutex as Turns, oneshot};

use crate::{error::ABANDONED, session::NOT_MADE};

pub(crate) type Found<V> = Result<HashMap<String, V>, CloudError>;

/// Objects of one kind, by the place that one call can ask in (a cluster) and their names there.
#[derive(Debug)]
pub(crate) struct Together<V> {
    /// How many one call can ask for.
    most: usize,
    places: Mutex<HashMap<String, Arc<Place<V>>>>,
}

#[derive(Debug)]
struct Place<V> {
    /// Held while a call is on its way.
    calling: Turns<()>,
    waiting: Mutex<Vec<Question<V>>>,
}

#[derive(Debug)]
struct Question<V> {
    names: Vec<String>,
    tell: oneshot::Sender<Found<V>>,
}

impl<V: Clone> Together<V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, places: Mutex::default() }
    }

    /// Those of `names` that there are; not more than one call can ask for. `call` makes the call, for others too.
    pub(crate) async fn ask<'a>(
        &self,
        place: &str,
        names: Vec<String>,
        call: impl Fn(Vec<String>) -> BoxFuture<'a, Found<V>> + Send + Sync,
    ) -> Found<V> {
        let place = {
            let mut places = lock(&self.places);
            // Those where nobody asks any more.
            places.retain(|_, place| Arc::strong_count(place) > 1);
            places.entry(place.to_owned()).or_insert_with(Place::new).clone()
        };
        'asking: loop {
            let (tell, mut told) = oneshot::channel();
            lock(&place.waiting).push(Question { names: names.clone(), tell });
            loop {
                let _calling = tokio::select! {
                    biased;
                    answer = &mut told => match answer {
                        Ok(found) => return found,
                        // Whoever asked for all was interrupted.
                        Err(_) => continue 'asking,
                    },
                    calling = place.calling.lock() => calling,
                };
                let questions = place.take(self.most);
                let mut all: Vec<String> = questions.iter().flat_map(|question| question.names.clone()).collect();
                if all.is_empty() {
                    // Answered, or lost, while the lock was handed over.
                    continue;
                }
                all.sort_unstable();
                all.dedup();
                let found = call(all).await;
                if let Err(error) = &found
                    && [NOT_MADE, ABANDONED].contains(&error.code.as_str())
                {
                    // That is no answer to the others: without it they ask for themselves.
                    return found;
                }
                for Question { names, tell } in questions {
                    let own = |found: &HashMap<String, V>| {
                        names.iter().filter_map(|name| Some((name.clone(), found.get(name)?.clone()))).collect()
                    };
                    // Who does not wait any more needs no answer.
                    let _ = tell.send(found.as_ref().map(own).map_err(Clone::clone));
                }
            }
        }
    }
}

impl<V> Place<V> {
    fn new() -> Arc<Self> {
        Arc::new(Self { calling: Turns::default(), waiting: Mutex::default() })
    }

    /// The questions that fit into one call, oldest first; those that nobody waits for any more are dropped.
    fn take(&self, most: usize) -> Vec<Question<V>> {
        let mut waiting = lock(&self.waiting);
        let mut room = most;
        let (taken, left) =
            mem::take(&mut *waiting).into_iter().filter(|question| !question.tell.is_closed()).partition(|question| {
                let fits = question.names.len() <= room;
                room = if fits { room - question.names.len() } else { 0 };
                fits
            });
        *waiting = left;
        taken
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::{sync::Semaphore, task::JoinSet};

    use super::*;

    /// What each call asked for, and leave for each to come back.
    struct Calls {
        asked: Mutex<Vec<usize>>,
        leave: Semaphore,
    }

    impl Calls {
        fn new() -> Arc<Self> {
            Arc::new(Self { asked: Mutex::default(), leave: Semaphore::new(0) })
        }

        async fn call(self: Arc<Self>, names: Vec<String>) -> Found<usize> {
            lock(&self.asked).push(names.len());
            self.leave.acquire().await.unwrap().forget();
            Ok(names.into_iter().map(|name| (name.clone(), name[1..].parse().unwrap())).collect())
        }
    }

    fn ask(together: &Arc<Together<usize>>, calls: &Arc<Calls>, at: usize, askers: &mut JoinSet<()>) {
        let (together, calls) = (together.clone(), calls.clone());
        askers.spawn(async move {
            let name = format!("n{at}");
            let found = together.ask("main", vec![name.clone()], |names| calls.clone().call(names).boxed()).await;
            assert_eq!(found.unwrap(), HashMap::from([(name, at)]));
        });
    }

    /// Until so many wait, the one whose call is on its way apart.
    async fn settle(together: &Together<usize>, waiting: usize) {
        while lock(&together.places).get("main").is_none_or(|place| lock(&place.waiting).len() != waiting) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn many_questions_are_few_calls() {
        let (together, calls, mut askers) = (Arc::new(Together::new(10)), Calls::new(), JoinSet::new());
        ask(&together, &calls, 0, &mut askers);
        while lock(&calls.asked).is_empty() {
            tokio::task::yield_now().await;
        }
        (1..20).for_each(|at| ask(&together, &calls, at, &mut askers));
        settle(&together, 19).await;
        calls.leave.add_permits(3);
        askers.join_all().await;
        assert_eq!(*lock(&calls.asked), [1, 10, 9]);
        // A place is kept for as long as somebody asks there.
        together.ask("other", vec![], |_| async { Ok(HashMap::new()) }.boxed()).now_or_never();
        assert_eq!(lock(&together.places).keys().collect::<Vec<_>>(), ["other"]);
    }

    #[tokio::test]
    async fn who_goes_away_in_the_middle_leaves_nobody_without_an_answer() {
        let (together, calls, mut askers) = (Arc::new(Together::new(10)), Calls::new(), JoinSet::new());
        let mut interrupted = JoinSet::new();
        ask(&together, &calls, 0, &mut interrupted);
        while lock(&calls.asked).is_empty() {
            tokio::task::yield_now().await;
        }
        (1..5).for_each(|at| ask(&together, &calls, at, &mut askers));
        settle(&together, 4).await;
        interrupted.shutdown().await;
        // The next call asks for the four who are left.
        while lock(&calls.asked).len() < 2 {
            tokio::task::yield_now().await;
        }
        calls.leave.add_permits(5);
        askers.join_all().await;
        assert_eq!(*lock(&calls.asked), [1, 4]);
    }

    #[tokio::test]
    async fn who_does_not_want_its_call_any_more_leaves_the_others_to_ask() {
        let together = Together::<usize>::new(10);
        let stopped = async {
            let call = |_| {
                async {
                    tokio::task::yield_now().await;
                    let class = provisioner::cloud::Class::Throttled;
                    Err(crate::error::refusal(class, "DescribeServices", NOT_MADE, "stopped".to_owned(), ""))
                }
                .boxed()
            };
            together.ask("main", vec!["x".to_owned()], call).await.unwrap_err().code
        };
        let goes_on = async {
            let call = |names: Vec<String>| async { Ok(names.into_iter().map(|name| (name, 1)).collect()) }.boxed();
            together.ask("main", vec!["y".to_owned()], call).await.unwrap()
        };
        let (stopped, found) = tokio::join!(stopped, goes_on);
        assert_eq!((stopped.as_str(), found), (NOT_MADE, HashMap::from([("y".to_owned(), 1)])));
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found_and_a_failure_is_everybodys() {
        let together = Together::<usize>::new(10);
        let nothing = together.ask("main", vec!["x".to_owned()], |_| async { Ok(HashMap::new()) }.boxed()).await;
        assert_eq!(nothing.unwrap(), HashMap::new());
        let failed = async || {
            let call = |_| {
                async {
                    tokio::task::yield_now().await;
                    let class = provisioner::cloud::Class::Unavailable;
                    Err(crate::error::refusal(class, "DescribeServices", "unreachable", "gone".to_owned(), ""))
                }
                .boxed()
            };
            together.ask("main", vec!["x".to_owned()], call).await.unwrap_err().code
        };
        let (one, two, three) = tokio::join!(failed(), failed(), failed());
        assert_eq!([one, two, three], ["unreachable"; 3]);
    }
}
