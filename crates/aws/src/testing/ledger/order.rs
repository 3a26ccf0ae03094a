//! What has to be there, and what has to be gone, before a call.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, WireCall, answer, is_over, may_have_taken_effect, named, text, texts, took_effect};

/// The calls of a record that began before one of them.
fn before<'a>(record: &'a [WireCall], then: &WireCall) -> impl Iterator<Item = &'a WireCall> {
    let begun = then.begun;
    record.iter().filter(move |call| call.begun < begun)
}

fn of<'a>(record: &'a [WireCall], operations: &'a [&str]) -> impl Iterator<Item = &'a WireCall> {
    record.iter().filter(|call| operations.contains(&call.operation.as_str()))
}

/// ECS takes a target group only when a load balancer uses it: a listener or a rule comes before the service.
pub(super) fn balanced_before_served(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for service in of(record, &["CreateService", "UpdateService"]) {
        let used: BTreeSet<String> = forwards(record, service).into_values().flatten().collect();
        for group in texts(&service.parameters, "targetGroupArn") {
            if !used.contains(group) {
                complaints.push(format!("{} before any listener or rule forwards to {group}", named(service)));
            }
        }
    }
    complaints
}

/// Load balancing keeps a target group that a listener or a rule still forwards to.
pub(super) fn unused_before_target_group_goes(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for delete in of(record, &["DeleteTargetGroup"]) {
        let group = text(delete, "TargetGroupArn");
        for (user, groups) in forwards(record, delete) {
            if groups.contains(group) {
                complaints.push(format!("{} while {user} still forwards to {group}", named(delete)));
            }
        }
    }
    complaints
}

/// Listeners and rules that are known to be there when a call begins, with the target groups that they forward to.
fn forwards(record: &[WireCall], then: &WireCall) -> BTreeMap<String, BTreeSet<String>> {
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in before(record, then).filter(|call| is_over(call, then) && may_have_taken_effect(call)) {
        let groups = || texts(&call.parameters, "TargetGroupArn").into_iter().map(str::to_owned).collect();
        match call.operation.as_str() {
            "CreateListener" | "CreateRule" => {
                let made = if call.operation == "CreateRule" { "RuleArn" } else { "ListenerArn" };
                // What nobody knows the ARN of forwards all the same, if it is there.
                let arn = texts(answer(call), made).first().map_or_else(|| named(call), |arn| (*arn).to_owned());
                users.insert(arn, groups());
            }
            "ModifyListener" | "ModifyRule" => {
                let arn = [text(call, "ListenerArn"), text(call, "RuleArn")].concat();
                users.insert(arn, groups());
            }
            "DeleteRule" => drop(users.remove(text(call, "RuleArn"))),
            "DeleteListener" | "DeleteLoadBalancer" => {
                // Rules go with their listener, listeners with their load balancer.
                let arn = [text(call, "ListenerArn"), text(call, "LoadBalancerArn")].concat();
                users.retain(|user, _| *user != arn && !is_below(user, &arn));
            }
            _ => {}
        }
    }
    // One whose making had no answer was looked up since, or made anew: it is known by its ARN, or is not there.
    if then.operation == "DeleteTargetGroup" {
        users.retain(|user, _| user.starts_with("arn:"));
    }
    users
}

/// Whether a rule or listener lies below a listener or load balancer: `…:listener/app/<name>/<id>/<id>` below
/// `…:loadbalancer/app/<name>/<id>`.
fn is_below(arn: &str, parent: &str) -> bool {
    parent.split_once('/').is_some_and(|(_, place)| arn.contains(&format!("/{place}/")))
}

/// EC2 keeps a security group as long as network interfaces have it: the load balancer is gone, and the service not only
/// deleted but seen to be INACTIVE.
pub(super) fn unheld_before_security_group_goes(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for delete in of(record, &["DeleteSecurityGroup"]) {
        let group = text(delete, "GroupId");
        for (holder, groups) in holders(record, delete) {
            if groups.contains(group) {
                complaints.push(format!("{} while the {holder} is not seen to be gone", named(delete)));
            }
        }
    }
    complaints
}

