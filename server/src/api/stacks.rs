//! What there is.

use axum::{Json, extract::OriginalUri, response::Response};
use domain::ids::{EnvironmentId, StackId};
use serde::Deserialize;
use service::stacks::StackList;
use utoipa::IntoParams;

use super::{
    call::Call,
    extract::{Body, Id, Query},
    pages::{self, Limit, Page},
    problem::Refused,
    requests::made,
    shapes::{
        request::Foreseen,
        stack::{Listed, NewChange, NewEnd, Resource, Resources, Stack},
    },
};

/// Which stacks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// In this environment.
    #[param(value_type = Option<String>)]
    environment: Option<EnvironmentId>,
    /// Also those that are gone.
    #[serde(default)]
    #[param(required = false)]
    gone: bool,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "pages::key")]
    #[param(value_type = Option<String>)]
    cursor: Option<StackId>,
}

/// List stacks
///
/// Of the caller's teams, by name.
#[utoipa::path(
    get, path = "/stacks", operation_id = "listStacks", tag = "Stacks", security(("token" = ["read"])),
    params(Filter), responses((status = 200, description = "A page.", body = Page<Listed>))
)]
pub async fn list(
    call: Call,
    Query(filter): Query<Filter>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<Listed>, Refused> {
    let Filter { environment, gone, limit, cursor } = filter;
    let list = StackList { environment, with_gone: gone, ..StackList::default() };
    let page = storage::Page { after: cursor.map(Into::into), limit: limit.0 };
    let cards = call.portal().stacks(call.actor(), &list, &page).await?;
    Ok(Page::new(cards.iter().map(Listed::from).collect(), limit, uri, Listed::key))
}

/// Get a stack
#[utoipa::path(
    get, path = "/stacks/{id}", operation_id = "getStack", tag = "Stacks", security(("token" = ["read"])),
    params(("id" = String, Path, description = "Its id.", example = "stk-4T9QXN2M")),
    responses((status = 200, description = "The stack.", body = Stack))
)]
pub async fn show(call: Call, Id(id): Id<StackId>) -> Result<Json<Stack>, Refused> {
    Ok(Json(call.portal().stack(call.actor(), &id).await?.into()))
}

/// List a stack's resources
///
/// The AWS objects that it has now.
#[utoipa::path(
    get, path = "/stacks/{id}/resources", operation_id = "listResources", tag = "Stacks", security(("token" = ["read"])),
    params(("id" = String, Path, description = "The stack's id.", example = "stk-4T9QXN2M")),
    responses((status = 200, description = "Its resources.", body = Resources))
)]
pub async fn resources(call: Call, Id(id): Id<StackId>) -> Result<Json<Resources>, Refused> {
    let detail = call.portal().stack(call.actor(), &id).await?;
    Ok(Json(Resources { items: detail.resources.into_iter().map(Resource::from).collect() }))
}

/// Preview a change
///
/// What would happen and cost. Looks at AWS, changes nothing, and keeps nothing.
#[utoipa::path(
    post, path = "/stacks/{id}/preview", operation_id = "previewChange", tag = "Stacks",
    security(("token" = ["request"])), request_body = NewChange,
    params(("id" = String, Path, description = "The stack's id.", example = "stk-4T9QXN2M")),
    responses((status = 200, description = "The plan, or what is wrong.", body = Foreseen))
)]
pub async fn preview(
    call: Call,
    Id(id): Id<StackId>,
    Body(wanted): Body<NewChange>,
) -> Result<Json<Foreseen>, Refused> {
    Ok(Json(call.portal().preview_change(call.actor(), &id, wanted.into()).await?.into()))
}

/// Ask for a change
///
/// Name only the inputs that change: `{"inputs": {"image": "…:1.1"}}` deploys an image.
#[utoipa::path(
    post, path = "/stacks/{id}/changes", operation_id = "changeStack", tag = "Stacks", security(("token" = ["request"])),
    request_body = NewChange,
    params(("id" = String, Path, description = "The stack's id.", example = "stk-4T9QXN2M")),
    responses((status = 201, description = "Submitted.", body = super::shapes::Made, headers(("Location", description = "Where the request is."))))
)]
pub async fn change(call: Call, Id(id): Id<StackId>, Body(wanted): Body<NewChange>) -> Result<Response, Refused> {
    Ok(made(&call.portal().submit_change(call.actor(), &id, wanted.into()).await?))
}

/// Ask for the end of a stack
///
/// Nothing is deleted before somebody else has approved it.
#[utoipa::path(
    post, path = "/stacks/{id}/destroy", operation_id = "destroyStack", tag = "Stacks", security(("token" = ["request"])),
    request_body = NewEnd,
    params(("id" = String, Path, description = "The stack's id.", example = "stk-4T9QXN2M")),
    responses((status = 201, description = "Submitted.", body = super::shapes::Made, headers(("Location", description = "Where the request is."))))
)]
pub async fn destroy(call: Call, Id(id): Id<StackId>, Body(wanted): Body<NewEnd>) -> Result<Response, Refused> {
    Ok(made(&call.portal().submit_destroy(call.actor(), &id, &wanted.name, &wanted.reason).await?))
}
