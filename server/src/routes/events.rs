//! One event stream per tab: what an open page shows is told again when it differs.
//!
//! `GET /events?topic=requests&topic=run-2M9Q4T&after=requests:417` names the topics that the page follows; the inbox is
//! always one of them. Who may not see one of them gets the status that its page would have.
//!
//! # What is sent
//! Each topic has a mark (`service::live`), a short text that differs whenever the page would. A message of a topic is sent
//! when, and only when, its mark differs from the last one that the tab is known to have. What it is known to have is what
//! `Last-Event-ID` lists (browsers send it when they connect again), without that header what `after` lists (a page knows
//! the marks it was rendered with), and nothing of a topic that neither names: that one is told once.
//!
//! Every message's `id` lists the marks that the tab has after it, `inbox:2.417;requests:417`. So the server keeps nothing
//! between two connections, and another replica, or the same one after a restart, goes on where the last one ended.
//! Messages carry the state of a topic, not its history: whatever happened in a gap is told once, as it is by then.
//!
//! | `event` | `data` | what it means |
//! | --- | --- | --- |
//! | `ready` | `{}` | first, at once and always: the stream works. A tab that waits for it in vain asks with `once=1` instead, because something on the way holds streams back |
//! | `inbox` | `{"topic","mark","state":{"count":2}}` | so many decisions wait for the reader |
//! | `run` | `{"topic","mark","state":RunView}` | the run, whole |
//! | `list`, `request`, `stack` | `{"topic","mark"}` | the page that shows it is old |
//! | `alive` | `{}` | nothing else was sent for [`QUIET`]: proxies do not close the stream, and a tab that hears nothing for two and a half times as long knows that it leads nowhere |
//!
//! `once=1` answers what would be sent now as JSON, `{"id": "…", "messages": [{"event": "run", "topic": …}]}`, and ends.
//!
//! After [`LONGEST`] the server ends the stream: the next connection asks again who is signed in.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    fmt,
    time::Duration,
};

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures::stream;
use provisioner::wake::Change;
use serde::Serialize;
use serde_json::{Value, json};
use service::{
    Result as Served, ServiceError,
    live::{Reader, Topic},
};
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use crate::{
    edge::session::{Signed, only_in},
    error::{log, status},
    state::Portals,
    views::run,
};

/// Another process may have changed something: look at least this often.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// Changes come in bursts: so long they are gathered, then one look is for all of them.
const GATHER: Duration = Duration::from_millis(150);
/// When a browser connects again.
const RETRY: Duration = Duration::from_secs(1);
/// A stream is not silent for much longer. `app::islands::stream` knows it too.
const QUIET: Duration = Duration::from_secs(10);
/// How long a stream lives.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// No page shows more.
const MOST_TOPICS: usize = 16;

const LAST_SEEN: &str = "last-event-id";

/// The marks that a tab has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen(BTreeMap<Topic, String>);

impl Seen {
    /// What cannot be read is not known, and told again.
    fn read(text: &str) -> Self {
        let pairs = text.split(';').filter_map(|pair| pair.split_once(':'));
        Self(pairs.filter_map(|(topic, mark)| Some((topic.parse().ok()?, mark.to_owned()))).collect())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (topic, mark)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ";" };
            write!(f, "{separator}{topic}:{mark}")?;
        }
        Ok(())
    }
}

/// What a tab asks for.
#[derive(Debug, Default)]
struct Asked {
    topics: Vec<Topic>,
    seen: Seen,
    once: bool,
}

impl Asked {
    fn read(query: &str, headers: &HeaderMap) -> Result<Self, String> {
        let mut asked = Self { topics: vec![Topic::Inbox], ..Self::default() };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "topic" => asked.topics.push(value.parse().map_err(|error| format!("{error}."))?),
                "after" => asked.seen = Seen::read(&value),
                "once" => asked.once = value == "1",
                _ => {}
            }
        }
        asked.topics.sort();
        asked.topics.dedup();
        if asked.topics.len() > MOST_TOPICS {
            return Err(format!("No more than {MOST_TOPICS} topics can be followed at once."));
        }
        if let Some(last) = headers.get(LAST_SEEN).and_then(|value| value.to_str().ok()) {
            asked.seen = Seen::read(last);
        }
        asked.seen.0.retain(|topic, _| asked.topics.contains(topic));
        Ok(asked)
    }
}

/// One topic as it is now.
#[derive(Debug, Serialize)]
struct Message {
    #[serde(skip)]
    topic: Topic,
    event: &'static str,
    #[serde(flatten)]
    data: Value,
}

/// A tab and what it has seen so far.
struct Follower {
    state: Portals,
    signed: Signed,
    reader: Reader,
    topics: Vec<Topic>,
    seen: Seen,
    changes: broadcast::Receiver<Change>,
    shutdown: watch::Receiver<bool>,
    ends: Instant,
    /// When something was sent last.
    spoke: Instant,
    queue: VecDeque<Event>,
}

impl Follower {
    /// Whatever differs from what the tab has.
    async fn news(&mut self) -> Served<Vec<Message>> {
        // What somebody may see can be taken from them while their page is open.
        let actor = self.signed.again(&self.state).await?.ok_or(ServiceError::NotFound { what: "session" })?;
        let shown = self.reader.in_team.teams.first().map(|(team, _)| team.id.clone());
        self.reader = Reader { in_team: only_in(&actor, shown.as_ref()), actor };
        let mut news = vec![];
        for topic in &self.topics {
            let mark = self.state.portal.mark(&self.reader, topic).await?;
            if self.seen.0.get(topic) == Some(&mark) {
                continue;
            }
            let (mark, message) = self.message(topic, mark).await?;
            self.seen.0.insert(topic.clone(), mark);
            news.push(message);
        }
        Ok(news)
    }

