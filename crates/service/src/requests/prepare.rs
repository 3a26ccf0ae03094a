//! From inputs to a sealed plan: renders, allocates, looks at AWS, plans, prices. Writes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    Problem,
    cost::Estimate,
    environment::Environment,
    ids::StackId,
    kinds::Kind,
    people::Team,
    plan::{Act, Desired, Plan, Resource, Wish, build::Site},
    request::Request,
    seal::{SecretRef, seal},
    stack::{Reservation, Stack},
    template::{
        Inputs,
        expression::Evaluator,
        render::{Surroundings, render},
        schema::{InputType, ReferenceTo, Template},
    },
    value::Value,
};
use provisioner::{
    cloud::{Cloud, Inventory},
    holdings::{self, held_by_recorded, priority_scope, route_scope},
    planning::{self, PlanError},
};
use serde_json::Value as Json;
use storage::Transaction;

use super::{
    priorities::{allocate, places},
    reservations::{owner_of, taken, taken_outside},
};
use crate::{Portal, Result, ServiceError, catalogue::Shelved};

/// What a plan stands on, as it was read in one transaction.
pub(super) struct Ground {
    pub(super) template: Arc<Template>,
    /// `web-service@1.0.0`.
    pub(super) revision: String,
    pub(super) revision_hash: String,
    pub(super) environment: Environment,
    pub(super) team: Team,
    pub(super) stack: StackId,
    pub(super) stack_name: String,
    /// The stack as it is, unless it is new.
    pub(super) existing: Option<Stack>,
    pub(super) recorded: Vec<Resource>,
    /// What is reserved for it.
    pub(super) reserved: Vec<Reservation>,
    /// The edition of the request that the plan is for.
    pub(super) edition: u32,
    /// The request that is edited, as it was read.
    pub(super) edits: Option<Request>,
}

/// What came of it.
pub(super) struct Prepared {
    pub(super) desired: Desired,
    pub(super) plan: Plan,
    pub(super) cost: Estimate,
    pub(super) seal: String,
    pub(super) reservations: Vec<Reservation>,
}

impl Ground {
    pub(super) async fn of_stack(tx: &mut dyn Transaction, shelved: Shelved, stack: Stack) -> Result<Self> {
        let missing =
            |what: &str| ServiceError::corrupt(format!("stack {}", stack.id), format!("its {what} is missing"));
        Ok(Self {
            revision: format!("{}@{}", shelved.revision.template, shelved.revision.version),
            revision_hash: shelved.revision.hash,
            template: shelved.template,
            environment: tx.lookup_environment(&stack.environment).await?.ok_or_else(|| missing("environment"))?,
            team: tx.lookup_team(&stack.team).await?.ok_or_else(|| missing("team"))?,
            stack: stack.id.clone(),
            stack_name: stack.name.clone(),
            recorded: tx.list_resources(&stack.id).await?,
            reserved: tx.list_reservations_of(&stack.id).await?,
            existing: Some(stack),
            edition: 1,
            edits: None,
        })
    }
}

