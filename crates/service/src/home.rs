//! What somebody wants to know first.

use domain::{
    audit::AuditEvent,
    authz::{Action, Denied, Object, may, teams_where},
    people::Actor,
    request::RequestStatus,
};
use storage::{AuditFilter, Page, RequestFilter, RequestSummary, StackFilter, StackTotals, Transaction};

use crate::{
    Portal, Result,
    live::Reader,
    may_request,
    names::Names,
    requests::Waiting,
    runs::{GOING_ON, RunCard, WAITING, run_card},
    stacks::StackCard,
};

/// What is shown at the beginning.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// The first decisions that wait for the reader, oldest first.
    pub inbox: Vec<RequestSummary>,
    /// The latest runs that wait in the reader's hands.
    pub in_hand: Vec<RunCard>,
    /// All decisions that wait, and all runs in the reader's hands.
    pub inbox_count: u64,
    /// The latest requests of the reader that have to be edited, or planned again.
    pub own: Vec<RequestSummary>,
    /// The latest other runs that wait until the reader, or another one of the team, chooses.
    pub choices: Vec<RunCard>,
    /// Whether there are more of the reader's requests, or more runs that wait.
    pub more_waits: bool,
    /// The latest of the other runs that have not ended.
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

/// So many stacks and runs; the rest is on the pages of all.
pub(crate) const FIRST: u32 = 12;

/// So many of each sort of what needs the reader; what comes after them must not be pushed off the page.
const FIRST_NEEDS: u32 = 6;

