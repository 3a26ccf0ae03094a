//! Requests with their conversation.

use async_trait::async_trait;
use domain::{
    ids::RequestId,
    request::{Comment, Decision, Request},
};
use sqlx::QueryBuilder;
use storage::{
    Page, RequestFilter, RequestSummary, Requests, Result,
    rows::{CommentRow, DecisionRow, RequestRow, RequestSummaryRow, failed_on},
};

use super::{added, changed, push_any, push_text};
use crate::dialect::{Db, Query, Tx, instant, json};

/// Binds $1 to $20 in the order of [`RequestRow::COLUMNS`], and as $21 what lists show of the cost.
fn bind<'a>(sql: &'a str, request: &'a Request) -> Query<'a> {
    sqlx::query(sql)
        .bind(request.id.as_str())
        .bind(request.wish.as_str())
        .bind(request.stack.as_str())
        .bind(request.team.as_str())
        .bind(request.environment.as_str())
        .bind(&request.revision)
        .bind(&request.revision_hash)
        .bind(json(&request.inputs))
        .bind(request.requester.as_str())
        .bind(&request.reason)
        .bind(request.status.as_str())
        .bind(json(&request.plan))
        .bind(json(&request.cost))
        .bind(i64::from(request.edition))
        .bind(&request.seal)
        .bind(i64::from(request.approvals_needed))
        .bind(request.run.as_ref().map(|run| run.as_str()))
        .bind(instant(request.created_at))
        .bind(instant(request.updated_at))
        .bind(request.version)
        .bind(request.cost.monthly_micros)
}

fn push_filter<'a>(query: &mut QueryBuilder<'a, Db>, filter: &'a RequestFilter) {
    query.push(" WHERE true");
    if let Some(teams) = &filter.teams {
        push_any(query, "requests.team_id", teams.iter().map(|team| team.as_str()));
    }
    if !filter.statuses.is_empty() {
        push_any(query, "requests.status", filter.statuses.iter().map(|status| status.as_str()));
    }
    if let Some(stack) = &filter.stack {
        query.push(" AND requests.stack_id = ").push_bind(stack.as_str());
    }
    if let Some(requester) = &filter.requester {
        query.push(" AND requests.requester_id = ").push_bind(requester.as_str());
    }
    if let Some(environments) = &filter.environments {
        push_any(query, "requests.environment_id", environments.iter().map(|environment| environment.as_str()));
    }
    if let Some(user) = &filter.undecided_by {
        query.push(" AND requests.requester_id <> ").push_bind(user.as_str());
        query.push(" AND NOT EXISTS (SELECT 1 FROM decisions WHERE request_id = requests.id");
        query.push(" AND decisions.seal = requests.seal AND user_id = ").push_bind(user.as_str()).push(")");
    }
    if let Some(text) = &filter.text {
        push_text(query, "requests.id", "(SELECT name FROM stacks WHERE stacks.id = requests.stack_id)", text);
    }
    if let Some(since) = filter.unchanged_since {
        query.push(" AND requests.updated_at < ").push_bind(instant(since));
    }
}

#[async_trait]
impl Requests for Tx {
    async fn add_request(&mut self, request: &Request) -> Result<()> {
        let sql = format!(
            "INSERT INTO requests ({}, monthly_micros) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                 $15, $16, $17, $18, $19, $20, $21) ON CONFLICT DO NOTHING",
            RequestRow::COLUMNS
        );
        let result = bind(&sql, request).execute(self.connection()).await.map_err(failed_on("requests"))?;
        added(&result, || format!("request {}", request.id))
    }

    async fn update_request(&mut self, request: &Request) -> Result<()> {
        let result = bind(
            "UPDATE requests SET wish = $2, stack_id = $3, team_id = $4, environment_id = $5, revision = $6,
                 revision_hash = $7, inputs = $8, requester_id = $9, reason = $10, status = $11, plan = $12, cost = $13,
                 edition = $14, seal = $15, approvals_needed = $16, run_id = $17, created_at = $18, updated_at = $19,
                 monthly_micros = $21,
                 version = version + 1
             WHERE id = $1 AND version = $20",
            request,
        )
        .execute(self.connection())
        .await
        .map_err(failed_on("requests"))?;
        changed(&result, || format!("request {}", request.id))
    }

