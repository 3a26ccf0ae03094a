//! For tests: what AWS says to a call of whoever has a policy, as far as the operators go that ours uses.
//!
//! AWS asks once for each resource that a call is about, with what it knows of that resource and of the request, and every
//! answer must be yes. Which resources those are is in AWS's Service Authorization Reference. To add a call that AWS
//! asks for otherwise than for one thing of its service: an arm in [`resources`].

use serde_json::Value as Json;

use crate::ownership::INSTALLATION;

/// As much of a call as policies look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    /// The installation in the tags of the request.
    pub(crate) tag: Option<&'a str>,
    /// The installation in the tags of what is there already.
    pub(crate) owner: Option<&'a str>,
}

/// What AWS knows of the tags of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tagged {
    /// It is there, without any of ours.
    Never,
    /// It is made by the call, with the tags of the request.
    ByTheCall,
    /// It is there; the call may bring more.
    Before,
}

/// Why it is refused; nothing where it is allowed.
pub(crate) fn refusal(policy: &Json, call: Call<'_>) -> Option<String> {
    let Call { service, operation, tag, owner } = call;
    let asks = resources(service, operation).into_iter().map(|(resource, tagged)| {
        let mut known = about(service, operation);
        known
            .extend(tag.filter(|_| tagged != Tagged::Never).map(|tag| (format!("aws:RequestTag/{INSTALLATION}"), tag)));
        known.extend(
            owner.filter(|_| tagged == Tagged::Before).map(|owner| (format!("aws:ResourceTag/{INSTALLATION}"), owner)),
        );
        (format!("{service}:{operation}"), resource, known)
    });
    // What is made with tags is tagged as well, by an action of its own.
    let birth = tag.and_then(|tag| {
        let action = tagging(service, operation)?;
        let known = vec![
            (format!("aws:RequestTag/{INSTALLATION}"), tag),
            (format!("{service}:CreateAction"), operation),
            ("iam:PermissionsBoundary".to_owned(), BOUNDARY),
        ];
        Some((format!("{service}:{action}"), one_of(service), known))
    });
    let refused = asks.chain(birth).find(|(action, resource, known)| !allows(policy, action, resource, known));
    refused.map(|(action, resource, known)| format!("no statement allows {action} on {resource} with {known:?}"))
}

/// In one account and region, below the paths of the installation `gantry` and the environment `sample`.
fn arn(service: &str, rest: &str) -> String {
    let region = if service == "iam" { "" } else { "eu-central-1" };
    format!("arn:aws:{service}:{region}:123456789012:{rest}")
}

/// The permissions boundary that requests about roles name, and that roles have.
pub(crate) const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";

/// What else AWS knows of the call.
fn about(service: &str, operation: &str) -> Vec<(String, &'static str)> {
    let key = match (service, operation) {
        ("iam", "PassRole") => ("iam:PassedToService", "ecs-tasks.amazonaws.com"),
        ("iam", "CreateServiceLinkedRole") => ("iam:AWSServiceName", "ecs.amazonaws.com"),
        ("iam", _) => ("iam:PermissionsBoundary", BOUNDARY),
        ("application-autoscaling", _) => ("application-autoscaling:service-namespace", "ecs"),
        _ => return vec![],
    };
    vec![(key.0.to_owned(), key.1)]
}

/// Some resource of a service, of those that are Gantry's.
fn one_of(service: &str) -> String {
    let rest = match service {
        "application-autoscaling" => "scalable-target/0a1b2c3d",
        "cloudwatch" => "alarm:TargetTracking-service/shop/web-AlarmHigh",
        "ec2" => "security-group/sg-0a1b2c3d",
        "ecs" => "service/shop/web",
        "elasticloadbalancing" => "loadbalancer/app/shop/0a1b2c3d",
        "iam" => "role/gantry/gantry/shop-task",
        "logs" => "log-group:/gantry/sample/shop/web",
        "ssm" => "parameter/gantry/sample/shop/token",
        _ => return "*".to_owned(),
    };
    arn(service, rest)
}

