//! What only one stack can have: places on a listener, hosts with paths.

use domain::{
    Problem,
    stack::{Reservation, Stack},
    template::schema::Template,
};
use storage::Transaction;

use crate::Result;

/// The other stack that has what is wanted.
pub(super) async fn owner_of(tx: &mut dyn Transaction, wanted: &Reservation) -> Result<Option<Stack>> {
    match tx.find_reservation(&wanted.scope, &wanted.value).await? {
        Some(found) if found.stack != wanted.stack => Ok(tx.lookup_stack(&found.stack).await?),
        _ => Ok(None),
    }
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

/// The problem with a host and path that a rule has which Gantry did not make.
pub(super) fn taken_outside(template: &Template, wanted: &Reservation, priority: &str) -> Problem {
    let message = format!(
        "{} is taken by a rule outside Gantry, with priority {priority} on the same listener. Choose another host or path.",
        wanted.value
    );
    Problem::new("taken", route_path(template), message)
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