impl Portal {
    /// Makes the plan. For [`Wish::Destroy`] the inputs are only part of the seal.
    pub(super) async fn prepare(&self, ground: &Ground, wish: Wish, inputs: &Inputs) -> Result<Prepared> {
        let cloud = self.clouds.connect(&ground.environment).await?;
        let (mut desired, mut reservations) = (Desired::default(), vec![]);
        if wish != Wish::Destroy {
            self.look_up_references(ground, &*cloud, inputs).await?;
            let around =
                Surroundings { environment: &ground.environment, stack: &ground.stack_name, team: &ground.team.name };
            let rendered = render(&ground.template, inputs, &around)
                .map_err(|problems| ServiceError::Invalid(explain(problems, &ground.template, &ground.environment)))?;
            desired = rendered.desired;
            reservations = rendered.routes.iter().map(|route| holdings::route(&ground.stack, route)).collect();
            let mut tx = self.storage.begin_read().await?;
            for wanted in &reservations {
                if let Some(owner) = owner_of(&mut *tx, wanted).await? {
                    let problem = taken(&mut *tx, &ground.template, wanted, &owner).await?;
                    return Err(ServiceError::Invalid(vec![problem]));
                }
            }
            drop(tx);
            let places = self.place_rules(ground, &*cloud, &mut desired, &reservations).await?;
            reservations.extend(places);
        }
        let site = Site {
            installation: &self.installation,
            environment: &ground.environment,
            stack: &ground.stack,
            stack_name: &ground.stack_name,
            team: &ground.team.name,
        };
        let plan =
            planning::plan(&*cloud, &site, wish, &desired, &ground.recorded).await.map_err(|error| match error {
                PlanError::Problems(problems) => {
                    ServiceError::Invalid(explain(problems, &ground.template, &ground.environment))
                }
                other => other.into(),
            })?;
        self.secrets_are_at_hand(ground, inputs, &plan).await?;
        let before = ground.existing.as_ref().map_or(0, |stack| stack.monthly_micros);
        let cost = self.prices.estimate(&plan, &ground.environment.region, before);
        let seal = seal(ground.edition, &ground.revision_hash, inputs, &plan, &cost);
        Ok(Prepared { desired, plan, cost, seal, reservations })
    }

    /// The envelope of a secret is emptied once AWS has the value. What AWS has lost cannot be made again without it.
    async fn secrets_are_at_hand(&self, ground: &Ground, inputs: &Inputs, plan: &Plan) -> Result<()> {
        let of = |spec: &Json| serde_json::from_value::<SecretRef>(spec.get("secret")?.clone()).ok();
        let had: Vec<SecretRef> = ground.recorded.iter().filter_map(|resource| of(&resource.spec)).collect();
        let made = plan.steps.iter().filter(|step| matches!(step.act, Act::Create | Act::Replace));
        let written: Vec<SecretRef> = made.filter_map(|step| of(&step.after.as_ref()?.preview())).collect();
        let mut again = super::draft::references(&ground.template, inputs);
        again.retain(|(_, secret)| had.contains(secret) && written.contains(secret));
        if again.is_empty() {
            return Ok(());
        }
        let (mut tx, mut problems) = (self.storage.begin_read().await?, vec![]);
        for (path, secret) in again {
            if tx.lookup_secret(&secret.id, secret.version).await?.is_none() {
                let message = "AWS no longer has this value, and Gantry keeps none. Type it again.";
                problems.push(Problem::new("secret-gone", path, message));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(problems)) }
    }

    /// What an input refers to must be among what the account has, unless the stack has it already: an ARN that is typed
    /// may be of anything, anywhere.
    async fn look_up_references(&self, ground: &Ground, cloud: &dyn Cloud, inputs: &Inputs) -> Result<()> {
        let before = ground.existing.as_ref().map(|stack| &stack.inputs);
        let mut problems = vec![];
        for input in &ground.template.inputs {
            let Some(of) = input.kind.refers_to() else { continue };
            let had = before.map_or_else(Vec::new, |before| references(before.get(&input.name)));
            let mut new = references(inputs.get(&input.name));
            new.retain(|value| !had.contains(value));
            for value in missing(cloud, of, &ground.environment, new).await? {
                let message = format!(
                    "There is no {} `{value}` in the account and region of {}. Choose from the list.",
                    of.noun(),
                    ground.environment.name
                );
                problems.push(Problem::new("no-such-reference", format!("inputs.{}", input.name), message));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(problems)) }
    }

