//! An Application Load Balancer.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, as_set, limits::Problems};
use crate::Problem;

/// An Application Load Balancer (IPv4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// Who reaches it.
    pub scheme: Scheme,
    /// Subnets in at least two availability zones.
    pub subnets: Vec<String>,
    /// Its security groups, at most five.
    pub security_groups: Vec<String>,
    /// After how many seconds of silence a connection is closed; 1 to 4000.
    #[serde(default = "a_minute")]
    pub idle_timeout_seconds: u32,
}

/// Who reaches a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The internet.
    InternetFacing,
    /// The VPC and what is connected to it.
    Internal,
}

fn a_minute() -> u32 {
    60
}

impl KindSpec for LoadBalancer {
    const DEF: KindDef = KindDef {
        kind: Kind::LoadBalancer,
        label: "load balancer",
        service: "elasticloadbalancing",
        outputs: &["arn", "dns_name", "full_name", "zone_id"],
        identity: Identity::Name { max: 32 },
        replaced_by: &["scheme"],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 150, update: 5, delete: 30 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let mut distinct = self.subnets.clone();
        as_set(&mut distinct);
        if distinct.len() < 2 {
            problems.add(
                "too-few",
                "subnets",
                "A load balancer needs subnets in at least two availability zones. Add a second subnet to the environment.",
            );
        }
        for (index, subnet) in self.subnets.iter().enumerate() {
            problems.id(format!("subnets.{index}"), subnet, "subnet-");
        }
        if self.security_groups.is_empty() {
            problems.add(
                "required",
                "security_groups",
                "Without a security group of its own the load balancer would get the VPC's default one.",
            );
        }
        problems.at_most("security_groups", self.security_groups.len(), 5, "security groups");
        for (index, group) in self.security_groups.iter().enumerate() {
            problems.id(format!("security_groups.{index}"), group, "sg-");
        }
        problems.range("idle_timeout_seconds", self.idle_timeout_seconds, 1, 4000, "seconds");
        problems.done()
    }

    fn normalised(mut self) -> Self {
        as_set(&mut self.subnets);
        as_set(&mut self.security_groups);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_subnet_is_refused() {
        let spec =
            |subnets: &[&str]| json!({"scheme": "internal", "subnets": subnets, "security_groups": ["${sg.id}"]});
        let check = Kind::LoadBalancer.def().check;
        assert!(check(&spec(&["subnet-1", "subnet-2"])).is_empty());
        assert_eq!(check(&spec(&["subnet-1", "subnet-1"]))[0].code, "too-few");
        assert_eq!(check(&spec(&["subnet-1", "vpc-2"]))[0].path, "subnets.1");
    }

    #[test]
    fn idle_time_outs_and_schemes_have_limits() {
        let check = Kind::LoadBalancer.def().check;
        let spec = json!({"scheme": "internal", "subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"], "idle_timeout_seconds": 0});
        assert_eq!(check(&spec)[0].path, "idle_timeout_seconds");
        assert_eq!(check(&json!({"scheme": "public", "subnets": [], "security_groups": []}))[0].path, "scheme");
    }
}
