//! What somebody wants to know first.

use domain::{
    audit::AuditEvent,
    authz::{Action, Object, may, teams_where},
    people::Actor,
    request::RequestStatus,
    run::{Run, RunStatus},
};
use storage::{AuditFilter, Page, RequestFilter, StackFilter, StackTotals, Transaction};

use crate::{
    Portal, Result, ServiceError,
    live::Reader,
    may_request,
    names::Names,
    requests::RequestCard,
    runs::{RunCard, UNFINISHED, read_log},
    sees,
    stacks::StackCard,
};

/// What is shown at the beginning.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// Decisions that wait for the reader, oldest first.
    pub inbox: Vec<RequestCard>,
    /// Requests of the reader that have to be edited, or planned again.
    pub own: Vec<RequestCard>,
    /// Runs that wait until the reader, or another one of the team, chooses.
    pub choices: Vec<RunCard>,
    /// Other runs that have not ended.
    pub runs: Vec<RunCard>,
    /// The first of the team's stacks.
    pub stacks: Vec<StackCard>,
    /// All of them together.
    pub totals: StackTotals,
    /// What happened lately in the team, newest first.
    pub activity: Vec<AuditEvent>,
    /// Whether the reader may ask for things.
    pub may_request: bool,
}

/// So many lines say what happened lately.
const LATELY: u32 = 10;

/// So many stacks; the rest is on the page of all.
const FIRST_STACKS: u32 = 12;

impl Portal {
    /// What is shown at the beginning: what needs the reader of all their teams, the rest of the team they look at.
    pub async fn home(&self, reader: &Reader) -> Result<Home> {
        let Reader { actor, in_team } = reader;
        let inbox = self.inbox(actor).await?;
        let mut home = Home { inbox, may_request: may_request(in_team).is_ok(), ..Home::default() };
        let mut tx = self.storage.begin_read().await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        for run in tx.list_runs_by_status(UNFINISHED, 100).await? {
            let Some(card) = seen_card(&mut *tx, &names, actor, run).await? else { continue };
            let waits = matches!(card.run.status, RunStatus::NeedsChoice | RunStatus::NeedsAttention);
            let team = &card.card.team.id;
            if waits && may(actor, Action::SteerRun, Object { team: Some(team), requester: None }).is_ok() {
                home.choices.push(card);
            } else if sees(in_team, Action::ReadRequest, team, "run").is_ok() {
                home.runs.push(card);
            }
        }
        let teams = Some(actor.teams.iter().map(|(team, _)| team.id.clone()).collect::<Vec<_>>());
        let statuses = vec![RequestStatus::ChangesWanted, RequestStatus::Stale];
        let own = RequestFilter { teams, statuses, ..RequestFilter::default() };
        let mut own = tx.list_requests(&own, &Page { after: None, limit: 50 }).await?;
        own.retain(|request| request.requester == actor.user.id);
        home.own = names.requests(&mut *tx, own).await?;

        let teams = teams_where(in_team, Action::ReadRequest);
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(home);
        }
        let filter = StackFilter { teams: teams.clone(), ..StackFilter::default() };
        for stack in tx.list_stacks(&filter, &Page { after: None, limit: FIRST_STACKS }).await? {
            home.stacks.push(names.stack(stack)?);
        }
        home.totals = tx.total_stacks(&filter).await?;
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
        home.activity.truncate(LATELY as usize);
        Ok(home)
    }
}

/// The run with what it carries out, for those who may see it.
async fn seen_card(tx: &mut dyn Transaction, names: &Names, actor: &Actor, run: Run) -> Result<Option<RunCard>> {
    let request = tx.lookup_request(&run.request).await?;
    let request = request.ok_or_else(|| ServiceError::corrupt(&run.id, "its request is missing"))?;
    if sees(actor, Action::ReadRequest, &request.team, "run").is_err() {
        return Ok(None);
    }
    let state = read_log(tx, &run.id, &request.plan).await?.state;
    let card = names.requests(tx, vec![request]).await?.pop();
    Ok(card.map(|card| RunCard { run, card, state }))
}

/// What people and runs did; single calls to AWS and sign-ins are for the history.
async fn activity(tx: &mut dyn Transaction, team: Option<String>) -> Result<Vec<AuditEvent>> {
    let filter = AuditFilter { team, news: true, ..AuditFilter::default() };
    Ok(tx.list_audit(&filter, LATELY).await?)
}

#[cfg(test)]
mod tests {
    use domain::{kinds::Kind, people::Actor, request::Verdict};
    use provisioner::{cloud::Class, fake::refusal};

    use crate::{
        Home,
        live::Reader,
        testing::{House, house},
    };

    async fn home(house: &House, actor: &Actor) -> Home {
        house.portal.home(&Reader { actor: actor.clone(), in_team: actor.clone() }).await.unwrap()
    }

    #[tokio::test]
    async fn home_shows_what_concerns_the_reader() {
        let house = house().await;
        house.live(&house.draft("orders")).await;
        let id = house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let waiting = home(&house, &house.owner).await;
        assert_eq!((waiting.inbox.len(), waiting.runs.len(), waiting.stacks.len()), (1, 0, 2));
        assert_eq!(waiting.totals.count, 2);
        assert!(waiting.totals.monthly_micros > 0);
        assert_eq!(waiting.activity[0].entry.action, "request.submitted");
        house.approve(&id).await;
        let running = home(&house, &house.dev).await;
        assert_eq!((running.inbox.len(), running.runs.len(), running.may_request), (0, 1, true));
        let other = home(&house, &house.other_dev).await;
        assert_eq!((other.runs.len(), other.stacks.len(), other.activity.len()), (0, 0, 0));
    }

    #[tokio::test]
    async fn a_request_that_is_to_be_changed_needs_who_asked() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let seal = house.request(&id).await.seal;
        house.portal.decide(&house.owner, &id, Verdict::AskForChanges, &seal, "Four tasks.").await.unwrap();
        for (actor, expected) in [(&house.dev, vec![&id]), (&house.owner, vec![])] {
            let home = home(&house, actor).await;
            assert_eq!(
                home.own.iter().map(|card| &card.request.id).collect::<Vec<_>>(),
                expected,
                "{}",
                actor.user.name
            );
        }
    }

    #[tokio::test]
    async fn a_run_that_waits_for_a_choice_needs_those_who_may_choose() {
        let house = house().await;
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&id).await;
        for (actor, expected) in
            [(&house.dev, (1, 0)), (&house.platform, (1, 0)), (&house.auditor, (0, 1)), (&house.other_dev, (0, 0))]
        {
            let home = home(&house, actor).await;
            assert_eq!((home.choices.len(), home.runs.len()), expected, "{}", actor.user.name);
        }
    }
}
