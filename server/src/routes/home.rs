//! Home, and which team pages show first.

use app::NavItem;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use service::live::{Reader, Topic};

use crate::{edge::session::Signed, error::Refusal, state::Portals, views};

/// `GET /`
pub async fn show(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let frame = views::live_frame(&state, &signed, NavItem::Home, Topic::Home).await;
    let reader = Reader { actor: signed.actor.clone(), in_team: signed.in_team().await };
    match state.portal.home(&reader).await {
        Ok(home) => {
            Ok(views::page(StatusCode::OK, frame, views::home::page(&home, &signed.actor, state.portal.clock.now())))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// What the switcher posts.
#[derive(Deserialize)]
pub struct SwitchTeam {
    team: String,
    return_to: String,
}

/// `POST /team`
pub async fn switch_team(signed: Signed, Form(posted): Form<SwitchTeam>) -> Response {
    if signed.actor.teams.iter().any(|(team, _)| team.id.as_str() == posted.team) {
        signed.visit.set_team(&posted.team).await;
    }
    Redirect::to(super::account::local(&posted.return_to)).into_response()
}
