//! How an open page knows that what it shows is old.
//!
//! A page follows [`Topic`]s. What it shows of a topic has a mark: a short text that differs whenever the page would.
//! Marks are read from the database, so any replica tells the same ones, before and after it was restarted. They come from
//! what a change writes anyhow (the history, the log of a run, the version of a row), so nothing has to be kept for them.
//!
//! A page reads its marks before its content: a change in between is then told once too often, never once too seldom.
//! To add a topic: a variant, its name, its mark, and a case in the test.

use std::{fmt, str::FromStr};

use domain::{
    authz::{Action, teams_where},
    ids::{RequestId, RunId, StackId, TeamId},
    people::Actor,
    run::Run,
};
use storage::{AuditFilter, Page, RequestFilter, Transaction};

use crate::{
    Portal, Result, ServiceError,
    home::FIRST,
    requests::{count_waiting, seen_request},
    runs::{GOING_ON, seen_run},
    sees,
};

/// What a page can follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What waits for the reader's decision.
    Inbox,
    /// Home.
    Home,
    /// The list of requests.
    Requests,
    /// The list of stacks.
    Stacks,
    /// One request with its conversation.
    Request(RequestId),
    /// One run with each of its steps.
    Run(RunId),
    /// One stack.
    Stack(StackId),
}

/// There is no such topic.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is nothing that a page can follow")]
pub struct NotATopic(String);

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inbox => "inbox",
            Self::Home => "home",
            Self::Requests => "requests",
            Self::Stacks => "stacks",
            Self::Request(id) => id.as_str(),
            Self::Run(id) => id.as_str(),
            Self::Stack(id) => id.as_str(),
        })
    }
}

impl FromStr for Topic {
    type Err = NotATopic;
    fn from_str(given: &str) -> Result<Self, NotATopic> {
        match given {
            "inbox" => return Ok(Self::Inbox),
            "home" => return Ok(Self::Home),
            "requests" => return Ok(Self::Requests),
            "stacks" => return Ok(Self::Stacks),
            _ => {}
        }
        let request = given.parse().map(Self::Request);
        let run = || given.parse().map(Self::Run);
        let stack = || given.parse().map(Self::Stack);
        request.or_else(|_| run()).or_else(|_| stack()).map_err(|_| NotATopic(given.chars().take(80).collect()))
    }
}

/// Who reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reader {
    /// The person with all their teams.
    pub actor: Actor,
    /// The same person as a member of only that team whose lists are shown.
    pub in_team: Actor,
}

impl Portal {
    /// The mark of a topic now. Whoever may not see it is told that it is not there.
    pub async fn mark(&self, reader: &Reader, topic: &Topic) -> Result<String> {
        let question = (reader.clone(), topic.clone());
        let found = self.remembered(&self.memory.marks, question, self.find_mark(reader, topic)).await?;
        Ok(String::clone(&found))
    }

    async fn find_mark(&self, reader: &Reader, topic: &Topic) -> Result<String> {
        let mut tx = self.storage.begin_read().await?;
        let tx = &mut *tx;
        let lists = &reader.in_team;
        Ok(match topic {
            Topic::Inbox => inbox_mark(tx, &reader.actor).await?,
            Topic::Requests => news(tx, teams_where(lists, Action::ReadRequest).as_deref()).await?.to_string(),
            Topic::Stacks => news(tx, teams_where(lists, Action::ReadStack).as_deref()).await?.to_string(),
            Topic::Home => {
                let (news, waiting) = (
                    news(tx, teams_where(lists, Action::ReadRequest).as_deref()).await?,
                    inbox_mark(tx, &reader.actor).await?,
                );
                format!("{news}.{waiting}.{}", steps_taken(tx, lists).await?)
            }
            Topic::Request(id) => {
                let request = seen_request(tx, &reader.actor, id).await?;
                let of_run = match &request.run {
                    Some(run) => last_position(tx, of_run(run, "run.")).await?,
                    None => 0,
                };
                let said = AuditFilter { object: Some(id.to_string()), ..AuditFilter::default() };
                format!("{}.{}.{of_run}", request.version, last_position(tx, said).await?)
            }
            Topic::Run(id) => {
                let (run, _) = seen_run(tx, &reader.actor, id).await?;
                run_mark(tx, &run).await?
            }
            Topic::Stack(id) => {
                let stack = tx.lookup_stack(id).await?.ok_or(ServiceError::NotFound { what: "stack" })?;
                sees(&reader.actor, Action::ReadStack, &stack.team, "stack")?;
                let filter = RequestFilter { stack: Some(id.clone()), ..RequestFilter::default() };
                let newest = tx.list_requests(&filter, &Page { after: None, limit: 1 }).await?.pop();
                let newest = newest.map(|request| format!("{}.{}", request.id, request.version)).unwrap_or_default();
                format!("{}.{newest}", stack.version)
            }
        })
    }
}

/// The mark of a run: its log and its calls.
pub(crate) async fn run_mark(tx: &mut dyn Transaction, run: &Run) -> Result<String> {
    let calls = last_position(tx, of_run(&run.id, "")).await?;
    Ok(format!("{}.{}.{calls}", run.status, tx.last_event_position(&run.id).await?))
}

