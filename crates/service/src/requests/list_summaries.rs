//! Requests of the reader's teams, with no more of each than a list shows: nothing is read that is not shown.

use std::sync::Arc;

use domain::{
    approval::ApprovalRule,
    authz::{Action, teams_where},
    ids::{EnvironmentId, RequestId, StackId, TeamId},
    people::Actor,
    request::{RequestStatus, UNDECIDED},
};
use storage::{Page, RequestFilter, RequestSummary};

use crate::{Portal, Result};

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct SummaryList {
    /// In any of these states; empty means all.
    pub statuses: Vec<RequestStatus>,
    /// Of this team.
    pub team: Option<TeamId>,
    /// About this stack.
    pub stack: Option<StackId>,
    /// In this environment.
    pub environment: Option<EnvironmentId>,
    /// With this in the name of their stack, or at the beginning of their id.
    pub text: Option<String>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// After this one.
    pub after: Option<RequestId>,
    /// At most so many.
    pub limit: u32,
}

impl Portal {
    /// A page of them.
    pub async fn request_summaries(&self, actor: &Actor, list: SummaryList) -> Result<Arc<Vec<RequestSummary>>> {
        let teams = match (teams_where(actor, Action::ReadRequest), list.team) {
            (Some(seen), Some(team)) => Some(seen.into_iter().filter(|one| *one == team).collect()),
            (None, Some(team)) => Some(vec![team]),
            (seen, None) => seen,
        };
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Arc::default());
        }
        let SummaryList { statuses, stack, environment, text, oldest_first, after, limit, .. } = list;
        let environments = environment.map(|one| vec![one]);
        let filter =
            RequestFilter { teams, statuses, stack, environments, text, oldest_first, ..RequestFilter::default() };
        let page = Page { after: after.map(Into::into), limit };
        let find = async {
            let mut tx = self.storage.begin_read().await?;
            let mut found = tx.list_request_summaries(&filter, &page).await?;
            let places = tx.list_environments().await?;
            for one in found.iter_mut().filter(|one| UNDECIDED.contains(&one.status)) {
                let rule = places.iter().find(|place| place.id == one.environment).map(ApprovalRule::of);
                one.approvals_needed = rule.map_or(one.approvals_needed, |rule| rule.needed);
            }
            Ok(found)
        };
        self.remembered(&self.memory.summaries, (filter.clone(), page.clone()), find).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn one_sees_the_requests_of_ones_teams() {
        let house = house().await;
        let first = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let second = house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let list = || SummaryList { limit: 10, ..SummaryList::default() };
        let ids = async |actor, list| {
            let found = house.portal.request_summaries(actor, list).await.unwrap();
            found.iter().map(|one| one.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&house.dev, list()).await, [second.clone(), first.clone()]);
        assert_eq!(ids(&house.auditor, list()).await.len(), 2);
        assert!(ids(&house.other_dev, list()).await.is_empty());
        assert!(ids(&house.admin, list()).await.is_empty());
        let of = |team: &TeamId| SummaryList { team: Some(team.clone()), ..list() };
        assert_eq!(ids(&house.platform, of(&house.team)).await.len(), 2);
        assert!(ids(&house.platform, of(&house.other_team)).await.is_empty());
        assert!(ids(&house.other_dev, of(&house.team)).await.is_empty());
        assert_eq!(
            ids(&house.dev, SummaryList { after: Some(second.clone()), ..list() }).await,
            std::slice::from_ref(&first)
        );
        let text = |text: &str| SummaryList { text: Some(text.to_owned()), ..list() };
        assert_eq!(ids(&house.dev, text("ORD")).await, std::slice::from_ref(&first));
        assert!(ids(&house.other_dev, text("ord")).await.is_empty());
        let oldest_first = SummaryList { oldest_first: true, ..list() };
        assert_eq!(ids(&house.dev, oldest_first).await, [first, second]);
        let place = |environment| SummaryList { environment: Some(environment), ..list() };
        assert_eq!(ids(&house.dev, place(house.environment.clone())).await.len(), 2);
        assert!(ids(&house.dev, place("env-elsewhere".parse().unwrap())).await.is_empty());
        let found = house.portal.request_summaries(&house.dev, list()).await.unwrap();
        assert_eq!(found[0].title(), "Create shop in staging");
    }
}
