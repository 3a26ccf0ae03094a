//! An environment as it is typed, and what it becomes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Problem,
    environment::{Approvers, Environment, LaunchRole, Rules, SharedLoadBalancer},
    ids::EnvironmentId,
};

use crate::names::is_name;

/// What was typed. Problems have the paths of the fields; numbers are text, so that a wrong one can be shown again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented at domain::environment::Environment, or follows here")]
pub struct EnvironmentDraft {
    pub name: String,
    pub summary: String,
    pub account: String,
    pub region: String,
    /// ARN; empty for the process's own credentials.
    pub launch_role: String,
    pub external_id: String,
    pub vpc_id: String,
    pub public_subnets: Vec<String>,
    pub private_subnets: Vec<String>,
    pub assign_public_ip: bool,
    pub certificate_arn: String,
    pub shared: SharedDraft,
    pub permissions_boundary: String,
    /// Names and values in the order in which they were typed.
    pub tags: Vec<(String, String)>,
    pub approvals_needed: String,
    pub approvers: String,
    pub allowed_templates: BTreeSet<String>,
    pub max_stacks: String,
    pub max_vcpus: String,
    pub max_monthly_dollars: String,
    pub closed: bool,
    pub wait_for_load_balancers: bool,
}

/// The load balancer to share. Whoever picks a listener needs no more; the rest is asked of AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented at domain::environment::SharedLoadBalancer")]
pub struct SharedDraft {
    /// Empty for none.
    pub listener_arn: String,
    pub dns_name: String,
    pub security_group: String,
    pub https: bool,
}

impl From<&Environment> for EnvironmentDraft {
    fn from(environment: &Environment) -> Self {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let Environment { rules, launch_role, .. } = environment;
        Self {
            name: environment.name.clone(),
            summary: environment.summary.clone(),
            account: environment.account.clone(),
            region: environment.region.clone(),
            launch_role: launch_role.as_ref().map(|role| role.arn.clone()).unwrap_or_default(),
            external_id: launch_role.as_ref().and_then(|role| role.external_id.clone()).unwrap_or_default(),
            vpc_id: environment.vpc_id.clone(),
            public_subnets: environment.public_subnets.clone(),
            private_subnets: environment.private_subnets.clone(),
            assign_public_ip: environment.assign_public_ip,
            certificate_arn: environment.certificate_arn.clone().unwrap_or_default(),
            shared: environment.shared_load_balancer.as_ref().map(SharedDraft::from).unwrap_or_default(),
            permissions_boundary: environment.permissions_boundary.clone().unwrap_or_default(),
            tags: environment.tags.clone().into_iter().collect(),
            approvals_needed: environment.approvals_needed.to_string(),
            approvers: rules.approvers.to_string(),
            allowed_templates: rules.allowed_templates.clone(),
            max_stacks: number(rules.max_stacks),
            max_vcpus: number(rules.max_vcpus),
            max_monthly_dollars: number(rules.max_monthly_dollars),
            closed: rules.closed,
            wait_for_load_balancers: rules.wait_for_load_balancers,
        }
    }
}

impl From<&SharedLoadBalancer> for SharedDraft {
    fn from(shared: &SharedLoadBalancer) -> Self {
        Self {
            listener_arn: shared.listener_arn.clone(),
            dns_name: shared.dns_name.clone(),
            security_group: shared.security_group.clone(),
            https: shared.https,
        }
    }
}

