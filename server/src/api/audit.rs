//! What happened.

use axum::extract::OriginalUri;
use serde::Deserialize;
use storage::AuditFilter;
use utoipa::IntoParams;

use super::{
    call::Call,
    extract::Query,
    pages::{self, Limit, Page},
    problem::Refused,
    shapes::audit::AuditEvent,
};

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// By this user id.
    actor: Option<String>,
    /// Actions that begin with this.
    #[param(example = "request.")]
    action: Option<String>,
    /// About the object with this id.
    object: Option<String>,
    /// Concerning the team with this id.
    team: Option<String>,
    /// With this in the sentence.
    text: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "pages::key")]
    #[param(value_type = Option<String>)]
    cursor: Option<i64>,
}

/// Read the history
///
/// Newest first.
#[utoipa::path(
    get, path = "/audit", operation_id = "listAudit", tag = "Audit", security(("token" = ["audit"])), params(Filter),
    responses((status = 200, description = "A page.", body = Page<AuditEvent>))
)]
pub async fn list(
    call: Call,
    Query(filter): Query<Filter>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<AuditEvent>, Refused> {
    let Filter { actor, action, object, team, text, limit, cursor } = filter;
    let wanted = AuditFilter { actor, action, object, team, text, before: cursor, ..AuditFilter::default() };
    let events = call.portal().audit(call.actor(), &wanted, limit.0).await?;
    Ok(Page::new(events.iter().cloned().map(AuditEvent::from).collect(), limit, uri, AuditEvent::key))
}
