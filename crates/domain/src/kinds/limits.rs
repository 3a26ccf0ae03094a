//! Limits of AWS that several kinds share, and those on names and tags, which the plan decides rather than a spec.
//!
//! Sources: the API references of the services ("Valid values", "Length constraints") and their quota pages.

use std::{collections::BTreeMap, fmt::Display};

use super::{Kind, unresolved};
use crate::Problem;

/// Collects what is wrong with one spec.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem.
    pub(super) fn add(&mut self, code: &str, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem::new(code, path, message));
    }

    /// A number between two bounds, both included.
    pub(super) fn range<N: PartialOrd + Display>(
        &mut self,
        path: impl Into<String>,
        value: N,
        low: N,
        high: N,
        unit: &str,
    ) {
        if value < low || value > high {
            let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
            self.add("out-of-range", path, format!("{value} is outside what AWS takes: {low} to {high}{unit}."));
        }
    }

    /// Text that must not be empty.
    pub(super) fn required(&mut self, path: impl Into<String>, value: &str, what: &str) {
        if value.trim().is_empty() {
            self.add("required", path, format!("{what} is missing."));
        }
    }

    /// At most `max` entries.
    pub(super) fn at_most(&mut self, path: impl Into<String>, count: usize, max: usize, what: &str) {
        if count > max {
            self.add("too-many", path, format!("{count} {what} are more than the {max} that AWS takes."));
        }
    }

    /// An ARN, unless it is not known yet.
    pub(super) fn arn(&mut self, path: impl Into<String>, value: &str) {
        let is_arn = value.starts_with("arn:") && value.split(':').count() >= 6;
        if !unresolved(value) && !is_arn {
            self.add("not-an-arn", path, format!("`{value}` is not an ARN (`arn:aws:service:region:account:…`)."));
        }
    }

    /// An id with a prefix such as `subnet-`, unless it is not known yet.
    pub(super) fn id(&mut self, path: impl Into<String>, value: &str, prefix: &str) {
        if !unresolved(value) && !value.starts_with(prefix) {
            self.add("not-an-id", path, format!("`{value}` is not an id of the form `{prefix}…`."));
        }
    }

    /// All of them.
    pub(super) fn done(self) -> Vec<Problem> {
        self.0
    }
}

/// A physical name that AWS would refuse for this kind.
pub fn check_name(kind: Kind, name: &str) -> Vec<Problem> {
    let mut problems = Problems::default();
    let length = name.chars().count();
    let mut bad = |message: String| problems.add("bad-name", "name", message);
    let label = kind.def().label;
    let only = |extra: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
    let (max, extra) = match kind {
        Kind::EcsCluster | Kind::EcsService | Kind::TaskDefinition => (255, "_-"),
        Kind::LoadBalancer | Kind::TargetGroup => (32, "-"),
        Kind::IamRole => (64, "_+=,.@-"),
        Kind::SecurityGroup => (255, "._-:/()#,@[]+=&;{}!$* "),
        Kind::LogGroup => (512, "_-/.#"),
        Kind::SsmParameter => (1011, "_-/."),
        Kind::ScalingPolicy => (256, "_-:/."),
        Kind::Listener | Kind::ListenerRule | Kind::ScalableTarget => return vec![],
    };
    if length == 0 || length > max {
        bad(format!("The name of a {label} has 1 to {max} characters; `{name}` has {length}."));
    }
    if !only(extra) {
        bad(format!("The name of a {label} consists of letters, digits and `{extra}`; `{name}` does not."));
    }
    match kind {
        Kind::LoadBalancer | Kind::TargetGroup => {
            if name.starts_with('-') || name.ends_with('-') {
                bad(format!("The name of a {label} neither begins nor ends with a hyphen; `{name}` does."));
            }
            if kind == Kind::LoadBalancer && name.starts_with("internal-") {
                bad(format!("AWS keeps names that begin with `internal-` for itself; `{name}` does."));
            }
        }
        Kind::SecurityGroup if name.starts_with("sg-") => {
            bad(format!("The name of a {label} must not begin with `sg-`; `{name}` does."));
        }
        Kind::SsmParameter => {
            let parts: Vec<_> = name.trim_start_matches('/').split('/').collect();
            if parts.len() > 15 {
                bad(format!("A parameter's path has at most 15 levels; `{name}` has {}.", parts.len()));
            }
            let first = parts[0].to_ascii_lowercase();
            if first.starts_with("aws") || first.starts_with("ssm") {
                bad(format!("AWS keeps parameter names that begin with `aws` or `ssm` for itself; `{name}` does."));
            }
            if !name.starts_with('/') && parts.len() > 1 {
                bad(format!("A parameter name with levels begins with `/`; `{name}` does not."));
            }
        }
        _ => {}
    }
    problems.done()
}