    /// A topic whose mark differs: its message, and the mark that goes with what that says.
    async fn message(&self, topic: &Topic, mut mark: String) -> Served<(String, Message)> {
        let portal = &self.state.portal;
        let mut state = None;
        let event = match topic {
            Topic::Inbox => {
                state = Some(json!({"count": portal.inbox_count(&self.reader.actor).await?}));
                "inbox"
            }
            Topic::Run(id) => {
                let detail = portal.run(&self.reader.actor, id).await?;
                state = Some(json!(run::view(&detail, portal.clock.now())));
                // It may have gone on since the mark was read, and this is told as it is now.
                mark = detail.mark;
                "run"
            }
            Topic::Home | Topic::Requests | Topic::Stacks => "list",
            Topic::Request(_) => "request",
            Topic::Stack(_) => "stack",
        };
        let mut data = json!({"topic": topic.to_string(), "mark": mark});
        if let Some(state) = state {
            data["state"] = state;
        }
        Ok((mark, Message { topic: topic.clone(), event, data }))
    }

    /// Queues messages, each with what the tab has after it.
    fn queue(&mut self, before: Seen, news: Vec<Message>) {
        let mut seen = before;
        for message in news {
            if let Some(mark) = self.seen.0.get(&message.topic) {
                seen.0.insert(message.topic, mark.clone());
            }
            let event = Event::default().event(message.event).id(seen.to_string()).data(message.data.to_string());
            self.queue.push_back(event);
        }
    }

    /// Waits until there may be news; false when the stream ends.
    async fn wait(&mut self) -> bool {
        let anyway = tokio::time::sleep(LOOK_ANYWAY);
        tokio::select! {
            changed = self.changes.recv() => {
                if matches!(changed, Err(broadcast::error::RecvError::Closed)) {
                    return false;
                }
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    _ = self.shutdown.changed() => return false,
                }
                // Whatever came meanwhile is seen by the look that follows.
                self.changes = self.changes.resubscribe();
            }
            () = anyway => {}
            () = tokio::time::sleep_until(self.ends) => return false,
            _ = self.shutdown.changed() => return false,
        }
        true
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                self.spoke = Instant::now();
                return Some((Ok(event), self));
            }
            if !self.wait().await {
                return None;
            }
            let before = self.seen.clone();
            match self.news().await {
                Ok(news) => self.queue(before, news),
                // The next connection is told why.
                Err(error) => {
                    log(&error);
                    return None;
                }
            }
            if self.queue.is_empty() && self.spoke.elapsed() >= QUIET {
                self.queue.push_back(Event::default().event("alive").data("{}"));
            }
        }
    }
}

/// `GET /events`
pub async fn of_tab(
    State(state): State<Portals>,
    signed: Signed,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Asked { topics, seen, once } = match Asked::read(&query.unwrap_or_default(), &headers) {
        Ok(asked) => asked,
        Err(why) => return (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
    };
    let mut follower = Follower {
        reader: Reader { actor: signed.actor.clone(), in_team: signed.in_team().await },
        // Before the first look, so that nothing falls in between.
        changes: state.portal.changes.subscribe(),
        shutdown: state.shutdown.clone(),
        ends: Instant::now() + LONGEST,
        spoke: Instant::now(),
        queue: VecDeque::new(),
        topics,
        seen,
        signed,
        state,
    };
    let before = follower.seen.clone();
    let news = match follower.news().await {
        Ok(news) => news,
        Err(error) => {
            log(&error);
            return status(&error).into_response();
        }
    };
    if once {
        let answer = Json(json!({"id": follower.seen.to_string(), "messages": news}));
        return ([(header::CACHE_CONTROL, "no-store")], answer).into_response();
    }
    follower.queue.push_back(Event::default().event("ready").retry(RETRY).id(before.to_string()).data("{}"));
    follower.queue(before, news);
    let headers = [
        // Proxies that compress or buffer would hold every message back.
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Sse::new(stream::unfold(follower, Follower::next))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tab_has_is_read_as_it_is_written() {
        let text = "inbox:2.417;requests:417;run-2M9Q4T:needs_choice.31.420";
        let seen = Seen::read(text);
        assert_eq!(seen.0.len(), 3);
        assert_eq!(Seen::read(&seen.to_string()), seen);
        assert_eq!(Seen::read("requests:417;nonsense:1;run-2M9Q4T").0.len(), 1, "what cannot be read is not known");
        assert_eq!(Seen::read(""), Seen::default());
    }

    #[test]
    fn the_header_counts_more_than_the_address_and_only_for_what_is_followed() {
        let mut headers = HeaderMap::new();
        let query = "topic=requests&topic=requests&after=requests:1;stacks:1;inbox:0.1";
        let asked = Asked::read(query, &headers).unwrap();
        assert_eq!(asked.topics, [Topic::Inbox, Topic::Requests]);
        assert_eq!(asked.seen.to_string(), "inbox:0.1;requests:1");
        assert!(!asked.once);
        headers.insert(LAST_SEEN, "requests:2".parse().unwrap());
        assert_eq!(Asked::read(query, &headers).unwrap().seen.to_string(), "requests:2");
    }

    #[test]
    fn a_tab_cannot_ask_for_what_is_not_there_or_for_everything() {
        let headers = HeaderMap::new();
        assert!(Asked::read("topic=weather", &headers).unwrap_err().contains("weather"));
        let many: String = (0..20).map(|at| format!("topic=run-{at}&")).collect();
        assert!(Asked::read(&many, &headers).is_err());
    }
}
