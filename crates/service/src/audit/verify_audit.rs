//! Checks the chain from the first event to the last.

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

impl Portal {
    /// Reads the whole history. Whoever calls this for a page has asked [`Portal::audit`] first.
    pub async fn verify_audit(&self) -> Result<Verified> {
        verify_history(&*self.storage).await
    }
}

/// Reads the whole history of a database, which may be a copy without a portal around it.
pub async fn verify_history(storage: &dyn Storage) -> Result<Verified> {
    const AT_ONCE: u32 = 500;
    let mut tx = storage.begin_read().await?;
    let mut at = (0, genesis());
    loop {
        let events = tx.list_audit_after(at.0, AT_ONCE).await?;
        if events.is_empty() {
            return Ok(Verified { through: at.0, hash: at.1, broken: None });
        }
        for event in &events {
            match verify(at.clone(), [event]) {
                Ok(next) => at = next,
                Err(broken) => return Ok(Verified { through: at.0, hash: at.1, broken: Some(broken) }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn the_history_of_a_whole_life_is_whole() {
        let house = house().await;
        house.live(&house.draft("orders")).await;
        let verified = house.portal.verify_audit().await.unwrap();
        assert_eq!(verified.broken, None);
        assert_eq!(verified.through, i64::try_from(house.history().await.len()).unwrap());
    }
}
