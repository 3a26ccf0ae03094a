//! Template and inputs become desired resources.

use std::collections::BTreeMap;

use minijinja::{Value as Jinja, context};
use serde_json::{Map, Value as Json, json};

use super::{
    Inputs,
    expression::{Evaluator, marker},
    schema::{ResourceTemplate, Template},
};
use crate::{
    Problem,
    environment::Environment,
    plan::{Desired, DesiredResource},
    value::Value,
};

/// What a rendering sees beside the inputs.
#[derive(Clone, Debug)]
pub struct Surroundings<'a> {
    /// Where the stack will live.
    pub environment: &'a Environment,
    /// The name of the stack.
    pub stack: &'a str,
    /// The short name of the team.
    pub team: &'a str,
}

/// A host and path on a listener that only one stack can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The listener's ARN.
    pub listener: String,
    /// The host, `*` for any.
    pub host: String,
    /// The path pattern.
    pub path: String,
}

/// What came of a rendering.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The resources.
    pub desired: Desired,
    /// What must be reserved.
    pub routes: Vec<Route>,
}

/// Renders checked inputs.
pub fn render(template: &Template, inputs: &Inputs, around: &Surroundings<'_>) -> Result<Rendered, Vec<Problem>> {
    Renderer::new(template, inputs, around, false)?.render()
}

pub(super) struct Renderer<'a> {
    template: &'a Template,
    evaluator: Evaluator,
    inputs: BTreeMap<&'a str, Json>,
    environment: Json,
    stack: Json,
    /// Logical names of each resource template, after `when` and `for_each`: one without key, or one per key.
    instances: BTreeMap<&'a str, Vec<Instance>>,
    /// Ignore conditions, to check every resource.
    all: bool,
}

