//! What AWS takes at most, and that a retry says what the first try said.
//!
//! The numbers are AWS's own, from the API references and quotas of the services, as of 2026-11-23.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Scene, WireCall, named, tags_of, text, texts, took_effect};
use crate::ownership::RESOURCE;

/// A name that a call gives.
struct Name {
    operation: &'static str,
    field: &'static str,
    longest: usize,
    /// What it may have beside letters and digits.
    also: &'static str,
    /// How it must not begin.
    reserved: &'static [&'static str],
}

const fn name(
    operation: &'static str,
    field: &'static str,
    longest: usize,
    also: &'static str,
    reserved: &'static [&'static str],
) -> Name {
    Name { operation, field, longest, also, reserved }
}

const NAMES: &[Name] = &[
    name("CreateCluster", "clusterName", 255, "_-", &[]),
    name("CreateService", "serviceName", 255, "_-", &[]),
    name("RegisterTaskDefinition", "family", 255, "_-", &[]),
    name("CreateLoadBalancer", "Name", 32, "-", &["-", "internal-"]),
    name("CreateTargetGroup", "Name", 32, "-", &["-"]),
    name("CreateRole", "RoleName", 64, "_+=,.@-", &[]),
    name("PutRolePolicy", "PolicyName", 128, "_+=,.@-", &[]),
    name("CreateSecurityGroup", "GroupName", 255, " ._-:/()#,@[]+=&;{}!$*", &["sg-"]),
    // With the ARN in front of it 2,048.
    name("PutParameter", "Name", 1011, "_.-/", &["/aws", "/ssm", "aws", "ssm"]),
    name("CreateLogGroup", "logGroupName", 512, "_-/.#", &["aws/"]),
    name("PutScalingPolicy", "PolicyName", 256, "_-. :/", &[]),
];

pub(super) fn names_fit(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for call in record {
        for name in NAMES.iter().filter(|name| name.operation == call.operation) {
            let given = text(call, name.field);
            let fits = (1..=name.longest).contains(&given.chars().count())
                && given.chars().all(|c| c.is_ascii_alphanumeric() || name.also.contains(c))
                && !name.reserved.iter().any(|start| given.to_ascii_lowercase().starts_with(start))
                && !(call.service == "elasticloadbalancing" && given.ends_with('-'));
            if !fits {
                complaints.push(format!("{}: {} `{given}` is no name that AWS takes", named(call), name.field));
            }
        }
    }
    complaints
}

pub(super) fn tags_fit(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for call in record {
        let tags = tags_of(call);
        let fits = |(key, value): &(&str, &str)| {
            (1..=128).contains(&key.chars().count())
                && value.chars().count() <= 256
                && !key.to_ascii_lowercase().starts_with("aws:")
        };
        if tags.len() > 50 || !tags.iter().all(fits) {
            complaints.push(format!("{}: AWS does not take these tags: {tags:?}", named(call)));
        }
    }
    complaints
}

