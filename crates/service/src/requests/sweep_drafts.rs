//! Drafts that nobody went on with.

use std::time::Duration;

use crate::{Portal, Result};

/// So long a draft is kept after it was saved last.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Portal {
    /// Forgets old drafts; returns how many.
    pub async fn sweep_drafts(&self) -> Result<u64> {
        let mut tx = self.storage.begin().await?;
        let forgotten = tx.remove_drafts_before(self.now() - KEPT).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn a_draft_is_kept_for_thirty_days() {
        let house = house().await;
        house.saved(house.draft("orders")).await;
        house.clock.advance(30 * 24 * 60 * 60);
        assert_eq!(house.portal.sweep_drafts().await.unwrap(), 0);
        house.clock.advance(1);
        assert_eq!(house.portal.sweep_drafts().await.unwrap(), 1);
        assert!(house.portal.drafts(&house.dev).await.unwrap().is_empty());
    }
}
