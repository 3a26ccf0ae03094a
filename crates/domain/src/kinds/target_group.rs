//! A target group of an Application Load Balancer.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, limits::Problems};
use crate::Problem;

/// Where a load balancer sends requests, and how it learns which targets are healthy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// The VPC of the targets.
    pub vpc_id: String,
    /// The port of targets that are registered without one, 1 to 65535; ECS registers tasks with that of their container.
    pub port: u16,
    /// What targets speak.
    #[serde(default)]
    pub protocol: TargetProtocol,
    /// What a target is; `ip` for tasks with a network interface of their own (Fargate).
    #[serde(default)]
    pub target_type: TargetType,
    /// How health is asked for.
    #[serde(default)]
    pub health_check: HealthCheck,
    /// How many seconds a leaving target may finish its requests, 0 to 3600. AWS's own default of 300 makes every
    /// deployment wait five minutes.
    #[serde(default = "fifteen")]
    pub deregistration_delay_seconds: u32,
}

/// What targets speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TargetProtocol {
    #[default]
    Http,
    Https,
}

/// What a target is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetType {
    /// An address in the VPC.
    #[default]
    Ip,
    /// An EC2 instance.
    Instance,
}

/// A health check over HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthCheck {
    /// The path that answers when the target is well.
    pub path: String,
    /// Seconds between two checks of a target, 5 to 300.
    pub interval_seconds: u32,
    /// Seconds to wait for an answer, 2 to 120, less than the interval.
    pub timeout_seconds: u32,
    /// How many good answers in a row make a target healthy, 2 to 10.
    pub healthy_threshold: u32,
    /// How many bad answers in a row make it unhealthy, 2 to 10.
    pub unhealthy_threshold: u32,
    /// The status codes that count as well: `200`, `200,204` or `200-399`.
    pub matcher: String,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            interval_seconds: 10,
            timeout_seconds: 5,
            healthy_threshold: 2,
            unhealthy_threshold: 3,
            matcher: "200-399".to_owned(),
        }
    }
}

fn fifteen() -> u32 {
    15
}

fn is_matcher(text: &str) -> bool {
    let code = |text: &str| text.parse::<u16>().is_ok_and(|code| (200..=499).contains(&code));
    !text.is_empty()
        && text.split(',').all(|part| match part.split_once('-') {
            Some((low, high)) => code(low) && code(high) && low <= high,
            None => code(part),
        })
}

impl KindSpec for TargetGroup {
    const DEF: KindDef = KindDef {
        kind: Kind::TargetGroup,
        label: "target group",
        service: "elasticloadbalancing",
        outputs: &["arn", "name", "full_name"],
        identity: Identity::Name { max: 32 },
        replaced_by: &["vpc_id", "port", "protocol", "target_type"],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 2, update: 1, delete: 2 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.id("vpc_id", &self.vpc_id, "vpc-");
        problems.range("port", self.port, 1, 65_535, "");
        problems.range("deregistration_delay_seconds", self.deregistration_delay_seconds, 0, 3600, "seconds");
        let check = &self.health_check;
        if !check.path.starts_with('/') || check.path.len() > 1024 || check.path.contains(char::is_whitespace) {
            problems.add(
                "bad-path",
                "health_check.path",
                format!(
                    "`{}` is not a path: it begins with `/`, has no spaces and at most 1024 characters.",
                    check.path
                ),
            );
        }
        problems.range("health_check.interval_seconds", check.interval_seconds, 5, 300, "seconds");
        problems.range("health_check.timeout_seconds", check.timeout_seconds, 2, 120, "seconds");
        if check.timeout_seconds >= check.interval_seconds {
            problems.add(
                "out-of-range",
                "health_check.timeout_seconds",
                "A check must time out before the next one starts.",
            );
        }
        problems.range("health_check.healthy_threshold", check.healthy_threshold, 2, 10, "");
        problems.range("health_check.unhealthy_threshold", check.unhealthy_threshold, 2, 10, "");
        if !is_matcher(&check.matcher) {
            problems.add(
                "bad-matcher",
                "health_check.matcher",
                format!(
                    "`{}` is not a list of status codes from 200 to 499, such as `200,204` or `200-399`.",
                    check.matcher
                ),
            );
        }
        problems.done()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn codes(health_check: Json) -> Vec<String> {
        let spec = json!({"vpc_id": "vpc-1", "port": 80, "health_check": health_check});
        (Kind::TargetGroup.def().check)(&spec).into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn health_checks_have_limits() {
        assert!(codes(json!({})).is_empty());
        assert_eq!(codes(json!({"path": "health"})), ["health_check.path"]);
        assert_eq!(codes(json!({"interval_seconds": 5, "timeout_seconds": 5})), ["health_check.timeout_seconds"]);
        assert_eq!(
            codes(json!({"healthy_threshold": 1, "unhealthy_threshold": 11})),
            ["health_check.healthy_threshold", "health_check.unhealthy_threshold"]
        );
        assert_eq!(codes(json!({"matcher": "2xx"})), ["health_check.matcher"]);
        assert!(codes(json!({"matcher": "200,301-302"})).is_empty());
    }
}
