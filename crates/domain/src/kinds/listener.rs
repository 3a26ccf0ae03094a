//! A listener of an Application Load Balancer.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, limits::Problems};
use crate::Problem;

/// A port of a load balancer and what happens to requests that no rule takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The load balancer's ARN.
    pub load_balancer: String,
    /// The port, 1 to 65535.
    pub port: u16,
    /// What clients speak.
    pub protocol: ListenerProtocol,
    /// The certificate's ARN; HTTPS only.
    #[serde(default)]
    pub certificate: Option<String>,
    /// The security policy, HTTPS only; a TLS 1.2 and 1.3 one where nothing is said.
    #[serde(default)]
    pub ssl_policy: Option<String>,
    /// What happens to a request that no rule takes.
    pub default_action: DefaultAction,
}

/// What clients speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ListenerProtocol {
    Http,
    Https,
}

/// What a listener does by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DefaultAction {
    /// Sends the request to a target group.
    Forward {
        /// The target group's ARN.
        target_group: String,
    },
    /// Answers 301 to the same address on HTTPS, port 443.
    RedirectToHttps {},
    /// Answers by itself.
    FixedResponse {
        /// The status: 2xx, 4xx or 5xx.
        status: u16,
        /// Plain text, at most 1024 characters.
        #[serde(default)]
        body: String,
    },
}

/// The policy that AWS recommends: TLS 1.3, and 1.2 with forward secrecy.
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

impl KindSpec for Listener {
    const DEF: KindDef = KindDef {
        kind: Kind::Listener,
        label: "listener",
        service: "elasticloadbalancing",
        outputs: &["arn"],
        identity: Identity::Fields(&["load_balancer", "port"]),
        replaced_by: &["load_balancer", "port"],
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
        problems.arn("load_balancer", &self.load_balancer);
        problems.range("port", self.port, 1, 65_535, "");
        match (self.protocol, &self.certificate) {
            (ListenerProtocol::Https, None) => {
                problems.add(
                    "required",
                    "certificate",
                    "An HTTPS listener needs a certificate. Give the environment one, or use HTTP.",
                );
            }
            (ListenerProtocol::Http, Some(_)) => {
                problems.add("not-allowed", "certificate", "An HTTP listener takes no certificate.");
            }
            (ListenerProtocol::Https, Some(arn)) => problems.arn("certificate", arn),
            (ListenerProtocol::Http, None) => {}
        }
        if self.protocol == ListenerProtocol::Http && self.ssl_policy.is_some() {
            problems.add("not-allowed", "ssl_policy", "An HTTP listener takes no security policy.");
        }
        match &self.default_action {
            DefaultAction::Forward { target_group } => {
                problems.arn("default_action.forward.target_group", target_group)
            }
            DefaultAction::RedirectToHttps {} => {
                if self.protocol == ListenerProtocol::Https && self.port == 443 {
                    problems.add("redirect-loop", "default_action", "HTTPS on port 443 would redirect to itself.");
                }
            }
            DefaultAction::FixedResponse { status, body } => {
                if !matches!(status, 200..=299 | 400..=599) {
                    problems.add(
                        "out-of-range",
                        "default_action.fixed_response.status",
                        format!("{status} is not a 2xx, 4xx or 5xx status."),
                    );
                }
                if body.chars().count() > 1024 {
                    problems.add(
                        "too-long",
                        "default_action.fixed_response.body",
                        "A fixed answer has at most 1024 characters.",
                    );
                }
            }
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        if self.protocol == ListenerProtocol::Https && self.ssl_policy.is_none() {
            self.ssl_policy = Some(SSL_POLICY.to_owned());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn paths(protocol: &str, port: u16, certificate: Option<&str>, action: Json) -> Vec<String> {
        let spec = json!({"load_balancer": "${alb.arn}", "port": port, "protocol": protocol, "certificate": certificate, "default_action": action});
        (Kind::Listener.def().check)(&spec).into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn https_without_certificate_is_refused() {
        let forward = json!({"forward": {"target_group": "${tg.arn}"}});
        assert_eq!(paths("HTTPS", 443, None, forward.clone()), ["certificate"]);
        assert_eq!(paths("HTTP", 80, Some("arn:aws:acm:eu-west-1:1:certificate/x"), forward.clone()), ["certificate"]);
        assert!(paths("HTTPS", 443, Some("arn:aws:acm:eu-west-1:1:certificate/x"), forward).is_empty());
    }

    #[test]
    fn actions_have_limits() {
        let certificate = Some("arn:aws:acm:eu-west-1:1:certificate/x");
        assert_eq!(paths("HTTPS", 443, certificate, json!({"redirect_to_https": {}})), ["default_action"]);
        assert!(paths("HTTP", 80, None, json!({"redirect_to_https": {}})).is_empty());
        assert_eq!(
            paths("HTTP", 80, None, json!({"fixed_response": {"status": 301}})),
            ["default_action.fixed_response.status"]
        );
        assert_eq!(paths("HTTP", 0, None, json!({"fixed_response": {"status": 404}})), ["port"]);
        assert_eq!(paths("HTTP", 80, None, json!({"forward": {"group": "x"}})).len(), 1);
    }
}
