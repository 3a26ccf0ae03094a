//! Answers that are given again for as long as nothing was committed since they were found.
//!
//! What most people and programs ask again and again (whom a token or a session speaks for, the lists, the marks of open
//! pages) costs one look at the database's version instead of reading it all anew. Nothing is ever told that is older
//! than the moment at which it was asked for: the version is looked at after the question, in every process for itself,
//! and says of every commit, whoever made it.

use std::{
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

impl Portal {
    /// The answer to a question, from memory if that is as good as finding it. A question holds everything that its answer
    /// depends on but the database.
    pub(crate) async fn remembered<Q: Eq + Hash, A>(
        &self,
        answers: &Answers<Q, A>,
        question: Q,
        find: impl Future<Output = Result<A>>,
    ) -> Result<Arc<A>> {
        let version = self.memory.looks.version(&*self.storage).await?;
        if let Some(known) = answers.known(&version, &question) {
            return Ok(known);
        }
        let answer = Arc::new(find.await?);
        answers.keep(version, question, Arc::clone(&answer));
        Ok(answer)
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

/// The answers of one sort, all found at one version.
pub(crate) struct Answers<Q, A>(Mutex<(Option<Version>, Found<Q, A>)>);

type Found<Q, A> = HashMap<Q, Arc<A>>;

impl<Q, A> Default for Answers<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Eq + Hash, A> Answers<Q, A> {
    fn known(&self, version: &Version, question: &Q) -> Option<Arc<A>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = known.0.as_ref() == Some(version);
        known.1.get(question).filter(|_| holds).cloned()
    }

    fn keep(&self, version: Version, question: Q, answer: Arc<A>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, answers) = &mut *known;
        if of.as_ref() != Some(&version) || answers.len() >= MOST {
            answers.clear();
            *of = Some(version);
        }
        answers.insert(question, answer);
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
        answers.keep(version("2"), "a", Arc::new(2));
        answers.keep(version("1"), "b", Arc::new(1));
        assert_eq!(answers.known(&version("2"), &"a"), None);
        assert_eq!(answers.known(&version("2"), &"b"), None);
        assert_eq!(answers.known(&version("1"), &"b").as_deref(), Some(&1));
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
