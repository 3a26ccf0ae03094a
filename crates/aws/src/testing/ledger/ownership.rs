//! Nothing is changed that is not the stack's own.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Scene, WireCall, answer, is_over, may_have_taken_effect, named, tags, tags_of, texts};
use crate::{
    ownership::{INSTALLATION, STACK},
    policy::NEEDS_NOTHING,
};

/// What a call makes: by the name in the request and the ids in the reply.
const MADE: &[(&str, &[&str])] = &[
    ("CreateCluster", &["clusterName", "clusterArn"]),
    ("CreateListener", &["ListenerArn"]),
    ("CreateLoadBalancer", &["Name", "LoadBalancerArn"]),
    ("CreateLogGroup", &["logGroupName"]),
    ("CreateRole", &["RoleName"]),
    ("CreateRule", &["RuleArn"]),
    ("CreateSecurityGroup", &["groupId"]),
    ("CreateService", &["serviceName", "serviceArn"]),
    ("CreateTargetGroup", &["Name", "TargetGroupArn"]),
    ("PutParameter", &["Name"]),
    ("RegisterScalableTarget", &["ResourceId", "ScalableTargetARN"]),
    ("RegisterTaskDefinition", &["taskDefinitionArn"]),
];

/// What a call is attached to that it does not make.
const PARENTS: &[(&str, &str)] =
    &[("CreateListener", "LoadBalancerArn"), ("CreateRule", "ListenerArn"), ("CreateService", "cluster")];

/// What a call changes that is there already.
const CHANGED: &[(&str, &[&str])] = &[
    ("AddTags", &["ResourceArns"]),
    ("AddTagsToResource", &["ResourceId"]),
    ("AttachRolePolicy", &["RoleName"]),
    ("AuthorizeSecurityGroupEgress", &["GroupId"]),
    ("AuthorizeSecurityGroupIngress", &["GroupId"]),
    ("CreateTags", &["ResourceId"]),
    ("DeleteCluster", &["cluster"]),
    ("DeleteListener", &["ListenerArn"]),
    ("DeleteLoadBalancer", &["LoadBalancerArn"]),
    ("DeleteLogGroup", &["logGroupName"]),
    ("DeleteParameter", &["Name"]),
    ("DeleteRole", &["RoleName"]),
    ("DeleteRolePermissionsBoundary", &["RoleName"]),
    ("DeleteRolePolicy", &["RoleName"]),
    ("DeleteRule", &["RuleArn"]),
    ("DeleteScalingPolicy", &["ResourceId"]),
    ("DeleteSecurityGroup", &["GroupId"]),
    ("DeleteService", &["service"]),
    ("DeleteTargetGroup", &["TargetGroupArn"]),
    ("DeleteTaskDefinitions", &["taskDefinitions"]),
    ("DeregisterScalableTarget", &["ResourceId"]),
    ("DeregisterTaskDefinition", &["taskDefinition"]),
    ("DetachRolePolicy", &["RoleName"]),
    ("ModifyListener", &["ListenerArn"]),
    ("ModifyLoadBalancerAttributes", &["LoadBalancerArn"]),
    ("ModifyRule", &["RuleArn"]),
    ("ModifyTargetGroup", &["TargetGroupArn"]),
    ("ModifyTargetGroupAttributes", &["TargetGroupArn"]),
    ("PutClusterCapacityProviders", &["cluster"]),
    ("PutParameter", &["Name"]),
    ("PutRetentionPolicy", &["logGroupName"]),
    ("PutRolePermissionsBoundary", &["RoleName"]),
    ("PutRolePolicy", &["RoleName"]),
    ("PutScalingPolicy", &["ResourceId"]),
    ("RegisterScalableTarget", &["ResourceId"]),
    ("RevokeSecurityGroupEgress", &["GroupId"]),
    ("RevokeSecurityGroupIngress", &["GroupId"]),
    ("SetSecurityGroups", &["LoadBalancerArn"]),
    ("SetSubnets", &["LoadBalancerArn"]),
    ("TagResource", &["resourceArn", "ResourceARN"]),
    ("TagRole", &["RoleName"]),
    ("UpdateAssumeRolePolicy", &["RoleName"]),
    ("UpdateClusterSettings", &["cluster"]),
    ("UpdateRole", &["RoleName"]),
    ("UpdateSecurityGroupRuleDescriptionsEgress", &["GroupId"]),
    ("UpdateSecurityGroupRuleDescriptionsIngress", &["GroupId"]),
    ("UpdateService", &["service"]),
];

