//! Places to provision into.

use std::collections::BTreeMap;

use domain::environment::Environment as Place;
use serde::Serialize;
use utoipa::ToSchema;

/// A place to provision into.
#[derive(Debug, Serialize, ToSchema)]
pub struct Environment {
    /// Its id.
    #[schema(example = "env-2M9Q7F3K")]
    id: String,
    /// Its name.
    #[schema(example = "production")]
    name: String,
    /// One line about it.
    summary: String,
    /// The AWS account.
    #[schema(example = "123456789012")]
    account: String,
    /// The AWS region.
    #[schema(example = "eu-central-1")]
    region: String,
    /// The VPC.
    vpc_id: String,
    /// Subnets that the internet reaches.
    public_subnets: Vec<String>,
    /// Subnets for tasks.
    private_subnets: Vec<String>,
    /// The DNS name of the load balancer that services may share.
    shared_load_balancer: Option<String>,
    /// Tags that every resource here bears.
    tags: BTreeMap<String, String>,
    /// How many people must approve.
    approvals_needed: u32,
}

impl From<Place> for Environment {
    fn from(place: Place) -> Self {
        Self {
            id: place.id.into(),
            name: place.name,
            summary: place.summary,
            account: place.account,
            region: place.region,
            vpc_id: place.vpc_id,
            public_subnets: place.public_subnets,
            private_subnets: place.private_subnets,
            shared_load_balancer: place.shared_load_balancer.map(|balancer| balancer.dns_name),
            tags: place.tags,
            approvals_needed: place.approvals_needed.max(1),
        }
    }
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Environments {
    /// By name.
    pub items: Vec<Environment>,
}
