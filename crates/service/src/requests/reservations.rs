//! What only one stack can have: places on a listener, hosts with paths. And which stacks a stack uses.

use std::collections::BTreeSet;

use domain::{
    Problem,
    ids::StackId,
    kinds::Kind,
    plan::{Act, Desired, Resource},
    stack::{Reservation, Stack},
    template::{render::Route, schema::Template},
};
use serde_json::Value as Json;
use storage::Transaction;

use crate::Result;

pub(super) fn priority_scope(listener: &str) -> String {
    format!("priority:{listener}")
}

/// Hosts know no case.
pub(super) fn route(stack: &StackId, route: &Route) -> Reservation {
    Reservation {
        scope: format!("route:{}", route.listener),
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
pub(super) fn held_by_recorded(stack: &StackId, recorded: &[Resource]) -> Vec<Reservation> {
    let rules = recorded.iter().filter(|resource| resource.live && resource.kind == Kind::ListenerRule);
    rules.flat_map(|rule| held_by(stack, &rule.logical, &rule.spec)).collect()
}

/// The stack that really has what is reserved, if it is another one. A reservation outlives the change that gave it up;
/// then it is let go here.
pub(super) async fn owner_of(tx: &mut dyn Transaction, wanted: &Reservation) -> Result<Option<(Stack, bool)>> {
    let found = tx.find_reservation(&wanted.scope, &wanted.value).await?.filter(|found| found.stack != wanted.stack);
    let Some(found) = found else { return Ok(None) };
    let Some(owner) = tx.lookup_stack(&found.stack).await? else { return Ok(None) };
    let mut held = held_by_recorded(&owner.id, &tx.list_resources(&owner.id).await?);
    if let Some(open) = super::open_request(tx, &owner).await? {
        let rules = open.plan.steps.iter().filter(|step| step.kind == Kind::ListenerRule && step.act != Act::Delete);
        held.extend(
            rules
                .filter_map(|step| Some(held_by(&owner.id, &step.resource, &step.after.as_ref()?.preview())))
                .flatten(),
        );
    }
    let still = held.iter().any(|one| one.scope == found.scope && one.value == found.value);
    Ok(Some((owner, still)))
}

/// Lets one reservation of a stack go.
pub(super) async fn let_go(tx: &mut dyn Transaction, owner: &StackId, gone: &Reservation) -> Result<()> {
    let mut keep = tx.list_reservations_of(owner).await?;
    keep.retain(|one| one.scope != gone.scope || one.value != gone.value);
    Ok(tx.release_reservations(owner, &keep).await?)
}

/// The problem with a host and path that another stack has.
pub(super) async fn taken(
    tx: &mut dyn Transaction,
    template: &Template,
    wanted: &Reservation,
    owner: &Stack,
) -> Result<Problem> {
    let team = tx.lookup_team(&owner.team).await?.map_or_else(|| owner.team.to_string(), |team| team.title);
    let message = format!(
        "{} is taken by the stack {} of the team {}. Choose another host or path, or ask them.",
        wanted.value, owner.name, team
    );
    Ok(Problem::new("taken", route_path(template), message))
}

/// The input that a route is made from.
fn route_path(template: &Template) -> String {
    let texts = template.routes.iter().flat_map(|route| [&route.host, &route.path]);
    let name = texts.filter_map(|text| text.split("inputs.").nth(1)).find_map(|rest| {
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        template.input(&name).is_some().then_some(name)
    });
    name.map_or_else(|| "routes".to_owned(), |name| format!("inputs.{name}"))
}

/// The living stacks whose resources these specs name by ARN, other than `stack` itself.
pub(crate) async fn uses(
    tx: &mut dyn Transaction,
    stack: &StackId,
    recorded: &[Resource],
    desired: Option<&Desired>,
) -> Result<Vec<Stack>> {
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