impl EnvironmentDraft {
    /// Enough of it to sign in with: name, account, region and role.
    pub(super) fn door(&self, id: EnvironmentId) -> (Environment, Vec<Problem>) {
        let mut problems = vec![];
        let mut wrong = |path: &str, message: &str| problems.push(Problem::new("wrong-form", path, message));
        let (account, region) = (self.account.trim(), self.region.trim());
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            wrong("account", "An AWS account is twelve digits.");
        }
        if !is_region(region) {
            wrong("region", "A region reads like eu-central-1.");
        }
        let role = self.launch_role.trim();
        if !(role.is_empty() || role.starts_with("arn:") && role.contains(":role/")) {
            wrong("launch_role", "The ARN of a role reads like arn:aws:iam::123456789012:role/gantry-launch.");
        }
        if role.is_empty() && !self.external_id.trim().is_empty() {
            wrong("external_id", "An external id goes with a launch role.");
        }
        let launch_role =
            (!role.is_empty()).then(|| LaunchRole { arn: role.to_owned(), external_id: filled(&self.external_id) });
        let environment = Environment {
            id,
            name: self.name.trim().to_owned(),
            summary: self.summary.trim().to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            launch_role,
            vpc_id: self.vpc_id.trim().to_owned(),
            public_subnets: ids(&self.public_subnets),
            private_subnets: ids(&self.private_subnets),
            assign_public_ip: self.assign_public_ip,
            certificate_arn: filled(&self.certificate_arn),
            shared_load_balancer: None,
            permissions_boundary: filled(&self.permissions_boundary),
            tags: BTreeMap::new(),
            approvals_needed: 1,
            rules: Rules::default(),
            version: 1,
        };
        (environment, problems)
    }

    /// All of it but the load balancer, and all that is wrong. `templates` are those that there are.
    pub(super) fn check(&self, id: EnvironmentId, templates: &BTreeSet<String>) -> (Environment, Vec<Problem>) {
        let (mut environment, mut problems) = self.door(id);
        let mut wrong = |code: &str, path: &str, message: &str| problems.push(Problem::new(code, path, message));
        if !is_name(&environment.name, 16) {
            wrong(
                "wrong-form",
                "name",
                "An environment's name has 1 to 16 characters: a-z, 0-9 and -, first a letter.",
            );
        }
        if environment.summary.chars().count() > 200 {
            wrong("too-long", "summary", "Say it in 200 characters or fewer.");
        }
        if !is_id(&environment.vpc_id, "vpc-") {
            wrong("required", "vpc_id", "Pick the VPC; its id reads like vpc-0a1b2c3d.");
        }
        if environment.private_subnets.is_empty() {
            wrong("required", "private_subnets", "Tasks need at least one subnet.");
        }
        for (path, subnets) in
            [("public_subnets", &environment.public_subnets), ("private_subnets", &environment.private_subnets)]
        {
            if subnets.iter().any(|subnet| !is_id(subnet, "subnet-")) {
                wrong("wrong-form", path, "The id of a subnet reads like subnet-0a1b2c3d.");
            }
        }
        if environment.public_subnets.len() == 1 {
            wrong("too-few", "public_subnets", "A load balancer needs subnets in two zones at least, or none at all.");
        }
        if environment.certificate_arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            wrong("wrong-form", "certificate_arn", "An ARN begins with arn:.");
        }
        if environment.permissions_boundary.as_ref().is_some_and(|arn| !arn.contains(":policy/")) {
            let message = "The ARN of a policy reads like arn:aws:iam::123456789012:policy/gantry-boundary.";
            wrong("wrong-form", "permissions_boundary", message);
        }
        for (name, value) in &self.tags {
            let (name, value) = (name.trim(), value.trim());
            if name.is_empty() || name.starts_with("aws:") || name.starts_with("gantry:") || name.len() > 128 {
                let message = "A tag has a name of its own, in 128 characters; aws: and gantry: belong to others.";
                wrong("wrong-form", "tags", message);
            } else if value.len() > 256 {
                wrong("too-long", "tags", "The value of a tag has 256 characters at most.");
            } else if environment.tags.insert(name.to_owned(), value.to_owned()).is_some() {
                wrong("taken", "tags", "A tag can be given once.");
            }
        }
        let unknown: Vec<&str> = self.allowed_templates.difference(templates).map(String::as_str).collect();
        if !unknown.is_empty() {
            let message = format!("There is no template {}.", unknown.join(", "));
            wrong("unknown-template", "allowed_templates", &message);
        }
        let mut number = |path: &str, text: &str, most: u32| match text.trim().parse::<u32>() {
            _ if text.trim().is_empty() => None,
            Ok(number) if (1..=most).contains(&number) => Some(number),
            _ => {
                wrong("out-of-range", path, &format!("Write a whole number from 1 to {most}, or nothing."));
                None
            }
        };
        environment.rules = Rules {
            approvers: Approvers::default(),
            allowed_templates: self.allowed_templates.clone(),
            max_stacks: number("max_stacks", &self.max_stacks, 100_000),
            max_vcpus: number("max_vcpus", &self.max_vcpus, 1_000_000),
            max_monthly_dollars: number("max_monthly_dollars", &self.max_monthly_dollars, 100_000_000),
            closed: self.closed,
            wait_for_load_balancers: self.wait_for_load_balancers,
        };
        match self.approvals_needed.trim().parse() {
            Ok(count @ 1..=10) => environment.approvals_needed = count,
            _ => wrong("out-of-range", "approvals_needed", "From 1 to 10 people must approve."),
        }
        match self.approvers.parse() {
            Ok(approvers) => environment.rules.approvers = approvers,
            Err(_) => wrong("not-an-option", "approvers", "Say who may approve."),
        }
        (environment, problems)
    }
}

impl SharedDraft {
    /// The load balancer of a listener whose ARN says which: `…:listener/app/<name>/<id>/<listener>`.
    pub(super) fn load_balancer(&self) -> Option<SharedLoadBalancer> {
        let listener_arn = self.listener_arn.trim();
        let (before, path) = listener_arn.split_once(":listener/")?;
        let (full_name, _) = path.rsplit_once('/')?;
        if !before.starts_with("arn:") || !full_name.starts_with("app/") {
            return None;
        }
        Some(SharedLoadBalancer {
            arn: format!("{before}:loadbalancer/{full_name}"),
            full_name: full_name.to_owned(),
            listener_arn: listener_arn.to_owned(),
            dns_name: self.dns_name.trim().to_owned(),
            https: self.https,
            security_group: self.security_group.trim().to_owned(),
        })
    }
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn ids(typed: &[String]) -> Vec<String> {
    let mut ids: Vec<String> = vec![];
    for id in typed.iter().filter_map(|id| filled(id)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// `eu-central-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let words = parts.len().saturating_sub(1);
    (3..=5).contains(&parts.len())
        && parts[..words].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        && parts[words].bytes().all(|b| b.is_ascii_digit())
        && !parts[words].is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_names_its_load_balancer() {
        let before = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
        let draft = SharedDraft { listener_arn: format!(" {before}:listener/app/shared/1/2 "), ..Default::default() };
        let shared = draft.load_balancer().unwrap();
        assert_eq!(
            (shared.arn, shared.full_name),
            (format!("{before}:loadbalancer/app/shared/1"), "app/shared/1".to_owned())
        );
        for other in ["", "arn:x", "arn:aws:x:listener/net/shared/1/2", "x:listener/app/shared/1/2"] {
            assert!(SharedDraft { listener_arn: other.to_owned(), ..Default::default() }.load_balancer().is_none());
        }
    }

    #[test]
    fn regions_read_like_regions() {
        for region in ["eu-central-1", "us-gov-west-1", "mars-north-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "eu", "eu-central", "EU-central-1", "eu-central-1; rm", "eu--1", "http://x-y-1"] {
            assert!(!is_region(other), "{other}");
        }
    }
}
