//! Rows of requests and their conversation.

use chrono::{DateTime, Utc};
use domain::{
    cost::Estimate,
    plan::Plan,
    request::{Comment, Decision, Request, RequestStatus},
    template::Inputs,
};
use sqlx::types::Json;

use super::Reading;
use crate::{Result, StorageError};

/// A row of `requests`.
#[derive(Debug, sqlx::FromRow)]
pub struct RequestRow {
    id: String,
    wish: String,
    stack_id: String,
    team_id: String,
    environment_id: String,
    revision: String,
    revision_hash: String,
    inputs: Json<Inputs>,
    requester_id: String,
    reason: String,
    status: String,
    plan: Json<Plan>,
    cost: Json<Estimate>,
    seal: String,
    approvals_needed: i64,
    run_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl RequestRow {
    /// What to select.
    pub const COLUMNS: &str = "id, wish, stack_id, team_id, environment_id, revision, revision_hash, inputs, \
        requester_id, reason, status, plan, cost, seal, approvals_needed, run_id, created_at, updated_at, version";
}

impl TryFrom<RequestRow> for Request {
    type Error = StorageError;
    fn try_from(row: RequestRow) -> Result<Self> {
        let reading = Reading::new("request", &row.id);
        let status: RequestStatus = reading.parse("status", &row.status)?;
        let has_run = matches!(
            status,
            RequestStatus::Running | RequestStatus::Succeeded | RequestStatus::Failed | RequestStatus::Undone
        );
        if has_run && row.run_id.is_none() {
            return Err(reading.corrupt(format_args!("it is {status} without a run")));
        }
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            wish: reading.parse("wish", &row.wish)?,
            stack: reading.parse("stack_id", &row.stack_id)?,
            team: reading.parse("team_id", &row.team_id)?,
            environment: reading.parse("environment_id", &row.environment_id)?,
            requester: reading.parse("requester_id", &row.requester_id)?,
            approvals_needed: reading.number("approvals_needed", row.approvals_needed)?,
            run: row.run_id.map(|run| reading.parse("run_id", &run)).transpose()?,
            status,
            revision: row.revision,
            revision_hash: row.revision_hash,
            inputs: row.inputs.0,
            reason: row.reason,
            plan: row.plan.0,
            cost: row.cost.0,
            seal: row.seal,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// A row of `decisions`.
#[derive(Debug, sqlx::FromRow)]
pub struct DecisionRow {
    request_id: String,
    user_id: String,
    verdict: String,
    seal: String,
    reason: String,
    at: DateTime<Utc>,
}

impl DecisionRow {
    /// What to select.
    pub const COLUMNS: &str = "request_id, user_id, verdict, seal, reason, at";
}

impl TryFrom<DecisionRow> for Decision {
    type Error = StorageError;
    fn try_from(row: DecisionRow) -> Result<Self> {
        let reading = Reading::new("decision about request", &row.request_id);
        Ok(Self {
            request: reading.parse("request_id", &row.request_id)?,
            user: reading.parse("user_id", &row.user_id)?,
            verdict: reading.parse("verdict", &row.verdict)?,
            seal: row.seal,
            reason: row.reason,
            at: row.at,
        })
    }
}

/// A row of `comments`.
#[derive(Debug, sqlx::FromRow)]
pub struct CommentRow {
    request_id: String,
    user_id: String,
    text: String,
    at: DateTime<Utc>,
}

impl CommentRow {
    /// What to select.
    pub const COLUMNS: &str = "request_id, user_id, text, at";
}

impl TryFrom<CommentRow> for Comment {
    type Error = StorageError;
    fn try_from(row: CommentRow) -> Result<Self> {
        let reading = Reading::new("comment on request", &row.request_id);
        Ok(Self {
            request: reading.parse("request_id", &row.request_id)?,
            user: reading.parse("user_id", &row.user_id)?,
            text: row.text,
            at: row.at,
        })
    }
}
