//! Reads a template and refuses a bad one with line, path and sentence.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{
    Inputs,
    expression::Evaluator,
    inputs,
    render::{Renderer, Surroundings},
    schema::{Input, InputType, Template},
    yaml::{Document, Located},
};
use crate::{
    Problem,
    environment::{Environment, SharedLoadBalancer},
    kinds::Kind,
    plan::build,
};

/// What an expression may read of an environment.
const ENVIRONMENT_FIELDS: &[&str] = &[
    "name",
    "region",
    "account",
    "vpc_id",
    "public_subnets",
    "private_subnets",
    "assign_public_ip",
    "certificate_arn",
    "shared_load_balancer",
    "permissions_boundary",
];

/// Reads and checks a template; on failure every problem with its line.
pub fn parse(source: &str) -> Result<Template, Vec<Located>> {
    let document = Document::parse(source).map_err(|located| vec![located])?;
    let locate = |problems: Vec<Problem>| -> Vec<Located> {
        problems.into_iter().map(|problem| Located { line: document.line(&problem.path), problem }).collect()
    };
    let unknown = unknown_keys(&document.json);
    if !unknown.is_empty() {
        return Err(locate(unknown));
    }
    let template: Template = document.read().map_err(|problem| locate(vec![problem]))?;
    let mut problems = names(&template);
    problems.extend(inputs_problems(&template));
    problems.extend(expressions(&template));
    if problems.is_empty() {
        problems.extend(trial(&template, &samples(&template), true));
    }
    if problems.is_empty() {
        problems.extend(every_way(&template));
    }
    if problems.is_empty() { Ok(template) } else { Err(locate(problems)) }
}

/// serde cannot refuse unknown keys beside a flattened enumeration, so the keys of inputs are checked here.
fn unknown_keys(json: &Json) -> Vec<Problem> {
    let mut problems = vec![];
    let inputs = json.get("inputs").and_then(Json::as_array).into_iter().flatten();
    for (index, input) in inputs.enumerate() {
        let Some(map) = input.as_object() else { continue };
        let common = ["name", "title", "help", "section", "type", "default", "optional", "when", "fixed"];
        let entry = map.get("of").and_then(Json::as_object);
        let here = (format!("inputs.{index}"), map, &common[..]);
        for (path, map, common) in
            [here].into_iter().chain(entry.map(|of| (format!("inputs.{index}.of"), of, &["type"][..])))
        {
            let own = keys_of_type(map.get("type").and_then(Json::as_str).unwrap_or_default());
            for key in map.keys().filter(|key| !common.contains(&key.as_str()) && !own.contains(&key.as_str())) {
                problems.push(Problem::new(
                    "unknown-key",
                    format!("{path}.{key}"),
                    format!("An input of this type has no `{key}`."),
                ));
            }
        }
    }
    let resources = json.get("resources").and_then(Json::as_object).into_iter().flatten();
    for (name, resource) in resources {
        if let Some(kind) = resource.get("kind").and_then(Json::as_str)
            && !Kind::ALL.iter().any(|known| known.name() == kind)
        {
            let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            problems.push(Problem::new(
                "unknown-kind",
                format!("resources.{name}.kind"),
                format!("There is no kind `{kind}`; there are {}.", known.join(", ")),
            ));
        }
    }
    problems
}

fn keys_of_type(name: &str) -> &'static [&'static str] {
    match name {
        "text" => &["pattern", "pattern_help", "min_length", "max_length", "placeholder"],
        "number" => &["min", "max", "unit"],
        "choice" => &["options"],
        "cidr" => &["min_prefix", "max_prefix"],
        "duration" => &["min", "max"],
        "variables" | "secrets" => &["max"],
        "reference" => &["of"],
        "list" => &["of", "max"],
        _ => &[],
    }
}

fn is_name(text: &str, separator: char) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == separator)
        && text.len() <= 40
}

