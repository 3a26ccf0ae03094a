//! A parameter in SSM Parameter Store (standard tier).

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, limits::Problems};
use crate::{Problem, seal::SecretRef};

/// Configuration in clear text, or a secret by reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SsmParameter {
    /// `String` with a `value`, or `SecureString` with a `secret`.
    pub parameter_type: ParameterType,
    /// The text, 1 to 4096 bytes.
    #[serde(default)]
    pub value: Option<String>,
    /// The secret whose clear text the run brings along. AWS does not know the reference, so what is observed leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRef>,
}

/// How the value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum ParameterType {
    String,
    SecureString,
}

/// The most that a standard parameter holds, in bytes.
const MAX_BYTES: usize = 4096;

impl KindSpec for SsmParameter {
    const DEF: KindDef = KindDef {
        kind: Kind::SsmParameter,
        label: "SSM parameter",
        service: "ssm",
        outputs: &["arn", "name"],
        identity: Identity::Path,
        // ECS reads a parameter by name when a task starts, whatever the revision: a new value needs a new name, or a
        // rollback would not bring the old value back.
        replaced_by: &["*"],
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
        match (self.parameter_type, &self.value, &self.secret) {
            (ParameterType::String, Some(value), None) => {
                if value.is_empty() {
                    problems.add("required", "value", "SSM takes no empty value.");
                }
                if value.len() > MAX_BYTES {
                    problems.add(
                        "too-long",
                        "value",
                        format!("A standard parameter holds at most 4096 bytes; this value has {}.", value.len()),
                    );
                }
                if value.contains("{{") {
                    problems.add("bad-value", "value", "SSM takes no value that contains `{{`.");
                }
            }
            (ParameterType::SecureString, None, Some(_)) => {}
            (ParameterType::String, ..) => {
                problems.add("one-value", "value", "A String parameter needs `value` and takes no `secret`.")
            }
            (ParameterType::SecureString, ..) => {
                problems.add("one-value", "secret", "A SecureString parameter needs `secret` and takes no `value`.")
            }
        }
        problems.done()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn codes(spec: Json) -> Vec<String> {
        (Kind::SsmParameter.def().check)(&spec).into_iter().map(|p| format!("{} {}", p.code, p.path)).collect()
    }

    #[test]
    fn exactly_one_of_value_and_secret() {
        let secret = json!({"id": "sec-1", "version": 1});
        assert!(codes(json!({"parameter_type": "String", "value": "x"})).is_empty());
        assert!(codes(json!({"parameter_type": "SecureString", "secret": secret})).is_empty());
        assert_eq!(codes(json!({"parameter_type": "String", "secret": secret})), ["one-value value"]);
        assert_eq!(codes(json!({"parameter_type": "SecureString", "value": "x"})), ["one-value secret"]);
        assert_eq!(codes(json!({"parameter_type": "SecureString"})), ["one-value secret"]);
    }

    #[test]
    fn a_value_over_4_kb_is_refused() {
        assert_eq!(codes(json!({"parameter_type": "String", "value": "x".repeat(4097)})), ["too-long value"]);
        assert_eq!(codes(json!({"parameter_type": "String", "value": ""})), ["required value"]);
    }

    #[test]
    fn an_observed_secret_leaves_the_reference_out() {
        let seen = (Kind::SsmParameter.def().normalise)(&json!({"parameter_type": "SecureString"}));
        assert_eq!(seen, json!({"parameter_type": "SecureString", "value": null}));
    }
}
