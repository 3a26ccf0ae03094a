//! An EC2 security group with its rules.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, as_set, limits::Problems, unresolved};
use crate::Problem;

/// A security group and all its rules: what is not listed here does not stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// The VPC it lives in.
    pub vpc_id: String,
    /// What it is for; AWS cannot change it later.
    pub description: String,
    /// Traffic that may come in.
    #[serde(default)]
    pub ingress: Vec<SecurityGroupRule>,
    /// Traffic that may go out; everything, where nothing is said.
    #[serde(default = "everything")]
    pub egress: Vec<SecurityGroupRule>,
}

/// One rule: a protocol, a range of ports and one source (or destination).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroupRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, or `-1` for every protocol.
    #[serde(default = "tcp")]
    pub protocol: String,
    /// First port (0 to 65535); -1 for all, where the protocol has no ports.
    #[serde(default = "all_ports")]
    pub from_port: i32,
    /// Last port; -1 for all.
    #[serde(default = "all_ports")]
    pub to_port: i32,
    /// IPv4 or IPv6 addresses in CIDR form.
    #[serde(default)]
    pub cidr: Option<String>,
    /// The id of a security group.
    #[serde(default)]
    pub source_group: Option<String>,
    /// Why the rule is there.
    #[serde(default)]
    pub description: Option<String>,
}

fn tcp() -> String {
    "tcp".to_owned()
}

fn all_ports() -> i32 {
    -1
}

fn everything() -> Vec<SecurityGroupRule> {
    vec![SecurityGroupRule {
        protocol: "-1".to_owned(),
        from_port: -1,
        to_port: -1,
        cidr: Some("0.0.0.0/0".to_owned()),
        source_group: None,
        description: None,
    }]
}

/// Letters, digits and what the API reference of `CreateSecurityGroup` lists.
fn speakable(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let longest = match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= longest)
}

impl SecurityGroupRule {
    /// What makes two rules the same one to AWS: everything but the description.
    pub fn key(&self) -> (&str, i32, i32, Option<&str>, Option<&str>) {
        (&self.protocol, self.from_port, self.to_port, self.cidr.as_deref(), self.source_group.as_deref())
    }

    fn problems(&self, path: &str, problems: &mut Problems) {
        match self.protocol.as_str() {
            "tcp" | "udp" => {
                problems.range(format!("{path}.from_port"), self.from_port, 0, 65_535, "");
                problems.range(format!("{path}.to_port"), self.to_port, 0, 65_535, "");
                if self.from_port > self.to_port {
                    problems.add("out-of-range", format!("{path}.to_port"), "The last port lies before the first one.");
                }
            }
            "icmp" | "icmpv6" | "-1" => {}
            other => problems.add(
                "unknown-protocol",
                format!("{path}.protocol"),
                format!("`{other}` is none of tcp, udp, icmp, icmpv6 and -1 (all)."),
            ),
        }
        match (&self.cidr, &self.source_group) {
            (Some(cidr), None) => {
                if !unresolved(cidr) && !is_cidr(cidr) {
                    problems.add(
                        "bad-cidr",
                        format!("{path}.cidr"),
                        format!("`{cidr}` is not a range of addresses such as 10.0.0.0/16."),
                    );
                }
            }
            (None, Some(group)) => problems.id(format!("{path}.source_group"), group, "sg-"),
            _ => problems.add("one-source", path, "A rule names either `cidr` or `source_group`."),
        }
        if let Some(text) = &self.description
            && (text.chars().count() > 255 || !speakable(text))
        {
            problems.add(
                "bad-description",
                format!("{path}.description"),
                "A rule's description has at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
            );
        }
    }

    fn normalised(mut self) -> Self {
        if self.protocol == "-1" {
            (self.from_port, self.to_port) = (-1, -1);
        }
        self.description = self.description.filter(|text| !text.is_empty());
        self
    }
}

impl KindSpec for SecurityGroup {
    const DEF: KindDef = KindDef {
        kind: Kind::SecurityGroup,
        label: "security group",
        service: "ec2",
        outputs: &["id", "arn"],
        identity: Identity::Name { max: 255 },
        replaced_by: &["vpc_id", "description"],
        sheds_last: &["ingress", "egress"],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 2, update: 1, delete: 120 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.id("vpc_id", &self.vpc_id, "vpc-");
        problems.required("description", &self.description, "The description of a security group");
        if self.description.chars().count() > 255 || !speakable(&self.description) {
            problems.add(
                "bad-description",
                "description",
                "A security group's description has at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
            );
        }
        for (direction, rules) in [("ingress", &self.ingress), ("egress", &self.egress)] {
            problems.at_most(direction, rules.len(), 60, "rules");
            let same: Vec<_> = rules.iter().cloned().map(SecurityGroupRule::normalised).collect();
            for (index, rule) in same.iter().enumerate() {
                let path = format!("{direction}.{index}");
                rule.problems(&path, &mut problems);
                if same[..index].iter().any(|earlier| earlier.key() == rule.key()) {
                    problems.add("duplicate", path, "The same rule stands here twice; AWS takes it once.");
                }
            }
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        for rules in [&mut self.ingress, &mut self.egress] {
            *rules = std::mem::take(rules).into_iter().map(SecurityGroupRule::normalised).collect();
            as_set(rules);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn codes(ingress: Json) -> Vec<String> {
        let spec = json!({"vpc_id": "${network.vpc}", "description": "web", "ingress": ingress});
        (Kind::SecurityGroup.def().check)(&spec).into_iter().map(|p| format!("{} {}", p.code, p.path)).collect()
    }

    #[test]
    fn everything_may_go_out_unless_said_otherwise() {
        let spec = (Kind::SecurityGroup.def().normalise)(&json!({"vpc_id": "vpc-1", "description": "d"}));
        assert_eq!(spec["egress"][0]["protocol"], "-1");
        assert_eq!(spec["ingress"], json!([]));
    }

    #[test]
    fn order_and_spelling_do_not_matter() {
        let normalise = Kind::SecurityGroup.def().normalise;
        let a = json!({"vpc_id": "v", "description": "d", "ingress": [
            {"from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"}, {"from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0", "description": ""}]});
        let b = json!({"vpc_id": "v", "description": "d", "egress": [{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr": "0.0.0.0/0"}],
            "ingress": [{"from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0"}, {"from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"}]});
        assert_eq!(normalise(&a), normalise(&b));
    }

    #[test]
    fn rules_that_aws_refuses_are_refused() {
        assert!(codes(json!([{"from_port": 80, "to_port": 80, "source_group": "${alb.id}"}])).is_empty());
        assert_eq!(
            codes(json!([{"from_port": 80, "to_port": 79, "cidr": "10.0.0.0/8"}])),
            ["out-of-range ingress.0.to_port"]
        );
        assert_eq!(codes(json!([{"from_port": 80, "to_port": 80}])), ["one-source ingress.0"]);
        assert_eq!(
            codes(json!([{"from_port": 80, "to_port": 80, "cidr": "10.0.0.0/33"}])),
            ["bad-cidr ingress.0.cidr"]
        );
        assert_eq!(codes(json!([{"protocol": "gre", "cidr": "10.0.0.0/8"}])), ["unknown-protocol ingress.0.protocol"]);
        let twice = json!({"from_port": 80, "to_port": 80, "cidr": "10.0.0.0/8"});
        assert_eq!(codes(json!([twice, twice])), ["duplicate ingress.1"]);
    }
}
