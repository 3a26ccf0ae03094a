//! A task definition revision for Fargate (network mode awsvpc).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, as_set, limits::Problems, yes};
use crate::Problem;

/// One immutable revision: any change makes a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskDefinition {
    /// CPU units, 1024 to the vCPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// The ARN of the role with which ECS pulls images, reads secrets and writes logs.
    pub execution_role: String,
    /// The ARN of the role that the containers' own code uses.
    #[serde(default)]
    pub task_role: Option<String>,
    /// Its containers, at most ten.
    pub containers: Vec<Container>,
}

/// One container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// Its name within the task.
    pub name: String,
    /// Registry, repository and tag or digest.
    pub image: String,
    /// Whether the task ends when it ends.
    #[serde(default = "yes")]
    pub essential: bool,
    /// TCP ports it listens on.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Environment variables in clear text.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Environment variables whose values ECS reads when the task starts: name to the ARN of an SSM parameter.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Where its output goes.
    #[serde(default)]
    pub log: Option<LogTarget>,
    /// What it waits for.
    #[serde(default)]
    pub depends_on: Vec<ContainerDependency>,
    /// Instead of the image's own command.
    #[serde(default)]
    pub command: Option<Vec<String>>,
}

/// A CloudWatch log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogTarget {
    /// The log group's name.
    pub group: String,
    /// Its region.
    pub region: String,
    /// The streams are named `<prefix>/<container>/<task>`.
    pub stream_prefix: String,
}

/// A container that must come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerDependency {
    /// Its name.
    pub container: String,
    /// How far it must be.
    pub condition: DependencyCondition,
}

/// How far a container must be before another starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum DependencyCondition {
    Start,
    Complete,
    Success,
}

/// The memory sizes in MiB that Fargate offers with these CPU units; none where it does not know the CPU size
/// ("Task CPU and memory" in the ECS developer guide).
pub fn fargate_memory_mib(cpu: u32) -> Vec<u32> {
    let gib = |from: u32, to: u32, step: usize| (from..=to).step_by(step).map(|gib| gib * 1024).collect();
    match cpu {
        256 => vec![512, 1024, 2048],
        512 => gib(1, 4, 1),
        1024 => gib(2, 8, 1),
        2048 => gib(4, 16, 1),
        4096 => gib(8, 30, 1),
        8192 => gib(16, 60, 4),
        16_384 => gib(32, 120, 8),
        _ => vec![],
    }
}

impl TaskDefinition {
    fn check_dependencies(&self, problems: &mut Problems) {
        let find = |name: &str| self.containers.iter().find(|one| one.name == name);
        for (index, container) in self.containers.iter().enumerate() {
            for (at, needed) in container.depends_on.iter().enumerate() {
                let path = format!("containers.{index}.depends_on.{at}");
                match find(&needed.container) {
                    None => problems.add("unknown-container", path, format!("There is no container `{}` in this task definition.", needed.container)),
                    Some(other) if needed.condition != DependencyCondition::Start && other.essential => problems.add(
                        "essential-dependency",
                        path,
                        format!("`{}` is essential: the task would end with it. Only a container that is not essential can be waited for until it has ended.", other.name),
                    ),
                    Some(_) => {}
                }
            }
            // Follows the needs of this container; coming back to it is a cycle.
            let mut open: Vec<&str> = container.depends_on.iter().map(|one| one.container.as_str()).collect();
            let mut seen: Vec<&str> = vec![];
            while let Some(name) = open.pop() {
                if name == container.name {
                    problems.add(
                        "cycle",
                        format!("containers.{index}.depends_on"),
                        format!("`{name}` waits for itself."),
                    );
                    break;
                }
                if !seen.contains(&name) {
                    seen.push(name);
                    open.extend(
                        find(name)
                            .into_iter()
                            .flat_map(|one| one.depends_on.iter().map(|needed| needed.container.as_str())),
                    );
                }
            }
        }
    }
}