/// For how many days log groups may keep their events.
const RETENTION: [u64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Tokens, counts, sizes and numbers.
pub(super) fn the_rest_fits(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for call in record {
        let asked = &call.parameters;
        let size = |field: &str| text(call, field).chars().filter(|c| !c.is_whitespace()).count();
        let token = text(call, "clientToken");
        let (count, number) = (|field: &str| texts(asked, field).len(), |field: &str| text(call, field).parse::<u32>());
        let fits = match call.operation.as_str() {
            "CreateService" | "UpdateService" => {
                count("targetGroupArn") <= 5 && count("subnets") <= 16 && count("securityGroups") <= 5
            }
            "RegisterTaskDefinition" => {
                let containers = asked["containerDefinitions"].as_array().map_or(0, Vec::len);
                (1..=10).contains(&containers) && asked.to_string().len() <= 64 * 1024
            }
            "CreateLoadBalancer" => count("Subnets") >= 2 && count("SecurityGroups") <= 5,
            "CreateRule" => number("Priority").is_ok_and(|it| (1..=50_000).contains(&it)) && count("Values") <= 5,
            "CreateListener" => number("Port").is_ok_and(|it| (1..=65_535).contains(&it)),
            "CreateRole" | "UpdateAssumeRolePolicy" => {
                size("AssumeRolePolicyDocument") <= 2048 && size("PolicyDocument") <= 2048
            }
            "PutRolePolicy" => size("PolicyDocument") <= 10_240,
            "PutParameter" => {
                let levels = text(call, "Name").split('/').filter(|level| !level.is_empty()).count();
                (1..=4096).contains(&text(call, "Value").len()) && levels <= 15
            }
            "PutRetentionPolicy" => asked["retentionInDays"].as_u64().is_some_and(|days| RETENTION.contains(&days)),
            _ => true,
        };
        if !fits || token.len() > 36 || !token.chars().all(|c| c.is_ascii_graphic()) {
            complaints.push(format!("{} asks for what AWS does not take: {asked}", named(call)));
        }
    }
    complaints
}

/// A retry of a step that makes something says word for word what the first try said: the same name, tags and token.
pub(super) fn retries_say_the_same(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    let mut first: BTreeMap<(usize, &str, &str), &Json> = BTreeMap::new();
    for call in record {
        let Some((_, resource)) = tags_of(call).into_iter().find(|(key, _)| *key == RESOURCE) else { continue };
        if !makes(call) {
            continue;
        }
        let step = (call.page, call.operation.as_str(), resource);
        let said = first.entry(step).or_insert(&call.parameters);
        if **said != call.parameters {
            let asked = &call.parameters;
            complaints.push(format!("{} for {resource}: first {said}, then {asked}", named(call)));
        }
        if took_effect(call) == Some(true) && call.status.is_some_and(|status| status < 300) {
            // Its maker knows of it: whatever is made after it is something else.
            first.remove(&step);
        }
    }
    complaints
}

/// Whether it makes something that was not there.
pub(super) fn makes(call: &WireCall) -> bool {
    call.operation.starts_with("Create") && call.operation != "CreateTags"
        || matches!(call.operation.as_str(), "RegisterTaskDefinition" | "RegisterScalableTarget" | "PutParameter")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::by_hand::{abandon, call, record, refuse},
        *,
    };

    fn complaints(demand: super::super::Demand, operation: &str, asked: Json) -> usize {
        demand(&record([(operation, asked, json!({}))]), &Scene::default()).len()
    }

    #[test]
    fn names_are_within_what_aws_takes() {
        for (operation, field, good, bad) in [
            ("ecs:CreateCluster", "clusterName", "shop_1-web", "shop/web"),
            ("ecs:CreateService", "serviceName", "web", ""),
            ("ecs:RegisterTaskDefinition", "family", "web", "a b"),
            ("elasticloadbalancing:CreateLoadBalancer", "Name", "web", "internal-web"),
            ("elasticloadbalancing:CreateTargetGroup", "Name", "web", "web-"),
            ("iam:CreateRole", "RoleName", "shop-task", "shop/task"),
            ("iam:PutRolePolicy", "PolicyName", "read", "read it"),
            ("ec2:CreateSecurityGroup", "GroupName", "shop web", "sg-web"),
            ("ssm:PutParameter", "Name", "/gantry/shop", "/aws/shop"),
            ("logs:CreateLogGroup", "logGroupName", "/gantry/shop", "shop:web"),
            ("application-autoscaling:PutScalingPolicy", "PolicyName", "cpu", "a?"),
        ] {
            let asked = |name: &str| {
                let mut asked = json!({});
                asked[field] = name.into();
                asked
            };
            assert_eq!(complaints(names_fit, operation, asked(good)), 0, "{operation} {good}");
            assert_eq!(complaints(names_fit, operation, asked(bad)), 1, "{operation} {bad}");
            assert_eq!(complaints(names_fit, operation, asked(&"a".repeat(1100))), 1, "{operation}");
        }
        let group = |name: &str| complaints(names_fit, "elasticloadbalancing:CreateTargetGroup", json!({"Name": name}));
        assert_eq!((group(&"a".repeat(32)), group(&"a".repeat(33)), group("-a")), (0, 1, 1));
    }

    #[test]
    fn tags_are_within_what_aws_takes() {
        let ecs = |key: &str, value: &str| json!({"tags": [{"key": key, "value": value}]});
        let bad = |asked: Json| complaints(tags_fit, "ecs:CreateCluster", asked);
        assert_eq!(bad(ecs("team", "shop")), 0);
        assert_eq!(bad(ecs(&"k".repeat(128), &"v".repeat(256))), 0);
        assert_eq!(bad(ecs(&"k".repeat(129), "")), 1);
        assert_eq!(bad(ecs("team", &"v".repeat(257))), 1);
        assert_eq!(bad(ecs("aws:team", "")), 1);
        let many = |count: usize| -> Json {
            (0..count).map(|at| (format!("k{at}"), json!(""))).collect::<serde_json::Map<_, _>>().into()
        };
        assert_eq!((bad(json!({"tags": many(50)})), bad(json!({"tags": many(51)}))), (0, 1));
        // However the service spells them.
        for asked in [
            json!({"Tags": [{"Key": "aws:x", "Value": ""}]}),
            json!({"Tag": [{"Key": "aws:x", "Value": ""}]}),
            json!({"Tags": {"aws:x": ""}}),
            json!({"TagSpecification": [{"ResourceType": "security-group", "Tag": [{"Key": "aws:x", "Value": ""}]}]}),
        ] {
            assert_eq!(bad(asked.clone()), 1, "{asked}");
        }
    }

    #[test]
    fn everything_else_is_within_what_aws_takes() {
        let bad = |operation: &str, asked: Json| complaints(the_rest_fits, operation, asked);
        let service = |token: &str, groups: usize| {
            let groups = vec!["sg-1"; groups];
            json!({"clientToken": token, "networkConfiguration": {"awsvpcConfiguration": {"securityGroups": groups}}})
        };
        assert_eq!(bad("ecs:CreateService", service(&"t".repeat(36), 5)), 0);
        assert_eq!(bad("ecs:CreateService", service(&"t".repeat(37), 5)), 1);
        assert_eq!(bad("ecs:CreateService", service("t t", 5)), 1);
        assert_eq!(bad("ecs:CreateService", service("t", 6)), 1);
        let task = |containers: usize| json!({"containerDefinitions": vec![json!({"name": "web"}); containers]});
        let bad_tasks = [1, 10, 0, 11].map(|containers| bad("ecs:RegisterTaskDefinition", task(containers)));
        assert_eq!(bad_tasks, [0, 0, 1, 1]);
        let balancer = |subnets: &[&str]| bad("elasticloadbalancing:CreateLoadBalancer", json!({ "Subnets": subnets }));
        assert_eq!((balancer(&["a", "b"]), balancer(&["a"])), (0, 1));
        let rule = |priority: &str, hosts: usize| {
            let hosts = vec!["a"; hosts];
            let conditions = json!([{"HostHeaderConfig": {"Values": hosts}}]);
            bad("elasticloadbalancing:CreateRule", json!({"Priority": priority, "Conditions": conditions}))
        };
        assert_eq!([rule("1", 5), rule("50000", 1), rule("0", 1), rule("50001", 1), rule("1", 6)], [0, 0, 1, 1, 1]);
        let port = |port: &str| bad("elasticloadbalancing:CreateListener", json!({ "Port": port }));
        assert_eq!((port("443"), port("0")), (0, 1));
        let policy = |length: usize| bad("iam:PutRolePolicy", json!({"PolicyDocument": "x".repeat(length)}));
        assert_eq!((policy(10_240), policy(10_241)), (0, 1));
        let trust = |length: usize| bad("iam:CreateRole", json!({"AssumeRolePolicyDocument": "x".repeat(length)}));
        assert_eq!((trust(2048), trust(2049)), (0, 1));
        let parameter =
            |name: &str, length: usize| bad("ssm:PutParameter", json!({"Name": name, "Value": "v".repeat(length)}));
        assert_eq!([parameter("/a", 4096), parameter("/a", 4097), parameter("/a", 0)], [0, 1, 1]);
        assert_eq!((parameter(&"/a".repeat(15), 1), parameter(&"/a".repeat(16), 1)), (0, 1));
        let days = |days: u32| bad("logs:PutRetentionPolicy", json!({ "retentionInDays": days }));
        assert_eq!((days(14), days(15)), (0, 1));
    }

    #[test]
    fn a_retry_says_what_the_first_try_said() {
        let bad = |record: &[WireCall]| retries_say_the_same(record, &Scene::default()).len();
        let asked = |name: &str, token: &str| json!({"serviceName": name, "clientToken": token, "tags": [{"key": "gantry:resource", "value": "web"}]});
        let tries = |second: Json| {
            let mut tries = record([("ecs:CreateService", asked("a", "t"), json!({}))]);
            call(&mut tries, "ecs:CreateService", second, json!({}));
            tries
        };
        let spoilt: [fn(&mut WireCall); 3] = [
            |first| refuse(first, "ThrottlingException"),
            abandon,
            // AWS did it, and its reply was lost.
            |first| first.status = None,
        ];
        for spoil in spoilt {
            for (second, complaints) in [(asked("a", "t"), 0), (asked("b", "t"), 1), (asked("a", "u"), 1)] {
                let mut tries = tries(second);
                spoil(&mut tries[0]);
                assert_eq!(bad(&tries), complaints);
            }
        }
        // The first went well, or was for another request: the second is no retry.
        assert_eq!(bad(&tries(asked("b", "u"))), 0);
        let mut later = tries(asked("b", "u"));
        refuse(&mut later[0], "ThrottlingException");
        later[1].page = 1;
        assert_eq!(bad(&later), 0);
    }
}
