//! An Amazon ECS cluster with its capacity providers.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, as_set, limits::Problems, unresolved};
use crate::Problem;

/// An ECS cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EcsCluster {
    /// Whether CloudWatch Container Insights collects metrics (billed per metric).
    #[serde(default)]
    pub container_insights: bool,
    /// The capacity providers that services here may use: `FARGATE`, `FARGATE_SPOT` or names of the account's own; at most 20.
    #[serde(default = "fargate")]
    pub capacity_providers: Vec<String>,
    /// What services without a strategy of their own get.
    #[serde(default)]
    pub default_strategy: Vec<Strategy>,
}

/// A share of the tasks that one capacity provider gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// The capacity provider's name.
    pub provider: String,
    /// Its share, relative to the others; 0 to 1000.
    #[serde(default = "one")]
    pub weight: u32,
    /// How many tasks it gets before weights count; 0 to 100000, above zero for one provider only.
    #[serde(default)]
    pub base: u32,
}

fn one() -> u32 {
    1
}

fn fargate() -> Vec<String> {
    vec!["FARGATE".to_owned(), "FARGATE_SPOT".to_owned()]
}

/// Limits of a strategy, which clusters and services share.
pub(super) fn check_strategy(problems: &mut Problems, path: &str, strategy: &[Strategy]) {
    for (index, one) in strategy.iter().enumerate() {
        let path = format!("{path}.{index}");
        check_provider(problems, format!("{path}.provider"), &one.provider);
        problems.range(format!("{path}.weight"), one.weight, 0, 1000, "");
        problems.range(format!("{path}.base"), one.base, 0, 100_000, "tasks");
        if strategy[..index].iter().any(|earlier| earlier.provider == one.provider) {
            problems.add("duplicate", path, format!("`{}` stands twice in the strategy.", one.provider));
        }
    }
    if strategy.iter().filter(|one| one.base > 0).count() > 1 {
        problems.add("too-many", path, "Only one capacity provider of a strategy may have a base above 0.");
    }
    if !strategy.is_empty() && strategy.iter().all(|one| one.weight == 0) {
        problems.add(
            "out-of-range",
            path,
            "At least one capacity provider needs a weight above 0, else no task can start.",
        );
    }
    problems.at_most(path, strategy.len(), 20, "capacity providers in a strategy");
}

fn check_provider(problems: &mut Problems, path: String, name: &str) {
    if unresolved(name) || matches!(name, "FARGATE" | "FARGATE_SPOT") {
        return;
    }
    let lower = name.to_ascii_lowercase();
    let reserved = ["aws", "ecs", "fargate"].iter().any(|prefix| lower.starts_with(prefix));
    let known_characters = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if name.is_empty() || name.len() > 255 || reserved || !known_characters {
        problems.add(
            "unknown-capacity-provider",
            path,
            format!("`{name}` cannot be a capacity provider: it is FARGATE, FARGATE_SPOT, or the name of one of the account's own."),
        );
    }
}

impl KindSpec for EcsCluster {
    const DEF: KindDef = KindDef {
        kind: Kind::EcsCluster,
        label: "ECS cluster",
        service: "ecs",
        outputs: &["arn", "name"],
        identity: Identity::Name { max: 255 },
        replaced_by: &[],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 3, update: 3, delete: 5 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_most("capacity_providers", self.capacity_providers.len(), 20, "capacity providers");
        for (index, name) in self.capacity_providers.iter().enumerate() {
            check_provider(&mut problems, format!("capacity_providers.{index}"), name);
        }
        check_strategy(&mut problems, "default_strategy", &self.default_strategy);
        for (index, one) in self.default_strategy.iter().enumerate() {
            if !self.capacity_providers.contains(&one.provider) {
                problems.add(
                    "unknown-capacity-provider",
                    format!("default_strategy.{index}.provider"),
                    format!("`{}` is not among the cluster's capacity providers.", one.provider),
                );
            }
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        as_set(&mut self.capacity_providers);
        as_set(&mut self.default_strategy);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(spec: serde_json::Value) -> Vec<String> {
        (Kind::EcsCluster.def().check)(&spec).into_iter().map(|p| format!("{} {}", p.code, p.path)).collect()
    }

    #[test]
    fn defaults_are_fine_and_filled_in() {
        assert!(codes(json!({})).is_empty());
        assert_eq!(
            (Kind::EcsCluster.def().normalise)(&json!({"default_strategy": [{"provider": "FARGATE"}]})),
            json!({"container_insights": false, "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
                   "default_strategy": [{"provider": "FARGATE", "weight": 1, "base": 0}]})
        );
    }

    #[test]
    fn unknown_capacity_providers_are_refused() {
        assert_eq!(
            codes(json!({"capacity_providers": ["FARGATE", "ecs-x"], "default_strategy": [{"provider": "mine"}]})),
            ["unknown-capacity-provider capacity_providers.1", "unknown-capacity-provider default_strategy.0.provider"]
        );
    }

    #[test]
    fn two_bases_no_weight_and_unknown_keys_are_refused() {
        assert_eq!(
            codes(
                json!({"default_strategy": [{"provider": "FARGATE", "base": 1, "weight": 0}, {"provider": "FARGATE_SPOT", "base": 1, "weight": 0}]})
            ),
            ["too-many default_strategy", "out-of-range default_strategy"]
        );
        assert_eq!(codes(json!({"insights": true})), ["invalid-spec insights"]);
    }
}
