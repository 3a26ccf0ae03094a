//! An IAM role that an AWS service may assume.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, as_set, limits::Problems, unresolved};
use crate::Problem;

/// An IAM role with its inline and managed policies; what is not listed here does not stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamRole {
    /// The service that may assume it, for example `ecs-tasks.amazonaws.com`.
    pub trusted_service: String,
    /// What it is for, at most 1000 characters.
    #[serde(default)]
    pub description: String,
    /// Policy documents by name.
    #[serde(default)]
    pub inline_policies: BTreeMap<String, Json>,
    /// ARNs of managed policies.
    #[serde(default)]
    pub managed_policies: Vec<String>,
    /// The ARN of the policy that caps it.
    #[serde(default)]
    pub permissions_boundary: Option<String>,
}

impl IamRole {
    /// The trust policy.
    pub fn trust_policy(&self) -> Json {
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": self.trusted_service}, "Action": "sts:AssumeRole"}],
        })
    }
}

fn check_document(document: &Json) -> Option<&'static str> {
    let Some(object) = document.as_object() else {
        return Some("A policy document is a map with `Version` and `Statement`.");
    };
    if object.get("Version").and_then(Json::as_str) != Some("2012-10-17") {
        return Some("A policy document needs `Version: \"2012-10-17\"`.");
    }
    let statements = match object.get("Statement") {
        Some(Json::Array(list)) if !list.is_empty() => list.as_slice(),
        Some(one @ Json::Object(_)) => std::slice::from_ref(one),
        _ => return Some("A policy document needs at least one `Statement`."),
    };
    for statement in statements {
        let has = |key: &str| statement.get(key).is_some();
        if !matches!(statement.get("Effect").and_then(Json::as_str), Some("Allow" | "Deny")) {
            return Some("Every statement needs `Effect: Allow` or `Effect: Deny`.");
        }
        if !(has("Action") || has("NotAction")) || !(has("Resource") || has("NotResource")) {
            return Some("Every statement needs `Action` and `Resource`.");
        }
        if has("Principal") {
            return Some("A role's inline policy names no `Principal`.");
        }
    }
    None
}

impl KindSpec for IamRole {
    const DEF: KindDef = KindDef {
        kind: Kind::IamRole,
        label: "IAM role",
        service: "iam",
        outputs: &["arn", "name"],
        identity: Identity::Name { max: 64 },
        replaced_by: &[],
        sheds_last: &["inline_policies", "managed_policies"],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 10, update: 2, delete: 2 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let host = self
            .trusted_service
            .strip_suffix(".amazonaws.com")
            .or_else(|| self.trusted_service.strip_suffix(".amazonaws.com.cn"));
        let is_service = host.is_some_and(|host| {
            !host.is_empty() && host.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
        });
        if !unresolved(&self.trusted_service) && !is_service {
            problems.add(
                "bad-principal",
                "trusted_service",
                format!("`{}` is not a service such as `ecs-tasks.amazonaws.com`.", self.trusted_service),
            );
        }
        if self.description.chars().count() > 1000 {
            problems.add("too-long", "description", "A role's description has at most 1000 characters.");
        }
        let mut size = 0;
        for (name, document) in &self.inline_policies {
            let path = format!("inline_policies.{name}");
            if name.is_empty()
                || name.len() > 128
                || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
            {
                problems.add(
                    "bad-name",
                    &path,
                    format!("`{name}` is not a policy name: 1 to 128 letters, digits and `_+=,.@-`."),
                );
            }
            if let Some(message) = check_document(document) {
                problems.add("bad-policy", path, message);
            }
            size += document.to_string().chars().filter(|c| !c.is_whitespace()).count();
        }
        if size > 10_240 {
            problems.add(
                "too-long",
                "inline_policies",
                format!("All inline policies of a role have at most 10240 characters together; these have {size}."),
            );
        }
        problems.at_most("managed_policies", self.managed_policies.len(), 10, "managed policies");
        for (index, arn) in self.managed_policies.iter().enumerate() {
            problems.arn(format!("managed_policies.{index}"), arn);
        }
        if let Some(arn) = &self.permissions_boundary {
            problems.arn("permissions_boundary", arn);
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        as_set(&mut self.managed_policies);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(spec: Json) -> Vec<String> {
        (Kind::IamRole.def().check)(&spec).into_iter().map(|p| format!("{} {}", p.code, p.path)).collect()
    }

    #[test]
    fn a_malformed_trust_is_refused() {
        assert!(codes(json!({"trusted_service": "ecs-tasks.amazonaws.com"})).is_empty());
        assert_eq!(codes(json!({"trusted_service": "ecs-tasks"})), ["bad-principal trusted_service"]);
    }

    #[test]
    fn malformed_and_long_policies_are_refused() {
        let role =
            |document: Json| json!({"trusted_service": "ecs-tasks.amazonaws.com", "inline_policies": {"p": document}});
        let statement = |resource: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]});
        assert!(codes(role(statement("*"))).is_empty());
        assert_eq!(codes(role(json!({"Statement": []}))), ["bad-policy inline_policies.p"]);
        assert_eq!(
            codes(role(json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]}))),
            ["bad-policy inline_policies.p"]
        );
        assert_eq!(codes(role(statement(&"x".repeat(10_300)))), ["too-long inline_policies"]);
        assert_eq!(
            codes(json!({"trusted_service": "ecs-tasks.amazonaws.com", "managed_policies": ["ReadOnly"]})),
            ["not-an-arn managed_policies.0"]
        );
    }
}