fn names(template: &Template) -> Vec<Problem> {
    let mut problems = vec![];
    if !is_name(&template.name, '-') {
        problems.push(Problem::new(
            "bad-name",
            "name",
            "A template's name has lower-case letters, digits and `-`, 40 at most.",
        ));
    }
    let version: Vec<_> = template.version.split('.').map(str::parse::<u32>).collect();
    if version.len() != 3 || version.iter().any(Result::is_err) {
        problems.push(Problem::new("bad-version", "version", "A version reads `major.minor.patch`."));
    }
    for name in template.resources.keys().filter(|name| !is_name(name, '_')) {
        problems.push(Problem::new(
            "bad-name",
            format!("resources.{name}"),
            "A resource's name has lower-case letters, digits and `_`, 40 at most.",
        ));
    }
    problems
}

fn inputs_problems(template: &Template) -> Vec<Problem> {
    let mut problems = vec![];
    let mut seen = BTreeSet::new();
    let sections: BTreeSet<_> = template.sections.iter().map(|section| section.name.as_str()).collect();
    let evaluator = Evaluator::default();
    for (index, input) in template.inputs.iter().enumerate() {
        let path = format!("inputs.{index}");
        if !is_name(&input.name, '_') {
            problems.push(Problem::new(
                "bad-name",
                format!("{path}.name"),
                "An input's name has lower-case letters, digits and `_`, 40 at most.",
            ));
        }
        if !sections.contains(input.section.as_str()) {
            problems.push(Problem::new(
                "unknown-section",
                format!("{path}.section"),
                format!("There is no section `{}`.", input.section),
            ));
        }
        if let Some(condition) = &input.when {
            match evaluator.names(condition) {
                Ok(names) => {
                    for name in names {
                        let above = name.strip_prefix("inputs.").is_some_and(|n| seen.contains(n));
                        if !above {
                            problems.push(Problem::new(
                                "unknown-input",
                                format!("{path}.when"),
                                format!("A condition reads inputs above it only; `{name}` is none."),
                            ));
                        }
                    }
                }
                Err(bad) => problems.push(Problem::new("bad-expression", format!("{path}.when"), bad.message)),
            }
            if input.is_required() && !input.optional && input.default.is_none() && !asks_when_shown(&input.kind) {
                problems.push(Problem::new(
                    "hidden-required",
                    path.clone(),
                    format!("`{}` can be hidden and has neither a default nor `optional: true`.", input.name),
                ));
            }
        }
        if !seen.insert(input.name.as_str()) {
            problems.push(Problem::new(
                "duplicate-name",
                format!("{path}.name"),
                format!("There is already an input `{}`.", input.name),
            ));
        }
        if let Some(default) = &input.default
            && let Err(wrong) = inputs::check(input, &format!("{path}.default"), default)
        {
            problems.extend(wrong);
        }
        problems.extend(type_problems(&input.kind, &path));
    }
    problems
}

/// What no answer could satisfy, or no form could ask.
fn type_problems(kind: &InputType, path: &str) -> Vec<Problem> {
    let one = |code: &str, at: &str, message: &str| vec![Problem::new(code, format!("{path}.{at}"), message)];
    match kind {
        InputType::Text { pattern: Some(pattern), .. } if regex_lite::Regex::new(pattern).is_err() => {
            one("bad-pattern", "pattern", "This is not a regular expression.")
        }
        InputType::Number { min, max, .. } if min > max => one("bad-range", "max", "The most is less than the least."),
        InputType::Duration { min, max } if *min < 0 || min > max => {
            one("bad-range", "max", "The longest is shorter than the shortest.")
        }
        InputType::Cidr { min_prefix, max_prefix } if min_prefix > max_prefix || *max_prefix > 32 => {
            one("bad-range", "max_prefix", "Prefixes go from `min_prefix` to `max_prefix`, 32 at most.")
        }
        InputType::List { of, .. } => match **of {
            InputType::Boolean | InputType::Variables { .. } | InputType::Secrets { .. } | InputType::List { .. } => {
                one("bad-list", "of.type", "There are no lists of this type.")
            }
            _ => type_problems(of, &format!("{path}.of")),
        },
        _ => vec![],
    }
}

/// A picked reference cannot have a default; it is asked for whenever it is shown, and never when hidden.
fn asks_when_shown(kind: &InputType) -> bool {
    kind.refers_to().is_some()
}