/// Load balancers and services that were not seen to be gone when a call began, with their security groups.
fn holders(record: &[WireCall], then: &WireCall) -> BTreeMap<String, BTreeSet<String>> {
    let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let balancer = |name: &str| format!("load balancer {name}");
    let service = |name: &str| format!("service {}", last(name));
    for call in before(record, then) {
        let groups = |field| texts(&call.parameters, field).into_iter().map(str::to_owned).collect();
        match call.operation.as_str() {
            "CreateLoadBalancer" if may_have_taken_effect(call) => {
                holders.insert(balancer(text(call, "Name")), groups("SecurityGroups"));
            }
            "SetSecurityGroups" if took_effect(call) == Some(true) => {
                let arn = text(call, "LoadBalancerArn");
                holders.insert(balancer(arn.rsplit('/').nth(1).unwrap_or(arn)), groups("SecurityGroups"));
            }
            "CreateService" if may_have_taken_effect(call) => {
                holders.insert(service(text(call, "serviceName")), groups("securityGroups"));
            }
            "UpdateService" if took_effect(call) == Some(true) => {
                holders.insert(service(text(call, "service")), groups("securityGroups"));
            }
            "DescribeLoadBalancers" if is_seen(call, then, "LoadBalancerNotFound") => {
                let shown = texts(answer(call), "LoadBalancerName");
                for name in texts(&call.parameters, "Names").into_iter().filter(|name| !shown.contains(name)) {
                    holders.remove(&balancer(name));
                }
            }
            "DescribeServices" if is_seen(call, then, "ClusterNotFoundException") => {
                let shown = answer(call)["services"].as_array().map(Vec::as_slice).unwrap_or_default();
                let is_there = |name: &&str| {
                    shown
                        .iter()
                        .any(|one| one["serviceName"].as_str() == Some(last(name)) && one["status"] != "INACTIVE")
                };
                for name in texts(&call.parameters, "services").into_iter().filter(|name| !is_there(name)) {
                    holders.remove(&service(name));
                }
            }
            _ => {}
        }
    }
    holders
}

/// Whether the caller had AWS's own answer to a look before another call, if only that there is nothing of the sort.
fn is_seen(look: &WireCall, then: &WireCall, nothing: &str) -> bool {
    let answered = look.reply.as_ref().is_some_and(|reply| {
        (200..300).contains(&reply.status)
            || ["__type", "Code", "code"]
                .iter()
                .any(|field| texts(&reply.body, field).iter().any(|code| code.rsplit('#').next() == Some(nothing)))
    });
    answered && look.status.is_some() && look.fault.is_none() && is_over(look, then)
}

