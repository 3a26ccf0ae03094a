//! Limits of AWS that only show when the resources of a stack are seen together.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{DefaultAction, EcsCluster, EcsService, Identity, Kind, Listener, ListenerRule, TaskDefinition};
use crate::Problem;

/// What AWS would refuse about these resources together: logical name to kind and previewed spec
/// ([`crate::value::Value::preview`]). Paths begin with the logical name. Specs that do not parse are passed over; their
/// own [`super::check`] says why.
pub fn check_together(resources: &BTreeMap<String, (Kind, Json)>) -> Vec<Problem> {
    let mut problems = vec![];
    two_of_one_identity(resources, &mut problems);
    for (name, spec) in typed::<EcsService>(resources, Kind::EcsService) {
        attachments(name, &spec, resources, &mut problems);
        providers(name, &spec, resources, &mut problems);
    }
    problems
}

/// A service's capacity providers are its cluster's, as far as that is a resource of the same stack.
fn providers(
    name: &str,
    service: &EcsService,
    resources: &BTreeMap<String, (Kind, Json)>,
    problems: &mut Vec<Problem>,
) {
    let Some(cluster) = owner(&service.cluster, resources, Kind::EcsCluster) else { return };
    let Some((_, spec)) = typed::<EcsCluster>(resources, Kind::EcsCluster).find(|(this, _)| *this == cluster) else {
        return;
    };
    for (index, one) in service.capacity_providers.iter().enumerate() {
        if !spec.capacity_providers.contains(&one.provider) {
            problems.push(Problem::new(
                "unknown-capacity-provider",
                format!("{name}.capacity_providers.{index}.provider"),
                format!("`{}` is not among the capacity providers of the cluster `{cluster}`.", one.provider),
            ));
        }
    }
}

fn typed<S: serde::de::DeserializeOwned>(
    resources: &BTreeMap<String, (Kind, Json)>,
    kind: Kind,
) -> impl Iterator<Item = (&String, S)> {
    resources
        .iter()
        .filter(move |(_, (this, _))| *this == kind)
        .filter_map(|(name, (_, spec))| Some((name, S::deserialize(spec).ok()?)))
}

/// Two listeners on one port, two rules of one priority.
fn two_of_one_identity(resources: &BTreeMap<String, (Kind, Json)>, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<(Kind, Vec<String>), &str> = BTreeMap::new();
    for (name, (kind, spec)) in resources {
        let Identity::Fields(fields) = kind.def().identity else { continue };
        let key = fields.iter().map(|field| spec.get(*field).unwrap_or(&Json::Null).to_string()).collect();
        if let Some(other) = seen.insert((*kind, key), name) {
            problems.push(Problem::new(
                "duplicate",
                format!("{name}.{}", fields[fields.len() - 1]),
                format!(
                    "`{name}` and `{other}` are one and the same {} to AWS: they agree in {}.",
                    kind.def().label,
                    fields.join(" and ")
                ),
            ));
        }
    }
}

/// A service's container and port stand in its task definition, and its target group is used by a listener or rule,
/// as far as these are resources of the same stack.
fn attachments(
    name: &str,
    service: &EcsService,
    resources: &BTreeMap<String, (Kind, Json)>,
    problems: &mut Vec<Problem>,
) {
    let task = owner(&service.task_definition, resources, Kind::TaskDefinition)
        .and_then(|task| typed::<TaskDefinition>(resources, Kind::TaskDefinition).find(|(this, _)| *this == task));
    for (index, attachment) in service.load_balancers.iter().enumerate() {
        let path = format!("{name}.load_balancers.{index}");
        if let Some((task, definition)) = &task {
            match definition.containers.iter().find(|one| one.name == attachment.container) {
                None => problems.push(Problem::new(
                    "unknown-container",
                    format!("{path}.container"),
                    format!("There is no container `{}` in the task definition `{task}`.", attachment.container),
                )),
                Some(container) if !container.ports.contains(&attachment.port) => problems.push(Problem::new(
                    "unknown-port",
                    format!("{path}.port"),
                    format!(
                        "The container `{}` does not list port {} among its ports.",
                        container.name, attachment.port
                    ),
                )),
                Some(_) => {}
            }
        }
        if owner(&attachment.target_group, resources, Kind::TargetGroup).is_some() {
            let by_listener = typed::<Listener>(resources, Kind::Listener).any(
                |(_, one)| matches!(&one.default_action, DefaultAction::Forward { target_group } if *target_group == attachment.target_group),
            );
            let by_rule = typed::<ListenerRule>(resources, Kind::ListenerRule)
                .any(|(_, one)| one.target_group == attachment.target_group);
            if !by_listener && !by_rule {
                problems.push(Problem::new(
                    "no-load-balancer",
                    format!("{path}.target_group"),
                    "No listener or rule of this stack sends requests to this target group; AWS refuses such a service.",
                ));
            }
        }
    }
}

