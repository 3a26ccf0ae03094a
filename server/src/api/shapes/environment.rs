//! Places to provision into.

use std::collections::{BTreeMap, BTreeSet};

use domain::environment::{Environment as Place, Rules as HouseRules};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::ApproversWord;

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
    /// What is let in.
    rules: Rules,
}

/// The rules of an environment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnvironmentRules)]
pub struct Rules {
    /// Whose yes counts.
    #[schema(value_type = ApproversWord)]
    approvers: &'static str,
    /// The templates that may be asked for, by name; none means every one.
    allowed_templates: BTreeSet<String>,
    /// How many stacks may live here at once.
    max_stacks: Option<u32>,
    /// How many vCPU their services may run together once each has scaled out as far as it may.
    max_vcpus: Option<u32>,
    /// What they may cost together, in US dollars a month.
    max_monthly_dollars: Option<u32>,
    /// Nothing new may be asked for; what lives here can still be changed and destroyed.
    closed: bool,
    /// What uses a load balancer begins when that is ready, not as soon as it exists.
    wait_for_load_balancers: bool,
}

impl From<HouseRules> for Rules {
    fn from(rules: HouseRules) -> Self {
        Self {
            approvers: rules.approvers.as_str(),
            allowed_templates: rules.allowed_templates,
            max_stacks: rules.max_stacks,
            max_vcpus: rules.max_vcpus,
            max_monthly_dollars: rules.max_monthly_dollars,
            closed: rules.closed,
            wait_for_load_balancers: rules.wait_for_load_balancers,
        }
    }
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
            rules: place.rules.into(),
        }
    }
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Environments {
    /// By name.
    pub items: Vec<Environment>,
}
