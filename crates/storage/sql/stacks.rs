//! Stacks, their resources, what they use and what is reserved for them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    ids::{EnvironmentId, StackId},
    plan::Resource,
    stack::{Reservation, Stack},
};
use sqlx::QueryBuilder;
use storage::{
    Page, Result, StackFilter, StackTotals, Stacks,
    rows::{ReservationRow, ResourceRow, StackRow, failed_on},
};

use super::{added, change_unless_taken, changed, push_any, push_text, recurs};
use crate::dialect::{Db, Query, Tx, instant, json};

/// Binds $1 to $12 in the order of [`StackRow::COLUMNS`].
fn bind<'a>(sql: &'a str, stack: &'a Stack) -> Query<'a> {
    sqlx::query(sql)
        .bind(stack.id.as_str())
        .bind(&stack.name)
        .bind(stack.team.as_str())
        .bind(stack.environment.as_str())
        .bind(&stack.revision)
        .bind(json(&stack.inputs))
        .bind(stack.status.as_str())
        .bind(json(&stack.outputs))
        .bind(stack.monthly_micros)
        .bind(instant(stack.created_at))
        .bind(instant(stack.updated_at))
        .bind(stack.version)
}

fn name_of(stack: &Stack) -> String {
    format!("the stack name `{}`", stack.name)
}

fn push_filter<'a>(query: &mut QueryBuilder<'a, Db>, filter: &'a StackFilter) {
    query.push(" WHERE true");
    if !filter.with_gone {
        query.push(" AND status <> 'gone'");
    }
    if let Some(teams) = &filter.teams {
        push_any(query, "team_id", teams.iter().map(|team| team.as_str()));
    }
    if let Some(environment) = &filter.environment {
        query.push(" AND environment_id = ").push_bind(environment.as_str());
    }
    if let Some(text) = &filter.text {
        push_text(query, "id", "name", text);
    }
}

/// What [`StackFilter::key`] wrote: when a stack had changed, and its id.
fn changed_before(key: &str) -> Option<(DateTime<Utc>, &str)> {
    let (at, id) = key.split_once('.')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id))
}

impl Tx {
    async fn stacks_where(&mut self, condition: &str, keys: &[&str]) -> Result<Vec<Stack>> {
        let sql = format!("SELECT {} FROM stacks WHERE {condition} ORDER BY name, id", StackRow::COLUMNS);
        let mut query = sqlx::query_as::<_, StackRow>(&sql);
        for key in keys {
            query = query.bind(*key);
        }
        let rows = query.fetch_all(self.connection()).await.map_err(failed_on("stacks"))?;
        rows.into_iter().map(Stack::try_from).collect()
    }

    async fn reservations_where(&mut self, condition: &str, key: &str) -> Result<Vec<Reservation>> {
        sqlx::query_as::<_, ReservationRow>(&format!(
            "SELECT {} FROM reservations WHERE {condition} ORDER BY scope, value",
            ReservationRow::COLUMNS
        ))
        .bind(key)
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("reservations"))?
        .into_iter()
        .map(Reservation::try_from)
        .collect()
    }

    /// Records resources, the last of each stack, logical name and generation.
    pub(crate) async fn set_resources(&mut self, resources: &[(&StackId, &Resource)]) -> Result<()> {
        let mut rows = BTreeMap::new();
        for (stack, resource) in resources {
            rows.insert((stack.as_str(), resource.logical.as_str(), resource.generation), *resource);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::new(
            "INSERT INTO resources (stack_id, logical, generation, kind, name, wanted, spec, outputs, live) ",
        );
        query.push_values(&rows, |mut row, ((stack, logical, generation), resource)| {
            row.push_bind(*stack).push_bind(*logical).push_bind(i64::from(*generation));
            row.push_bind(resource.kind.name()).push_bind(resource.name.as_str()).push_bind(json(&resource.wanted));
            row.push_bind(json(&resource.spec)).push_bind(json(&resource.outputs)).push_bind(resource.live);
        });
        query.push(
            " ON CONFLICT (stack_id, logical, generation) DO UPDATE SET kind = excluded.kind, name = excluded.name,
                 wanted = excluded.wanted, spec = excluded.spec, outputs = excluded.outputs, live = excluded.live",
        );
        query
            .build()
            .persistent(recurs(rows.len()))
            .execute(self.connection())
            .await
            .map_err(failed_on("resources"))?;
        Ok(())
    }
}

#[async_trait]
impl Stacks for Tx {
    async fn add_stack(&mut self, stack: &Stack) -> Result<()> {
        let sql = format!(
            "INSERT INTO stacks ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
            StackRow::COLUMNS
        );
        let result = bind(&sql, stack).execute(self.connection()).await.map_err(failed_on("stacks"))?;
        added(&result, || name_of(stack))
    }

    async fn update_stack(&mut self, stack: &Stack) -> Result<()> {
        let change = bind(
            "UPDATE stacks SET name = $2, team_id = $3, environment_id = $4, revision = $5, inputs = $6, status = $7,
                 outputs = $8, monthly_micros = $9, created_at = $10, updated_at = $11, version = version + 1
             WHERE id = $1 AND version = $12",
            stack,
        );
        let result = change_unless_taken(self, change, "stacks", || name_of(stack)).await?;
        changed(&result, || format!("stack {}", stack.name))
    }

    async fn lookup_stack(&mut self, id: &StackId) -> Result<Option<Stack>> {
        Ok(self.stacks_where("id = $1", &[id.as_str()]).await?.pop())
    }

    async fn find_stack_by_name(&mut self, environment: &EnvironmentId, name: &str) -> Result<Option<Stack>> {
        let condition = "environment_id = $1 AND name = $2 AND status <> 'gone'";
        Ok(self.stacks_where(condition, &[environment.as_str(), name]).await?.pop())
    }