/// The logical name of the resource of this stack that a previewed reference (`${name.output}`) names.
fn owner<'a>(text: &'a str, resources: &BTreeMap<String, (Kind, Json)>, kind: Kind) -> Option<&'a str> {
    let (name, _) = text.strip_prefix("${")?.strip_suffix('}')?.split_once('.')?;
    resources.get(name).filter(|(this, _)| *this == kind).map(|_| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stack(container: &str, port: u16, with_rule: bool) -> BTreeMap<String, (Kind, Json)> {
        let mut resources = BTreeMap::from([
            (
                "task".to_owned(),
                (
                    Kind::TaskDefinition,
                    json!({"cpu": 256, "memory": 512, "execution_role": "${r.arn}",
                "containers": [{"name": "web", "image": "nginx", "ports": [80]}]}),
                ),
            ),
            ("tg".to_owned(), (Kind::TargetGroup, json!({"vpc_id": "vpc-1", "port": 80}))),
            (
                "service".to_owned(),
                (
                    Kind::EcsService,
                    json!({"cluster": "c", "task_definition": "${task.arn}", "desired_count": 1,
                "subnets": ["subnet-1"], "security_groups": ["sg-1"],
                "load_balancers": [{"target_group": "${tg.arn}", "container": container, "port": port}]}),
                ),
            ),
        ]);
        if with_rule {
            resources.insert(
                "rule".to_owned(),
                (
                    Kind::ListenerRule,
                    json!({"listener": "l", "priority": 1, "hosts": ["a.b"], "target_group": "${tg.arn}"}),
                ),
            );
        }
        resources
    }

    fn codes(resources: &BTreeMap<String, (Kind, Json)>) -> Vec<String> {
        check_together(resources).into_iter().map(|p| format!("{} {}", p.code, p.path)).collect()
    }

    #[test]
    fn a_container_or_port_that_is_not_in_the_task_definition_is_refused() {
        assert!(codes(&stack("web", 80, true)).is_empty());
        assert_eq!(codes(&stack("app", 80, true)), ["unknown-container service.load_balancers.0.container"]);
        assert_eq!(codes(&stack("web", 81, true)), ["unknown-port service.load_balancers.0.port"]);
    }

    #[test]
    fn a_target_group_without_load_balancer_is_refused() {
        assert_eq!(codes(&stack("web", 80, false)), ["no-load-balancer service.load_balancers.0.target_group"]);
    }

    #[test]
    fn a_service_runs_on_what_its_cluster_offers() {
        let with = |cluster: Json| {
            let mut resources = stack("web", 80, true);
            resources.insert("c".to_owned(), (Kind::EcsCluster, cluster));
            let (_, service) = resources.get_mut("service").unwrap();
            service["cluster"] = json!("${c.arn}");
            service["capacity_providers"] = json!([{"provider": "FARGATE"}, {"provider": "FARGATE_SPOT"}]);
            codes(&resources)
        };
        let refused = |index| format!("unknown-capacity-provider service.capacity_providers.{index}.provider");
        assert!(with(json!({"capacity_providers": ["FARGATE", "FARGATE_SPOT"]})).is_empty());
        assert_eq!(with(json!({"capacity_providers": ["FARGATE"]})), [refused(1)]);
        assert_eq!(with(json!({"capacity_providers": []})), [refused(0), refused(1)]);
        // Its own check says what is wrong with the cluster.
        assert!(with(json!({"capacity_providers": 1})).is_empty());
    }

    #[test]
    fn two_listeners_on_one_port_are_refused() {
        let mut resources = stack("web", 80, true);
        for name in ["http", "plain"] {
            resources.insert(name.to_owned(), (Kind::Listener, json!({"load_balancer": "${alb.arn}", "port": 80, "protocol": "HTTP", "default_action": {"redirect_to_https": {}}})));
        }
        assert_eq!(codes(&resources), ["duplicate plain.port"]);
    }
}
