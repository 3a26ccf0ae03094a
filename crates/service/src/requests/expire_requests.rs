//! The end of requests about which nobody did anything for too long.

use domain::{
    ids::RequestId,
    request::{RequestEvent, UNDECIDED},
};
use provisioner::wake::Change;
use storage::{Page, RequestFilter};

use super::withdraw_request::give_back;
use crate::{Portal, Result, ServiceError};

/// How many one sweep ends; the rest is left to the next.
const AT_ONCE: u32 = 100;

impl Portal {
    /// Ends every request that has waited for longer than [`Portal::request_days`]; returns how many. One that cannot be
    /// ended keeps no other from its end.
    pub async fn expire_requests(&self) -> Result<usize> {
        let since = self.now() - chrono::TimeDelta::days(self.request_days.into());
        let filter = RequestFilter {
            statuses: UNDECIDED.to_vec(),
            unchanged_since: Some(since),
            oldest_first: true,
            ..RequestFilter::default()
        };
        let page = Page { after: None, limit: AT_ONCE };
        let old = self.storage.begin_read().await?.list_requests(&filter, &page).await?;
        let mut ended = 0;
        for request in old {
            match self.expire(&request.id).await {
                Ok(true) => ended += 1,
                // Somebody did something about it at the last moment.
                Ok(false) | Err(ServiceError::Conflict { .. }) => {}
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(request.id = %request.id, error, "a request did not expire; trying again later");
                }
            }
        }
        Ok(ended)
    }

    async fn expire(&self, id: &RequestId) -> Result<bool> {
        let now = self.now();
        let mut tx = self.storage.begin().await?;
        let Some(mut request) = tx.lookup_request(id).await? else { return Ok(false) };
        if request.expires_at(self.request_days).is_none_or(|end| end > now) {
            return Ok(false);
        }
        request.status = request
            .status
            .on(RequestEvent::Expired)
            .map_err(|not_now| ServiceError::conflict(format!("{not_now}.")))?;
        request.updated_at = now;
        give_back(&self.shelf, &mut *tx, &request, now).await?;
        tx.update_request(&request).await?;
        let days = self.request_days;
        let summary = format!("let the request {id} expire: nobody did anything about it for {days} days");
        let mut entry = self.own_entry("request.expired", id, summary);
        entry.team = Some(request.team.to_string());
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(request.id), run: None, stack: Some(request.stack) });
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        request::{RequestStatus, Verdict},
        stack::{Stack, StackStatus},
    };
    use provisioner::runner::SecretSource;

    use crate::testing::house;

    const DAY: i64 = 24 * 60 * 60;

    #[tokio::test]
    async fn a_request_that_nobody_cares_for_expires_and_gives_everything_back() {
        let house = house().await;
        let mut draft = house.shared("shop", "/shop/*");
        draft.secrets = house.draft_with_secret("shop", "open sesame").secrets;
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let request = house.request(&id).await;
        house.clock.advance(13 * DAY);
        let fresh = house.portal.submit(&house.dev, &house.draft("fresh")).await.unwrap();
        assert_eq!(house.portal.expire_requests().await.unwrap(), 0);

        house.clock.advance(DAY + 1);
        assert_eq!(house.portal.expire_requests().await.unwrap(), 1);
        assert_eq!(house.request(&id).await.status, RequestStatus::Expired);
        assert_eq!(house.request(&fresh).await.status, RequestStatus::NeedsApproval);
        assert_eq!(house.stack(&request.stack).await.status, StackStatus::Gone);
        let secret = serde_json::from_value(request.inputs["secrets"]["TOKEN"].clone()).unwrap();
        assert!(house.portal.vault.reveal(&secret).await.unwrap().is_none());
        let last = house.history().await.pop().unwrap().entry;
        assert_eq!((last.action.as_str(), last.actor.as_str()), ("request.expired", "gantry"));
        house.portal.submit(&house.dev, &house.shared("shop", "/shop/*")).await.unwrap();
    }

    #[tokio::test]
    async fn one_that_cannot_be_ended_keeps_no_other_from_its_end() {
        let house = house().await;
        let broken = house.portal.submit(&house.dev, &house.draft("broken")).await.unwrap();
        house.clock.advance(1);
        let sound = house.portal.submit(&house.dev, &house.draft("sound")).await.unwrap();
        let mut tx = house.portal.storage.begin().await.unwrap();
        let stack = house.stack(&house.request(&broken).await.stack).await;
        // Nothing that lives belongs to a request that waits for approval.
        tx.update_stack(&Stack { status: StackStatus::Live, ..stack }).await.unwrap();
        tx.commit().await.unwrap();
        house.clock.advance(14 * DAY + 1);
        for ended in [1, 0] {
            assert_eq!(house.portal.expire_requests().await.unwrap(), ended);
        }
        assert_eq!(house.request(&broken).await.status, RequestStatus::NeedsApproval);
        assert_eq!(house.request(&sound).await.status, RequestStatus::Expired);
    }

    #[tokio::test]
    async fn whoever_does_something_about_a_request_gives_it_more_time() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.clock.advance(10 * DAY);
        let seal = house.request(&id).await.seal;
        house.portal.decide(&house.owner, &id, Verdict::AskForChanges, &seal, "Smaller, please.").await.unwrap();
        house.clock.advance(10 * DAY);
        assert_eq!(house.portal.expire_requests().await.unwrap(), 0);
        house.clock.advance(5 * DAY);
        assert_eq!(house.portal.expire_requests().await.unwrap(), 1, "one that waits for its requester does, too");
        let late = house.portal.edit(&house.dev, &house.edit(&id).await).await.unwrap_err();
        assert!(late.to_string().contains("in time"), "{late}");
    }
}
