//! Drafts that nobody wants any more.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    edge::session::{Said, Signed},
    error::Refusal,
    state::Portals,
    views,
};

/// Which draft, and where to go then.
#[derive(Deserialize)]
pub struct Discard {
    form: String,
    return_to: String,
}

/// `POST /drafts/discard`
pub async fn discard(
    State(state): State<Portals>,
    signed: Signed,
    Form(posted): Form<Discard>,
) -> Result<Response, Refusal> {
    if let Ok(form) = posted.form.parse() {
        if let Err(error) = state.portal.discard_draft(&signed.actor, &form).await {
            return Err(Refusal::new(error, views::frame(&state, &signed, app::NavItem::Requests).await));
        }
        signed.visit.say(Said::Done("The draft is gone.".to_owned())).await;
    }
    Ok(Redirect::to(super::account::local(&posted.return_to)).into_response())
}
