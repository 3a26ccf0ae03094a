//! Requests of the reader's teams.

use domain::{
    authz::{Action, teams_where},
    ids::StackId,
    people::Actor,
    request::RequestStatus,
};
use storage::{Page, RequestFilter};

use super::RequestCard;
use crate::{Portal, Result, names::Names};

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct RequestList {
    /// In any of these states; empty means all. [`super::OPEN`] are those that still want something.
    pub statuses: Vec<RequestStatus>,
    /// About this stack.
    pub stack: Option<StackId>,
    /// With this in the name of their stack, or at the beginning of their id.
    pub text: Option<String>,
}

impl Portal {
    /// Newest first; the page's key is the id of the last request seen.
    pub async fn requests(&self, actor: &Actor, list: &RequestList, page: &Page) -> Result<Vec<RequestCard>> {
        let teams = teams_where(actor, Action::ReadRequest);
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(vec![]);
        }
        let filter = RequestFilter {
            teams,
            statuses: list.statuses.clone(),
            stack: list.stack.clone(),
            text: list.text.clone(),
            ..RequestFilter::default()
        };
        let mut tx = self.storage.begin_read().await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let requests = tx.list_requests(&filter, page).await?;
        names.requests(&mut *tx, requests).await
    }
}
