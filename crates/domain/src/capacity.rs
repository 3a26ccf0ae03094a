//! How much compute a stack may come to run: what a cap on vCPU counts.

use serde_json::Value as Json;

use crate::{
    kinds::Kind,
    plan::{Act, Plan, Resource},
};

/// CPU units (1024 to the vCPU) once the plan is done and every service has scaled out as far as it may.
pub fn of_plan(plan: &Plan) -> u64 {
    let made = plan.steps.iter().filter(|step| step.act != Act::Delete);
    cpu_units(made.filter_map(|step| Some((step.resource.as_str(), step.kind, step.after.as_ref()?.preview()))))
}

/// The same for what is recorded of a stack.
pub fn of_resources(resources: &[Resource]) -> u64 {
    let live = resources.iter().filter(|resource| resource.live);
    cpu_units(live.map(|resource| (resource.logical.as_str(), resource.kind, resource.wanted.preview())))
}

/// Every service times its task definition; a scalable target that refers to the service says how many it may become.
fn cpu_units<'a>(resources: impl Iterator<Item = (&'a str, Kind, Json)>) -> u64 {
    let all: Vec<_> = resources.collect();
    let of_kind = |wanted: Kind| all.iter().filter(move |(_, kind, _)| *kind == wanted);
    of_kind(Kind::EcsService)
        .map(|(name, _, service)| {
            let reference = format!("${{{name}.");
            let targets =
                of_kind(Kind::ScalableTarget).filter(|(_, _, target)| refers(&target["service_name"], &reference));
            let most = targets.filter_map(|(_, _, target)| target["max"].as_u64()).max().unwrap_or(0);
            let tasks = service["desired_count"].as_u64().unwrap_or(0).max(most);
            let definition = of_kind(Kind::TaskDefinition)
                .find(|(name, ..)| refers(&service["task_definition"], &format!("${{{name}.")))
                .and_then(|(_, _, definition)| definition["cpu"].as_u64());
            tasks * definition.unwrap_or(0)
        })
        .sum()
}

fn refers(value: &Json, reference: &str) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(reference))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_counts_at_its_largest() {
        let definition = ("task", Kind::TaskDefinition, json!({"cpu": 512}));
        let service = ("service", Kind::EcsService, json!({"task_definition": "${task.arn}", "desired_count": 2}));
        let target = |max| ("target", Kind::ScalableTarget, json!({"service_name": "${service.name}", "max": max}));
        assert_eq!(cpu_units([definition.clone(), service.clone()].into_iter()), 1024);
        assert_eq!(cpu_units([definition.clone(), service.clone(), target(10)].into_iter()), 5120);
        assert_eq!(cpu_units([service, target(10)].into_iter()), 0, "a definition from elsewhere is not ours to count");
    }
}
