//! Answers that are given again for as long as nothing was committed since they were found.
//!
//! What most people and programs ask again and again (whom a token or a session speaks for, the lists, the marks of open
//! pages) costs one look at the database's version instead of reading it all anew. Nothing is ever told that is older
//! than the moment at which it was asked for: the version is looked at after the question, in every process for itself,
//! and says of every commit, whoever made it. All that one request asks is answered as of one look.

use std::{
    cell::OnceCell,
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{DateTime, Utc, audit::AuditEvent, ids::UserId, people::Actor};
use storage::{AuditFilter, Page, RequestFilter, RequestSummary, StackFilter, Storage, TokenHolder, Version};

use crate::{
    Portal, Result,
    live::{Reader, Topic},
    stacks::StackCard,
};

/// So many answers of one sort, and then it begins anew: a page of a list may be some hundred kilobytes.
const MOST: usize = 32;

/// What is remembered, one field for every sort of question.
#[derive(Default)]
pub struct Memory {
    looks: Looks,
    pub(crate) token_holders: Answers<String, Option<TokenHolder>>,
    pub(crate) people: Answers<(UserId, DateTime<Utc>), Option<Actor>>,
    pub(crate) marks: Answers<(Reader, Topic), String>,
    pub(crate) waiting: Answers<Actor, u64>,
    pub(crate) summaries: Answers<(RequestFilter, Page), Vec<RequestSummary>>,
    pub(crate) stacks: Answers<(StackFilter, Page), Vec<StackCard>>,
    pub(crate) audit: Answers<(AuditFilter, u32), Vec<AuditEvent>>,
}

tokio::task_local! {
    static LOOKED: OnceCell<Version>;
}

/// Work that only reads, and is over soon: all that it asks is answered as of its first look.
pub async fn with_one_look<F: Future>(work: F) -> F::Output {
    LOOKED.scope(OnceCell::new(), work).await
}

impl Memory {
    async fn version(&self, storage: &dyn Storage) -> Result<Version> {
        if let Ok(Some(version)) = LOOKED.try_with(|looked| looked.get().cloned()) {
            return Ok(version);
        }
        let version = self.looks.version(storage).await?;
        // Work that is not asked to keep to one look looks again; of two looks at once one is kept.
        let _ = LOOKED.try_with(|looked| looked.set(version.clone()));
        Ok(version)
    }
}

impl Portal {
    /// The answer to a question, from memory if that is as good as finding it. A question holds everything that its answer
    /// depends on but the database.
    pub(crate) async fn remembered<Q: Eq + Hash, A>(
        &self,
        answers: &Answers<Q, A>,
        question: Q,
        find: impl Future<Output = Result<A>>,
    ) -> Result<Arc<A>> {
        let version = self.memory.version(&*self.storage).await?;
        let answer = answers.at(version, question);
        answer.get_or_try_init(|| async { find.await.map(Arc::new) }).await.cloned()
    }
}

/// Looks at the version. Those who come while somebody looks wait, and then share one look, which began after they came.
#[derive(Default)]
struct Looks {
    came: AtomicU64,
    last: tokio::sync::Mutex<Option<Look>>,
}

struct Look {
    /// It began after so many had come.
    after: u64,
    found: Version,
}

impl Looks {
    async fn version(&self, storage: &dyn Storage) -> Result<Version> {
        let before_me = self.came.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some(look) = last.as_ref().filter(|look| look.after > before_me) {
            return Ok(look.found.clone());
        }
        let after = self.came.load(Ordering::SeqCst);
        let found = storage.version().await?;
        *last = Some(Look { after, found: found.clone() });
        Ok(found)
    }
}

/// The answers of one sort, all found at one version. Who asks what is just being found waits for it.
pub(crate) struct Answers<Q, A>(Mutex<(Option<Version>, Found<Q, A>)>);

type Found<Q, A> = HashMap<Q, Answer<A>>;
type Answer<A> = Arc<tokio::sync::OnceCell<Arc<A>>>;

impl<Q, A> Default for Answers<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Eq + Hash, A> Answers<Q, A> {
    /// The place of the answer to a question at a version; empty while nobody has found it.
    fn at(&self, version: Version, question: Q) -> Answer<A> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, answers) = &mut *known;
        let is_new = !answers.contains_key(&question);
        if of.as_ref() != Some(&version) || (is_new && answers.len() >= MOST) {
            answers.clear();
            *of = Some(version);
        }
        Arc::clone(answers.entry(question).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::testing::{House, house, houses};

    async fn ask(house: &House, answers: &Answers<String, u32>, found: &AtomicU32, question: &str) -> u32 {
        let find = async { Ok(found.fetch_add(1, Ordering::SeqCst)) };
        *house.portal.remembered(answers, question.to_owned(), find).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_holds_until_something_is_committed_on_either_database() {
        for house in houses().await {
            let (answers, found) = (Answers::default(), AtomicU32::new(0));
            // PostgreSQL numbers the commits of all its databases together: what others commit ends an answer early.
            let mut known = ask(&house, &answers, &found, "a").await;
            loop {
                let again = ask(&house, &answers, &found, "a").await;
                if again == known {
                    break;
                }
                known = again;
            }
            assert_ne!(ask(&house, &answers, &found, "b").await, known, "another question");
            let before = found.load(Ordering::SeqCst);
            house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
            assert!(ask(&house, &answers, &found, "a").await >= before);
            assert!(ask(&house, &answers, &found, "b").await >= before);
        }
    }

    #[tokio::test]
    async fn what_was_found_at_another_version_is_not_told() {
        let answers = Answers::default();
        let version = |text: &str| Version(text.to_owned());
        answers.at(version("2"), "a").set(Arc::new(2)).unwrap();
        assert_eq!(answers.at(version("2"), "a").get().map(|found| **found), Some(2));
        assert_eq!(answers.at(version("1"), "a").get(), None);
        assert_eq!(answers.at(version("2"), "a").get(), None, "nor is what was found before that");
    }

    #[tokio::test]
    async fn what_is_just_being_found_is_waited_for_and_found_by_another_when_that_fails() {
        let house = house().await;
        let (answers, found) = (Answers::<&str, u32>::default(), AtomicU32::new(0));
        let ask = || {
            let find = async {
                let is_first = found.fetch_add(1, Ordering::SeqCst) == 0;
                // By then all of them have asked.
                tokio::task::yield_now().await;
                if is_first { Err(crate::ServiceError::TokenRefused) } else { Ok(7) }
            };
            house.portal.remembered(&answers, "a", find)
        };
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        let asked = [a, b, c];
        let failed = asked.iter().filter(|answer| answer.is_err()).count();
        assert!(asked.iter().flatten().all(|answer| **answer == 7), "{asked:?}");
        assert_eq!((failed, found.load(Ordering::SeqCst)), (1, 2));
    }

    #[tokio::test]
    async fn no_failure_is_remembered_and_no_more_than_so_many_answers() {
        let house = house().await;
        let answers: Answers<usize, usize> = Answers::default();
        let failed = async { Err(crate::ServiceError::TokenRefused) };
        house.portal.remembered(&answers, 0, failed).await.unwrap_err();
        for number in 0..3 * MOST {
            assert_eq!(*house.portal.remembered(&answers, number, async { Ok(number) }).await.unwrap(), number);
            assert!(answers.0.lock().unwrap().1.len() <= MOST);
        }
    }

    /// What one request shows was so at one moment; the next request looks again.
    #[tokio::test]
    async fn work_with_one_look_is_answered_as_of_that_look() {
        let house = house().await;
        let (answers, found) = (Answers::default(), AtomicU32::new(0));
        with_one_look(async {
            assert_eq!(ask(&house, &answers, &found, "a").await, 0);
            house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
            assert_eq!(ask(&house, &answers, &found, "a").await, 0);
        })
        .await;
        assert_eq!(ask(&house, &answers, &found, "a").await, 1);
        assert_eq!(with_one_look(ask(&house, &answers, &found, "a")).await, 1);
    }

    /// Those who came while somebody looked share the next look; whoever comes after that has another.
    #[tokio::test]
    async fn those_who_come_together_look_once() {
        let house = house().await;
        let (looks, storage) = (Arc::new(Looks::default()), &house.portal.storage);
        let busy = looks.last.lock().await;
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let (looks, storage) = (Arc::clone(&looks), Arc::clone(storage));
                tokio::spawn(async move { looks.version(&*storage).await.unwrap() })
            })
            .collect();
        while looks.came.load(Ordering::SeqCst) < 8 {
            tokio::task::yield_now().await;
        }
        drop(busy);
        let mut found = vec![];
        for one in waiting {
            found.push(one.await.unwrap());
        }
        assert_eq!(looks.last.lock().await.as_ref().map(|look| look.after), Some(8));
        house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let later = looks.version(&**storage).await.unwrap();
        assert!(!found.contains(&later));
    }
}
