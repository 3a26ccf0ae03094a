//! A place to provision into.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Problem, cost::dollars, ids::EnvironmentId, people::text_enum};

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
    /// Who may approve, and what may be asked for.
    #[serde(default)]
    pub rules: Rules,
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

/// The guard rails of an environment. The default lets everything through that the table of roles does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Whose yes counts.
    pub approvers: Approvers,
    /// The templates that may be asked for, by name; none means every one.
    pub allowed_templates: BTreeSet<String>,
    /// How many stacks may live here at once.
    pub max_stacks: Option<u32>,
    /// How many vCPU their services may run together once each has scaled out as far as it may.
    pub max_vcpus: Option<u32>,
    /// What they may cost together, in US dollars a month.
    pub max_monthly_dollars: Option<u32>,
    /// Nothing new may be asked for; what lives here can still be changed and destroyed.
    pub closed: bool,
    /// What uses a load balancer begins when that is ready, not as soon as it exists: slower, and as CloudFormation does it.
    pub wait_for_load_balancers: bool,
}

/// Whose yes counts in an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approvers {
    /// Owners of the team that asks, and the platform team.
    #[default]
    Team,
    /// The platform team alone.
    Platform,
}
text_enum!(Approvers { Team = "team", Platform = "platform" });

/// What is in an environment, or would be: what its caps are held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Stacks.
    pub stacks: u32,
    /// CPU units of the services at their largest, 1024 to the vCPU.
    pub cpu_units: u64,
    /// Millionths of a US dollar a month.
    pub monthly_micros: i64,
}

impl Environment {
    /// Why nothing new may be made of this template here; empty where it may.
    pub fn refusals(&self, template: &str, title: &str) -> Vec<Problem> {
        let mut problems = vec![];
        if self.rules.closed {
            let message = format!("{} is closed: nothing new can be asked for there. Pick another place.", self.name);
            problems.push(Problem::new("closed", "environment", message));
        }
        if !self.allows(template) {
            let message = format!("{title} is not offered in {}. Pick another place.", self.name);
            problems.push(Problem::new("template-not-allowed", "environment", message));
        }
        problems
    }

    /// Whether the template may be asked for here.
    pub fn allows(&self, template: &str) -> bool {
        self.rules.allowed_templates.is_empty() || self.rules.allowed_templates.contains(template)
    }

    /// Which caps are broken by going from `now` to `then`, and by how much. What does not grow breaks nothing: whoever
    /// is over a cap that was lowered can always ask for less.
    pub fn over_caps(&self, now: &Load, then: &Load) -> Vec<Problem> {
        let Rules { max_stacks, max_vcpus, max_monthly_dollars, .. } = &self.rules;
        let mut problems = vec![];
        let mut over = |code: &str, message: String| {
            let message = format!("{message} Ask for less, give something up, or ask the platform team for more room.");
            problems.push(Problem::new(code, "environment", message));
        };
        if let Some(most) = max_stacks.filter(|most| then.stacks > *most && then.stacks > now.stacks) {
            over(
                "cap-stacks",
                format!("{} has room for {most} stacks, and this would be number {}.", self.name, then.stacks),
            );
        }
        if let Some(most) = max_vcpus
            && then.cpu_units > u64::from(*most) * 1024
            && then.cpu_units > now.cpu_units
        {
            let excess = then.cpu_units - u64::from(*most) * 1024;
            let (then, excess) = (vcpus(then.cpu_units), vcpus(excess));
            let name = &self.name;
            over(
                "cap-vcpus",
                format!("{name} may run {most} vCPU at most; with this it could be {then}, {excess} too many."),
            );
        }
        if let Some(most) = max_monthly_dollars
            && then.monthly_micros > i64::from(*most) * 1_000_000
            && then.monthly_micros > now.monthly_micros
        {
            let excess = dollars(then.monthly_micros - i64::from(*most) * 1_000_000);
            let then = dollars(then.monthly_micros);
            let name = &self.name;
            over(
                "cap-cost",
                format!("{name} may cost ${most} a month at most; with this it would be {then}, {excess} too much."),
            );
        }
        problems
    }
}

/// `4.5` for 4608 units.
pub fn vcpus(cpu_units: u64) -> String {
    let hundredths = (cpu_units * 100).div_ceil(1024);
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::check::sample_environment;

    fn with(rules: Rules) -> Environment {
        Environment { rules, ..sample_environment() }
    }

    fn codes(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.code.as_str()).collect()
    }

    #[test]
    fn a_place_without_rules_takes_everything() {
        let everything = Load { stacks: u32::MAX, cpu_units: u64::MAX, monthly_micros: i64::MAX };
        let place = with(Rules::default());
        assert!(place.refusals("web-service", "Web service").is_empty());
        assert!(place.over_caps(&Load::default(), &everything).is_empty());
    }

    #[test]
    fn a_closed_place_and_an_unlisted_template_are_told_together() {
        let allowed_templates = BTreeSet::from(["fargate-cluster".to_owned()]);
        let place = with(Rules { closed: true, allowed_templates, ..Rules::default() });
        assert_eq!(codes(&place.refusals("web-service", "Web service")), ["closed", "template-not-allowed"]);
        assert_eq!(codes(&place.refusals("fargate-cluster", "Fargate cluster")), ["closed"]);
    }

    #[test]
    fn caps_say_by_how_much_and_let_shrink_what_is_over_them() {
        let rules =
            Rules { max_stacks: Some(2), max_vcpus: Some(4), max_monthly_dollars: Some(100), ..Rules::default() };
        let place = with(rules);
        let full = Load { stacks: 2, cpu_units: 4096, monthly_micros: 100_000_000 };
        assert!(place.over_caps(&Load::default(), &full).is_empty(), "the last place can be had");
        let over = Load { stacks: 3, cpu_units: 4608, monthly_micros: 120_100_000 };
        let problems = place.over_caps(&full, &over);
        assert_eq!(codes(&problems), ["cap-stacks", "cap-vcpus", "cap-cost"]);
        for (problem, part) in problems.iter().zip(["number 3", "4.5, 0.5 too many", "$120.10, $20.10 too much"]) {
            assert!(problem.message.contains(part), "{problem}");
        }
        assert!(place.over_caps(&over, &Load { stacks: 3, cpu_units: 4600, ..over }).is_empty());
    }
}
