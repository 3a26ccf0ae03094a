//! Runs.

use app::{NavItem, pages::run::RunPage, routes};
use axum::{
    Form,
    extract::{Path, State},
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    DateTime, Utc,
    ids::RunId,
    run::{Choice, RunStatus},
};
use serde::Deserialize;
use service::{Result as Served, ServiceError, runs::RunDetail};

use crate::{
    api::shapes::run::{JSON_LINES, json_lines},
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::Refusal,
    state::Portals,
    views::{self, run},
};

/// `GET /runs/{id}`
pub async fn show(State(state): State<Portals>, signed: Signed, Id(id): Id<RunId>) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Requests).await;
    match state.portal.run(&signed.actor, &id).await {
        Ok(detail) => Ok(views::page(StatusCode::OK, frame, run::page(&detail, state.portal.clock.now()))),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `GET /runs/{id}/log`: the whole log to keep, as JSON Lines.
pub async fn log(State(state): State<Portals>, signed: Signed, Id(id): Id<RunId>) -> Result<Response, Refusal> {
    let log = match state.portal.run_log(&signed.actor, &id, 0).await {
        Ok(log) => log,
        Err(error) => return Err(Refusal::new(error, views::frame(&state, &signed, NavItem::Requests).await)),
    };
    let headers =
        [(CONTENT_TYPE, JSON_LINES.to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.jsonl\""))];
    Ok((headers, json_lines(&id, log.events)).into_response())
}

/// To whom a run is handed.
#[derive(Deserialize)]
pub struct NewHands {
    #[serde(default)]
    to: String,
    #[serde(default)]
    note: String,
}

/// `POST /runs/{id}/hand-over`
pub async fn hand_over(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RunId>,
    Form(NewHands { to, note }): Form<NewHands>,
) -> Result<Response, Refusal> {
    let error = match state.portal.hand_run(&signed.actor, &id, &to, &note).await {
        Err(error @ ServiceError::Invalid(_)) => error,
        other => return after(&state, &signed, &id, other).await,
    };
    again(&state, &signed, &id, |detail, now| run::not_handed(detail, to, note, &error, now)).await
}

/// `POST /runs/{id}/hand-back`
pub async fn hand_back(State(state): State<Portals>, signed: Signed, Id(id): Id<RunId>) -> Result<Response, Refusal> {
    let done = state.portal.hand_run_back(&signed.actor, &id).await;
    after(&state, &signed, &id, done).await
}

/// Back to the run, which says what came of it, or what is in the way.
async fn after(state: &Portals, signed: &Signed, id: &RunId, done: Served<RunStatus>) -> Result<Response, Refusal> {
    match done {
        Ok(_) => {}
        Err(ServiceError::Conflict { message, .. }) => signed.visit.say(Said::Refused(message)).await,
        Err(error) => return Err(Refusal::new(error, views::frame(state, signed, NavItem::Requests).await)),
    }
    Ok(Redirect::to(&routes::run(id.as_str())).into_response())
}

/// The run once more, with what was typed and what is wrong with it.
async fn again(
    state: &Portals,
    signed: &Signed,
    id: &RunId,
    page: impl FnOnce(&RunDetail, DateTime<Utc>) -> RunPage,
) -> Result<Response, Refusal> {
    let frame = views::frame(state, signed, NavItem::Requests).await;
    match state.portal.run(&signed.actor, id).await {
        Ok(detail) => Ok(views::page(StatusCode::UNPROCESSABLE_ENTITY, frame, page(&detail, state.portal.clock.now()))),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// What goes with a choice.
#[derive(Deserialize)]
pub struct Why {
    #[serde(default)]
    reason: String,
}

/// `POST /runs/{id}/{choice}`: `retry`, `undo`, `keep`, `abort`, or `handled`, which posts `reason`.
pub async fn choose(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RunId>,
    Path((_, choice)): Path<(String, String)>,
    Form(why): Form<Why>,
) -> Result<Response, Refusal> {
    let Ok(choice) = choice.parse::<Choice>() else {
        return after(&state, &signed, &id, Err(ServiceError::NotFound { what: "choice" })).await;
    };
    let error = match state.portal.steer(&signed.actor, &id, choice, &why.reason).await {
        Err(error @ ServiceError::Invalid(_)) => error,
        other => return after(&state, &signed, &id, other).await,
    };
    again(&state, &signed, &id, |detail, now| run::refused(detail, choice, why.reason, &error, now)).await
}
