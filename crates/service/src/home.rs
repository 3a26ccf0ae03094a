//! What somebody wants to know first.

use domain::{
    audit::AuditEvent,
    authz::Action,
    people::Actor,
    run::{RunStatus, fold},
};
use storage::{AuditFilter, Page, StackFilter, Transaction};

use crate::{
    Portal, Result, ServiceError, may_request, names::Names, requests::RequestCard, runs::RunCard, sees,
    stacks::StackCard, visible_teams,
};

/// What is shown at the beginning.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// Decisions that wait for the reader, oldest first.
    pub inbox: Vec<RequestCard>,
    /// Runs under way, and those that wait for a choice.
    pub runs: Vec<RunCard>,
    /// The first of the reader's stacks.
    pub stacks: Vec<StackCard>,
    /// What happened lately in the reader's teams, newest first.
    pub activity: Vec<AuditEvent>,
    /// Whether the reader may ask for things.
    pub may_request: bool,
}

const UNFINISHED: &[RunStatus] =
    &[RunStatus::Queued, RunStatus::Running, RunStatus::Undoing, RunStatus::NeedsChoice, RunStatus::NeedsAttention];

impl Portal {
    /// What is shown at the beginning.
    pub async fn home(&self, actor: &Actor) -> Result<Home> {
        let inbox = self.inbox(actor).await?;
        let mut tx = self.storage.begin_read().await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let teams = visible_teams(actor);
        let mut home = Home { inbox, may_request: may_request(actor).is_ok(), ..Home::default() };
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(home);
        }
        for run in tx.list_runs_by_status(UNFINISHED, 100).await? {
            let request = tx.lookup_request(&run.request).await?;
            let request = request.ok_or_else(|| ServiceError::corrupt(&run.id, "its request is missing"))?;
            if sees(actor, Action::ReadRequest, &request.team, "run").is_err() {
                continue;
            }
            let log = tx.list_events(&run.id, 0).await?;
            let state = fold(&request.plan, &log).map_err(|bad| ServiceError::corrupt(&run.id, bad))?;
            let mut cards = names.requests(&mut *tx, vec![request]).await?;
            home.runs.extend(cards.pop().map(|card| RunCard { run, card, state }));
        }
        let filter = StackFilter { teams: teams.clone(), ..StackFilter::default() };
        for stack in tx.list_stacks(&filter, &Page { after: None, limit: 12 }).await? {
            home.stacks.push(names.stack(stack)?);
        }
        home.activity = match teams {
            None => activity(&mut *tx, None).await?,
            Some(teams) => {
                let mut events = vec![];
                for team in teams {
                    events.extend(activity(&mut *tx, Some(team.to_string())).await?);
                }
                events.sort_by_key(|event| std::cmp::Reverse(event.position));
                events
            }
        };
        home.activity.truncate(10);
        Ok(home)
    }
}

/// What people and runs did; single calls to AWS and sign-ins are for the history.
async fn activity(tx: &mut dyn Transaction, team: Option<String>) -> Result<Vec<AuditEvent>> {
    let mut events = vec![];
    for action in ["request.", "run."] {
        let filter = AuditFilter { team: team.clone(), action: Some(action.to_owned()), ..AuditFilter::default() };
        events.extend(tx.list_audit(&filter, 10).await?);
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.position));
    Ok(events)
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn home_shows_what_concerns_the_reader() {
        let house = house().await;
        house.live(&house.draft("orders")).await;
        let id = house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let waiting = house.portal.home(&house.owner).await.unwrap();
        assert_eq!((waiting.inbox.len(), waiting.runs.len(), waiting.stacks.len()), (1, 0, 2));
        assert_eq!(waiting.activity[0].entry.action, "request.submitted");
        house.approve(&id).await;
        let running = house.portal.home(&house.dev).await.unwrap();
        assert_eq!((running.inbox.len(), running.runs.len(), running.may_request), (0, 1, true));
        let other = house.portal.home(&house.other_dev).await.unwrap();
        assert_eq!((other.runs.len(), other.stacks.len(), other.activity.len()), (0, 0, 0));
    }
}
