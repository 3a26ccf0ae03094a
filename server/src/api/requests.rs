//! Asking, looking, deciding.

use axum::{
    Json,
    extract::OriginalUri,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ids::{RequestId, StackId, TeamId},
    request::RequestStatus,
};
use serde::Deserialize;
use service::requests::SummaryList;
use utoipa::IntoParams;

use super::{
    call::Call,
    extract::{Body, Id, Query},
    pages::{self, Limit, Page},
    problem::Refused,
    shapes::{
        Made,
        request::{
            Listed, NewComment, NewDecision, NewEdit, NewRequest, Nothing, Outcome, PlannedAgain, Reason, Request, url,
        },
        words::RequestStatusWord,
    },
};

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// In any of these states.
    #[serde(default, deserialize_with = "pages::words")]
    #[param(value_type = Vec<RequestStatusWord>, style = Form, explode = false, required = false)]
    status: Vec<RequestStatus>,
    /// Of this team.
    #[param(value_type = Option<String>)]
    team: Option<TeamId>,
    /// About this stack.
    #[param(value_type = Option<String>)]
    stack: Option<StackId>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "pages::key")]
    #[param(value_type = Option<String>)]
    cursor: Option<RequestId>,
}

/// List requests
///
/// Of the caller's teams, newest first.
#[utoipa::path(
    get, path = "/requests", operation_id = "listRequests", tag = "Requests", security(("token" = ["read"])),
    params(Filter), responses((status = 200, description = "A page.", body = Page<Listed>))
)]
pub async fn list(
    call: Call,
    Query(filter): Query<Filter>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<Listed>, Refused> {
    let Filter { status, team, stack, limit, cursor } = filter;
    let list = SummaryList { statuses: status, team, stack, after: cursor, limit: limit.0, ..SummaryList::default() };
    let found = call.portal().request_summaries(call.actor(), list).await?;
    Ok(Page::new(found.iter().cloned().map(Listed::from).collect(), limit, uri, Listed::key))
}

/// The answer to whatever makes a request.
pub(super) fn made(id: &RequestId) -> Response {
    let url = url(id);
    (StatusCode::CREATED, [(header::LOCATION, url.clone())], Json(Made { id: id.to_string(), url })).into_response()
}

/// Ask for a new stack
///
/// It is planned, priced and sealed at once, and waits for approval.
#[utoipa::path(
    post, path = "/requests", operation_id = "createRequest", tag = "Requests", security(("token" = ["request"])),
    request_body = NewRequest,
    responses((status = 201, description = "Submitted.", body = Made, headers(("Location", description = "Where it is."))),
        (status = 404, description = "There is no such template.", body = super::problem::Problem, content_type = "application/problem+json"))
)]
pub async fn submit(call: Call, Body(wanted): Body<NewRequest>) -> Result<Response, Refused> {
    Ok(made(&call.portal().submit(call.actor(), &wanted.into()).await?))
}

/// Get a request
///
/// With its plan, cost, decisions and conversation, and what the caller may do about it.
#[utoipa::path(
    get, path = "/requests/{id}", operation_id = "getRequest", tag = "Requests", security(("token" = ["read"])),
    params(("id" = String, Path, description = "Its id.", example = "req-7F3K2M9Q")),
    responses((status = 200, description = "The request.", body = Request))
)]
pub async fn show(call: Call, Id(id): Id<RequestId>) -> Result<Json<Request>, Refused> {
    Ok(Json(call.portal().request(call.actor(), &id).await?.into()))
}

/// Edit
///
/// Name only what is to be different: `{"inputs": {"count": 4}}`. It is planned anew under a new seal, so that earlier
/// decisions no longer count. This is also the answer to changes that were asked for.
#[utoipa::path(
    post, path = "/requests/{id}/edit", operation_id = "editRequest", tag = "Requests",
    security(("token" = ["request"])), request_body = NewEdit,
    params(("id" = String, Path, description = "The request's id.", example = "req-7F3K2M9Q")),
    responses((status = 204, description = "Edited; it waits for approval."))
)]
pub async fn edit(call: Call, Id(id): Id<RequestId>, Body(wanted): Body<NewEdit>) -> Result<StatusCode, Refused> {
    call.portal().amend(call.actor(), &id, wanted.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Approve, reject or ask for changes
///
/// The approval that makes enough starts the run.
#[utoipa::path(
    post, path = "/requests/{id}/decisions", operation_id = "decideRequest", tag = "Requests",
    security(("token" = ["decide"])), request_body = NewDecision,
    params(("id" = String, Path, description = "The request's id.", example = "req-7F3K2M9Q")),
    responses((status = 200, description = "Decided.", body = Outcome))
)]
pub async fn decide(
    call: Call,
    Id(id): Id<RequestId>,
    Body(said): Body<NewDecision>,
) -> Result<Json<Outcome>, Refused> {
    Ok(Json(call.portal().decide(call.actor(), &id, said.verdict, &said.seal, &said.reason).await?.into()))
}

/// Say something
#[utoipa::path(
    post, path = "/requests/{id}/comments", operation_id = "commentRequest", tag = "Requests",
    security(("token" = ["request"])), request_body = NewComment,
    params(("id" = String, Path, description = "The request's id.", example = "req-7F3K2M9Q")),
    responses((status = 204, description = "It is part of the conversation."))
)]
pub async fn comment(call: Call, Id(id): Id<RequestId>, Body(said): Body<NewComment>) -> Result<StatusCode, Refused> {
    call.portal().comment(call.actor(), &id, &said.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraw
///
/// Takes back a request that has not started.
#[utoipa::path(
    post, path = "/requests/{id}/withdraw", operation_id = "withdrawRequest", tag = "Requests",
    security(("token" = ["request"])), request_body = Option<Reason>,
    params(("id" = String, Path, description = "The request's id.", example = "req-7F3K2M9Q")),
    responses((status = 204, description = "Withdrawn."))
)]
pub async fn withdraw(call: Call, Id(id): Id<RequestId>, Body(why): Body<Reason>) -> Result<StatusCode, Refused> {
    call.portal().withdraw(call.actor(), &id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Plan again
///
/// On what AWS looks like now. If it comes out the same, approvals stand.
#[utoipa::path(
    post, path = "/requests/{id}/replan", operation_id = "replanRequest", tag = "Requests",
    security(("token" = ["request"])), request_body = Option<Nothing>,
    params(("id" = String, Path, description = "The request's id.", example = "req-7F3K2M9Q")),
    responses((status = 200, description = "What came of it.", body = PlannedAgain))
)]
pub async fn replan(
    call: Call,
    Id(id): Id<RequestId>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<PlannedAgain>, Refused> {
    Ok(Json(call.portal().replan(call.actor(), &id).await?.into()))
}
