//! One stack: what it is made of, what was done to it, who stands on it.

use std::sync::Arc;

use domain::{
    authz::{Action, Denied, Object, may},
    cost::Estimate,
    ids::{RequestId, StackId},
    people::Actor,
    plan::Resource,
    request::RequestStatus,
    run::Run,
    stack::Stack,
    template::schema::Template,
};
use provisioner::holdings;
use storage::{Page, RequestFilter};

use super::StackCard;
use crate::{
    Portal, Result, ServiceError,
    names::Names,
    requests::{OPEN, changeable, unused},
};

/// A stack.
#[derive(Clone, Debug)]
pub struct StackDetail {
    /// The stack and what its ids stand for.
    pub card: StackCard,
    /// The revision that runs.
    pub template: Arc<Template>,
    /// The AWS objects that it has.
    pub resources: Vec<Resource>,
    /// Runs, newest first.
    pub runs: Vec<Run>,
    /// How many of them succeeded.
    pub release_count: u64,
    /// How many requests are about it.
    pub request_count: u64,
    /// The request that still wants something.
    pub open_request: Option<RequestId>,
    /// What the last request that was carried out said it costs.
    pub cost: Option<Estimate>,
    /// Stacks that it uses.
    pub uses: Vec<Stack>,
    /// Living stacks that use it.
    pub used_by: Vec<Stack>,
    /// Whether the reader may ask for a change now, or why not.
    pub may_change: Result<(), Denied>,
    /// Whether the reader may ask to destroy it now, or why not.
    pub may_destroy: Result<(), Denied>,
}

impl Portal {
    /// One stack.
    pub async fn stack(&self, actor: &Actor, id: &StackId) -> Result<StackDetail> {
        let mut tx = self.storage.begin_read().await?;
        let stack = self.seen_stack(&mut *tx, actor, id).await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let shelved = self.shelf.exactly(&mut *tx, &stack.revision).await?;
        let shelved = shelved.ok_or_else(|| ServiceError::corrupt(id, "its template is missing"))?;
        let mut resources = tx.list_resources(id).await?;
        resources.retain(|resource| resource.live);
        let about = |statuses: &[RequestStatus]| RequestFilter {
            stack: Some(id.clone()),
            statuses: statuses.to_vec(),
            ..RequestFilter::default()
        };
        let last = Page { after: None, limit: 1 };
        let done = tx.list_requests(&about(&[RequestStatus::Succeeded]), &last).await?.pop();
        let open = tx.list_request_summaries(&about(OPEN), &last).await?.pop();
        let allowed = may(actor, Action::SubmitRequest, Object { team: Some(&stack.team), requester: None });
        let may_change = match &allowed {
            Ok(()) => as_denied(changeable(&mut *tx, &stack).await)?,
            Err(denied) => Err(denied.clone()),
        };
        let may_destroy = match &may_change {
            Ok(()) => as_denied(unused(&mut *tx, id).await)?,
            Err(denied) => Err(denied.clone()),
        };
        Ok(StackDetail {
            template: shelved.template,
            runs: tx.list_runs(id).await?,
            release_count: tx.count_releases(id).await?,
            request_count: tx.count_requests(&about(&[])).await?,
            open_request: open.map(|request| request.id),
            cost: done.map(|request| request.cost),
            uses: holdings::uses(&mut *tx, id, &resources, None).await?,
            used_by: tx.list_users_of(id).await?,
            may_change,
            may_destroy,
            resources,
            card: names.stack(stack)?,
        })
    }
}

/// A state that is in the way is shown like a refusal.
fn as_denied(result: Result<()>) -> Result<Result<(), Denied>> {
    match result {
        Ok(()) => Ok(Ok(())),
        Err(ServiceError::Conflict { message, .. }) => {
            Ok(Err(Denied { action: Action::SubmitRequest, reason: message }))
        }
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn others_do_not_learn_that_it_exists() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let detail = house.portal.stack(&house.dev, &stack).await.unwrap();
        assert!(!detail.resources.is_empty() && detail.cost.is_some());
        assert!(detail.may_change.is_ok() && detail.may_destroy.is_ok());
        assert_eq!(house.portal.stack(&house.other_dev, &stack).await.unwrap_err().code(), "not-found");
        assert!(house.portal.stack(&house.auditor, &stack).await.unwrap().may_change.is_err());
        let page = storage::Page::default();
        for (actor, count) in [(&house.dev, 1), (&house.auditor, 1), (&house.other_dev, 0), (&house.admin, 0)] {
            let list = house.portal.stacks(actor, &Default::default(), &page).await.unwrap();
            assert_eq!(list.len(), count, "{}", actor.user.name);
        }
    }
}