/// What AWS shows of tags: where the objects stand in the reply, and what they call themselves. Those of which the
/// reply has only tags are named in the request.
const SHOWN: &[(&str, &str, &[&str])] = &[
    ("DescribeClusters", "clusters", &["clusterArn", "clusterName"]),
    ("DescribeSecurityGroups", "securityGroupInfo", &["groupId"]),
    ("DescribeServices", "services", &["serviceArn", "serviceName"]),
    ("DescribeTags", "TagDescriptions", &["ResourceArn"]),
    ("DescribeTaskDefinition", "taskDefinition", &["taskDefinitionArn"]),
    ("GetRole", "Role", &["RoleName"]),
    ("ListTagsForResource", "", &["ResourceId", "resourceArn", "ResourceARN"]),
];

fn row<T: Copy>(table: &[(&str, T)], operation: &str) -> Option<T> {
    table.iter().find(|(name, _)| *name == operation).map(|(_, row)| *row)
}

/// Everything that a call makes bears the tags of installation and stack, and everything that it changes was made so
/// before, or AWS showed it with them. Only to declared parents may something else be attached.
pub(super) fn only_what_is_ours(record: &[WireCall], scene: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for call in record.iter().filter(|call| call.mutates()) {
        let operation = call.operation.as_str();
        if NEEDS_NOTHING.contains(&(call.service.as_str(), operation)) || operation == "CreateServiceLinkedRole" {
            continue;
        }
        let (made, changed) = (row(MADE, operation), row(CHANGED, operation));
        // What brings tags makes; the same without tags changes what is there.
        let makes = made.is_some() && (changed.is_none() || !tags_of(call).is_empty());
        if made.is_none() && changed.is_none() {
            complaints.push(format!("{} is an operation that the ledger does not know", named(call)));
        }
        if makes && !bears(&tags_of(call), scene) {
            complaints.push(format!("{} makes something without the stack's tags", named(call)));
        }
        let needed = if makes {
            row(PARENTS, operation).map(|parent| fields(&call.parameters, &[parent])).unwrap_or_default()
        } else {
            fields(&call.parameters, changed.unwrap_or_default())
        };
        let ours = ours(record, call, scene);
        for id in needed {
            let is_parent = makes && scene.parents.iter().any(|parent| short(parent) == short(id));
            if !is_parent && !ours.contains(short(id)) {
                complaints.push(format!("{} touches {id}, which is not known to be the stack's", named(call)));
            }
        }
    }
    complaints
}

fn bears(tags: &[(&str, &str)], scene: &Scene) -> bool {
    tags.contains(&(INSTALLATION, scene.installation.as_str())) && tags.contains(&(STACK, scene.stack.as_str()))
}

/// The texts right under these names; of lists every element.
fn fields<'a>(value: &'a Json, names: &[&str]) -> Vec<&'a str> {
    let texts = |value: &'a Json| value.as_array().map_or_else(|| vec![value], |all| all.iter().collect());
    names.iter().filter_map(|name| value.get(*name)).flat_map(texts).filter_map(Json::as_str).collect()
}

/// What a call could know to be the stack's own.
fn ours<'a>(record: &'a [WireCall], then: &WireCall, scene: &Scene) -> BTreeSet<&'a str> {
    let mut ours = vec![];
    for call in record.iter().filter(|call| call.begun < then.begun && is_over(call, then)) {
        if let Some(names) = row(MADE, &call.operation)
            && bears(&tags_of(call), scene)
            && may_have_taken_effect(call)
        {
            ours.extend(fields(&call.parameters, names));
            ours.extend(names.iter().flat_map(|name| texts(answer(call), name)));
        }
        if let Some((_, place, names)) = SHOWN.iter().find(|(operation, ..)| *operation == call.operation) {
            let reply = answer(call);
            let shown = |one: &&Json| {
                ["tags", "Tags", "tagSet", "TagList"].iter().any(|field| bears(&tags(&one[*field]), scene))
            };
            match &reply[*place] {
                Json::Array(all) => ours.extend(all.iter().filter(shown).flat_map(|one| fields(one, names))),
                Json::Object(_) if shown(&&reply[*place]) || shown(&reply) => {
                    ours.extend(fields(&reply[*place], names));
                }
                _ if place.is_empty() && shown(&reply) => ours.extend(fields(&call.parameters, names)),
                _ => {}
            }
        }
    }
    ours.into_iter().map(short).collect()
}

