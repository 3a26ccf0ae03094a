//! Envelopes that nobody will open: of forms that were never sent, and of what was left half made.

use std::{collections::BTreeSet, time::Duration};

use domain::{ids::SecretId, seal::SecretRef};
use storage::{Page, RequestFilter, Transaction};

use super::{OPEN, draft::references};
use crate::{Portal, Result, ServiceError};

/// A form lives in a session, and no session lives longer than a working day.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many a single transaction erases.
const AT_ONCE: u32 = 500;

impl Portal {
    /// Erases old envelopes that no open request names; returns how many.
    pub async fn sweep_secrets(&self) -> Result<usize> {
        let mut tx = self.storage.begin().await?;
        let mut old = tx.list_secrets_before(self.now() - KEPT, AT_ONCE).await?;
        if !old.is_empty() {
            let needed = self.secrets_of_open_requests(&mut *tx).await?;
            old.retain(|secret| !needed.contains(secret));
        }
        for (id, version) in &old {
            tx.erase_secret(id, *version).await?;
            let summary = format!("Gantry erased version {version} of a secret that nothing needs any more");
            tx.append_audit(&self.own_entry("secret.swept", id, summary)).await?;
        }
        tx.commit().await?;
        Ok(old.len())
    }

    async fn secrets_of_open_requests(&self, tx: &mut dyn Transaction) -> Result<BTreeSet<(SecretId, u32)>> {
        let filter = RequestFilter { statuses: OPEN.to_vec(), ..RequestFilter::default() };
        let (mut page, mut needed) = (Page::default(), BTreeSet::new());
        loop {
            let requests = tx.list_requests(&filter, &page).await?;
            for request in &requests {
                let shelved = self.shelf.exactly(tx, &request.revision).await?;
                let shelved = shelved.ok_or_else(|| ServiceError::corrupt(&request.id, "its template is missing"))?;
                let named = references(&shelved.template, &request.inputs).into_iter();
                needed.extend(named.map(|(_, SecretRef { id, version })| (id, version)));
            }
            match requests.last() {
                Some(last) if requests.len() == page.limit as usize => page.after = Some(last.id.to_string()),
                _ => return Ok(needed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use storage::AuditFilter;

    use crate::testing::house;

    #[tokio::test]
    async fn only_old_envelopes_that_no_open_request_names_are_erased() {
        let house = house().await;
        let clear = house.draft_with_secret("orders", "open sesame").secrets;
        let asked = house.portal.keep_secrets(&house.dev, &house.team, &clear).await.unwrap();
        let mut draft = house.draft("orders");
        draft.inputs.insert("secrets".to_owned(), json!(asked["secrets"]));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let forgotten = house.portal.keep_secrets(&house.dev, &house.team, &clear).await.unwrap();
        assert_eq!(house.portal.sweep_secrets().await.unwrap(), 0, "neither is old");

        house.clock.advance(2 * 24 * 60 * 60);
        assert_eq!(house.portal.sweep_secrets().await.unwrap(), 1);
        let swept = house.portal.audit(&house.auditor, &AuditFilter::default(), 1).await.unwrap().remove(0).entry;
        let said = (swept.actor.as_str(), swept.action.as_str(), swept.object.as_str());
        assert_eq!(said, ("gantry", "secret.swept", forgotten["secrets"]["TOKEN"].id.as_str()));
        let mut tx = house.portal.storage.begin_read().await.unwrap();
        let (gone, kept) = (&forgotten["secrets"]["TOKEN"], &asked["secrets"]["TOKEN"]);
        assert!(tx.lookup_secret(&gone.id, gone.version).await.unwrap().is_none());
        assert!(tx.lookup_secret(&kept.id, kept.version).await.unwrap().is_some());
        drop(tx);
        house.portal.withdraw(&house.dev, &id, "").await.unwrap();
        assert_eq!(house.portal.sweep_secrets().await.unwrap(), 0, "withdrawing had erased it");
    }
}