    /// Gives every listener rule its priority and returns what has to be reserved. A route that a rule outside Gantry has
    /// already is refused.
    async fn place_rules(
        &self,
        ground: &Ground,
        cloud: &dyn Cloud,
        desired: &mut Desired,
        routes: &[Reservation],
    ) -> Result<Vec<Reservation>> {
        let mut taken: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let mut reservations = vec![];
        for (name, rule) in desired.resources.iter_mut().filter(|(_, one)| one.kind == Kind::ListenerRule) {
            let listener = rule.spec.get("listener").map(Value::preview);
            let listener = listener.as_ref().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            // A listener that the stack makes for itself is nobody else's.
            let shared = listener.starts_with("arn:") && !domain::kinds::unresolved(&listener);
            let scope = priority_scope(&listener);
            if shared && !taken.contains_key(&listener) {
                taken.insert(listener.clone(), self.taken(ground, cloud, &listener, &scope, routes).await?);
            }
            let taken = taken.entry(listener).or_default();
            let Value::Map(spec) = &mut rule.spec else { continue };
            let (held, siblings): (Vec<_>, Vec<_>) =
                ground.reserved.iter().filter(|one| one.scope == scope).partition(|one| one.resource == *name);
            let held = held.first().and_then(|one| one.value.parse().ok());
            let siblings: BTreeSet<u32> = siblings.iter().filter_map(|one| one.value.parse().ok()).collect();
            let stated = spec.get("priority").and_then(|value| value.preview().as_u64());
            let priority = match stated.and_then(|stated| u32::try_from(stated).ok()) {
                Some(stated) => stated,
                None => {
                    let fit = places(&texts(spec, "hosts"), &texts(spec, "paths"));
                    allocate(held, fit, &taken.union(&siblings).copied().collect()).ok_or_else(|| {
                        let message = "Every place for such a host and path is taken; it needs another load balancer.";
                        ServiceError::invalid("no-priority", "", message)
                    })?
                }
            };
            taken.insert(priority);
            spec.insert("priority".to_owned(), Value::Literal(priority.into()));
            if shared {
                reservations.push(Reservation {
                    scope,
                    value: priority.to_string(),
                    stack: ground.stack.clone(),
                    resource: name.clone(),
                });
            }
        }
        Ok(reservations)
    }

    /// The priorities that others have on a listener: by reservation, or because AWS says so.
    async fn taken(
        &self,
        ground: &Ground,
        cloud: &dyn Cloud,
        listener: &str,
        scope: &str,
        routes: &[Reservation],
    ) -> Result<BTreeSet<u32>> {
        let present = cloud.inventory(Inventory::ListenerRules, Some(listener)).await?;
        let reserved = self.storage.begin_read().await?.list_reservations(scope).await?;
        let own: BTreeSet<String> = held_by_recorded(&ground.stack, &ground.recorded)
            .into_iter()
            .filter(|held| held.scope == scope)
            .map(|held| held.value)
            .collect();
        // Rules of other stacks were compared with the reservations already; what is left is nobody's here.
        let foreign = present.iter().filter(|rule| !own.contains(&rule.value));
        for rule in foreign {
            let scope = route_scope(listener);
            if let Some(route) = routes.iter().find(|route| route.scope == scope && route.value == rule.label) {
                return Err(ServiceError::Invalid(vec![taken_outside(&ground.template, route, &rule.value)]));
            }
        }
        let others = reserved.into_iter().filter(|one| one.stack != ground.stack).map(|one| one.value);
        let in_aws = present.into_iter().map(|item| item.value).filter(|value| !own.contains(value));
        Ok(others.chain(in_aws).filter_map(|value| value.parse().ok()).collect())
    }
}

/// Where one picks what an input refers to, and of which parent.
pub(super) fn inventory_of(what: ReferenceTo, environment: &Environment) -> (Inventory, Option<&str>) {
    let in_vpc = Some(environment.vpc_id.as_str());
    match what {
        ReferenceTo::Cluster => (Inventory::Clusters, None),
        ReferenceTo::Vpc => (Inventory::Vpcs, None),
        ReferenceTo::Subnet => (Inventory::Subnets, in_vpc),
        ReferenceTo::LoadBalancer => (Inventory::LoadBalancers, in_vpc),
        ReferenceTo::Listener => (Inventory::SharedListeners, in_vpc),
        ReferenceTo::Certificate => (Inventory::Certificates, None),
        ReferenceTo::HostedZone => (Inventory::HostedZones, None),
        ReferenceTo::Role => (Inventory::Roles, None),
        ReferenceTo::Parameter => (Inventory::Parameters, None),
    }
}