/// The last part of an ARN, or the name itself.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// IAM keeps a role that has policies.
pub(super) fn empty_before_role_goes(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut complaints = vec![];
    for delete in of(record, &["DeleteRole"]) {
        let role = text(delete, "RoleName");
        let mut policies: BTreeSet<String> = BTreeSet::new();
        for call in before(record, delete).filter(|call| text(call, "RoleName") == role) {
            let policy = [text(call, "PolicyName"), text(call, "PolicyArn")].concat();
            match call.operation.as_str() {
                "PutRolePolicy" | "AttachRolePolicy" if took_effect(call) == Some(true) => {
                    policies.insert(policy);
                }
                "DeleteRolePolicy" | "DetachRolePolicy" if is_over(call, delete) && may_have_taken_effect(call) => {
                    policies.remove(&policy);
                }
                "CreateRole" | "DeleteRole" if took_effect(call) == Some(true) => policies.clear(),
                _ => {}
            }
        }
        if !policies.is_empty() {
            complaints.push(format!("{} while {role} still has {policies:?}", named(delete)));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{
        super::by_hand::{abandon, record, refuse},
        *,
    };

    const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/web/0a/0b";
    const RULE: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:listener-rule/app/web/0a/0b/0c";
    const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/web/0a";
    const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/0d";

    type Line = (&'static str, Json, Json);

    fn listener() -> Line {
        let asked =
            json!({"LoadBalancerArn": BALANCER, "DefaultActions": [{"TargetGroupArn": GROUP, "Type": "forward"}]});
        ("elasticloadbalancing:CreateListener", asked, json!({"Listeners": [{"ListenerArn": LISTENER}]}))
    }

    fn rule() -> Line {
        let asked = json!({"ListenerArn": LISTENER, "Actions": [{"TargetGroupArn": GROUP}]});
        ("elasticloadbalancing:CreateRule", asked, json!({"Rules": [{"RuleArn": RULE}]}))
    }

    fn service() -> Line {
        let asked = json!({"cluster": "c", "serviceName": "web", "loadBalancers": [{"targetGroupArn": GROUP}],
            "networkConfiguration": {"awsvpcConfiguration": {"securityGroups": ["sg-1"]}}});
        ("ecs:CreateService", asked, json!({}))
    }

    fn deletes(what: &'static str, arn: &str) -> Line {
        let (operation, field) = match what {
            "rule" => ("elasticloadbalancing:DeleteRule", "RuleArn"),
            "listener" => ("elasticloadbalancing:DeleteListener", "ListenerArn"),
            "balancer" => ("elasticloadbalancing:DeleteLoadBalancer", "LoadBalancerArn"),
            "targets" => ("elasticloadbalancing:DeleteTargetGroup", "TargetGroupArn"),
            _ => ("ec2:DeleteSecurityGroup", "GroupId"),
        };
        let mut asked = json!({});
        asked[field] = arn.into();
        (operation, asked, json!({}))
    }

    fn complaints(demand: super::super::Demand, record: &[WireCall]) -> usize {
        demand(record, &Scene::default()).len()
    }

    #[test]
    fn a_listener_or_a_rule_comes_before_the_service() {
        let bad = |record: &[WireCall]| complaints(balanced_before_served, record);
        assert_eq!(bad(&record([listener(), service()])), 0);
        assert_eq!(bad(&record([rule(), service()])), 0);
        assert_eq!(bad(&record([service()])), 1);
        assert_eq!(bad(&record([service(), listener()])), 1);
        assert_eq!(bad(&record([listener(), deletes("listener", LISTENER), service()])), 1);
        // A listener that AWS refused is none; whether there is one without an answer nobody knows.
        let mut refused = record([listener(), service()]);
        refuse(&mut refused[0], "CertificateNotFound");
        assert_eq!(bad(&refused), 1);
        let mut abandoned = record([listener(), service()]);
        abandon(&mut abandoned[0]);
        assert_eq!(bad(&abandoned), 0);
        // At the same time is not before.
        let mut together = record([listener(), service()]);
        together[0].ended = Some(9);
        assert_eq!(bad(&together), 1);
    }

    #[test]
    fn a_target_group_goes_after_all_that_forwards_to_it() {
        let bad = |record: &[WireCall]| complaints(unused_before_target_group_goes, record);
        let goes = || deletes("targets", GROUP);
        assert_eq!(bad(&record([listener(), deletes("listener", LISTENER), goes()])), 0);
        assert_eq!(bad(&record([listener(), goes()])), 1);
        assert_eq!(bad(&record([listener(), rule(), goes()])), 2);
        assert_eq!(bad(&record([listener(), rule(), deletes("rule", RULE), goes()])), 1);
        assert_eq!(bad(&record([listener(), rule(), deletes("listener", LISTENER), goes()])), 0);
        assert_eq!(bad(&record([listener(), rule(), deletes("balancer", BALANCER), goes()])), 0);
        let elsewhere = json!({"ListenerArn": LISTENER, "DefaultActions": [{"TargetGroupArn": "arn:other"}]});
        let moved = ("elasticloadbalancing:ModifyListener", elsewhere, json!({}));
        assert_eq!(bad(&record([listener(), moved, goes()])), 0);
        let mut refused = record([listener(), deletes("listener", LISTENER), goes()]);
        refuse(&mut refused[1], "ListenerNotFound");
        assert_eq!(bad(&refused), 1);
    }

    fn balancer() -> Line {
        let asked = json!({"Name": "web", "SecurityGroups": ["sg-1"]});
        ("elasticloadbalancing:CreateLoadBalancer", asked, json!({"LoadBalancers": [{"LoadBalancerArn": BALANCER}]}))
    }

    fn sees_balancers(shown: &[&str]) -> Line {
        let shown: Vec<_> = shown.iter().map(|name| json!({"LoadBalancerName": name})).collect();
        ("elasticloadbalancing:DescribeLoadBalancers", json!({"Names": ["web"]}), json!({"LoadBalancers": shown}))
    }

    fn sees_service(status: &str) -> Line {
        let shown = json!({"services": [{"serviceName": "web", "status": status}]});
        ("ecs:DescribeServices", json!({"cluster": "c", "services": ["web"]}), shown)
    }

    #[test]
    fn a_security_group_goes_after_all_that_has_it() {
        let bad = |record: &[WireCall]| complaints(unheld_before_security_group_goes, record);
        let goes = || deletes("firewall", "sg-1");
        let ends = || ("ecs:DeleteService", json!({"cluster": "c", "service": "web"}), json!({}));
        assert_eq!(bad(&record([service(), ends(), sees_service("INACTIVE"), goes()])), 0);
        assert_eq!(bad(&record([service(), ends(), sees_service("DRAINING"), goes()])), 1);
        assert_eq!(bad(&record([service(), ends(), goes()])), 1);
        assert_eq!(bad(&record([service(), goes()])), 1);
        assert_eq!(bad(&record([service(), deletes("firewall", "sg-2")])), 0);
        assert_eq!(bad(&record([balancer(), deletes("balancer", BALANCER), sees_balancers(&[]), goes()])), 0);
        assert_eq!(bad(&record([balancer(), deletes("balancer", BALANCER), sees_balancers(&["web"]), goes()])), 1);
        assert_eq!(bad(&record([balancer(), deletes("balancer", BALANCER), goes()])), 1);
        let mut not_found = record([balancer(), deletes("balancer", BALANCER), sees_balancers(&["web"]), goes()]);
        refuse(&mut not_found[2], "LoadBalancerNotFound");
        not_found[2].reply.as_mut().unwrap().body = json!({"Error": {"Code": "LoadBalancerNotFound"}});
        assert_eq!(bad(&not_found), 0);
        not_found[2].reply.as_mut().unwrap().body = json!({"Error": {"Code": "Throttling"}});
        assert_eq!(bad(&not_found), 1);
        let groups = json!({"LoadBalancerArn": BALANCER, "SecurityGroups": ["sg-2"]});
        let moved = ("elasticloadbalancing:SetSecurityGroups", groups, json!({}));
        assert_eq!(bad(&record([balancer(), moved, goes()])), 0);
    }

    #[test]
    fn a_role_goes_after_its_policies() {
        let bad = |record: &[WireCall]| complaints(empty_before_role_goes, record);
        let on = |operation: &'static str, field: &str| {
            let mut asked = json!({"RoleName": "r"});
            asked[field] = "p".into();
            (operation, asked, json!({}))
        };
        let (put, attach) = (|| on("iam:PutRolePolicy", "PolicyName"), || on("iam:AttachRolePolicy", "PolicyArn"));
        let (delete, detach) =
            (|| on("iam:DeleteRolePolicy", "PolicyName"), || on("iam:DetachRolePolicy", "PolicyArn"));
        let goes = || ("iam:DeleteRole", json!({"RoleName": "r"}), json!({}));
        assert_eq!(bad(&record([put(), delete(), attach(), detach(), goes()])), 0);
        assert_eq!(bad(&record([put(), goes()])), 1);
        assert_eq!(bad(&record([attach(), goes()])), 1);
        let mut refused = record([put(), delete(), goes()]);
        refuse(&mut refused[1], "NoSuchEntity");
        assert_eq!(bad(&refused), 1);
        let mut refused = record([put(), goes()]);
        refuse(&mut refused[0], "LimitExceeded");
        assert_eq!(bad(&refused), 0);
    }
}
