//! What a stack holds of what only one can have, and which stacks it uses. Both follow from its resources.

use std::collections::BTreeSet;

use domain::{
    ids::StackId,
    kinds::Kind,
    plan::{Desired, Resource},
    stack::{Reservation, Stack},
    template::render::Route,
};
use serde_json::Value as Json;
use storage::{StorageError, Transaction};

/// The scope of the priorities of a listener.
pub fn priority_scope(listener: &str) -> String {
    format!("priority:{listener}")
}

/// The scope of the hosts and paths of a listener.
pub fn route_scope(listener: &str) -> String {
    format!("route:{listener}")
}

/// A host with a path on a listener. Hosts know no case.
pub fn route(stack: &StackId, route: &Route) -> Reservation {
    Reservation {
        scope: route_scope(&route.listener),
        value: format!("{}{}", route.host.to_ascii_lowercase(), route.path),
        stack: stack.clone(),
        resource: "route".to_owned(),
    }
}

/// What a listener rule holds: its priority and every pair of host and path.
fn held_by(stack: &StackId, resource: &str, spec: &Json) -> Vec<Reservation> {
    let listener = spec["listener"].as_str().unwrap_or_default();
    let texts = |field: &str| -> Vec<String> {
        let list = spec[field].as_array().into_iter().flatten();
        let texts: Vec<String> = list.filter_map(Json::as_str).map(str::to_owned).collect();
        if texts.is_empty() { vec!["*".to_owned()] } else { texts }
    };
    let (hosts, paths) = (texts("hosts"), texts("paths"));
    let pairs = hosts.iter().flat_map(|host| {
        paths
            .iter()
            .map(|path| route(stack, &Route { listener: listener.to_owned(), host: host.clone(), path: path.clone() }))
    });
    let priority = spec["priority"].as_u64().map(|priority| Reservation {
        scope: priority_scope(listener),
        value: priority.to_string(),
        stack: stack.clone(),
        resource: resource.to_owned(),
    });
    pairs.chain(priority).collect()
}

/// What a stack holds by the rules that it has.
pub fn held_by_recorded(stack: &StackId, recorded: &[Resource]) -> Vec<Reservation> {
    let rules = recorded.iter().filter(|resource| resource.live && resource.kind == Kind::ListenerRule);
    rules.flat_map(|rule| held_by(stack, &rule.logical, &rule.spec)).collect()
}

/// The living stacks whose resources these specs name by ARN, other than `stack` itself.
pub async fn uses(
    tx: &mut dyn Transaction,
    stack: &StackId,
    recorded: &[Resource],
    desired: Option<&Desired>,
) -> Result<Vec<Stack>, StorageError> {
    let mut arns = BTreeSet::new();
    for resource in recorded.iter().filter(|resource| resource.live) {
        collect_arns(&resource.spec, &mut arns);
    }
    for resource in desired.iter().flat_map(|desired| desired.resources.values()) {
        collect_arns(&resource.spec.preview(), &mut arns);
    }
    let mut used: Vec<Stack> = vec![];
    for arn in arns {
        if let Some(found) = tx.find_stack_by_output(&arn).await?
            && found.id != *stack
            && used.iter().all(|known| known.id != found.id)
        {
            used.push(found);
        }
    }
    Ok(used)
}

fn collect_arns(json: &Json, arns: &mut BTreeSet<String>) {
    match json {
        Json::String(text) if text.starts_with("arn:") && !text.contains("${") => {
            arns.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| collect_arns(item, arns)),
        Json::Object(map) => map.values().for_each(|value| collect_arns(value, arns)),
        _ => {}
    }
}

/// Lets go of all that a stack has reserved, and all that it is said to use, beyond what its resources hold.
pub async fn keep_what_is_held(tx: &mut dyn Transaction, stack: &StackId) -> Result<(), StorageError> {
    let recorded = tx.list_resources(stack).await?;
    tx.release_reservations(stack, &held_by_recorded(stack, &recorded)).await?;
    let used: Vec<StackId> = uses(tx, stack, &recorded, None).await?.into_iter().map(|stack| stack.id).collect();
    tx.set_uses(stack, &used).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_holds_its_priority_and_every_pair() {
        let stack: StackId = "stk-1".parse().unwrap();
        let spec =
            json!({"listener": "arn:l", "priority": 104, "hosts": ["Shop.example.com", "b.example.com"], "paths": []});
        let held: Vec<String> =
            held_by(&stack, "rule", &spec).into_iter().map(|one| format!("{} {}", one.scope, one.value)).collect();
        assert_eq!(held, ["route:arn:l shop.example.com*", "route:arn:l b.example.com*", "priority:arn:l 104"]);
    }
}
