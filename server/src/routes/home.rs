//! Home, and which team pages show first.

use app::{NavItem, pages::home::HomePage};
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    edge::session::Signed,
    error::Refusal,
    state::Portals,
    views::{self, request, run, stack},
};

/// `GET /`
pub async fn show(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Home).await;
    let home = match state.portal.home(&signed.in_team().await).await {
        Ok(home) => home,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    // What waits for a decision is shown whatever the team, as in the inbox.
    let inbox = match state.portal.inbox(&signed.actor).await {
        Ok(inbox) => inbox,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let now = state.portal.clock.now();
    let page = HomePage {
        name: signed.actor.user.name.split(' ').next().unwrap_or_default().to_owned(),
        needs_me: inbox.iter().map(|card| request::item(card, now)).collect(),
        running: home.runs.iter().map(|card| run::card(card, now)).collect(),
        stacks: home.stacks.iter().map(|card| stack::row(card, now)).collect(),
        activity: home.activity.iter().map(|event| request::activity(event, now)).collect(),
        may_request: home.may_request,
    };
    Ok(views::page(StatusCode::OK, frame, page))
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
