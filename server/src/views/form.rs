//! The request form: a template's inputs as fields, and what a browser posts as a draft.
//!
//! Fields of the template are named like the paths of problems (`inputs.port`), so an error finds its field. Names and
//! values of a list are posted side by side (`inputs.config.name`, `inputs.config.value`). Secrets that were typed once
//! are kept in an envelope; the session remembers the references, and an empty field means "the one that is there".

use std::collections::BTreeMap;

use app::{
    FieldError, Preview,
    pages::request_form::{ChoiceOption, Control, Field, FormSection, PairRow, RequestFormPage},
    routes,
};
use axum::http::StatusCode;
use domain::{
    Problem,
    cost::dollars,
    environment::Approvers,
    ids::StackId,
    plan::Wish,
    template::{
        Inputs,
        inputs::fargate_pairs,
        schema::{Input, InputType},
    },
};
use provisioner::cloud::Secret;
use serde_json::{Map, Value as Json};
use service::{
    ServiceError,
    requests::{ClearSecrets, Draft, Form, KeptSecrets},
};

use super::plan;
use crate::error::status;

/// What a browser posts, in order.
pub type Posted = Vec<(String, String)>;

/// The first value of a field.
pub fn first<'a>(posted: &'a Posted, name: &str) -> Option<&'a str> {
    posted.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn pairs(posted: &Posted, name: &str) -> Vec<(String, String)> {
    let values = |part: &str| {
        let key = format!("inputs.{name}.{part}");
        posted.iter().filter(move |(own, _)| *own == key).map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let named = values("name").into_iter().zip(values("value"));
    named
        .map(|(name, value)| (name.trim().to_owned(), value))
        .filter(|(name, value)| !name.is_empty() || !value.is_empty())
        .collect()
}

/// A posted form as a draft. A row with a value and no name keeps an empty name, which is then refused at its place.
pub fn draft(form: &Form, stack: Option<StackId>, posted: &Posted, kept: &KeptSecrets) -> Draft {
    let mut inputs = Inputs::new();
    let mut secrets = ClearSecrets::new();
    for input in &form.shelved.template.inputs {
        let path = format!("inputs.{}", input.name);
        if stack.is_some() && input.fixed {
            // Not asked again, and not to be changed.
            if let Some(value) = form.current.get(&input.name) {
                inputs.insert(input.name.clone(), value.clone());
            }
            continue;
        }
        match &input.kind {
            InputType::Variables { .. } => {
                let map: Map<String, Json> =
                    pairs(posted, &input.name).into_iter().map(|(k, v)| (k, v.into())).collect();
                inputs.insert(input.name.clone(), Json::Object(map));
            }
            InputType::Secrets { .. } => {
                let mut references = Map::new();
                let mut clear = BTreeMap::new();
                let known = kept.get(&input.name);
                for (name, value) in pairs(posted, &input.name) {
                    match known.and_then(|known| known.get(&name)) {
                        Some(reference) if value.is_empty() => {
                            references.insert(name, serde_json::json!(reference));
                        }
                        _ => {
                            clear.insert(name, Secret(value));
                        }
                    }
                }
                inputs.insert(input.name.clone(), Json::Object(references));
                secrets.insert(input.name.clone(), clear);
            }
            InputType::Boolean => {
                // A box that is not ticked is not posted.
                inputs.insert(input.name.clone(), Json::Bool(first(posted, &path).is_some()));
            }
            _ => {
                if let Some(text) = first(posted, &path) {
                    inputs.insert(input.name.clone(), Json::String(text.to_owned()));
                }
            }
        }
    }
    Draft {
        template: form.shelved.template.id(),
        stack,
        team: first(posted, "team").and_then(|id| id.parse().ok()),
        environment: first(posted, "environment").and_then(|id| id.parse().ok()),
        stack_name: first(posted, "stack_name").unwrap_or_default().trim().to_owned(),
        inputs,
        secrets,
        reason: first(posted, "reason").unwrap_or_default().to_owned(),
    }
}

/// The draft that an untouched form stands for.
pub fn fresh(form: &Form, team: Option<&str>, query: &Posted) -> Draft {
    let mut inputs: Inputs = form.current.clone();
    for input in &form.shelved.template.inputs {
        if let Some(value) = first(query, &input.name) {
            inputs.insert(input.name.clone(), value.into());
        } else if form.stack.is_none()
            && let Some(default) = &input.default
        {
            inputs.insert(input.name.clone(), default.clone());
        }
    }
    let wanted = team.filter(|team| form.teams.iter().any(|one| one.id.as_str() == *team));
    Draft {
        template: form.shelved.template.id(),
        stack: form.stack.as_ref().map(|card| card.stack.id.clone()),
        team: wanted.and_then(|id| id.parse().ok()).or_else(|| form.teams.first().map(|team| team.id.clone())),
        environment: form.environment.clone(),
        stack_name: first(query, "stack_name").unwrap_or_default().to_owned(),
        inputs,
        secrets: ClearSecrets::new(),
        reason: String::new(),
    }
}

fn text(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// `512/1024` for people: `0.5 vCPU, 1 GB`.
pub fn cpu_memory(pair: &str) -> String {
    let sizes =
        pair.split_once('/').and_then(|(cpu, memory)| Some((cpu.parse::<f64>().ok()?, memory.parse::<f64>().ok()?)));
    match sizes {
        Some((cpu, memory)) => format!("{} vCPU, {} GB", cpu / 1024.0, memory / 1024.0),
        None => pair.to_owned(),
    }
}

fn control(input: &Input, form: &Form, draft: &Draft) -> Control {
    let given = draft.inputs.get(&input.name);
    let option =
        |value: &str, label: String, help: &str| ChoiceOption { value: value.to_owned(), label, help: help.to_owned() };
    match &input.kind {
        InputType::Text { pattern, max_length, placeholder, .. } => Control::Text {
            value: text(given),
            placeholder: placeholder.clone().unwrap_or_default(),
            pattern: pattern.clone(),
            max_length: max_length.and_then(|most| u32::try_from(most).ok()),
            code: true,
        },
        InputType::Image => Control::Text {
            value: text(given),
            placeholder: "registry.example.com/team/service:1.0".to_owned(),
            pattern: None,
            max_length: Some(512),
            code: true,
        },
        InputType::Number { min, max, unit } => {
            Control::Number { value: text(given), min: Some(*min), max: Some(*max), unit: unit.clone() }
        }
        InputType::Port => Control::Number { value: text(given), min: Some(1), max: Some(65535), unit: None },
        InputType::Boolean => Control::Toggle { checked: matches!(text(given).as_str(), "true" | "on") },
        InputType::Choice { options } => Control::Choice {
            value: text(given),
            options: options.iter().map(|one| option(&one.value, one.title.clone(), &one.help)).collect(),
        },
        InputType::CpuMemory => Control::Choice {
            value: text(given),
            options: fargate_pairs()
                .into_iter()
                .map(|(cpu, memory)| {
                    let pair = format!("{cpu}/{memory}");
                    option(&pair, cpu_memory(&pair), "")
                })
                .collect(),
        },
        InputType::Variables { .. } => Control::Pairs {
            rows: rows(given, false),
            secret: false,
            name_label: "Name".to_owned(),
            value_label: "Value".to_owned(),
        },
        InputType::Secrets { .. } => {
            let mut rows = rows(given, true);
            let clear = draft.secrets.get(&input.name).into_iter().flatten();
            rows.extend(clear.map(|(name, _)| PairRow {
                name: name.clone(),
                value: String::new(),
                already_set: false,
            }));
            Control::Pairs { rows, secret: true, name_label: "Name".to_owned(), value_label: "Secret value".to_owned() }
        }
        InputType::Reference { .. } => Control::Choice {
            value: text(given),
            options: form
                .choices
                .get(&input.name)
                .map(|choices| choices.items.iter().map(|item| option(&item.value, item.label.clone(), "")).collect())
                .unwrap_or_default(),
        },
    }
}

fn rows(given: Option<&Json>, secret: bool) -> Vec<PairRow> {
    given
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| PairRow {
            name: name.clone(),
            value: if secret { String::new() } else { text(Some(value)) },
            already_set: secret,
        })
        .collect()
}

/// `inputs.load_balancer == 'own'` in words: the titles of the inputs it reads.
fn only_when(input: &Input, form: &Form) -> Option<String> {
    let condition = input.when.as_ref()?;
    let above =
        form.shelved.template.inputs.iter().filter(|other| condition.contains(&format!("inputs.{}", other.name)));
    let titles: Vec<&str> = above.map(|other| other.title.as_str()).collect();
    Some(format!(" Counts only with the right answer to “{}”.", titles.join("” and “")))
}

fn field(input: &Input, form: &Form, draft: &Draft) -> Field {
    let mut help = input.help.clone();
    if let Some(error) = form.choices.get(&input.name).and_then(|choices| choices.error.clone()) {
        help = format!("{help} {error}");
    }
    Field {
        name: format!("inputs.{}", input.name),
        label: input.title.clone(),
        help,
        required: !input.optional,
        only_when: only_when(input, form),
        control: control(input, form, draft),
    }
}

/// Problems at their fields. A problem with one name of a list belongs to the list.
pub fn errors(problems: &[Problem]) -> Vec<FieldError> {
    problems
        .iter()
        .map(|problem| FieldError {
            path: problem.path.clone(),
            code: problem.code.clone(),
            message: problem.message.clone(),
        })
        .collect()
}

/// The status of a form that comes back as it was typed, and what is told on it: what is wrong with its fields, or that
/// somebody was quicker. Refusals that have a page of their own are handed back.
pub fn told(refused: Option<ServiceError>) -> Result<(StatusCode, Vec<FieldError>), ServiceError> {
    match refused {
        None => Ok((StatusCode::OK, vec![])),
        Some(ServiceError::Invalid(problems)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, errors(&problems))),
        Some(error @ ServiceError::Conflict { .. }) => Ok((status(&error), vec![in_the_way(&error)])),
        Some(error) => Err(error),
    }
}

