//! A target-tracking scaling policy.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, limits::Problems, unresolved};
use crate::Problem;

/// Keeps a metric of a service near a value by moving its desired count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalingPolicy {
    /// The scalable target: `service/<cluster>/<service>`.
    pub resource_id: String,
    /// What is kept near the value.
    pub metric: ScalingMetric,
    /// Percent for CPU; requests per minute and task for requests.
    pub target_value: f64,
    /// For requests: `app/<name>/<id>/targetgroup/<name>/<id>`.
    #[serde(default)]
    pub resource_label: Option<String>,
    /// Seconds to wait between two steps down.
    #[serde(default = "five_minutes")]
    pub scale_in_cooldown_seconds: u32,
    /// Seconds to wait between two steps up.
    #[serde(default = "a_minute")]
    pub scale_out_cooldown_seconds: u32,
}

/// What autoscaling looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScalingMetric {
    /// The service's average CPU utilisation.
    Cpu,
    /// Requests per target of its target group.
    Requests,
}

fn five_minutes() -> u32 {
    300
}

fn a_minute() -> u32 {
    60
}

impl KindSpec for ScalingPolicy {
    const DEF: KindDef = KindDef {
        kind: Kind::ScalingPolicy,
        label: "scaling policy",
        service: "application-autoscaling",
        outputs: &["arn"],
        identity: Identity::Name { max: 256 },
        replaced_by: &["resource_id"],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: false,
        typical_seconds: Typical { create: 1, update: 1, delete: 1 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let id = &self.resource_id;
        let is_service = id.starts_with("service/") && id.split('/').count() == 3;
        if !unresolved(id) && !is_service {
            problems.add(
                "no-scalable-target",
                "resource_id",
                format!("`{id}` is not a scalable target (`service/<cluster>/<service>`)."),
            );
        }
        match self.metric {
            ScalingMetric::Cpu => {
                problems.range("target_value", self.target_value, 1.0, 100.0, "percent");
                if self.resource_label.is_some() {
                    problems.add("not-allowed", "resource_label", "Only scaling on requests takes a label.");
                }
            }
            ScalingMetric::Requests => {
                problems.range("target_value", self.target_value, 1.0, 1e9, "requests per minute and task");
                match &self.resource_label {
                    None => problems.add(
                        "required",
                        "resource_label",
                        "Scaling on requests needs the load balancer's and the target group's full names.",
                    ),
                    Some(label) if !unresolved(label) => {
                        if !(label.starts_with("app/") && label.contains("/targetgroup/")) {
                            problems.add(
                                "bad-label",
                                "resource_label",
                                format!("`{label}` is not of the form `app/<name>/<id>/targetgroup/<name>/<id>`."),
                            );
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        for (path, seconds) in [
            ("scale_in_cooldown_seconds", self.scale_in_cooldown_seconds),
            ("scale_out_cooldown_seconds", self.scale_out_cooldown_seconds),
        ] {
            problems.range(path, seconds, 0, 86_400, "seconds");
        }
        problems.done()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn paths(change: Json) -> Vec<String> {
        let mut spec = json!({"resource_id": "${scaling.resource_id}", "metric": "cpu", "target_value": 60});
        spec.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        (Kind::ScalingPolicy.def().check)(&spec).into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn a_policy_needs_a_target_a_value_and_for_requests_a_label() {
        assert!(paths(json!({})).is_empty());
        assert_eq!(paths(json!({"resource_id": "web"})), ["resource_id"]);
        assert_eq!(paths(json!({"target_value": 0})), ["target_value"]);
        assert_eq!(paths(json!({"metric": "requests"})), ["resource_label"]);
        assert_eq!(paths(json!({"metric": "requests", "resource_label": "x"})), ["resource_label"]);
        assert!(paths(json!({"metric": "requests", "resource_label": "app/a/1/targetgroup/b/2"})).is_empty());
    }
}
