//! An ECS service on Fargate.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    Identity, Kind, KindDef, KindSpec, Strategy, Through, Typical, as_set, ecs_cluster::check_strategy,
    limits::Problems, yes,
};
use crate::Problem;

/// Keeps a number of tasks running and replaces them when their definition changes (rolling deployment).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EcsService {
    /// The cluster's ARN or name.
    pub cluster: String,
    /// The task definition's ARN.
    pub task_definition: String,
    /// How many tasks; under autoscaling only the first number.
    pub desired_count: u32,
    /// Whether autoscaling owns the desired count after creation.
    #[serde(default)]
    pub autoscaled: bool,
    /// Where tasks run.
    #[serde(default = "fargate")]
    pub capacity_providers: Vec<Strategy>,
    /// The tasks' subnets, at most 16.
    pub subnets: Vec<String>,
    /// The tasks' security groups, at most five.
    pub security_groups: Vec<String>,
    /// Whether tasks get a public address (needed to reach registries without NAT or endpoints).
    #[serde(default)]
    pub assign_public_ip: bool,
    /// Target groups that tasks register with, at most five.
    #[serde(default)]
    pub load_balancers: Vec<Attachment>,
    /// How many seconds after its start a task's health checks do not count; only with a load balancer.
    #[serde(default)]
    pub health_check_grace_seconds: u32,
    /// How much of the desired count keeps running during a deployment, in percent.
    #[serde(default = "hundred")]
    pub minimum_healthy_percent: u32,
    /// How much of the desired count may run during a deployment, in percent.
    #[serde(default = "two_hundred")]
    pub maximum_percent: u32,
    /// Whether a deployment that fails again and again is stopped and rolled back.
    #[serde(default = "yes")]
    pub circuit_breaker: bool,
    /// Whether `aws ecs execute-command` may open a shell in a container.
    #[serde(default)]
    pub enable_execute_command: bool,
}

/// A container's port behind a target group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The target group's ARN.
    pub target_group: String,
    /// The container's name.
    pub container: String,
    /// The container's port.
    pub port: u16,
}

fn fargate() -> Vec<Strategy> {
    vec![Strategy { provider: "FARGATE".to_owned(), weight: 1, base: 0 }]
}

fn hundred() -> u32 {
    100
}

fn two_hundred() -> u32 {
    200
}

fn unowned(spec: &Json) -> &'static [&'static str] {
    if spec.get("autoscaled") == Some(&Json::Bool(true)) { &["desired_count"] } else { &[] }
}

impl KindSpec for EcsService {
    const DEF: KindDef = KindDef {
        kind: Kind::EcsService,
        label: "ECS service",
        service: "ecs",
        outputs: &["arn", "name", "cluster_name"],
        identity: Identity::Name { max: 255 },
        replaced_by: &["cluster"],
        sheds_last: &[],
        unowned,
        through: &[Through {
            shared: Kind::TargetGroup,
            by: &[Kind::Listener, Kind::ListenerRule],
            why: "AWS refuses a service whose target group no load balancer uses yet",
        }],
        tagged: true,
        typical_seconds: Typical { create: 120, update: 120, delete: 60 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.required("cluster", &self.cluster, "The cluster");
        problems.required("task_definition", &self.task_definition, "The task definition");
        problems.range("desired_count", self.desired_count, 0, 5000, "tasks");
        check_strategy(&mut problems, "capacity_providers", &self.capacity_providers);
        if self.capacity_providers.is_empty() {
            problems.add("required", "capacity_providers", "Name at least one capacity provider, for example FARGATE.");
        }
        if self.subnets.is_empty() {
            problems.add(
                "required",
                "subnets",
                "Tasks with a network interface of their own (awsvpc) need at least one subnet.",
            );
        }
        problems.at_most("subnets", self.subnets.len(), 16, "subnets");
        for (index, subnet) in self.subnets.iter().enumerate() {
            problems.id(format!("subnets.{index}"), subnet, "subnet-");
        }
        if self.security_groups.is_empty() {
            problems.add(
                "required",
                "security_groups",
                "Without a security group of their own the tasks would get the VPC's default one.",
            );
        }
        problems.at_most("security_groups", self.security_groups.len(), 5, "security groups");
        for (index, group) in self.security_groups.iter().enumerate() {
            problems.id(format!("security_groups.{index}"), group, "sg-");
        }
        problems.at_most("load_balancers", self.load_balancers.len(), 5, "target groups");
        for (index, one) in self.load_balancers.iter().enumerate() {
            let path = format!("load_balancers.{index}");
            problems.arn(format!("{path}.target_group"), &one.target_group);
            problems.required(format!("{path}.container"), &one.container, "The container");
            problems.range(format!("{path}.port"), one.port, 1, 65_535, "");
        }
        if self.load_balancers.is_empty() && self.health_check_grace_seconds > 0 {
            problems.add(
                "not-allowed",
                "health_check_grace_seconds",
                "A grace period counts only for a service behind a load balancer.",
            );
        }
        problems.range("health_check_grace_seconds", self.health_check_grace_seconds, 0, i32::MAX as u32, "seconds");
        problems.range("minimum_healthy_percent", self.minimum_healthy_percent, 0, 100, "percent");
        problems.range("maximum_percent", self.maximum_percent, 100, 200, "percent");
        if self.minimum_healthy_percent == 100 && self.maximum_percent == 100 {
            problems.add(
                "no-room",
                "maximum_percent",
                "With 100 % at least and 100 % at most no task can ever be replaced.",
            );
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        for set in [&mut self.subnets, &mut self.security_groups] {
            as_set(set);
        }
        as_set(&mut self.capacity_providers);
        as_set(&mut self.load_balancers);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(change: Json) -> Vec<String> {
        let mut spec = json!({"cluster": "${cluster.arn}", "task_definition": "${task.arn}", "desired_count": 1,
            "subnets": ["subnet-1"], "security_groups": ["${sg.id}"]});
        spec.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        (Kind::EcsService.def().check)(&spec).into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn no_network_configuration_is_refused() {
        assert!(paths(json!({})).is_empty());
        assert_eq!(paths(json!({"subnets": []})), ["subnets"]);
        assert_eq!(paths(json!({"security_groups": []})), ["security_groups"]);
        assert_eq!(paths(json!({"subnets": (0..17).map(|n| format!("subnet-{n}")).collect::<Vec<_>>()})), ["subnets"]);
    }

    #[test]
    fn unknown_capacity_providers_are_refused() {
        assert_eq!(paths(json!({"capacity_providers": [{"provider": "fargate"}]})), ["capacity_providers.0.provider"]);
        assert_eq!(paths(json!({"capacity_providers": []})), ["capacity_providers"]);
    }

    #[test]
    fn deployments_need_room() {
        assert_eq!(paths(json!({"maximum_percent": 100})), ["maximum_percent"]);
        assert_eq!(paths(json!({"minimum_healthy_percent": 101})), ["minimum_healthy_percent"]);
        assert_eq!(paths(json!({"health_check_grace_seconds": 60})), ["health_check_grace_seconds"]);
    }

    #[test]
    fn autoscaling_owns_the_desired_count() {
        let unowned = Kind::EcsService.def().unowned;
        assert_eq!(unowned(&json!({"autoscaled": true})), ["desired_count"]);
        assert!(unowned(&json!({"autoscaled": false})).is_empty());
    }
}
