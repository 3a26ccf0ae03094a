//! A place to provision into.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::EnvironmentId;

/// An AWS account, a region, a network, and the rules of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// Short name, part of physical names: `[a-z][a-z0-9-]{0,15}`.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// Twelve digits.
    pub account: String,
    /// For example `eu-central-1`.
    pub region: String,
    /// The launch role to assume; none means that the process's own credentials are this account's.
    pub launch_role: Option<LaunchRole>,
    /// The VPC.
    pub vpc_id: String,
    /// Subnets for load balancers that the internet reaches, in two zones at least.
    pub public_subnets: Vec<String>,
    /// Subnets for tasks.
    pub private_subnets: Vec<String>,
    /// Whether tasks need a public address to reach registries (no NAT or endpoints in the task subnets).
    pub assign_public_ip: bool,
    /// The certificate for HTTPS.
    pub certificate_arn: Option<String>,
    /// The load balancer that services may share.
    pub shared_load_balancer: Option<SharedLoadBalancer>,
    /// The policy that caps what every role made here may do.
    pub permissions_boundary: Option<String>,
    /// Tags that every resource here bears.
    pub tags: BTreeMap<String, String>,
    /// How many people must approve.
    pub approvals_needed: u32,
    /// Optimistic version.
    pub version: i64,
}

/// How to get into an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRole {
    /// The role's ARN.
    pub arn: String,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
}

/// An Application Load Balancer that services attach their listener rules to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedLoadBalancer {
    /// The ARN of the load balancer.
    pub arn: String,
    /// The name that DNS knows.
    pub dns_name: String,
    /// `app/<name>/<id>`, as request-count metrics want it.
    pub full_name: String,
    /// The HTTP or HTTPS listener that rules go to.
    pub listener_arn: String,
    /// Whether that listener speaks HTTPS.
    pub https: bool,
    /// The security group that traffic to the tasks comes from.
    pub security_group: String,
}
