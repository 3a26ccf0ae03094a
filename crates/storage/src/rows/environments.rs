//! Rows of environments.

use std::collections::BTreeMap;

use domain::environment::{Environment, LaunchRole, Rules, SharedLoadBalancer};
use sqlx::types::Json;

use super::Reading;
use crate::{Result, StorageError};

/// A row of `environments`.
#[derive(Debug, sqlx::FromRow)]
pub struct EnvironmentRow {
    id: String,
    name: String,
    summary: String,
    account: String,
    region: String,
    launch_role: Option<Json<LaunchRole>>,
    vpc_id: String,
    public_subnets: Json<Vec<String>>,
    private_subnets: Json<Vec<String>>,
    assign_public_ip: bool,
    certificate_arn: Option<String>,
    shared_load_balancer: Option<Json<SharedLoadBalancer>>,
    permissions_boundary: Option<String>,
    tags: Json<BTreeMap<String, String>>,
    approvals_needed: i64,
    rules: Json<Rules>,
    version: i64,
}

impl EnvironmentRow {
    /// What to select.
    pub const COLUMNS: &str = "id, name, summary, account, region, launch_role, vpc_id, public_subnets, \
        private_subnets, assign_public_ip, certificate_arn, shared_load_balancer, permissions_boundary, tags, \
        approvals_needed, rules, version";
}

impl TryFrom<EnvironmentRow> for Environment {
    type Error = StorageError;
    fn try_from(row: EnvironmentRow) -> Result<Self> {
        let reading = Reading::new("environment", &row.id);
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            approvals_needed: reading.number("approvals_needed", row.approvals_needed)?,
            name: row.name,
            summary: row.summary,
            account: row.account,
            region: row.region,
            launch_role: row.launch_role.map(|role| role.0),
            vpc_id: row.vpc_id,
            public_subnets: row.public_subnets.0,
            private_subnets: row.private_subnets.0,
            assign_public_ip: row.assign_public_ip,
            certificate_arn: row.certificate_arn,
            shared_load_balancer: row.shared_load_balancer.map(|balancer| balancer.0),
            permissions_boundary: row.permissions_boundary,
            tags: row.tags.0,
            rules: row.rules.0,
            version: row.version,
        })
    }
}