fn expressions(template: &Template) -> Vec<Problem> {
    let evaluator = Evaluator::default();
    let mut problems = vec![];
    let mut check = |path: String,
                     names: Result<Vec<String>, super::expression::BadExpression>,
                     resources: bool,
                     each: bool| match names {
        Err(bad) => problems.push(Problem::new("bad-expression", path, bad.message)),
        Ok(names) => {
            for name in names {
                if let Some(problem) = unknown_name(template, &name, resources, each) {
                    problems.push(Problem { path: path.clone(), ..problem });
                }
            }
        }
    };
    for (name, resource) in &template.resources {
        let base = format!("resources.{name}");
        for (field, source) in [("when", &resource.when), ("for_each", &resource.for_each)] {
            if let Some(source) = source {
                check(format!("{base}.{field}"), evaluator.names(source), false, false);
            }
        }
        walk(&resource.spec, &format!("{base}.spec"), &mut |path, text| {
            check(path, evaluator.names_in_text(text), true, resource.for_each.is_some());
        });
    }
    for (name, output) in &template.outputs {
        if let Some(when) = &output.when {
            check(format!("outputs.{name}.when"), evaluator.names(when), false, false);
        }
        check(format!("outputs.{name}.value"), evaluator.names_in_text(&output.value), true, false);
    }
    for (index, route) in template.routes.iter().enumerate() {
        if let Some(when) = &route.when {
            check(format!("routes.{index}.when"), evaluator.names(when), false, false);
        }
        for (field, text) in [("listener", &route.listener), ("host", &route.host), ("path", &route.path)] {
            check(format!("routes.{index}.{field}"), evaluator.names_in_text(text), false, false);
        }
    }
    problems
}

fn walk(json: &Json, path: &str, visit: &mut dyn FnMut(String, &str)) {
    match json {
        Json::String(text) => visit(path.to_owned(), text),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, &format!("{path}.{index}"), visit))
        }
        Json::Object(map) => map.iter().for_each(|(key, value)| walk(value, &format!("{path}.{key}"), visit)),
        _ => {}
    }
}

fn unknown_name(template: &Template, name: &str, resources: bool, each: bool) -> Option<Problem> {
    let mut parts = name.split('.');
    let (root, first, second) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let problem = |code: &str, message: String| Some(Problem::new(code, "", message));
    match (root, first) {
        ("inputs", Some(input)) if template.input(input).is_some() => None,
        ("inputs", _) => problem("unknown-input", format!("There is no input `{}`.", first.unwrap_or_default())),
        ("env", Some(field)) if ENVIRONMENT_FIELDS.contains(&field) => None,
        ("stack", Some("name" | "team")) => None,
        ("each", Some("key" | "value")) if each => None,
        ("resources", Some(resource)) if resources => match template.resources.get(resource) {
            None => problem("unknown-resource", format!("There is no resource `{resource}`.")),
            Some(target) => {
                let outputs = target.kind.def().outputs;
                match second {
                    Some(output) if outputs.contains(&output) => None,
                    _ => problem(
                        "unknown-output",
                        format!("`{resource}` ({}) has the outputs {}.", target.kind, outputs.join(", ")),
                    ),
                }
            }
        },
        ("resources", _) => {
            problem("unknown-name", "Conditions and counts read inputs and the environment only.".to_owned())
        }
        _ => {
            problem("unknown-name", format!("There is no `{name}`; expressions read inputs, env, stack and resources."))
        }
    }
}

fn samples(template: &Template) -> Inputs {
    template.inputs.iter().map(|input| (input.name.clone(), sample(input))).collect()
}

/// Every answer that decides something is given once, the others being samples, so that both arms of an `if` inside an
/// expression are tried.
fn every_way(template: &Template) -> Vec<Problem> {
    let base = samples(template);
    for input in &template.inputs {
        let mut answers = match &input.kind {
            InputType::Boolean => vec![json!(true), json!(false)],
            InputType::Choice { options } => options.iter().map(|option| json!(option.value)).collect(),
            InputType::Variables { .. } | InputType::Secrets { .. } => vec![json!({})],
            _ => vec![],
        };
        if input.optional {
            answers.push(Json::Null);
        }
        for answer in answers {
            let mut given = base.clone();
            given.insert(input.name.clone(), answer);
            // A sample may break a pattern; then a form would not come so far either.
            let Ok(given) = inputs::validate(template, &given) else { continue };
            let problems = trial(template, &given, false);
            if !problems.is_empty() {
                return problems;
            }
        }
    }
    vec![]
}