/// Tags that AWS would refuse: more than 50, keys over 128 or values over 256 characters, keys that begin with `aws:`.
pub fn check_tags(tags: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Problems::default();
    problems.at_most("tags", tags.len(), 50, "tags");
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    for (key, value) in tags {
        let path = format!("tags.{key}");
        if key.to_ascii_lowercase().starts_with("aws:") {
            problems.add(
                "reserved-tag",
                &path,
                format!("AWS keeps tags that begin with `aws:` for itself; `{key}` does."),
            );
        }
        if key.is_empty() || key.chars().count() > 128 {
            problems.add(
                "bad-tag",
                &path,
                format!("A tag's key has 1 to 128 characters; `{key}` has {}.", key.chars().count()),
            );
        }
        if value.chars().count() > 256 {
            problems.add("bad-tag", &path, "A tag's value has at most 256 characters.");
        }
        if !allowed(key) || !allowed(value) {
            problems.add("bad-tag", &path, "A tag consists of letters, digits, spaces and `_.:/=+-@`.");
        }
    }
    problems.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_balancer_names_over_32_or_internal_are_refused() {
        assert!(check_name(Kind::LoadBalancer, "web-1a2b3c4d").is_empty());
        assert_eq!(check_name(Kind::LoadBalancer, &"x".repeat(33)).len(), 1);
        assert_eq!(check_name(Kind::LoadBalancer, "internal-web").len(), 1);
        assert_eq!(check_name(Kind::TargetGroup, "web-").len(), 1);
        assert_eq!(check_name(Kind::TargetGroup, "web_x").len(), 1);
    }

    #[test]
    fn a_bad_cluster_name_is_refused() {
        assert!(check_name(Kind::EcsCluster, "prod_1-x").is_empty());
        assert_eq!(check_name(Kind::EcsCluster, "prod cluster").len(), 1);
        assert_eq!(check_name(Kind::EcsCluster, "").len(), 1);
    }

    #[test]
    fn reserved_parameter_paths_and_group_names_are_refused() {
        assert!(check_name(Kind::SsmParameter, "/gantry/dev/shop/db-1a2b3c4d").is_empty());
        assert_eq!(check_name(Kind::SsmParameter, "/aws/x").len(), 1);
        assert_eq!(check_name(Kind::SsmParameter, "a/b").len(), 1);
        assert_eq!(check_name(Kind::SecurityGroup, "sg-web").len(), 1);
        assert_eq!(check_name(Kind::IamRole, &"r".repeat(65)).len(), 1);
    }

    #[test]
    fn fifty_one_tags_and_reserved_keys_are_refused() {
        let many: BTreeMap<_, _> = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(check_tags(&many)[0].code, "too-many");
        assert_eq!(check_tags(&BTreeMap::from([("aws:x".into(), "y".into())]))[0].code, "reserved-tag");
        assert_eq!(check_tags(&BTreeMap::from([("k".into(), "v".repeat(257))]))[0].code, "bad-tag");
        assert!(check_tags(&BTreeMap::from([("gantry:stack".into(), "stk-1".into())])).is_empty());
    }
}