    async fn list_stacks(&mut self, filter: &StackFilter, page: &Page) -> Result<Vec<Stack>> {
        let mut query = QueryBuilder::new(format!("SELECT {} FROM stacks", StackRow::COLUMNS));
        push_filter(&mut query, filter);
        let order = if filter.last_changed_first {
            match page.after.as_deref().map(changed_before) {
                None => {}
                Some(None) => {
                    query.push(" AND false");
                }
                Some(Some((at, id))) => {
                    query.push(" AND (updated_at, id) < (").push_bind(instant(at)).push(", ").push_bind(id).push(")");
                }
            }
            "updated_at DESC, id DESC"
        } else {
            if let Some(after) = &page.after {
                query.push(" AND (name, id) > (SELECT name, id FROM stacks WHERE id = ").push_bind(after).push(")");
            }
            "name, id"
        };
        query.push(format!(" ORDER BY {order} LIMIT ")).push_bind(i64::from(page.limit));
        query
            .build_query_as::<StackRow>()
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("stacks"))?
            .into_iter()
            .map(Stack::try_from)
            .collect()
    }

    async fn total_stacks(&mut self, filter: &StackFilter) -> Result<StackTotals> {
        // PostgreSQL's sum of integers is a decimal.
        let mut query =
            QueryBuilder::new("SELECT count(*), CAST(coalesce(sum(monthly_micros), 0) AS BIGINT) FROM stacks");
        push_filter(&mut query, filter);
        let (count, monthly_micros): (i64, i64) =
            query.build_query_as().fetch_one(self.connection()).await.map_err(failed_on("stacks"))?;
        Ok(StackTotals { count: count.unsigned_abs(), monthly_micros })
    }

    async fn set_resource(&mut self, stack: &StackId, resource: &Resource) -> Result<()> {
        self.set_resources(&[(stack, resource)]).await
    }

    async fn list_resources(&mut self, stack: &StackId) -> Result<Vec<Resource>> {
        sqlx::query_as::<_, ResourceRow>(&format!(
            "SELECT {} FROM resources WHERE stack_id = $1 ORDER BY logical, generation",
            ResourceRow::COLUMNS
        ))
        .bind(stack.as_str())
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("resources"))?
        .into_iter()
        .map(Resource::try_from)
        .collect()
    }

    async fn set_uses(&mut self, stack: &StackId, used: &[StackId]) -> Result<()> {
        sqlx::query("DELETE FROM stack_uses WHERE stack_id = $1")
            .bind(stack.as_str())
            .execute(self.connection())
            .await
            .map_err(failed_on("stack_uses"))?;
        for one in used {
            sqlx::query("INSERT INTO stack_uses (stack_id, used_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(stack.as_str())
                .bind(one.as_str())
                .execute(self.connection())
                .await
                .map_err(failed_on("stack_uses"))?;
        }
        Ok(())
    }

    async fn list_users_of(&mut self, stack: &StackId) -> Result<Vec<Stack>> {
        let condition = "status <> 'gone' AND id IN (SELECT stack_id FROM stack_uses WHERE used_id = $1)";
        self.stacks_where(condition, &[stack.as_str()]).await
    }

    async fn find_stack_by_output(&mut self, value: &str) -> Result<Option<Stack>> {
        let condition = "status <> 'gone' AND id IN (
            SELECT stack_id FROM resource_outputs JOIN resources USING (stack_id, logical, generation)
            WHERE value = $1 AND live)";
        Ok(self.stacks_where(condition, &[value]).await?.into_iter().next())
    }

    async fn reserve(&mut self, reservation: &Reservation) -> Result<()> {
        let result = sqlx::query(
            "INSERT INTO reservations (scope, value, stack_id, resource) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(&reservation.scope)
        .bind(&reservation.value)
        .bind(reservation.stack.as_str())
        .bind(&reservation.resource)
        .execute(self.connection())
        .await
        .map_err(failed_on("reservations"))?;
        let reserved = added(&result, || format!("`{}` in {}", reservation.value, reservation.scope));
        if reserved.is_err()
            && self.find_reservation(&reservation.scope, &reservation.value).await?.as_ref() == Some(reservation)
        {
            return Ok(());
        }
        reserved
    }

    async fn find_reservation(&mut self, scope: &str, value: &str) -> Result<Option<Reservation>> {
        sqlx::query_as::<_, ReservationRow>(&format!(
            "SELECT {} FROM reservations WHERE scope = $1 AND value = $2",
            ReservationRow::COLUMNS
        ))
        .bind(scope)
        .bind(value)
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("reservations"))?
        .map(Reservation::try_from)
        .transpose()
    }

    async fn list_reservations(&mut self, scope: &str) -> Result<Vec<Reservation>> {
        self.reservations_where("scope = $1", scope).await
    }

    async fn list_reservations_of(&mut self, stack: &StackId) -> Result<Vec<Reservation>> {
        self.reservations_where("stack_id = $1", stack.as_str()).await
    }

    async fn release_reservations(&mut self, stack: &StackId, keep: &[Reservation]) -> Result<()> {
        let mut query = QueryBuilder::new("DELETE FROM reservations WHERE stack_id = ");
        query.push_bind(stack.as_str());
        if !keep.is_empty() {
            query.push(" AND (scope, value) NOT IN (");
            query.push_values(keep, |mut row, one| {
                row.push_bind(one.scope.as_str()).push_bind(one.value.as_str());
            });
            query.push(")");
        }
        let statement = query.build().persistent(recurs(keep.len()));
        statement.execute(self.connection()).await.map_err(failed_on("reservations"))?;
        Ok(())
    }
}
