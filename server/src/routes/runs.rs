//! Runs.

use app::{NavItem, routes};
use axum::{
    Form,
    extract::{Path, State},
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Redirect, Response},
};
use domain::{ids::RunId, run::Choice};
use serde::Deserialize;
use service::ServiceError;

use crate::{
    api::shapes::run::Logged,
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

/// `GET /runs/{id}/log`: the whole log to keep, a line of JSON for each event, as the API tells them.
pub async fn log(State(state): State<Portals>, signed: Signed, Id(id): Id<RunId>) -> Result<Response, Refusal> {
    let log = match state.portal.run_log(&signed.actor, &id, 0).await {
        Ok(log) => log,
        Err(error) => return Err(Refusal::new(error, views::frame(&state, &signed, NavItem::Requests).await)),
    };
    let lines = log.events.into_iter().filter_map(|event| serde_json::to_string(&Logged::from(event)).ok());
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.jsonl\"")),
    ];
    Ok((headers, lines.map(|line| line + "\n").collect::<String>()).into_response())
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
    let refuse =
        async |error: ServiceError| Refusal::new(error, views::frame(&state, &signed, NavItem::Requests).await);
    let Ok(choice) = choice.parse::<Choice>() else {
        return Err(refuse(ServiceError::NotFound { what: "choice" }).await);
    };
    match state.portal.steer(&signed.actor, &id, choice, &why.reason).await {
        Ok(_) => {}
        Err(error @ ServiceError::Invalid(_)) => {
            let frame = views::frame(&state, &signed, NavItem::Requests).await;
            return match state.portal.run(&signed.actor, &id).await {
                Ok(detail) => {
                    let shown = run::refused(&detail, choice, why.reason, &error, state.portal.clock.now());
                    Ok(views::page(StatusCode::UNPROCESSABLE_ENTITY, frame, shown))
                }
                Err(error) => Err(Refusal::new(error, frame)),
            };
        }
        Err(ServiceError::Conflict { message, .. }) => signed.visit.say(Said::Refused(message)).await,
        Err(error) => return Err(refuse(error).await),
    }
    Ok(Redirect::to(&routes::run(id.as_str())).into_response())
}
