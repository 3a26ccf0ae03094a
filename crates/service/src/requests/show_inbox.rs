//! What waits for my decision.

use domain::{
    approval::may_decide,
    authz::{Action, Object, teams_where},
    people::Actor,
    request::RequestStatus,
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
        let filter = waiting_for(&mut *tx, actor).await?;
        let waiting = tx.list_requests(&filter, &Page { after: None, limit: AT_MOST }).await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        names.requests(&mut *tx, waiting).await
    }

    /// How many there are, for the badge.
    pub async fn inbox_count(&self, actor: &Actor) -> Result<u64> {
        let count = async { count_waiting(&mut *self.storage.begin_read().await?, actor).await };
        Ok(*self.remembered(&self.memory.waiting, actor.clone(), count).await?)
    }
}

/// How many requests wait for this person's decision.
pub(crate) async fn count_waiting(tx: &mut dyn Transaction, actor: &Actor) -> Result<u64> {
    let filter = waiting_for(tx, actor).await?;
    Ok(tx.count_requests(&filter).await?)
}

/// What [`may_decide`] says, as the database reads it.
async fn waiting_for(tx: &mut dyn Transaction, actor: &Actor) -> Result<RequestFilter> {
    let teams = teams_where(actor, Action::DecideRequest);
    let asked_in = |place: &_| match &teams {
        None => may_decide(actor, Object::default(), place).is_ok(),
        Some(teams) => {
            teams.iter().any(|team| may_decide(actor, Object { team: Some(team), requester: None }, place).is_ok())
        }
    };
    let places = tx.list_environments().await?;
    let environments = places.into_iter().filter(|place| asked_in(place)).map(|place| place.id).collect();
    Ok(RequestFilter {
        environments: Some(environments),
        statuses: vec![RequestStatus::NeedsApproval],
        undecided_by: Some(actor.user.id.clone()),
        oldest_first: true,
        teams,
        ..RequestFilter::default()
    })
}

#[cfg(test)]
mod tests {
    use domain::{approval::may_decide, authz::Object};

    use crate::testing::house;

    #[tokio::test]
    async fn the_inbox_holds_what_one_can_decide() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.portal.submit(&house.owner, &house.draft("mine")).await.unwrap();
        let inbox = house.portal.inbox(&house.owner).await.unwrap();
        assert_eq!(inbox.iter().map(|card| &card.request.id).collect::<Vec<_>>(), [&id]);
        for card in &inbox {
            let object = Object { team: Some(&card.team.id), requester: Some(&card.request.requester) };
            let place = &card.environment;
            assert!(may_decide(&house.owner, object, place).is_ok(), "the filter and the table disagree");
        }
        for (actor, count) in [(&house.dev, 0), (&house.auditor, 0), (&house.other_dev, 0), (&house.platform, 2)] {
            assert_eq!(house.portal.inbox_count(actor).await.unwrap(), count, "{}", actor.user.name);
        }
        house.approve(&id).await;
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 0);
    }
}
