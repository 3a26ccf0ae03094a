//! For load balancers and supervisors.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::state::Portals;

/// A database that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: whether it should be sent requests, and which part says no. Each part is `ok` or what is wrong with it.
pub async fn ready(State(state): State<Portals>) -> Response {
    let process = if *state.shutdown.borrow() { "draining" } else { "ok" };
    let runner = if state.runner_is_alive() { "ok" } else { "gone" };
    let (database, schema) = match tokio::time::timeout(PATIENCE, state.portal.storage.schema()).await {
        Ok(Ok(schema)) => ("ok", if schema.is_usable() { "ok" } else { "older" }),
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "not ready: the database failed");
            ("failed", "unknown")
        }
        Err(_) => ("slow", "unknown"),
    };
    let ready = [process, runner, database, schema] == ["ok"; 4];
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let parts = json!({"process": process, "runner": runner, "database": database, "schema": schema});
    (status, Json(json!({"ready": ready, "parts": parts}))).into_response()
}
