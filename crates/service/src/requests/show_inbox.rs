//! What waits for my decision.

use domain::{
    authz::{Action, Object, may},
    people::{Actor, PlatformRole, TeamRole},
    request::{Request, RequestStatus},
};
use storage::{Page, RequestFilter, Transaction};

use super::RequestCard;
use crate::{Portal, Result, names::Names};

/// More than this many are shown once the first are decided.
const AT_MOST: u32 = 200;

impl Portal {
    /// Requests that this person can decide now and has not, oldest first.
    pub async fn inbox(&self, actor: &Actor) -> Result<Vec<RequestCard>> {
        let mut tx = self.storage.begin_read().await?;
        let waiting = waiting_for(&mut *tx, actor).await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        names.requests(&mut *tx, waiting).await
    }

    /// How many there are, for the badge.
    pub async fn inbox_count(&self, actor: &Actor) -> Result<usize> {
        Ok(waiting_for(&mut *self.storage.begin_read().await?, actor).await?.len())
    }
}

async fn waiting_for(tx: &mut dyn Transaction, actor: &Actor) -> Result<Vec<Request>> {
    let teams = match actor.user.platform_role {
        Some(PlatformRole::Platform) => None,
        _ => {
            let owned = actor.teams.iter().filter(|(_, role)| *role == TeamRole::Owner);
            let owned: Vec<_> = owned.map(|(team, _)| team.id.clone()).collect();
            if owned.is_empty() {
                return Ok(vec![]);
            }
            Some(owned)
        }
    };
    let filter = RequestFilter { teams, statuses: vec![RequestStatus::NeedsApproval], stack: None, oldest_first: true };
    let mut waiting = vec![];
    for request in tx.list_requests(&filter, &Page { after: None, limit: AT_MOST }).await? {
        let object = Object { team: Some(&request.team), requester: Some(&request.requester) };
        if may(actor, Action::DecideRequest, object).is_err() {
            continue;
        }
        let decisions = tx.list_decisions(&request.id).await?;
        if !decisions.iter().any(|one| one.user == actor.user.id && one.seal == request.seal) {
            waiting.push(request);
        }
    }
    Ok(waiting)
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn the_inbox_holds_what_one_can_decide() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.portal.submit(&house.owner, &house.draft("mine")).await.unwrap();
        let inbox = house.portal.inbox(&house.owner).await.unwrap();
        assert_eq!(inbox.iter().map(|card| &card.request.id).collect::<Vec<_>>(), [&id]);
        for (actor, count) in [(&house.dev, 0), (&house.auditor, 0), (&house.other_dev, 0), (&house.platform, 2)] {
            assert_eq!(house.portal.inbox_count(actor).await.unwrap(), count, "{}", actor.user.name);
        }
        house.approve(&id).await;
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 0);
    }
}
