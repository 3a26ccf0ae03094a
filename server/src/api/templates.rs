//! What can be asked for, and what it comes to.

use axum::Json;

use super::{
    call::Call,
    extract::{Body, Name},
    problem::Refused,
    shapes::{
        request::{Foreseen, Sketch},
        template::{CheckedInputs, InputsToCheck, Listed, Template, Templates},
    },
};

/// List templates
#[utoipa::path(
    get, path = "/templates", operation_id = "listTemplates", tag = "Templates", security(("token" = ["read"])),
    responses((status = 200, description = "The latest revision of each, by name.", body = Templates))
)]
pub async fn list(call: Call) -> Result<Json<Templates>, Refused> {
    let cards = call.portal().catalogue(call.actor()).await?;
    Ok(Json(Templates { items: cards.iter().map(Listed::from).collect() }))
}

/// Get a template
///
/// With the JSON Schema of its inputs.
#[utoipa::path(
    get, path = "/templates/{name}", operation_id = "getTemplate", tag = "Templates", security(("token" = ["read"])),
    params(("name" = String, Path, description = "`web-service` for the latest revision, `web-service@1.0.0` for that one.")),
    responses((status = 200, description = "The revision.", body = Template))
)]
pub async fn show(call: Call, Name(name): Name) -> Result<Json<Template>, Refused> {
    Ok(Json(call.portal().template(call.actor(), &name).await?.into()))
}

/// Check inputs
///
/// The same check that the form makes, without looking at AWS.
#[utoipa::path(
    post, path = "/templates/{name}/validate", operation_id = "validateInputs", tag = "Templates",
    security(("token" = ["read"])), request_body = InputsToCheck,
    params(("name" = String, Path, description = "`web-service` for the latest revision, `web-service@1.0.0` for that one.")),
    responses((status = 200, description = "What is wrong, or what they come to.", body = CheckedInputs))
)]
pub async fn validate(
    call: Call,
    Name(name): Name,
    Body(given): Body<InputsToCheck>,
) -> Result<Json<CheckedInputs>, Refused> {
    let (inputs, secrets) = given.parts();
    Ok(Json(call.portal().validate_inputs(call.actor(), &name, inputs, secrets).await?.into()))
}

/// Preview a new stack
///
/// What would happen and cost. Looks at AWS, changes nothing, and keeps nothing.
#[utoipa::path(
    post, path = "/templates/{name}/preview", operation_id = "previewRequest", tag = "Templates",
    security(("token" = ["request"])), request_body = Sketch,
    params(("name" = String, Path, description = "`web-service` for the latest revision, `web-service@1.0.0` for that one.")),
    responses((status = 200, description = "The plan, or what is wrong.", body = Foreseen))
)]
pub async fn preview(call: Call, Name(name): Name, Body(sketch): Body<Sketch>) -> Result<Json<Foreseen>, Refused> {
    Ok(Json(call.portal().preview(call.actor(), &sketch.of(name)).await?.into()))
}
