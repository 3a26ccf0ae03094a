//! How it is made, step by step.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{ids::RunId, token::Scope};
use futures::{Stream, stream};
use provisioner::wake::Change;
use serde::Deserialize;
use tokio::sync::{broadcast, watch};
use utoipa::IntoParams;

use super::{
    call::Call,
    extract::{Body, Id, Query},
    problem::Refused,
    shapes::{
        request::Nothing,
        run::{Exported, JSON_LINES, Line, Logged, NewChoice, NewHands, Run, RunLog, Standing, json_lines},
    },
};

/// Another process may have changed something: look at least this often.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// How often a comment keeps the connection from being taken for dead.
const ALIVE: Duration = Duration::from_secs(15);

/// Get a run
#[utoipa::path(
    get, path = "/runs/{id}", operation_id = "getRun", tag = "Runs", security(("token" = ["read"])),
    params(("id" = String, Path, description = "Its id.", example = "run-2M9Q7F3K")),
    responses((status = 200, description = "The run with its steps.", body = Run))
)]
pub async fn show(call: Call, Id(id): Id<RunId>) -> Result<Json<Run>, Refused> {
    Ok(Json(call.portal().run(call.actor(), &id).await?.into()))
}

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogPage {
    /// After this position; 0 for all.
    #[serde(default)]
    #[param(minimum = 0, maximum = 9007199254740991_u64)]
    after: u64,
}

/// Read a run's log
///
/// Who accepts `application/x-ndjson` gets JSON Lines to keep: one RunLogLine for each event.
#[utoipa::path(
    get, path = "/runs/{id}/log", operation_id = "listRunLog", tag = "Runs", security(("token" = ["read"])),
    params(("id" = String, Path, description = "The run's id.", example = "run-2M9Q7F3K"), LogPage),
    responses((
        status = 200, description = "What happened, oldest first.",
        content((RunLog = "application/json"), (Exported = "application/x-ndjson"))
    ))
)]
pub async fn log(
    call: Call,
    Id(id): Id<RunId>,
    Query(LogPage { after }): Query<LogPage>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let log = call.portal().run_log(call.actor(), &id, after).await?;
    if headers.get(ACCEPT).is_some_and(|accepted| accepted == JSON_LINES) {
        return Ok(([(CONTENT_TYPE, JSON_LINES)], json_lines(&id, log.events)).into_response());
    }
    let items = log.events.into_iter().map(Logged::from).collect();
    Ok(Json(RunLog { status: log.status.as_str(), items }).into_response())
}

/// Choose for a run
///
/// `abort` while it works; `retry`, `undo` or `keep` when it has stopped; `handled`, with a reason, for what could not be
/// undone and was dealt with in AWS by hand.
#[utoipa::path(
    post, path = "/runs/{id}/choices", operation_id = "steerRun", tag = "Runs", security(("token" = ["run"])),
    request_body = NewChoice,
    params(("id" = String, Path, description = "The run's id.", example = "run-2M9Q7F3K")),
    responses((status = 200, description = "Where it stands now.", body = Standing))
)]
pub async fn choose(call: Call, Id(id): Id<RunId>, Body(chosen): Body<NewChoice>) -> Result<Json<Standing>, Refused> {
    let status = call.portal().steer(call.actor(), &id, chosen.choice, &chosen.reason).await?;
    Ok(Json(Standing { status: status.as_str() }))
}

/// Hand a run to somebody
///
/// Only one that waits, to somebody who may steer it: a person, or the platform team. It takes nothing from anybody else who
/// may. It stays theirs until it is handed on, or back.
#[utoipa::path(
    post, path = "/runs/{id}/hand-over", operation_id = "handRunOver", tag = "Runs", security(("token" = ["run"])),
    request_body = NewHands,
    params(("id" = String, Path, description = "The run's id.", example = "run-2M9Q7F3K")),
    responses((status = 200, description = "Where the run stands.", body = Standing))
)]
pub async fn hand_over(call: Call, Id(id): Id<RunId>, Body(hands): Body<NewHands>) -> Result<Json<Standing>, Refused> {
    let status = call.portal().hand_run(call.actor(), &id, &hands.to, &hands.note).await?;
    Ok(Json(Standing { status: status.as_str() }))
}