/// What stands in the way of a form whose fields are right.
pub fn in_the_way(error: &ServiceError) -> FieldError {
    FieldError { path: String::new(), code: error.code().to_owned(), message: error.to_string() }
}

/// What was posted for a choice is none of its options.
pub fn not_an_option(path: &str) -> ServiceError {
    ServiceError::Invalid(vec![Problem::new("not-an-option", path, "Pick one of these.")])
}

/// What the summary beside the form shows.
pub fn preview(form: &Form, preview: &service::requests::Preview, draft: &Draft) -> Preview {
    let team = form.teams.iter().find(|team| Some(&team.id) == draft.team.as_ref()).map(|team| team.title.as_str());
    let who = match team {
        _ if preview.approvers == Approvers::Platform => "the platform team".to_owned(),
        Some(team) => format!("an owner of {team} or the platform team"),
        None => "an owner of the team or the platform team".to_owned(),
    };
    let approvers = match preview.approvals_needed {
        None => vec![],
        Some(1) => vec![format!("One of: {who}")],
        Some(count) => vec![format!("{count} of: {who}")],
    };
    let own = ["team", "environment", "stack_name", "reason"].map(str::to_owned);
    let mut visible: Vec<String> = own.to_vec();
    visible.extend(preview.visible.iter().map(|name| format!("inputs.{name}")));
    let mut errors = errors(&preview.problems);
    if let Some(why) = &preview.unavailable {
        errors.push(FieldError { path: String::new(), code: "unavailable".to_owned(), message: why.clone() });
    }
    Preview {
        errors,
        cost_monthly: preview
            .cost
            .as_ref()
            .filter(|cost| cost.unpriced.is_none())
            .map(|cost| dollars(cost.monthly_micros)),
        cost_lines: preview.cost.as_ref().map(plan::cost_lines).unwrap_or_default(),
        steps: preview.plan.as_ref().map(plan::preview_steps).unwrap_or_default(),
        visible,
        approvers,
    }
}