impl KindSpec for TaskDefinition {
    const DEF: KindDef = KindDef {
        kind: Kind::TaskDefinition,
        label: "task definition",
        service: "ecs",
        outputs: &["arn", "family", "revision"],
        identity: Identity::Name { max: 255 },
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
        let sizes = fargate_memory_mib(self.cpu);
        if sizes.is_empty() {
            problems.add(
                "fargate-size",
                "cpu",
                format!(
                    "Fargate has no size of {} CPU units; it has 256, 512, 1024, 2048, 4096, 8192 and 16384.",
                    self.cpu
                ),
            );
        } else if !sizes.contains(&self.memory) {
            let listed: Vec<_> = sizes.iter().map(u32::to_string).collect();
            problems.add(
                "fargate-size",
                "memory",
                format!("With {} CPU units Fargate has {} MiB, not {}.", self.cpu, listed.join(", "), self.memory),
            );
        }
        // Fargate asks for it as soon as there are secrets, awslogs or a private registry; Gantry asks for it always.
        problems.required(
            "execution_role",
            &self.execution_role,
            "The execution role, with which ECS pulls images and reads secrets,",
        );
        if !self.execution_role.is_empty() {
            problems.arn("execution_role", &self.execution_role);
        }
        if let Some(arn) = &self.task_role {
            problems.arn("task_role", arn);
        }
        if self.containers.is_empty() {
            problems.add("required", "containers", "A task definition needs a container.");
        } else if !self.containers.iter().any(|one| one.essential) {
            problems.add("required", "containers", "At least one container must be essential.");
        }
        problems.at_most("containers", self.containers.len(), 10, "containers");
        let mut ports: BTreeMap<u16, &str> = BTreeMap::new();
        for (index, container) in self.containers.iter().enumerate() {
            let path = format!("containers.{index}");
            let name = &container.name;
            if name.is_empty()
                || name.len() > 255
                || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
            {
                problems.add(
                    "bad-name",
                    format!("{path}.name"),
                    format!("`{name}` is not a container name: 1 to 255 letters, digits, `_` and `-`."),
                );
            }
            if self.containers[..index].iter().any(|earlier| earlier.name == *name) {
                problems.add("duplicate", format!("{path}.name"), format!("Two containers are called `{name}`."));
            }
            problems.required(format!("{path}.image"), &container.image, "The image");
            if container.image.contains(char::is_whitespace) || container.image.len() > 255 {
                problems.add(
                    "bad-image",
                    format!("{path}.image"),
                    format!("`{}` is not an image: at most 255 characters without spaces.", container.image),
                );
            }
            for port in &container.ports {
                problems.range(format!("{path}.ports"), *port, 1, 65_535, "");
                if let Some(other) = ports.insert(*port, name) {
                    problems.add(
                        "duplicate",
                        format!("{path}.ports"),
                        format!(
                            "Port {port} is taken by `{other}`; the containers of a task share one network interface."
                        ),
                    );
                }
            }
            for (variable, arn) in &container.secrets {
                let path = format!("{path}.secrets.{variable}");
                if container.environment.contains_key(variable) {
                    problems.add(
                        "duplicate",
                        &path,
                        format!("`{variable}` is also among the plain environment variables."),
                    );
                }
                problems.arn(path, arn);
            }
            for variable in container.environment.keys().chain(container.secrets.keys()) {
                if variable.is_empty() || variable.contains('=') {
                    problems.add(
                        "bad-name",
                        format!("{path}.environment.{variable}"),
                        "The name of an environment variable is not empty and has no `=`.",
                    );
                }
            }
        }
        self.check_dependencies(&mut problems);
        let size = serde_json::to_string(self).map_or(0, |text| text.len());
        if size > 64 * 1024 {
            problems.add("too-long", "containers", format!("A task definition has at most 64 KiB; this one has {size} bytes. Move large variables to parameters."));
        }
        problems.done()
    }

    fn normalised(mut self) -> Self {
        for container in &mut self.containers {
            as_set(&mut container.ports);
            as_set(&mut container.depends_on);
            container.command = container.command.take().filter(|command| !command.is_empty());
        }
        self.task_role = self.task_role.filter(|arn| !arn.is_empty());
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn codes(cpu: u32, memory: u32, containers: Json) -> Vec<String> {
        let spec = json!({"cpu": cpu, "memory": memory, "execution_role": "${role.arn}", "containers": containers});
        (Kind::TaskDefinition.def().check)(&spec).into_iter().map(|p| format!("{} {}", p.code, p.path)).collect()
    }

    #[test]
    fn only_pairs_that_fargate_has() {
        let one = json!([{"name": "web", "image": "nginx"}]);
        assert!(codes(256, 512, one.clone()).is_empty());
        assert!(codes(16_384, 122_880, one.clone()).is_empty());
        assert_eq!(codes(256, 4096, one.clone()), ["fargate-size memory"]);
        assert_eq!(codes(300, 512, one), ["fargate-size cpu"]);
    }

    #[test]
    fn no_execution_role_is_refused() {
        let spec = json!({"cpu": 256, "memory": 512, "execution_role": "", "containers": [{"name": "web", "image": "nginx", "secrets": {"A": "arn:aws:ssm:r:1:parameter/x"}}]});
        assert_eq!((Kind::TaskDefinition.def().check)(&spec)[0].path, "execution_role");
    }

    #[test]
    fn duplicate_names_ports_and_variables_are_refused() {
        let two = json!([{"name": "web", "image": "a", "ports": [80]}, {"name": "web", "image": "b", "ports": [80]}]);
        assert_eq!(codes(256, 512, two), ["duplicate containers.1.name", "duplicate containers.1.ports"]);
        let twice = json!([{"name": "web", "image": "a", "environment": {"A": "1"}, "secrets": {"A": "${p.arn}"}}]);
        assert_eq!(codes(256, 512, twice), ["duplicate containers.0.secrets.A"]);
    }

    #[test]
    fn dependencies_must_exist_and_make_sense() {
        let on = |container: &str, condition: &str| json!([{"container": container, "condition": condition}]);
        assert_eq!(
            codes(256, 512, json!([{"name": "web", "image": "a", "depends_on": on("init", "START")}])),
            ["unknown-container containers.0.depends_on.0"]
        );
        assert_eq!(
            codes(
                256,
                512,
                json!([{"name": "web", "image": "a", "depends_on": on("init", "SUCCESS")}, {"name": "init", "image": "b"}])
            ),
            ["essential-dependency containers.0.depends_on.0"]
        );
        assert_eq!(
            codes(
                256,
                512,
                json!([{"name": "a", "image": "a", "depends_on": on("b", "START")}, {"name": "b", "image": "b", "depends_on": on("a", "START")}])
            ),
            ["cycle containers.0.depends_on", "cycle containers.1.depends_on"]
        );
    }

    #[test]
    fn no_or_too_many_containers_are_refused() {
        assert_eq!(codes(256, 512, json!([])), ["required containers"]);
        assert_eq!(
            codes(256, 512, json!([{"name": "web", "image": "a", "essential": false}])),
            ["required containers"]
        );
        let many: Vec<_> = (0..11).map(|n| json!({"name": format!("c{n}"), "image": "a"})).collect();
        assert_eq!(codes(256, 512, json!(many)), ["too-many containers"]);
    }
}
