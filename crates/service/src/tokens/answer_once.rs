//! One answer for one key. A program that is not sure whether it was heard asks again with the same key and is given the
//! answer of the first time, and what it asked for is done once.
//!
//! The work is a use case of its own and has a transaction of its own, so a key goes through three: it is reserved before
//! the work, and afterwards either answered (the work was done) or let go (it was refused, and nothing was done). A process
//! that dies in between leaves a key that is reserved without an answer. Nobody knows then whether the work was done, so it
//! is never done again under that key: whoever asks is told to look first, and to take a new key if it was not.

use chrono::TimeDelta;
use domain::{ids::TokenId, seal::digest};
use storage::Answer;

use crate::{Portal, Result, ServiceError};

/// Work that has no answer after so long will have none: its process has gone.
pub const UNKNOWN_AFTER_SECONDS: i64 = 120;
/// An answer is kept so long.
const KEPT_HOURS: i64 = 24;

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The caller's: do the work, then say how it ended.
    Yours,
    /// It was done earlier; this is how it was answered.
    Done(Answer),
}

impl Portal {
    /// Reserves a key for what is asked. Another use of the key is [`ServiceError::KeyReused`]; the same while nobody has
    /// answered it yet [`ServiceError::KeyInFlight`], and after too long [`ServiceError::KeyUnknown`].
    pub async fn take_turn(&self, token: &TokenId, key: &str, asked: &[u8]) -> Result<Turn> {
        let (now, fingerprint) = (self.now(), digest(asked));
        let mut tx = self.storage.begin().await?;
        let there = tx.reserve_key(token, key, &fingerprint, now).await?;
        tx.commit().await?;
        match there {
            None => Ok(Turn::Yours),
            Some(there) if there.fingerprint != fingerprint => Err(ServiceError::KeyReused),
            Some(there) => match there.answer {
                Some(answer) => Ok(Turn::Done(answer)),
                None if now - there.reserved_at >= TimeDelta::seconds(UNKNOWN_AFTER_SECONDS) => {
                    Err(ServiceError::KeyUnknown)
                }
                None => Err(ServiceError::KeyInFlight),
            },
        }
    }

    /// The work was done: this is the answer from now on.
    pub async fn keep_answer(&self, token: &TokenId, key: &str, answer: &Answer) -> Result<()> {
        let mut tx = self.storage.begin().await?;
        tx.keep_answer(token, key, answer).await?;
        Ok(tx.commit().await?)
    }

    /// Nothing was done: the key is free again.
    pub async fn give_turn_back(&self, token: &TokenId, key: &str) -> Result<()> {
        let mut tx = self.storage.begin().await?;
        tx.release_key(token, key).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets old answers; how many.
    pub async fn sweep_answers(&self) -> Result<u64> {
        let mut tx = self.storage.begin().await?;
        let forgotten = tx.forget_keys(self.now() - TimeDelta::hours(KEPT_HOURS)).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn a_key_is_one_persons_turn_until_it_is_answered_let_go_or_forgotten() {
        let house = house().await;
        let token = "tok-one".parse().unwrap();
        let turn = async |asked: &[u8]| house.portal.take_turn(&token, "key", asked).await;
        assert_eq!(turn(b"a").await.unwrap(), Turn::Yours);
        assert_eq!(turn(b"a").await.unwrap_err().code(), "idempotency-key-in-flight");
        assert_eq!(turn(b"b").await.unwrap_err().code(), "idempotency-key-reused");
        house.portal.give_turn_back(&token, "key").await.unwrap();
        assert_eq!(turn(b"b").await.unwrap(), Turn::Yours);
        house.clock.advance(UNKNOWN_AFTER_SECONDS);
        assert_eq!(turn(b"b").await.unwrap_err().code(), "idempotency-outcome-unknown");
        let answer = Answer { status: 201, location: None, body: "{}".to_owned() };
        house.portal.keep_answer(&token, "key", &answer).await.unwrap();
        assert_eq!(turn(b"b").await.unwrap(), Turn::Done(answer.clone()));
        house.clock.advance(KEPT_HOURS * 3600 - UNKNOWN_AFTER_SECONDS);
        assert_eq!(house.portal.sweep_answers().await.unwrap(), 0);
        assert_eq!(turn(b"b").await.unwrap(), Turn::Done(answer));
        house.clock.advance(1);
        assert_eq!(house.portal.sweep_answers().await.unwrap(), 1);
        assert_eq!(turn(b"c").await.unwrap(), Turn::Yours);
    }
}