impl Portal {
    /// What is shown at the beginning: what needs the reader of all their teams, the rest of the team they look at.
    pub async fn home(&self, reader: &Reader) -> Result<Home> {
        let Reader { actor, in_team } = reader;
        let first = Page { after: None, limit: FIRST_NEEDS };
        let Waiting { requests, in_hand, .. } = self.inbox(actor, &first).await?;
        let mut home = Home {
            inbox: requests,
            in_hand,
            inbox_count: self.inbox_count(actor).await?,
            may_request: may_request(in_team).is_ok(),
            ..Home::default()
        };
        let mut tx = self.storage.begin_read().await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;

        let own = RequestFilter {
            teams: teams_where(actor, Action::ReadRequest),
            statuses: vec![RequestStatus::ChangesWanted, RequestStatus::Stale],
            requester: Some(actor.user.id.clone()),
            ..RequestFilter::default()
        };
        let one_more = Page { after: None, limit: FIRST_NEEDS + 1 };
        home.own = tx.list_request_summaries(&own, &one_more).await?;
        let steered = teams_where(actor, Action::SteerRun);
        let most = FIRST_NEEDS as usize;
        let enough = u32::try_from(home.in_hand.len()).unwrap_or(u32::MAX).saturating_add(FIRST_NEEDS + 1);
        let mut choices = tx.list_runs_by_status(WAITING, steered.as_deref(), enough).await?;
        choices.retain(|run| home.in_hand.iter().all(|card| card.run.id != run.id));
        home.more_waits = home.own.len() > most || choices.len() > most;
        home.own.truncate(most);
        home.in_hand.truncate(most);
        choices.truncate(most);
        for run in choices {
            home.choices.push(run_card(&mut *tx, &names, run).await?);
        }

        let teams = teams_where(in_team, Action::ReadRequest);
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(home);
        }
        let mut runs = tx.list_runs_by_status(GOING_ON, teams.as_deref(), FIRST).await?;
        runs.extend(tx.list_runs_by_status(WAITING, teams.as_deref(), FIRST).await?);
        for run in runs {
            let card = run_card(&mut *tx, &names, run).await?;
            let is_choice = WAITING.contains(&card.run.status) && may_steer(actor, &card).is_ok();
            if !is_choice && home.runs.len() < FIRST as usize {
                home.runs.push(card);
            }
        }
        let filter = StackFilter { teams: teams.clone(), ..StackFilter::default() };
        for stack in tx.list_stacks(&filter, &Page { after: None, limit: FIRST }).await? {
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

fn may_steer(actor: &Actor, card: &RunCard) -> Result<(), Denied> {
    may(actor, Action::SteerRun, Object { team: Some(&card.card.team.id), requester: None })
}

/// What people and runs did; single calls to AWS and sign-ins are for the history.
async fn activity(tx: &mut dyn Transaction, team: Option<String>) -> Result<Vec<AuditEvent>> {
    let filter = AuditFilter { team, news: true, ..AuditFilter::default() };
    Ok(tx.list_audit(&filter, LATELY).await?)
}

#[cfg(test)]
mod tests {
    use domain::{
        ids::StackId,
        kinds::Kind,
        people::Actor,
        request::{Request, RequestStatus, Verdict},
        run::Run,
        stack::Stack,
    };
    use provisioner::{cloud::Class, fake::refusal};

    use storage::Page;

    use crate::{
        Home,
        live::{Reader, Topic},
        runs::RunCard,
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
            assert_eq!(home.own.iter().map(|one| &one.id).collect::<Vec<_>>(), expected, "{}", actor.user.name);
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

    /// Once, before the others, and for whom it was handed to alone.
    #[tokio::test]
    async fn what_was_handed_to_the_reader_comes_first() {
        let house = house().await;
        let mut runs = vec![];
        for name in ["orders", "shop"] {
            house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
            let id = house.portal.submit(&house.dev, &house.draft(name)).await.unwrap();
            house.carry_out(&id).await;
            runs.push(house.request(&id).await.run.unwrap());
        }
        let found = async |actor: &Actor| {
            let home = home(&house, actor).await;
            let ids = |cards: &[RunCard]| cards.iter().map(|card| card.run.id.clone()).collect::<Vec<_>>();
            let inbox = house.portal.inbox(actor, &Page::default()).await.unwrap();
            assert_eq!(ids(&inbox.in_hand), ids(&home.in_hand));
            (ids(&home.in_hand), ids(&home.choices), home.inbox_count)
        };
        let newest_first = vec![runs[1].clone(), runs[0].clone()];
        assert_eq!(found(&house.owner).await, (vec![], newest_first.clone(), 0));
        let mark = async |actor: &Actor| {
            let reader = Reader { actor: actor.clone(), in_team: actor.clone() };
            house.portal.mark(&reader, &Topic::Inbox).await.unwrap()
        };
        let before = mark(&house.dev).await;
        house.portal.hand_run(&house.owner, &runs[0], house.dev.user.id.as_str(), "").await.unwrap();
        assert_ne!(mark(&house.dev).await, before, "an open inbox is told");
        assert_eq!(found(&house.dev).await, (vec![runs[0].clone()], vec![runs[1].clone()], 1));
        assert_eq!(found(&house.owner).await, (vec![], newest_first, 0));
        house.portal.hand_run(&house.dev, &runs[0], "platform", "").await.unwrap();
        assert_eq!(found(&house.dev).await.0, []);
        assert_eq!(found(&house.platform).await, (vec![runs[0].clone()], vec![runs[1].clone()], 1));
    }

    /// However many others there are, of one's own team and of the whole installation.
    #[tokio::test]
    async fn what_concerns_the_reader_is_not_lost_among_others() {
        let house = house().await;
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        let stuck = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&stuck).await;
        let mine = house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let stale = |request: Request| Request { status: RequestStatus::Stale, ..request };
        let (stuck, mine) = (house.request(&stuck).await, stale(house.request(&mine).await));
        let run = stuck.run.clone().unwrap();

        let mut tx = house.portal.storage.begin().await.unwrap();
        tx.update_request(&mine).await.unwrap();
        let run = tx.lookup_run(&run).await.unwrap().unwrap();
        let stack = tx.lookup_stack(&stuck.stack).await.unwrap().unwrap();
        let elsewhere = "stk-ELSEWHERE".parse::<StackId>().unwrap();
        let of_others =
            Stack { id: elsewhere.clone(), team: house.other_team.clone(), name: "other".to_owned(), ..stack };
        tx.add_stack(&of_others).await.unwrap();
        for number in 0..120 {
            let (id, of) = (format!("req-M{number}"), format!("run-M{number}").parse().unwrap());
            let request = Request { id: id.parse().unwrap(), requester: house.owner.user.id.clone(), ..mine.clone() };
            tx.add_request(&request).await.unwrap();
            let id = format!("req-N{number}").parse().unwrap();
            let theirs = Request { id, team: house.other_team.clone(), stack: elsewhere.clone(), ..stuck.clone() };
            tx.add_request(&theirs).await.unwrap();
            let run = Run { id: of, request: theirs.id, stack: elsewhere.clone(), ..run.clone() };
            tx.add_run(&run).await.unwrap();
        }
        tx.commit().await.unwrap();

        let found = home(&house, &house.dev).await;
        assert_eq!(found.own.iter().map(|one| &one.id).collect::<Vec<_>>(), [&mine.id]);
        assert_eq!(found.choices.iter().map(|card| &card.run.id).collect::<Vec<_>>(), [&run.id]);
        assert!(!found.more_waits && found.runs.is_empty());
        let owner = home(&house, &house.owner).await;
        assert_eq!((owner.own.len(), owner.more_waits), (6, true));
        let other = home(&house, &house.other_dev).await;
        assert_eq!((other.choices.len(), other.more_waits, other.runs.len()), (6, true, 0));
        assert_eq!(home(&house, &house.auditor).await.runs.len(), 12);
    }

    #[tokio::test]
    async fn the_first_decisions_are_shown_and_all_are_counted() {
        let house = house().await;
        for number in 0..8 {
            house.portal.submit(&house.dev, &house.draft(&format!("orders-{number}"))).await.unwrap();
        }
        let found = home(&house, &house.owner).await;
        assert_eq!((found.inbox.len(), found.inbox_count), (6, 8));
        assert_eq!(found.inbox[0].stack_name, "orders-0");
    }
}