struct Instance {
    logical: String,
    each: Option<(String, Json)>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(
        template: &'a Template,
        inputs: &Inputs,
        around: &Surroundings<'_>,
        all: bool,
    ) -> Result<Self, Vec<Problem>> {
        let known = template
            .inputs
            .iter()
            .map(|input| (input.name.as_str(), inputs.get(&input.name).cloned().unwrap_or(Json::Null)))
            .collect();
        let mut renderer = Self {
            template,
            evaluator: Evaluator::default(),
            inputs: known,
            environment: environment_json(around.environment),
            stack: json!({"name": around.stack, "team": around.team}),
            instances: BTreeMap::new(),
            all,
        };
        let mut problems = vec![];
        for (name, resource) in &template.resources {
            match renderer.instances_of(name, resource) {
                Ok(instances) => {
                    renderer.instances.insert(name, instances);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(renderer) } else { Err(problems) }
    }

    fn instances_of(&self, name: &str, resource: &ResourceTemplate) -> Result<Vec<Instance>, Problem> {
        let context = self.plain_context();
        if let Some(condition) = resource.when.as_ref().filter(|_| !self.all) {
            let holds = self
                .evaluator
                .holds(condition, &context)
                .map_err(|bad| Problem::new("bad-expression", format!("resources.{name}.when"), bad.message))?;
            if !holds {
                return Ok(vec![]);
            }
        }
        let Some(for_each) = &resource.for_each else {
            return Ok(vec![Instance { logical: name.to_owned(), each: None }]);
        };
        let path = format!("resources.{name}.for_each");
        match self.evaluator.evaluate(for_each, &context) {
            Ok(Json::Object(map)) => Ok(map
                .into_iter()
                .map(|(key, value)| Instance { logical: format!("{name}:{key}"), each: Some((key, value)) })
                .collect()),
            Ok(Json::Null) => Ok(vec![]),
            Ok(_) => Err(Problem::new("wrong-type", path, "A `for_each` must give a map.")),
            Err(bad) => Err(Problem::new("bad-expression", path, bad.message)),
        }
    }

    fn plain_context(&self) -> Jinja {
        context! { inputs => self.inputs, env => self.environment, stack => self.stack }
    }

    /// `resources.cluster.arn` gives a marker; of a `for_each` resource it gives a map of key to marker.
    fn context(&self, each: Option<&(String, Json)>) -> Jinja {
        let mut resources: BTreeMap<&str, BTreeMap<&str, Json>> = BTreeMap::new();
        for (name, template) in &self.template.resources {
            let outputs = template.kind.def().outputs.iter().map(|output| {
                let value = if template.for_each.is_some() {
                    let instances = self.instances.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
                    Json::Object(
                        instances
                            .iter()
                            .filter_map(|i| Some((i.each.as_ref()?.0.clone(), marker(&i.logical, output).into())))
                            .collect::<Map<_, _>>(),
                    )
                } else {
                    marker(name, output).into()
                };
                (*output, value)
            });
            resources.insert(name, outputs.collect());
        }
        let each = each.map(|(key, value)| json!({"key": key, "value": value}));
        context! { inputs => self.inputs, env => self.environment, stack => self.stack, resources, each }
    }

    pub(super) fn render(&self) -> Result<Rendered, Vec<Problem>> {
        let mut problems = vec![];
        let mut desired = Desired::default();
        for (name, resource) in &self.template.resources {
            for instance in self.instances.get(name.as_str()).into_iter().flatten() {
                let context = self.context(instance.each.as_ref());
                let path = format!("resources.{name}.spec");
                if let Some(spec) = self.value(&resource.spec, &path, &context, &mut problems) {
                    desired.resources.insert(instance.logical.clone(), DesiredResource { kind: resource.kind, spec });
                }
            }
        }
        let context = self.context(None);
        for (name, output) in &self.template.outputs {
            if self.condition(output.when.as_deref(), &format!("outputs.{name}.when"), &context, &mut problems)
                && let Some(value) = self.value(
                    &Json::String(output.value.clone()),
                    &format!("outputs.{name}.value"),
                    &context,
                    &mut problems,
                )
            {
                desired.outputs.insert(name.clone(), value);
            }
        }
        let mut routes = vec![];
        for (index, route) in self.template.routes.iter().enumerate() {
            let path = format!("routes.{index}");
            if self.condition(route.when.as_deref(), &format!("{path}.when"), &context, &mut problems) {
                let mut text = |field: &str, source: &str| {
                    let value = self.value(
                        &Json::String(source.to_owned()),
                        &format!("{path}.{field}"),
                        &context,
                        &mut problems,
                    );
                    value.and_then(|value| value.preview().as_str().map(str::to_owned)).unwrap_or_default()
                };
                routes.push(Route {
                    listener: text("listener", &route.listener),
                    host: text("host", &route.host),
                    path: text("path", &route.path),
                });
            }
        }
        self.check_references(&desired, &mut problems);
        if problems.is_empty() { Ok(Rendered { desired, routes }) } else { Err(problems) }
    }

    fn condition(&self, source: Option<&str>, path: &str, context: &Jinja, problems: &mut Vec<Problem>) -> bool {
        let Some(source) = source.filter(|_| !self.all) else { return true };
        self.evaluator.holds(source, context).unwrap_or_else(|bad| {
            problems.push(Problem::new("bad-expression", path, bad.message));
            false
        })
    }

    fn value(&self, source: &Json, path: &str, context: &Jinja, problems: &mut Vec<Problem>) -> Option<Value> {
        match source {
            Json::String(text) => match self.evaluator.text(text, context) {
                Ok(value) => Some(value),
                Err(bad) => {
                    problems.push(Problem::new("bad-expression", path, bad.message));
                    None
                }
            },
            Json::Array(items) => Some(Value::List(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, item)| self.value(item, &format!("{path}.{index}"), context, problems))
                    .filter(|value| *value != Value::Literal(Json::Null))
                    .collect(),
            )),
            Json::Object(map) => Some(Value::Map(
                map.iter()
                    .filter_map(|(key, value)| {
                        Some((key.clone(), self.value(value, &format!("{path}.{key}"), context, problems)?))
                    })
                    .filter(|(_, value)| *value != Value::Literal(Json::Null))
                    .collect(),
            )),
            scalar => Some(Value::Literal(scalar.clone())),
        }
    }

    /// A reference to something that these inputs leave out would wait for ever.
    fn check_references(&self, desired: &Desired, problems: &mut Vec<Problem>) {
        let specs = desired.resources.iter().map(|(name, resource)| {
            (format!("resources.{}.spec", name.split(':').next().unwrap_or(name)), &resource.spec)
        });
        let outputs = desired.outputs.iter().map(|(name, value)| (format!("outputs.{name}.value"), value));
        for (path, value) in specs.chain(outputs) {
            for reference in value.refs() {
                if !desired.resources.contains_key(&reference.resource) {
                    problems.push(Problem::new(
                        "missing-resource",
                        path.clone(),
                        format!("This refers to `{reference}`, and these inputs leave `{}` out.", reference.resource),
                    ));
                }
            }
        }
    }
}

fn environment_json(environment: &Environment) -> Json {
    json!({
        "name": environment.name,
        "region": environment.region,
        "account": environment.account,
        "vpc_id": environment.vpc_id,
        "public_subnets": environment.public_subnets,
        "private_subnets": environment.private_subnets,
        "assign_public_ip": environment.assign_public_ip,
        "certificate_arn": environment.certificate_arn,
        "shared_load_balancer": environment.shared_load_balancer,
        "permissions_boundary": environment.permissions_boundary,
    })
}