/// Renders with these answers, with every resource or those whose condition holds: types, limits and cycles show.
fn trial(template: &Template, inputs: &Inputs, all: bool) -> Vec<Problem> {
    let environment = sample_environment();
    let around = Surroundings { environment: &environment, stack: "sample", team: "team" };
    let rendered = match Renderer::new(template, inputs, &around, all).and_then(|renderer| renderer.render()) {
        Ok(rendered) => rendered,
        Err(problems) => return problems,
    };
    let mut problems = vec![];
    for (logical, resource) in &rendered.desired.resources {
        let name = logical.split(':').next().unwrap_or(logical);
        let mut spec = resource.spec.preview();
        build::sample_allocations(resource.kind, &mut spec);
        for problem in (resource.kind.def().check)(&spec) {
            let path = if problem.path.is_empty() {
                format!("resources.{name}.spec")
            } else {
                format!("resources.{name}.spec.{}", problem.path)
            };
            problems.push(Problem { path, ..problem });
        }
    }
    if let Err(cycle) = build::order(&rendered.desired) {
        let name = cycle.first().map_or("", |name| name.split(':').next().unwrap_or(name));
        problems.push(Problem::new(
            "cycle",
            format!("resources.{name}"),
            format!("These wait for each other for ever: {}.", cycle.join(" → ")),
        ));
    }
    problems
}

/// An answer that fits the type: the default, where there is one that says something.
pub fn sample(input: &Input) -> Json {
    let named = matches!(input.kind, InputType::Variables { .. } | InputType::Secrets { .. });
    let default = input.default.as_ref().filter(|default| !named && !default.is_null());
    default.map_or_else(|| sample_of(&input.kind, &input.name.to_uppercase()), |given| inputs::canonical(input, given))
}

fn sample_of(kind: &InputType, name: &str) -> Json {
    match kind {
        InputType::Variables { .. } => json!({name: "value"}),
        InputType::Secrets { .. } => json!({name: {"id": "sec-SAMPLE", "version": 1}}),
        InputType::Text { .. } => json!("sample"),
        InputType::Number { min, .. } | InputType::Duration { min, .. } => json!(min),
        InputType::Boolean => json!(true),
        InputType::Choice { options } => options.first().map_or(Json::Null, |option| json!(option.value)),
        InputType::CpuMemory => json!("256/512"),
        InputType::Image => json!("registry.example.com/sample:1"),
        InputType::Port => json!(8080),
        // All ranges may begin here, whatever their size.
        InputType::Cidr { min_prefix, max_prefix } => json!(format!("0.0.0.0/{}", 16.clamp(*min_prefix, *max_prefix))),
        InputType::Reference { of } => json!(of.example()),
        InputType::List { of, .. } => json!([sample_of(of, name)]),
    }
}

/// An environment with everything in it, for checks and previews without one.
pub fn sample_environment() -> Environment {
    Environment {
        id: "env-SAMPLE".parse().expect("a valid id"),
        name: "sample".to_owned(),
        summary: String::new(),
        account: "123456789012".to_owned(),
        region: "eu-central-1".to_owned(),
        launch_role: None,
        vpc_id: "vpc-0a1b2c3d".to_owned(),
        public_subnets: vec!["subnet-0a1b2c3d".to_owned(), "subnet-1a1b2c3d".to_owned()],
        private_subnets: vec!["subnet-2a1b2c3d".to_owned(), "subnet-3a1b2c3d".to_owned()],
        assign_public_ip: false,
        certificate_arn: Some("arn:aws:acm:eu-central-1:123456789012:certificate/sample".to_owned()),
        shared_load_balancer: Some(SharedLoadBalancer {
            arn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shared/1".to_owned(),
            dns_name: "shared.example.com".to_owned(),
            full_name: "app/shared/1".to_owned(),
            listener_arn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/1/2".to_owned(),
            https: true,
            security_group: "sg-0a1b2c3d".to_owned(),
        }),
        permissions_boundary: Some("arn:aws:iam::123456789012:policy/boundary".to_owned()),
        tags: BTreeMap::new(),
        approvals_needed: 1,
        rules: Default::default(),
        version: 1,
    }
}
