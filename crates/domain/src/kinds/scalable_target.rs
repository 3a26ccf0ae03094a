//! The range within which Application Auto Scaling may move a service's desired count.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, limits::Problems};
use crate::Problem;

/// A scalable target for `ecs:service:DesiredCount`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalableTarget {
    /// The cluster's name (not its ARN).
    pub cluster_name: String,
    /// The service's name.
    pub service_name: String,
    /// The fewest tasks.
    pub min: u32,
    /// The most tasks.
    pub max: u32,
}

impl ScalableTarget {
    /// As Application Auto Scaling calls it.
    pub fn resource_id(&self) -> String {
        format!("service/{}/{}", self.cluster_name, self.service_name)
    }
}

impl KindSpec for ScalableTarget {
    const DEF: KindDef = KindDef {
        kind: Kind::ScalableTarget,
        label: "scalable target",
        service: "application-autoscaling",
        outputs: &["resource_id", "arn"],
        identity: Identity::Fields(&["cluster_name", "service_name"]),
        replaced_by: &["cluster_name", "service_name"],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 2, update: 1, delete: 1 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.required("cluster_name", &self.cluster_name, "The cluster's name");
        if self.cluster_name.starts_with("arn:") {
            problems.add(
                "not-a-name",
                "cluster_name",
                "Application Auto Scaling wants the cluster's name, not its ARN.",
            );
        }
        problems.required("service_name", &self.service_name, "The service's name");
        problems.range("max", self.max, 0, 5000, "tasks");
        if self.min > self.max {
            problems.add(
                "out-of-range",
                "min",
                format!("The fewest tasks ({}) are more than the most ({}).", self.min, self.max),
            );
        }
        problems.done()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_range_must_be_one() {
        let check = Kind::ScalableTarget.def().check;
        assert!(
            check(&json!({"cluster_name": "${c.name}", "service_name": "${s.name}", "min": 1, "max": 4})).is_empty()
        );
        assert_eq!(check(&json!({"cluster_name": "c", "service_name": "s", "min": 5, "max": 4}))[0].path, "min");
        assert_eq!(
            check(&json!({"cluster_name": "arn:aws:ecs:r:1:cluster/c", "service_name": "s", "min": 1, "max": 4}))[0]
                .path,
            "cluster_name"
        );
    }
}