/// Take a run out of somebody's hands
#[utoipa::path(
    post, path = "/runs/{id}/hand-back", operation_id = "handRunBack", tag = "Runs", security(("token" = ["run"])),
    request_body = Option<Nothing>,
    params(("id" = String, Path, description = "The run's id.", example = "run-2M9Q7F3K")),
    responses((status = 200, description = "Where the run stands.", body = Standing))
)]
pub async fn hand_back(
    call: Call,
    Id(id): Id<RunId>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Standing>, Refused> {
    let status = call.portal().hand_run_back(call.actor(), &id).await?;
    Ok(Json(Standing { status: status.as_str() }))
}

/// Follow a run
///
/// Server-sent events: each line of the log as it is written, with its position as the id, and `end` when the run has
/// ended. With `Last-Event-ID` the stream goes on after that line. 204 says that there is nothing more to come.
#[utoipa::path(
    get, path = "/runs/{id}/events", operation_id = "followRun", tag = "Runs", security(("token" = ["read"])),
    params(
        ("id" = String, Path, description = "The run's id.", example = "run-2M9Q7F3K"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The position of the last line that was seen.")
    ),
    responses(
        (status = 200, description = "`event: done`, `id: 7`, `data:` a RunEvent; at last `event: end`, `data:` a RunStanding.",
            body = Line, content_type = "text/event-stream"),
        (status = 204, description = "The run has ended, and everything was seen."),
        (status = 400, description = "Last-Event-ID is no position.", body = super::problem::Problem, content_type = "application/problem+json")
    )
)]
pub async fn events(call: Call, Id(id): Id<RunId>, headers: HeaderMap) -> Result<Response, Refused> {
    let seen = match headers.get("last-event-id").map(|value| value.to_str().ok().and_then(|text| text.parse().ok())) {
        None => 0,
        Some(Some(seen)) => seen,
        Some(None) => {
            let message = "Last-Event-ID is the position of a line of the log.".to_owned();
            return Err(Refused::bad_query("Last-Event-ID".to_owned(), message));
        }
    };
    let log = call.portal().run_log(call.actor(), &id, seen).await?;
    if log.status.is_final() && log.events.is_empty() && seen > 0 {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let changes = call.portal().changes.subscribe();
    let shutdown = call.state.shutdown.clone();
    let follower = Follower { call, id, seen, changes, shutdown, first: true, over: false };
    // Proxies that buffer would hold every line back.
    let headers = [("x-accel-buffering", "no")];
    Ok((headers, Sse::new(follower.lines()).keep_alive(KeepAlive::new().interval(ALIVE))).into_response())
}

struct Follower {
    call: Call,
    id: RunId,
    /// The position of the last line that was sent.
    seen: u64,
    changes: broadcast::Receiver<Change>,
    shutdown: watch::Receiver<bool>,
    first: bool,
    over: bool,
}

impl Follower {
    fn lines(self) -> impl Stream<Item = Result<Event, Infallible>> {
        use futures::StreamExt as _;
        stream::unfold(self, |mut follower| async move { follower.more().await.map(|lines| (lines, follower)) })
            .flat_map(stream::iter)
    }

    /// The next lines, once there are some; none when there will be no more.
    async fn more(&mut self) -> Option<Vec<Result<Event, Infallible>>> {
        while !self.over {
            if !self.first && !self.wait().await {
                return None;
            }
            if !self.first {
                // A token that was revoked meanwhile, or whose person left the team, sees nothing more.
                self.call.again(Scope::Read).await.ok()?;
            }
            self.first = false;
            let log = self.call.portal().run_log(self.call.actor(), &self.id, self.seen).await.ok()?;
            let mut lines = vec![];
            for event in log.events {
                let logged = Logged::from(event);
                self.seen = logged.position();
                let line = Event::default().id(self.seen.to_string()).event(logged.what());
                lines.extend(line.json_data(logged).ok());
            }
            if log.status.is_final() {
                self.over = true;
                lines.extend(Event::default().event("end").json_data(Standing { status: log.status.as_str() }).ok());
            }
            if !lines.is_empty() {
                return Some(lines.into_iter().map(Ok).collect());
            }
        }
        None
    }

    /// Waits until there may be news; false when the process ends.
    async fn wait(&mut self) -> bool {
        let until = tokio::time::sleep(LOOK_ANYWAY);
        tokio::pin!(until);
        loop {
            tokio::select! {
                changed = self.changes.recv() => match changed {
                    Ok(change) if change.run.as_ref() != Some(&self.id) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return true,
                    Err(broadcast::error::RecvError::Closed) => return false,
                },
                () = &mut until => return true,
                _ = self.shutdown.changed() => return false,
            }
        }
    }
}
