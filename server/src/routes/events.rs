//! Event streams: what open pages show is sent again whenever something they may show has changed.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{ids::RunId, people::Actor};
use futures::{Stream, stream};
use tokio::sync::{broadcast, watch};

use provisioner::wake::Change;

use crate::{
    edge::{id::Id, session::Signed},
    error::{log, status},
    state::Portals,
    views::run,
};

/// Another process may have changed something: look at least this often.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);

/// What a browser sends when it follows a stream again.
const LAST_SEEN: &str = "last-event-id";

struct Follower<T> {
    state: Portals,
    actor: Actor,
    changes: broadcast::Receiver<Change>,
    shutdown: watch::Receiver<bool>,
    last: Option<String>,
    about: T,
    over: bool,
}

impl<T> Follower<T> {
    fn new(state: Portals, signed: Signed, about: T) -> Self {
        let changes = state.portal.changes.subscribe();
        let shutdown = state.shutdown.clone();
        Self { state, actor: signed.actor, changes, shutdown, last: None, about, over: false }
    }

    /// Waits until there may be news; false when the process ends.
    async fn wait(&mut self, concerns: impl Fn(&Change) -> bool) -> bool {
        let until = tokio::time::sleep(LOOK_ANYWAY);
        tokio::pin!(until);
        loop {
            tokio::select! {
                changed = self.changes.recv() => match changed {
                    Ok(change) if !concerns(&change) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return true,
                    Err(broadcast::error::RecvError::Closed) => return false,
                },
                () = &mut until => return true,
                _ = self.shutdown.changed() => return false,
            }
        }
    }
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    // Proxies that buffer would hold every message back.
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(alive)).into_response()
}

/// `GET /runs/{id}/events`: the JSON of `RunView` whenever it differs, until the run has ended.
pub async fn of_run(State(state): State<Portals>, signed: Signed, Id(id): Id<RunId>, headers: HeaderMap) -> Response {
    match state.portal.run(&signed.actor, &id).await {
        // A browser asks again when a stream ends; this tells it that there is nothing more to come.
        Ok(detail) if detail.run.status.is_final() && headers.contains_key(LAST_SEEN) => {
            return StatusCode::NO_CONTENT.into_response();
        }
        Ok(_) => {}
        Err(error) => return status(&error).into_response(),
    }
    let follower = Follower::new(state, signed, id);
    sse(stream::unfold(follower, |mut follower| async move {
        loop {
            if follower.over {
                return None;
            }
            if follower.last.is_some() {
                let id = follower.about.clone();
                if !follower.wait(|change| change.run.as_ref() == Some(&id)).await {
                    return None;
                }
            }
            let detail = match follower.state.portal.run(&follower.actor, &follower.about).await {
                Ok(detail) => detail,
                Err(error) => {
                    log(&error);
                    return None;
                }
            };
            let view = run::view(&detail, follower.state.portal.clock.now());
            follower.over = view.finished;
            let Ok(json) = serde_json::to_string(&view) else { return None };
            if follower.last.as_ref() != Some(&json) {
                follower.last = Some(json.clone());
                return Some((Ok(Event::default().id("seen").data(json)), follower));
            }
        }
    }))
}

/// `GET /events`: what every page shows of the whole portal.
pub async fn of_tab(State(state): State<Portals>, signed: Signed) -> Response {
    let follower = Follower::new(state, signed, ());
    sse(stream::unfold(follower, |mut follower| async move {
        loop {
            if follower.last.is_some() && !follower.wait(|change| change.request.is_some()).await {
                return None;
            }
            let count = match follower.state.portal.inbox_count(&follower.actor).await {
                Ok(count) => count,
                Err(error) => {
                    log(&error);
                    return None;
                }
            };
            let json = serde_json::json!({"inbox": count}).to_string();
            if follower.last.as_ref() != Some(&json) {
                follower.last = Some(json.clone());
                return Some((Ok(Event::default().data(json)), follower));
            }
        }
    }))
}
