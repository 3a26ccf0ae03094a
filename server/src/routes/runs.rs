//! Runs.

use app::{NavItem, routes};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{ids::RunId, run::Choice};
use service::ServiceError;

use crate::{
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

/// `POST /runs/{id}/{choice}`: `retry`, `undo`, `keep` or `abort`.
pub async fn choose(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<RunId>,
    Path((_, choice)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let refuse =
        async |error: ServiceError| Refusal::new(error, views::frame(&state, &signed, NavItem::Requests).await);
    let Ok(choice) = choice.parse::<Choice>() else {
        return Err(refuse(ServiceError::NotFound { what: "choice" }).await);
    };
    match state.portal.steer(&signed.actor, &id, choice, "").await {
        Ok(_) => {}
        Err(ServiceError::Conflict { message, .. }) => signed.visit.say(Said::Refused(message)).await,
        Err(error) => return Err(refuse(error).await),
    }
    Ok(Redirect::to(&routes::run(id.as_str())).into_response())
}