/// How many wait, and the last that happened where this person decides: a plan may have been replaced by another.
async fn inbox_mark(tx: &mut dyn Transaction, actor: &Actor) -> Result<String> {
    let teams = teams_where(actor, Action::DecideRequest);
    let waiting = count_waiting(tx, actor).await?;
    Ok(format!("{waiting}.{}", news(tx, teams.as_deref()).await?))
}

/// The position of the last news of any of these teams; none means all.
async fn news(tx: &mut dyn Transaction, teams: Option<&[TeamId]>) -> Result<i64> {
    let of = |team: Option<&TeamId>| AuditFilter {
        news: true,
        team: team.map(ToString::to_string),
        ..AuditFilter::default()
    };
    let Some(teams) = teams else { return last_position(tx, of(None)).await };
    let mut last = 0;
    for team in teams {
        last = last.max(last_position(tx, of(Some(team))).await?);
    }
    Ok(last)
}

/// How far the runs that home shows have come. Those that wait for a choice take no steps.
async fn steps_taken(tx: &mut dyn Transaction, actor: &Actor) -> Result<u64> {
    let teams = teams_where(actor, Action::ReadRequest);
    let mut taken = 0;
    for run in tx.list_runs_by_status(GOING_ON, teams.as_deref(), FIRST).await? {
        taken += tx.last_event_position(&run.id).await?;
    }
    Ok(taken)
}

fn of_run(run: &RunId, action: &str) -> AuditFilter {
    let action = (!action.is_empty()).then(|| action.to_owned());
    AuditFilter { object: Some(run.to_string()), action, ..AuditFilter::default() }
}

async fn last_position(tx: &mut dyn Transaction, filter: AuditFilter) -> Result<i64> {
    Ok(tx.list_audit(&filter, 1).await?.first().map_or(0, |event| event.position))
}

#[cfg(test)]
mod tests {
    use domain::request::Verdict;

    use super::*;
    use crate::testing::{House, house};

    async fn marks(house: &House, actor: &Actor, topics: &[Topic]) -> Vec<String> {
        let reader = Reader { actor: actor.clone(), in_team: actor.clone() };
        let mut marks = vec![];
        for topic in topics {
            marks.push(house.portal.mark(&reader, topic).await.unwrap());
        }
        marks
    }

    /// Which of the topics differ between two looks.
    fn moved(topics: &[Topic], before: &[String], after: &[String]) -> Vec<String> {
        let pairs = topics.iter().zip(before.iter().zip(after));
        pairs.filter(|(_, (before, after))| before != after).map(|(topic, _)| topic.to_string()).collect()
    }

    #[tokio::test]
    async fn a_mark_differs_when_and_only_when_there_is_something_else_to_show() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let request = house.request(&id).await;
        let lists = [Topic::Inbox, Topic::Home, Topic::Requests, Topic::Stacks];
        let objects = [Topic::Request(id.clone()), Topic::Stack(request.stack.clone())];
        let topics: Vec<Topic> = lists.iter().chain(&objects).cloned().collect();
        let at_first = marks(&house, &house.owner, &topics).await;
        assert_eq!(marks(&house, &house.owner, &topics).await, at_first, "nothing happened");
        let stranger = marks(&house, &house.other_dev, &lists).await;

        house.portal.comment(&house.dev, &id, "Please look today").await.unwrap();
        let said = marks(&house, &house.owner, &topics).await;
        assert!(moved(&topics, &at_first, &said).contains(&id.to_string()));
        assert!(!moved(&topics, &at_first, &said).contains(&request.stack.to_string()));

        house.portal.decide(&house.owner, &id, Verdict::Approve, &request.seal, "").await.unwrap();
        let decided = marks(&house, &house.owner, &topics).await;
        assert_eq!(moved(&topics, &said, &decided).len(), topics.len(), "{said:?} {decided:?}");

        let run = Topic::Run(house.request(&id).await.run.unwrap());
        let queued = marks(&house, &house.dev, std::slice::from_ref(&run)).await;
        house.work().await;
        assert_ne!(marks(&house, &house.dev, std::slice::from_ref(&run)).await, queued);
        assert_eq!(moved(&topics, &decided, &marks(&house, &house.owner, &topics).await).len(), topics.len());
        assert_eq!(marks(&house, &house.other_dev, &lists).await, stranger, "another team learns of it");

        let reader = Reader { actor: house.other_dev.clone(), in_team: house.other_dev.clone() };
        for topic in objects.iter().chain([&run]) {
            assert_eq!(house.portal.mark(&reader, topic).await.unwrap_err().code(), "not-found", "{topic}");
        }
    }

    #[test]
    fn a_topic_is_read_as_it_is_written() {
        for text in ["inbox", "home", "requests", "stacks", "req-7F3K2M", "run-2M9Q4T", "stk-4T9QXN"] {
            assert_eq!(text.parse::<Topic>().unwrap().to_string(), text);
        }
        assert!("usr-7F3K2M".parse::<Topic>().is_err());
        assert!("".parse::<Topic>().is_err());
    }
}
