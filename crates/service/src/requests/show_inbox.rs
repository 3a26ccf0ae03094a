//! What waits for my decision, and what is in my hands.

use domain::{
    approval::may_decide,
    authz::{Action, Object, teams_where},
    people::Actor,
    request::RequestStatus,
    run::{Hands, Run},
};
use storage::{Page, RequestFilter, RequestSummary, Transaction};

use crate::{
    Portal, Result,
    names::Names,
    runs::{RunCard, run_card},
};

/// Nobody sees to more at once.
const MOST_IN_HAND: u32 = 50;

/// A part of what waits.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// Oldest first, with no more of each than a list shows.
    pub requests: Vec<RequestSummary>,
    /// Whether there are more after these.
    pub more: bool,
    /// Runs in the reader's hands, on the first page.
    pub in_hand: Vec<RunCard>,
}

impl Portal {
    /// Requests that this person can decide now and has not, oldest first; the page's key is the id of the last one seen.
    pub async fn inbox(&self, actor: &Actor, page: &Page) -> Result<Waiting> {
        let mut tx = self.storage.begin_read().await?;
        let filter = waiting_for(&mut *tx, actor).await?;
        let one_more = Page { limit: page.limit + 1, ..page.clone() };
        let mut requests = tx.list_request_summaries(&filter, &one_more).await?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = requests.len() > limit;
        requests.truncate(limit);
        let mut in_hand = vec![];
        if page.after.is_none() {
            let names = Names::read(&self.shelf, &mut *tx).await?;
            for run in runs_in_hand(&mut *tx, actor).await? {
                in_hand.push(run_card(&mut *tx, &names, run).await?);
            }
        }
        Ok(Waiting { requests, more, in_hand })
    }

    /// How many there are, and how many runs wait in this person's hands; for the badge.
    pub async fn inbox_count(&self, actor: &Actor) -> Result<u64> {
        let count = async { count_waiting(&mut *self.storage.begin_read().await?, actor).await };
        Ok(*self.remembered(&self.memory.waiting, actor.clone(), count).await?)
    }
}

/// How many requests wait for this person's decision, and how many runs were handed to them.
pub(crate) async fn count_waiting(tx: &mut dyn Transaction, actor: &Actor) -> Result<u64> {
    let filter = waiting_for(tx, actor).await?;
    Ok(tx.count_requests(&filter).await? + runs_in_hand(tx, actor).await?.len() as u64)
}

/// Runs that wait and were handed to this person, or to the platform team that they are of, newest first.
async fn runs_in_hand(tx: &mut dyn Transaction, actor: &Actor) -> Result<Vec<Run>> {
    let teams = teams_where(actor, Action::SteerRun);
    Ok(tx.list_runs_in_hands(&Hands::of(&actor.user), teams.as_deref(), MOST_IN_HAND).await?)
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

    use super::*;
    use crate::testing::house;

    fn first(limit: u32) -> Page {
        Page { after: None, limit }
    }

    #[tokio::test]
    async fn the_inbox_holds_what_one_can_decide() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.portal.submit(&house.owner, &house.draft("mine")).await.unwrap();
        let inbox = house.portal.inbox(&house.owner, &first(50)).await.unwrap();
        assert_eq!(inbox.requests.iter().map(|one| &one.id).collect::<Vec<_>>(), [&id]);
        for one in &inbox.requests {
            let detail = house.portal.request(&house.owner, &one.id).await.unwrap();
            let object = Object { team: Some(&one.team), requester: Some(&one.requester) };
            let place = &detail.card.environment;
            assert!(may_decide(&house.owner, object, place).is_ok(), "the filter and the table disagree");
        }
        for (actor, count) in [(&house.dev, 0), (&house.auditor, 0), (&house.other_dev, 0), (&house.platform, 2)] {
            assert_eq!(house.portal.inbox_count(actor).await.unwrap(), count, "{}", actor.user.name);
        }
        house.approve(&id).await;
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn many_are_shown_part_by_part_and_all_are_counted() {
        let house = house().await;
        let mut asked = vec![];
        for name in ["one", "two", "three"] {
            asked.push(house.portal.submit(&house.dev, &house.draft(name)).await.unwrap());
        }
        let part = async |page| {
            let part = house.portal.inbox(&house.owner, &page).await.unwrap();
            (part.requests.into_iter().map(|one| one.id).collect::<Vec<_>>(), part.more)
        };
        assert_eq!(part(first(2)).await, (asked[..2].to_vec(), true));
        let after = |id: &domain::ids::RequestId| Page { after: Some(id.to_string()), limit: 2 };
        assert_eq!(part(after(&asked[1])).await, (asked[2..].to_vec(), false));
        assert_eq!(part(first(3)).await, (asked.clone(), false));
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 3);
        house.approve(&asked[1]).await;
        assert_eq!(part(after(&asked[1])).await.0, asked[2..], "what one stopped at may be decided meanwhile");
    }
}
