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
use crate::{RequestSummary, Result, StorageError};

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
    edition: i64,
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
        requester_id, reason, status, plan, cost, edition, seal, approvals_needed, run_id, created_at, updated_at, \
        version";
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
            edition: reading.number("edition", row.edition)?,
            seal: row.seal,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// What lists show of a row of `requests`, with names from other tables.
#[derive(Debug, sqlx::FromRow)]
pub struct RequestSummaryRow {
    id: String,
    wish: String,
    status: String,
    revision: String,
    stack_id: String,
    stack_name: String,
    team_id: String,
    team_name: String,
    team_title: String,
    environment_id: String,
    environment_name: String,
    requester_id: String,
    requester_name: String,
    monthly_micros: i64,
    approvals_needed: i64,
    run_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl RequestSummaryRow {
    /// What to select.
    pub const COLUMNS: &str = "requests.id, requests.wish, requests.status, requests.revision, requests.stack_id, \
        stacks.name AS stack_name, requests.team_id, teams.name AS team_name, teams.title AS team_title, \
        requests.environment_id, environments.name AS environment_name, requests.requester_id, \
        users.name AS requester_name, requests.monthly_micros, requests.approvals_needed, requests.run_id, \
        requests.created_at, requests.updated_at";
}

impl TryFrom<RequestSummaryRow> for RequestSummary {
    type Error = StorageError;
    fn try_from(row: RequestSummaryRow) -> Result<Self> {
        let reading = Reading::new("request", &row.id);
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            wish: reading.parse("wish", &row.wish)?,
            status: reading.parse("status", &row.status)?,
            stack: reading.parse("stack_id", &row.stack_id)?,
            team: reading.parse("team_id", &row.team_id)?,
            environment: reading.parse("environment_id", &row.environment_id)?,
            requester: reading.parse("requester_id", &row.requester_id)?,
            approvals_needed: reading.number("approvals_needed", row.approvals_needed)?,
            run: row.run_id.map(|run| reading.parse("run_id", &run)).transpose()?,
            revision: row.revision,
            stack_name: row.stack_name,
            team_name: row.team_name,
            team_title: row.team_title,
            environment_name: row.environment_name,
            requester_name: row.requester_name,
            monthly_micros: row.monthly_micros,
            created_at: row.created_at,
            updated_at: row.updated_at,
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