    async fn lookup_request(&mut self, id: &RequestId) -> Result<Option<Request>> {
        sqlx::query_as::<_, RequestRow>(&format!("SELECT {} FROM requests WHERE id = $1", RequestRow::COLUMNS))
            .bind(id.as_str())
            .fetch_optional(self.connection())
            .await
            .map_err(failed_on("requests"))?
            .map(Request::try_from)
            .transpose()
    }

    async fn list_requests(&mut self, filter: &RequestFilter, page: &Page) -> Result<Vec<Request>> {
        let (beyond, order) = if filter.oldest_first { (">", "ASC") } else { ("<", "DESC") };
        let mut query = QueryBuilder::new(format!("SELECT {} FROM requests", RequestRow::COLUMNS));
        push_filter(&mut query, filter);
        if let Some(after) = &page.after {
            query.push(format!(" AND sequence {beyond} (SELECT sequence FROM requests WHERE id = "));
            query.push_bind(after).push(")");
        }
        query.push(format!(" ORDER BY sequence {order} LIMIT ")).push_bind(i64::from(page.limit));
        query
            .build_query_as::<RequestRow>()
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("requests"))?
            .into_iter()
            .map(Request::try_from)
            .collect()
    }

    async fn list_request_summaries(&mut self, filter: &RequestFilter, page: &Page) -> Result<Vec<RequestSummary>> {
        // From the index `requests_listed` alone: plans lie beside the rows that they belong to.
        let (beyond, order) = if filter.oldest_first { (">", "ASC") } else { ("<", "DESC") };
        let mut query = QueryBuilder::new(format!(
            "SELECT {} FROM requests JOIN stacks ON stacks.id = requests.stack_id
                 JOIN teams ON teams.id = requests.team_id
                 JOIN environments ON environments.id = requests.environment_id
                 JOIN users ON users.id = requests.requester_id",
            RequestSummaryRow::COLUMNS
        ));
        push_filter(&mut query, filter);
        if let Some(after) = &page.after {
            query.push(format!(" AND requests.sequence {beyond} (SELECT sequence FROM requests WHERE id = "));
            query.push_bind(after).push(")");
        }
        query.push(format!(" ORDER BY requests.sequence {order} LIMIT ")).push_bind(i64::from(page.limit));
        query
            .build_query_as::<RequestSummaryRow>()
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("requests"))?
            .into_iter()
            .map(RequestSummary::try_from)
            .collect()
    }

    async fn count_requests(&mut self, filter: &RequestFilter) -> Result<u64> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM requests");
        push_filter(&mut query, filter);
        let count: i64 =
            query.build_query_scalar().fetch_one(self.connection()).await.map_err(failed_on("requests"))?;
        Ok(count.unsigned_abs())
    }

    async fn add_decision(&mut self, decision: &Decision) -> Result<()> {
        let result = sqlx::query(
            "INSERT INTO decisions (request_id, user_id, verdict, seal, reason, at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(decision.request.as_str())
        .bind(decision.user.as_str())
        .bind(decision.verdict.as_str())
        .bind(&decision.seal)
        .bind(&decision.reason)
        .bind(instant(decision.at))
        .execute(self.connection())
        .await
        .map_err(failed_on("decisions"))?;
        added(&result, || format!("the decision of {} about request {}", decision.user, decision.request))
    }

    async fn list_decisions(&mut self, request: &RequestId) -> Result<Vec<Decision>> {
        sqlx::query_as::<_, DecisionRow>(&format!(
            "SELECT {} FROM decisions WHERE request_id = $1 ORDER BY sequence",
            DecisionRow::COLUMNS
        ))
        .bind(request.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("decisions"))?
        .into_iter()
        .map(Decision::try_from)
        .collect()
    }

    async fn add_comment(&mut self, comment: &Comment) -> Result<()> {
        sqlx::query("INSERT INTO comments (request_id, user_id, text, at) VALUES ($1, $2, $3, $4)")
            .bind(comment.request.as_str())
            .bind(comment.user.as_str())
            .bind(&comment.text)
            .bind(instant(comment.at))
            .execute(self.connection())
            .await
            .map_err(failed_on("comments"))?;
        Ok(())
    }

    async fn list_comments(&mut self, request: &RequestId) -> Result<Vec<Comment>> {
        sqlx::query_as::<_, CommentRow>(&format!(
            "SELECT {} FROM comments WHERE request_id = $1 ORDER BY sequence",
            CommentRow::COLUMNS
        ))
        .bind(request.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("comments"))?
        .into_iter()
        .map(Comment::try_from)
        .collect()
    }
}