/// Which of these are not in the account. Where there may be too many to list, each is looked up.
async fn missing<'a>(
    cloud: &dyn Cloud,
    of: ReferenceTo,
    environment: &Environment,
    mut values: Vec<&'a str>,
) -> Result<Vec<&'a str>> {
    if values.is_empty() {
        return Ok(values);
    }
    let mut present = vec![];
    match of {
        ReferenceTo::Role | ReferenceTo::Parameter => {
            let what = if of == ReferenceTo::Role { Inventory::Role } else { Inventory::Parameter };
            for value in &values {
                present.extend(cloud.inventory(what, Some(value)).await?);
            }
        }
        _ => {
            let (what, parent) = inventory_of(of, environment);
            present = cloud.inventory(what, parent).await?;
        }
    }
    values.retain(|value| present.iter().all(|item| item.value != *value));
    Ok(values)
}

/// What was picked, one or several.
fn references(value: Option<&Json>) -> Vec<&str> {
    let several = value.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    value.into_iter().chain(several).filter_map(Json::as_str).filter(|value| !value.is_empty()).collect()
}

/// What a list of a spec says so far.
fn texts(spec: &BTreeMap<String, Value>, field: &str) -> Vec<String> {
    let list = spec.get(field).map(Value::preview).unwrap_or_default();
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str()).map(str::to_owned).collect()
}

/// Says what an environment lacks instead of what an expression could not read.
fn explain(problems: Vec<Problem>, template: &Template, environment: &Environment) -> Vec<Problem> {
    let routes = template.routes.iter().any(|route| route.listener.contains("env.shared_load_balancer"));
    let about = problems.iter().any(|problem| problem.path.starts_with("routes."));
    if environment.shared_load_balancer.is_none() && routes && about {
        let message = format!("The environment {} has no shared load balancer.", environment.name);
        return vec![Problem::new("no-shared-load-balancer", "environment", message)];
    }
    problems
        .into_iter()
        .map(|problem| {
            no_certificate(&problem, template, environment).unwrap_or_else(|| at_its_input(problem, template))
        })
        .collect()
}

/// A field of a resource that a person has filled through one input is mended at that input.
fn at_its_input(problem: Problem, template: &Template) -> Problem {
    match input_behind(&problem.path, template) {
        Some(input) => Problem { path: format!("inputs.{input}"), ..problem },
        None => problem,
    }
}

/// The one input that the text of this field reads.
fn input_behind(path: &str, template: &Template) -> Option<String> {
    let mut names = path.strip_prefix("resources.")?.split('.');
    let mut field = &template.resources.get(names.next()?)?.spec;
    // As deep as the template writes it out: one expression may give a whole list.
    while !field.is_string() {
        let name = names.next()?;
        field = field.get(name).or_else(|| field.get(name.parse::<usize>().ok()?))?;
    }
    let read = Evaluator::default().names_in_text(field.as_str()?).ok()?;
    let mut inputs: Vec<&str> = read.iter().filter_map(|name| name.strip_prefix("inputs.")).collect();
    inputs.dedup();
    match inputs.as_slice() {
        [input] => template.input(input).map(|input| input.name.clone()),
        _ => None,
    }
}

/// A listener without certificate in an environment without one, said at the input that asked for the listener.
fn no_certificate(problem: &Problem, template: &Template, environment: &Environment) -> Option<Problem> {
    let resource = problem.path.strip_prefix("resources.")?.strip_suffix(".certificate")?;
    if environment.certificate_arn.is_some() {
        return None;
    }
    let when = template.resources.get(resource)?.when.as_deref().unwrap_or_default();
    let asked = template
        .inputs
        .iter()
        .rfind(|input| matches!(input.kind, InputType::Boolean) && when.contains(&format!("inputs.{}", input.name)));
    let path = asked.map_or_else(|| "environment".to_owned(), |input| format!("inputs.{}", input.name));
    let message = format!(
        "The environment {} has no certificate for HTTPS. Go without, or ask the platform team to give it one.",
        environment.name
    );
    Some(Problem::new("no-certificate", path, message))
}
