//! Environments.

use async_trait::async_trait;
use domain::{environment::Environment, ids::EnvironmentId};
use storage::{
    Environments, Result,
    rows::{EnvironmentRow, failed_on},
};

use super::{added, change_unless_taken, changed};
use crate::dialect::{Query, Tx, json};

/// Binds $1 to $17 in the order of [`EnvironmentRow::COLUMNS`].
fn bind<'a>(sql: &'a str, environment: &'a Environment) -> Query<'a> {
    sqlx::query(sql)
        .bind(environment.id.as_str())
        .bind(&environment.name)
        .bind(&environment.summary)
        .bind(&environment.account)
        .bind(&environment.region)
        .bind(environment.launch_role.as_ref().map(json))
        .bind(&environment.vpc_id)
        .bind(json(&environment.public_subnets))
        .bind(json(&environment.private_subnets))
        .bind(environment.assign_public_ip)
        .bind(environment.certificate_arn.as_deref())
        .bind(environment.shared_load_balancer.as_ref().map(json))
        .bind(environment.permissions_boundary.as_deref())
        .bind(json(&environment.tags))
        .bind(i64::from(environment.approvals_needed))
        .bind(json(&environment.rules))
        .bind(environment.version)
}

fn name_of(environment: &Environment) -> String {
    format!("the environment name `{}`", environment.name)
}

#[async_trait]
impl Environments for Tx {
    async fn add_environment(&mut self, environment: &Environment) -> Result<()> {
        let sql = format!(
            "INSERT INTO environments ({})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING",
            EnvironmentRow::COLUMNS
        );
        let result = bind(&sql, environment).execute(self.connection()).await.map_err(failed_on("environments"))?;
        added(&result, || name_of(environment))
    }

    async fn update_environment(&mut self, environment: &Environment) -> Result<()> {
        let change = bind(
            "UPDATE environments SET name = $2, summary = $3, account = $4, region = $5, launch_role = $6,
                 vpc_id = $7, public_subnets = $8, private_subnets = $9, assign_public_ip = $10, certificate_arn = $11,
                 shared_load_balancer = $12, permissions_boundary = $13, tags = $14, approvals_needed = $15,
                 rules = $16, version = version + 1
             WHERE id = $1 AND version = $17",
            environment,
        );
        let result = change_unless_taken(self, change, "environments", || name_of(environment)).await?;
        changed(&result, || format!("environment {}", environment.name))
    }

    async fn lookup_environment(&mut self, id: &EnvironmentId) -> Result<Option<Environment>> {
        sqlx::query_as::<_, EnvironmentRow>(&format!(
            "SELECT {} FROM environments WHERE id = $1",
            EnvironmentRow::COLUMNS
        ))
        .bind(id.as_str())
        .fetch_optional(self.connection())
        .await
        .map_err(failed_on("environments"))?
        .map(Environment::try_from)
        .transpose()
    }

    async fn list_environments(&mut self) -> Result<Vec<Environment>> {
        sqlx::query_as::<_, EnvironmentRow>(&format!(
            "SELECT {} FROM environments ORDER BY name",
            EnvironmentRow::COLUMNS
        ))
        .fetch_all(self.connection())
        .await
        .map_err(failed_on("environments"))?
        .into_iter()
        .map(Environment::try_from)
        .collect()
    }
}