/// ECS takes names and ARNs, load balancers are known by their names as long as nobody knows their ARNs, and of log
/// groups the ARN holds the name.
fn short(id: &str) -> &str {
    let Some(resource) = id.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) else { return id };
    match resource.split_once(['/', ':']) {
        Some(("cluster" | "service", name)) => name.rsplit('/').next().unwrap_or(name),
        Some(("loadbalancer" | "targetgroup", path)) => path.rsplit('/').nth(1).unwrap_or(path),
        Some(("log-group", name)) => name.trim_end_matches(":*"),
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::by_hand::{abandon, call, record, refuse},
        *,
    };

    const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/web/0a/0b";
    const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/web/0a";

    fn scene() -> Scene {
        Scene { installation: "i".to_owned(), stack: "s".to_owned(), parents: BTreeSet::new() }
    }

    fn own() -> Json {
        json!([{"Key": "gantry:installation", "Value": "i"}, {"Key": "gantry:stack", "Value": "s"}])
    }

    fn complaints(record: &[WireCall]) -> usize {
        only_what_is_ours(record, &scene()).len()
    }

    fn balancer(tags: Json) -> (&'static str, Json, Json) {
        let reply = json!({"LoadBalancers": [{"LoadBalancerArn": BALANCER}]});
        ("elasticloadbalancing:CreateLoadBalancer", json!({"Name": "web", "Tags": tags}), reply)
    }

    fn deletes() -> (&'static str, Json, Json) {
        ("elasticloadbalancing:DeleteLoadBalancer", json!({"LoadBalancerArn": BALANCER}), json!({}))
    }

    #[test]
    fn what_is_made_bears_the_tags() {
        assert_eq!(complaints(&record([balancer(own())])), 0);
        assert_eq!(complaints(&record([balancer(json!([]))])), 1);
        assert_eq!(complaints(&record([balancer(json!([{"Key": "gantry:installation", "Value": "i"}]))])), 1);
        let mut other = own();
        other[1]["Value"] = "t".into();
        assert_eq!(complaints(&record([balancer(other)])), 1);
        let tags = json!({"gantry:installation": "i", "gantry:stack": "s"});
        let log = |tags: Json| ("logs:CreateLogGroup", json!({"logGroupName": "/l", "tags": tags}), json!({}));
        assert_eq!(complaints(&record([log(tags)])), 0);
        assert_eq!(complaints(&record([log(json!({}))])), 1);
    }

    #[test]
    fn what_is_changed_was_made_or_seen_with_the_tags() {
        assert_eq!(complaints(&record([balancer(own()), deletes()])), 0);
        assert_eq!(complaints(&record([deletes()])), 1);
        let mut refused = record([balancer(own()), deletes()]);
        refuse(&mut refused[0], "DuplicateLoadBalancerName");
        assert_eq!(complaints(&refused), 1);
        // Its maker went away: the name tells.
        let mut abandoned = record([balancer(own()), deletes()]);
        abandon(&mut abandoned[0]);
        assert_eq!(complaints(&abandoned), 0);
        let sees = |tags: Json| {
            let shown = json!({"TagDescriptions": [{"ResourceArn": BALANCER, "Tags": tags}]});
            ("elasticloadbalancing:DescribeTags", json!({"ResourceArns": [BALANCER]}), shown)
        };
        assert_eq!(complaints(&record([sees(own()), deletes()])), 0);
        assert_eq!(complaints(&record([sees(json!([])), deletes()])), 1);
        assert_eq!(complaints(&record([deletes(), sees(own())])), 1);
    }

    #[test]
    fn every_service_shows_tags_in_its_own_way() {
        let lower = json!([{"key": "gantry:installation", "value": "i"}, {"key": "gantry:stack", "value": "s"}]);
        let map = json!({"gantry:installation": "i", "gantry:stack": "s"});
        let log = "arn:aws:logs:eu-central-1:1:log-group:/l";
        let task = "arn:aws:ecs:eu-central-1:1:task-definition/web:1";
        for (look, asked, reply, change, changed) in [
            (
                "ecs:DescribeClusters",
                json!({}),
                json!({"clusters": [{"clusterArn": "arn:aws:ecs:r:1:cluster/c", "tags": lower}]}),
                "ecs:DeleteCluster",
                json!({"cluster": "c"}),
            ),
            (
                "ecs:DescribeServices",
                json!({}),
                json!({"services": [{"serviceName": "web", "clusterArn": "arn:aws:ecs:r:1:cluster/c", "tags": lower}]}),
                "ecs:DeleteService",
                json!({"cluster": "c", "service": "arn:aws:ecs:r:1:service/c/web"}),
            ),
            (
                "ecs:DescribeTaskDefinition",
                json!({}),
                json!({"taskDefinition": {"taskDefinitionArn": task}, "tags": lower}),
                "ecs:DeregisterTaskDefinition",
                json!({"taskDefinition": task}),
            ),
            (
                "ec2:DescribeSecurityGroups",
                json!({}),
                json!({"securityGroupInfo": [{"groupId": "sg-1", "tagSet": own()}]}),
                "ec2:DeleteSecurityGroup",
                json!({"GroupId": "sg-1"}),
            ),
            (
                "iam:GetRole",
                json!({}),
                json!({"Role": {"RoleName": "r", "Tags": own()}}),
                "iam:DeleteRole",
                json!({"RoleName": "r"}),
            ),
            (
                "ssm:ListTagsForResource",
                json!({"ResourceId": "/p"}),
                json!({"TagList": own()}),
                "ssm:DeleteParameter",
                json!({"Name": "/p"}),
            ),
            (
                "logs:ListTagsForResource",
                json!({"resourceArn": log}),
                json!({"tags": map}),
                "logs:DeleteLogGroup",
                json!({"logGroupName": "/l"}),
            ),
        ] {
            let with = record([(look, asked.clone(), reply.clone()), (change, changed.clone(), json!({}))]);
            assert_eq!(complaints(&with), 0, "{look}");
            let foreign = reply.to_string().replace(r#""s""#, r#""t""#).parse().unwrap();
            let without = record([(look, asked, foreign), (change, changed, json!({}))]);
            assert_eq!(complaints(&without), 1, "{look}");
        }
        // The cluster of a service is not the service.
        let service =
            json!({"services": [{"serviceName": "web", "clusterArn": "arn:aws:ecs:r:1:cluster/c", "tags": lower}]});
        let deletes = ("ecs:DeleteCluster", json!({"cluster": "c"}), json!({}));
        assert_eq!(complaints(&record([("ecs:DescribeServices", json!({}), service), deletes])), 1);
    }

    #[test]
    fn what_is_only_mentioned_is_not_owned() {
        let rules = json!([{"groups": [{"groupId": "sg-2"}]}]);
        let shown = json!({"securityGroupInfo": [{"groupId": "sg-1", "tagSet": own(), "ipPermissions": rules}]});
        let look = ("ec2:DescribeSecurityGroups", json!({}), shown);
        let opens = |group: &str, source: &str| {
            let asked = json!({"GroupId": group, "IpPermissions": [{"Groups": [{"GroupId": source}]}]});
            ("ec2:AuthorizeSecurityGroupIngress", asked, json!({}))
        };
        assert_eq!(complaints(&record([look.clone(), opens("sg-1", "sg-2")])), 0);
        assert_eq!(complaints(&record([look, opens("sg-2", "sg-1")])), 1);
    }

    #[test]
    fn only_declared_parents_are_attached_to() {
        let rule = ("elasticloadbalancing:CreateRule", json!({"ListenerArn": LISTENER, "Tags": own()}), json!({}));
        assert_eq!(complaints(&record([rule.clone()])), 1);
        let declared = Scene { parents: BTreeSet::from([LISTENER.to_owned()]), ..scene() };
        assert_eq!(only_what_is_ours(&record([rule]), &declared).len(), 0);
        // To be attached to is not to be changed.
        let modifies = ("elasticloadbalancing:ModifyListener", json!({"ListenerArn": LISTENER}), json!({}));
        assert_eq!(only_what_is_ours(&record([modifies]), &declared).len(), 1);
    }

    #[test]
    fn what_brings_no_tags_must_be_there() {
        let put = |tags: Json| ("ssm:PutParameter", json!({"Name": "/p", "Tags": tags}), json!({}));
        let over = || ("ssm:PutParameter", json!({"Name": "/p", "Overwrite": true}), json!({}));
        assert_eq!(complaints(&record([put(own()), over()])), 0);
        assert_eq!(complaints(&record([over()])), 1);
    }

    #[test]
    fn every_operation_that_changes_something_is_known() {
        for kind in domain::kinds::Kind::ALL {
            for action in crate::kinds::grants(*kind).iter().flat_map(|grant| grant.actions) {
                let (_, operation) = action.split_once(':').unwrap();
                let known = row(MADE, operation).is_some() || row(CHANGED, operation).is_some();
                let reads = !crate::session::mutates(operation) || operation == "CreateServiceLinkedRole";
                assert!(known || reads, "{action}");
            }
        }
        let mut unknown = vec![];
        call(&mut unknown, "ecs:RunTask", json!({}), json!({}));
        assert_eq!(complaints(&unknown), 1);
    }
}
