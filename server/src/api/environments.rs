//! Where it can be.

use axum::Json;
use domain::ids::EnvironmentId;

use super::{
    call::Call,
    extract::Id,
    problem::Refused,
    shapes::environment::{Environment, Environments},
};

/// List environments
#[utoipa::path(
    get, path = "/environments", operation_id = "listEnvironments", tag = "Environments",
    security(("token" = ["read"])), responses((status = 200, description = "By name.", body = Environments))
)]
pub async fn list(call: Call) -> Result<Json<Environments>, Refused> {
    let places = call.portal().environments(call.actor()).await?;
    Ok(Json(Environments { items: places.into_iter().map(Environment::from).collect() }))
}

/// Get an environment
#[utoipa::path(
    get, path = "/environments/{id}", operation_id = "getEnvironment", tag = "Environments",
    security(("token" = ["read"])),
    params(("id" = String, Path, description = "Its id.", example = "env-2M9Q7F3K")),
    responses((status = 200, description = "The environment.", body = Environment))
)]
pub async fn show(call: Call, Id(id): Id<EnvironmentId>) -> Result<Json<Environment>, Refused> {
    Ok(Json(call.portal().environment(call.actor(), &id).await?.into()))
}