/// What AWS asks for.
fn resources(service: &str, operation: &str) -> Vec<(String, Tagged)> {
    let everything = || vec![("*".to_owned(), Tagged::Never)];
    match (service, operation) {
        ("ec2", "CreateSecurityGroup") => {
            vec![(arn("ec2", "vpc/vpc-0a1b2c3d"), Tagged::Never), (arn("ec2", "security-group/*"), Tagged::ByTheCall)]
        }
        ("iam", "CreateServiceLinkedRole") => {
            vec![(arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"), Tagged::Never)]
        }
        ("iam", "GetPolicy" | "ListRoles")
        | ("logs", "DescribeLogGroups")
        | ("ssm", "DescribeParameters")
        | ("ecs", "DeregisterTaskDefinition") => everything(),
        ("cloudwatch" | "iam" | "logs" | "ssm", _) => vec![(one_of(service), Tagged::Before)],
        (_, reads) if ["Describe", "Get", "List"].iter().any(|verb| reads.starts_with(verb)) => everything(),
        (_, makes) if makes.starts_with("Create") && makes != "CreateTags" || makes == "RegisterTaskDefinition" => {
            vec![(one_of(service), Tagged::ByTheCall)]
        }
        _ => vec![(one_of(service), Tagged::Before)],
    }
}

/// The action that AWS asks for, too, when this call brings tags.
fn tagging(service: &str, operation: &str) -> Option<&'static str> {
    Some(match (service, operation) {
        ("ec2", "CreateSecurityGroup") => "CreateTags",
        ("ecs", "CreateCluster" | "CreateService" | "RegisterTaskDefinition")
        | ("application-autoscaling", "RegisterScalableTarget")
        | ("logs", "CreateLogGroup") => "TagResource",
        ("elasticloadbalancing", made) if made.starts_with("Create") => "AddTags",
        ("iam", "CreateRole") => "TagRole",
        ("ssm", "PutParameter") => "AddTagsToResource",
        _ => return None,
    })
}

fn allows(policy: &Json, action: &str, resource: &str, known: &[(String, &str)]) -> bool {
    policy["Statement"].as_array().expect("statements").iter().any(|statement| {
        let holds = |(operator, keys): (&String, &Json)| {
            assert_eq!(operator, "StringEquals", "no other operator is understood here");
            keys.as_object()
                .expect("keys")
                .iter()
                .all(|(key, wanted)| known.iter().any(|(name, value)| name == key && texts(wanted).contains(value)))
        };
        statement["Effect"] == "Allow"
            && texts(&statement["Action"]).contains(&action)
            && texts(&statement["Resource"]).iter().any(|pattern| fits(pattern, resource))
            && statement["Condition"].as_object().is_none_or(|condition| condition.iter().all(holds))
    })
}

/// One text or several.
fn texts(value: &Json) -> Vec<&str> {
    value
        .as_array()
        .map_or_else(|| vec![value], |all| all.iter().collect())
        .into_iter()
        .filter_map(Json::as_str)
        .collect()
}

/// Whether a pattern, in which `*` stands for anything, is for this text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).any(|skipped| text.get(skipped..).is_some_and(|text| fits(rest, text)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MAKE: Call<'_> = Call { service: "ec2", operation: "CreateSecurityGroup", tag: Some("gantry"), owner: None };

    #[test]
    fn every_resource_of_a_call_must_be_allowed() {
        let tagged = json!({"StringEquals": {"aws:RequestTag/gantry:installation": "gantry"}});
        let one = |action: &str, resource: &str, condition: &Json| {
            let mut one = json!({"Effect": "Allow", "Action": action, "Resource": resource});
            if !condition.is_null() {
                one["Condition"] = condition.clone();
            }
            one
        };
        let policy = |statements: Vec<Json>| json!({ "Statement": statements });
        let tags = one("ec2:CreateTags", "*", &tagged);
        // The VPC is there already: no tag of the request is for it.
        let broad = policy(vec![one("ec2:CreateSecurityGroup", "*", &tagged), tags.clone()]);
        assert!(refusal(&broad, MAKE).unwrap().contains(":vpc/"));
        let group = one("ec2:CreateSecurityGroup", "arn:aws:ec2:*:*:security-group/*", &tagged);
        let vpc = one("ec2:CreateSecurityGroup", "arn:aws:ec2:*:*:vpc/*", &Json::Null);
        assert_eq!(refusal(&policy(vec![group.clone(), vpc.clone(), tags]), MAKE), None);
        assert!(refusal(&policy(vec![group, vpc]), MAKE).unwrap().contains("ec2:CreateTags"));
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fit) in [
            ("*", "arn:x", true),
            ("arn:*:role/a/*", "arn:aws:iam::1:role/a/b", true),
            ("arn:*:role/a/*", "arn:aws:iam::1:role/b/a", false),
            ("role/a", "role/ab", false),
        ] {
            assert_eq!(fits(pattern, text), fit, "{pattern} {text}");
        }
    }
}
