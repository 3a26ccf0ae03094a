//! Checks the chain from the first event to the last.

use std::time::{Duration, Instant};

use domain::audit::{BrokenChain, genesis, verify};
use storage::Storage;

use crate::{Portal, Result};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The last event up to which the chain is whole.
    pub through: i64,
    /// Its hash, to be compared with one that was written down elsewhere.
    pub hash: String,
    /// What is wrong with the next one.
    pub broken: Option<BrokenChain>,
}

/// How much of the machine a check takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// All that it can: nobody else wants anything.
    Alone,
    /// People are served meanwhile: what takes longer than a moment rests three times as long as it works.
    Beside,
}

/// What is over by then needs no rest.
const MOMENT: Duration = Duration::from_millis(200);

impl Portal {
    /// Reads the whole history. Whoever calls this for a page has asked [`Portal::audit`] first.
    pub async fn verify_audit(&self) -> Result<Verified> {
        verify_history(&*self.storage, Pace::Beside).await
    }
}

/// Reads the whole history of a database, which may be a copy without a portal around it.
pub async fn verify_history(storage: &dyn Storage, pace: Pace) -> Result<Verified> {
    const AT_ONCE: u32 = 500;
    let since = Instant::now();
    let mut at = (0, genesis());
    loop {
        let began = Instant::now();
        // A transaction for each part: what is appended meanwhile is looked at, too, and none stays open for long.
        let events = storage.begin_read().await?.list_audit_after(at.0, AT_ONCE).await?;
        if events.is_empty() {
            return Ok(Verified { through: at.0, hash: at.1, broken: None });
        }
        for event in &events {
            match verify(at.clone(), [event]) {
                Ok(next) => at = next,
                Err(broken) => return Ok(Verified { through: at.0, hash: at.1, broken: Some(broken) }),
            }
        }
        if pace == Pace::Beside && since.elapsed() > MOMENT {
            tokio::time::sleep(3 * began.elapsed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn the_history_of_a_whole_life_is_whole() {
        let house = house().await;
        house.live(&house.draft("orders")).await;
        let verified = house.portal.verify_audit().await.unwrap();
        assert_eq!(verified.broken, None);
        assert_eq!(verified.through, i64::try_from(house.history().await.len()).unwrap());
        assert_eq!(verify_history(&*house.portal.storage, Pace::Alone).await.unwrap(), verified);
    }
}
