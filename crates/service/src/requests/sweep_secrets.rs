//! Envelopes that nobody will open: of forms that were never sent, and of what was left half made.

use std::{collections::BTreeSet, time::Duration};

use domain::{ids::SecretId, seal::SecretRef};
use storage::{Page, RequestFilter, Transaction};

use super::{OPEN, draft::references, save_draft::kept_in};
use crate::{Portal, Result, ServiceError};

/// What was sealed for a form that was neither sent nor saved; longer than anybody takes for that.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many a single transaction erases.
const AT_ONCE: u32 = 500;

impl Portal {
    /// Erases old envelopes that no open request and no draft names; returns how many.
    pub async fn sweep_secrets(&self) -> Result<usize> {
        let mut tx = self.storage.begin().await?;
        let mut old = tx.list_secrets_before(self.now() - KEPT, AT_ONCE).await?;
        if !old.is_empty() {
            let mut needed = self.secrets_of_open_requests(&mut *tx).await?;
            for draft in tx.list_drafts(None).await? {
                needed.extend(kept_in(&draft.typed).into_iter().map(|SecretRef { id, version }| (id, version)));
            }
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
    use domain::{draft::FormOf, seal::SecretRef};
    use storage::AuditFilter;

    use crate::{requests::Draft, testing::house};

    fn token(draft: &Draft) -> SecretRef {
        serde_json::from_value(draft.inputs["secrets"]["TOKEN"].clone()).unwrap()
    }

    #[tokio::test]
    async fn only_old_envelopes_that_nothing_names_any_more_are_erased() {
        let house = house().await;
        let asked = house.saved(house.draft_with_secret("orders", "open sesame")).await;
        let id = house.portal.submit(&house.dev, &asked).await.unwrap();
        let begun = house.saved(house.draft_with_secret("orders", "open barley")).await;
        house.clock.advance(2 * 24 * 60 * 60);
        assert_eq!(house.portal.sweep_secrets().await.unwrap(), 0, "a request and a draft name them");

        let form = FormOf::Template("web-service".to_owned());
        house.portal.discard_draft(&house.dev, &form).await.unwrap();
        assert_eq!(house.portal.sweep_secrets().await.unwrap(), 1);
        let swept = house.portal.audit(&house.auditor, &AuditFilter::default(), 1).await.unwrap()[0].entry.clone();
        let erased = token(&begun).id;
        let said = (swept.actor.as_str(), swept.action.as_str(), swept.object.as_str());
        assert_eq!(said, ("gantry", "secret.swept", erased.as_str()));
        let mut tx = house.portal.storage.begin_read().await.unwrap();
        let (gone, kept) = (token(&begun), token(&asked));
        assert!(tx.lookup_secret(&gone.id, gone.version).await.unwrap().is_none());
        assert!(tx.lookup_secret(&kept.id, kept.version).await.unwrap().is_some());
        drop(tx);
        house.portal.withdraw(&house.dev, &id, "").await.unwrap();
        assert_eq!(house.portal.sweep_secrets().await.unwrap(), 0, "withdrawing had erased it");
    }
}