/// The page. `problems` are shown where there are any; `summary` stands beside the form.
pub fn page(form: &Form, draft: &Draft, problems: &[Problem], summary: Preview) -> RequestFormPage {
    let template = &form.shelved.template;
    let wish = if form.stack.is_some() { Wish::Update } else { Wish::Create };
    let mut sections = vec![];
    let option = |value: &str, label: &str, help: &str| ChoiceOption {
        value: value.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
    };
    let reason = Field {
        name: "reason".to_owned(),
        label: "Reason".to_owned(),
        help: "What it is for, or why it changes. Approvers read this.".to_owned(),
        required: false,
        only_when: None,
        control: Control::Lines { value: draft.reason.clone(), placeholder: String::new() },
    };
    let mut about = vec![];
    if wish == Wish::Create {
        about.push(Field {
            name: "stack_name".to_owned(),
            label: "Name".to_owned(),
            help: "Lower-case letters, digits and -, beginning with a letter. Everything in AWS begins with it."
                .to_owned(),
            required: true,
            only_when: None,
            control: Control::Text {
                value: draft.stack_name.clone(),
                placeholder: "orders".to_owned(),
                pattern: None,
                max_length: Some(31),
                code: true,
            },
        });
        about.push(Field {
            name: "team".to_owned(),
            label: "Team".to_owned(),
            help: "Who owns it and pays for it.".to_owned(),
            required: true,
            only_when: None,
            control: Control::Choice {
                value: draft.team.as_ref().map(ToString::to_string).unwrap_or_default(),
                options: form.teams.iter().map(|team| option(team.id.as_str(), &team.title, "")).collect(),
            },
        });
        about.push(Field {
            name: "environment".to_owned(),
            label: "Environment".to_owned(),
            help: match form.left_out.as_slice() {
                [] => "The account, region and network it will live in.".to_owned(),
                names => format!(
                    "The account, region and network it will live in. {} {} nothing new of this.",
                    names.join(", "),
                    if names.len() == 1 { "takes" } else { "take" }
                ),
            },
            required: true,
            only_when: None,
            control: Control::Choice {
                value: draft.environment.as_ref().map(ToString::to_string).unwrap_or_default(),
                options: form
                    .environments
                    .iter()
                    .map(|one| option(one.id.as_str(), &format!("{} ({})", one.name, one.region), &one.summary))
                    .collect(),
            },
        });
    }
    about.push(reason);
    sections.push(FormSection {
        id: "about".to_owned(),
        title: "About".to_owned(),
        help: String::new(),
        fields: about,
    });
    for section in &template.sections {
        let inputs = template
            .inputs
            .iter()
            .filter(|input| input.section == section.name && !(wish == Wish::Update && input.fixed));
        let fields: Vec<Field> = inputs.map(|input| field(input, form, draft)).collect();
        if !fields.is_empty() {
            sections.push(FormSection {
                id: section.name.clone(),
                title: section.title.clone(),
                help: section.summary.clone(),
                fields,
            });
        }
    }
    let (heading, post_to, preview_to, back_to) = match &form.stack {
        Some(card) => {
            let id = card.stack.id.as_str();
            (
                format!("Change {}", card.stack.name),
                routes::stack_change(id),
                format!("{}/preview", routes::stack_change(id)),
                routes::stack(id),
            )
        }
        None => (
            format!("Request a {}", template.title.to_lowercase()),
            routes::template_request(&template.name),
            routes::template_preview(&template.name),
            routes::template(&template.name),
        ),
    };
    RequestFormPage {
        heading,
        template: template.name.clone(),
        template_title: template.title.clone(),
        revision: template.version.clone(),
        post_to,
        preview_to,
        back_to,
        sections,
        errors: errors(problems),
        preview: summary,
        submit_label: "Submit for approval".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_stand_side_by_side() {
        let posted: Posted = [
            ("inputs.config.name", " A "),
            ("inputs.config.value", "1"),
            ("inputs.config.name", ""),
            ("inputs.config.value", ""),
            ("inputs.config.name", "B"),
            ("inputs.config.value", "x=y"),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
        assert_eq!(pairs(&posted, "config"), [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "x=y".to_owned())]);
    }
}
