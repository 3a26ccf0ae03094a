//! For load balancers and supervisors.

use axum::{extract::State, http::StatusCode};

use crate::state::Portals;

/// The process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers too.
pub async fn ready(State(state): State<Portals>) -> (StatusCode, &'static str) {
    match state.portal.storage.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
