//! What ids stand for, read once for a page.

use std::collections::BTreeMap;

use domain::{
    environment::Environment,
    ids::{EnvironmentId, TeamId, UserId},
    people::{Team, User},
    request::Request,
    stack::Stack,
};
use storage::Transaction;

use crate::{Result, ServiceError, catalogue::Shelf, requests::RequestCard, stacks::StackCard};

pub(crate) struct Names {
    users: BTreeMap<UserId, User>,
    teams: BTreeMap<TeamId, Team>,
    environments: BTreeMap<EnvironmentId, Environment>,
    templates: BTreeMap<String, String>,
}

impl Names {
    pub(crate) async fn read(shelf: &Shelf, tx: &mut dyn Transaction) -> Result<Self> {
        let users = tx.list_users().await?.into_iter().map(|user| (user.id.clone(), user)).collect();
        let teams = tx.list_teams().await?.into_iter().map(|team| (team.id.clone(), team)).collect();
        let environments = tx.list_environments().await?.into_iter().map(|one| (one.id.clone(), one)).collect();
        let templates = shelf.latest(tx).await?;
        let templates =
            templates.into_iter().map(|one| (one.template.name.clone(), one.template.title.clone())).collect();
        Ok(Self { users, teams, environments, templates })
    }

    pub(crate) fn user(&self, id: &UserId) -> String {
        self.users.get(id).map_or_else(|| id.to_string(), |user| user.name.clone())
    }

    pub(crate) fn stack(&self, stack: Stack) -> Result<StackCard> {
        let missing =
            |what: &str| ServiceError::corrupt(format!("stack {}", stack.id), format!("its {what} is missing"));
        let team = self.teams.get(&stack.team).ok_or_else(|| missing("team"))?.clone();
        let environment = self.environments.get(&stack.environment).ok_or_else(|| missing("environment"))?.clone();
        let template_title = self.template(&stack.revision);
        Ok(StackCard { stack, team, environment, template_title })
    }

    pub(crate) fn request(&self, request: Request, stack: Stack) -> Result<RequestCard> {
        let StackCard { stack, team, environment, .. } = self.stack(stack)?;
        let template_title = self.template(&request.revision);
        let requester_name = self.user(&request.requester);
        Ok(RequestCard { request, stack, team, environment, template_title, requester_name })
    }

    /// Requests with their stacks.
    pub(crate) async fn requests(&self, tx: &mut dyn Transaction, requests: Vec<Request>) -> Result<Vec<RequestCard>> {
        let mut cards = Vec::with_capacity(requests.len());
        for request in requests {
            let stack = tx.lookup_stack(&request.stack).await?;
            let stack = stack.ok_or_else(|| ServiceError::corrupt(&request.id, "its stack is missing"))?;
            cards.push(self.request(request, stack)?);
        }
        Ok(cards)
    }

    fn template(&self, revision: &str) -> String {
        let name = revision.split('@').next().unwrap_or(revision);
        self.templates.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

/// Whether it can be the short name of a team or an environment: a part of names and tags in AWS.
pub(crate) fn is_name(text: &str, longest: usize) -> bool {
    text.len() <= longest
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
