//! A rule of a listener: which hosts and paths go to which target group.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, as_set, limits::Problems, unresolved};
use crate::Problem;

/// Sends requests for some hosts and paths to a target group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerRule {
    /// The listener's ARN.
    pub listener: String,
    /// Its place among the listener's rules, 1 (first) to 50000; decided in the plan.
    pub priority: u32,
    /// Host names, `*` and `?` allowed; all hosts, where none is given.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Path patterns, `*` and `?` allowed; all paths, where none is given.
    #[serde(default)]
    pub paths: Vec<String>,
    /// The target group's ARN.
    pub target_group: String,
}

impl KindSpec for ListenerRule {
    const DEF: KindDef = KindDef {
        kind: Kind::ListenerRule,
        label: "listener rule",
        service: "elasticloadbalancing",
        outputs: &["arn"],
        identity: Identity::Fields(&["listener", "priority"]),
        replaced_by: &["listener", "priority"],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 1, update: 1, delete: 1 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.arn("listener", &self.listener);
        if self.listener.contains(":listener/net/") {
            problems.add(
                "wrong-listener",
                "listener",
                "Rules need a listener of an Application Load Balancer; this one is of a Network Load Balancer.",
            );
        }
        problems.arn("target_group", &self.target_group);
        problems.range("priority", self.priority, 1, 50_000, "");
        if self.hosts.is_empty() && self.paths.is_empty() {
            problems.add("required", "hosts", "A rule needs at least one host or path.");
        }
        let values = self.hosts.len() + self.paths.len();
        if values > 5 {
            problems.add(
                "too-many",
                "hosts",
                format!("{values} hosts and paths are more than the 5 that AWS takes in one rule."),
            );
        }
        let wildcards = self
            .hosts
            .iter()
            .chain(&self.paths)
            .flat_map(|text| text.chars())
            .filter(|c| matches!(c, '*' | '?'))
            .count();
        if wildcards > 6 {
            problems.add(
                "too-many",
                "hosts",
                format!("{wildcards} wildcards are more than the 6 that AWS takes in one rule."),
            );
        }
        for (index, host) in self.hosts.iter().enumerate() {
            let fits = host.chars().all(|c| c.is_ascii_alphanumeric() || "-.*?".contains(c))
                && host.contains('.')
                && host.len() <= 128;
            if !unresolved(host) && !fits {
                problems.add(
                    "bad-host",
                    format!("hosts.{index}"),
                    format!("`{host}` is not a host name such as `shop.example.com` or `*.example.com`."),
                );
            }
        }
        for (index, path) in self.paths.iter().enumerate() {
            let fits = path.chars().all(|c| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+*?&".contains(c))
                && path.starts_with(['/', '*'])
                && path.len() <= 128;
            if !unresolved(path) && !fits {
                problems.add(
                    "bad-path",
                    format!("paths.{index}"),
                    format!("`{path}` is not a path pattern such as `/api/*`."),
                );
            }
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        // Host names know no case, and AWS stores them as they are given.
        self.hosts.iter_mut().for_each(|host| *host = host.to_ascii_lowercase());
        as_set(&mut self.hosts);
        as_set(&mut self.paths);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn paths(change: Json) -> Vec<String> {
        let mut spec = json!({"listener": "${http.arn}", "priority": 10, "hosts": ["shop.example.com"], "target_group": "${tg.arn}"});
        spec.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        (Kind::ListenerRule.def().check)(&spec).into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn priorities_hosts_and_paths_have_limits() {
        assert!(paths(json!({})).is_empty());
        assert_eq!(paths(json!({"priority": 0})), ["priority"]);
        assert_eq!(paths(json!({"priority": 50001})), ["priority"]);
        assert_eq!(paths(json!({"hosts": []})), ["hosts"]);
        assert_eq!(paths(json!({"hosts": ["not a host"]})), ["hosts.0"]);
        assert_eq!(paths(json!({"paths": ["api"]})), ["paths.0"]);
        assert_eq!(paths(json!({"paths": ["/1", "/2", "/3", "/4", "/5"]})), ["hosts"]);
    }

    #[test]
    fn a_rule_on_a_network_load_balancer_is_refused() {
        assert_eq!(
            paths(json!({"listener": "arn:aws:elasticloadbalancing:eu-west-1:1:listener/net/x/1/2"})),
            ["listener"]
        );
    }
}
