//! The inputs of a template as fields.

use app::pages::request_form::{ChoiceOption, Control, Field, PairRow};
use domain::template::{
    inputs::fargate_pairs,
    schema::{Input, InputType},
};
use provisioner::cloud::MOST_LISTED;
use serde_json::Value as Json;
use service::requests::{Draft, Form};

use super::cpu_memory;
use crate::views::request::input_value;

fn text(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn control(input: &Input, form: &Form, draft: &Draft) -> Control {
    let given = draft.inputs.get(&input.name);
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
        InputType::Cidr { .. } => Control::Text {
            value: text(given),
            placeholder: "10.0.0.0/16".to_owned(),
            pattern: None,
            max_length: Some(18),
            code: true,
        },
        InputType::Duration { .. } => Control::Text {
            value: given.map(|value| input_value(&input.kind, value)).unwrap_or_default(),
            placeholder: "15m".to_owned(),
            pattern: None,
            max_length: Some(40),
            code: true,
        },
        InputType::Boolean => Control::Toggle { checked: matches!(text(given).as_str(), "true" | "on") },
        InputType::Choice { .. } => {
            Control::Choice { value: text(given), options: options(input, &input.kind, form, &[]) }
        }
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
            rows: with_repeated(rows(given, false), input, draft),
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
            let rows = with_repeated(rows, input, draft);
            Control::Pairs { rows, secret: true, name_label: "Name".to_owned(), value_label: "Secret value".to_owned() }
        }
        InputType::Reference { .. } => {
            let mut options = options(input, &input.kind, form, given.map_or(&[], std::slice::from_ref));
            if input.optional {
                options.insert(0, option("", "None".to_owned(), ""));
            }
            Control::Choice { value: text(given), options }
        }
        InputType::List { of, .. } => {
            let several = given.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
            if input.kind.is_ticked() {
                let values = several.iter().map(|value| text(Some(value))).collect();
                return Control::Several { values, options: options(input, of, form, several) };
            }
            let lines: Vec<String> = several.iter().map(|value| input_value(of, value)).collect();
            Control::Lines { value: lines.join("\n"), placeholder: "One on each line".to_owned() }
        }
    }
}

fn option(value: &str, label: String, help: &str) -> ChoiceOption {
    ChoiceOption { value: value.to_owned(), label, help: help.to_owned() }
}

/// What can be chosen or picked. What was picked before stays, also where AWS did not list it or could not be asked: a
/// form that is sent again changes nothing that nobody touched.
fn options(input: &Input, kind: &InputType, form: &Form, picked: &[Json]) -> Vec<ChoiceOption> {
    if let InputType::Choice { options } = kind {
        return options.iter().map(|one| option(&one.value, one.title.clone(), &one.help)).collect();
    }
    let items = form.choices.get(&input.name).map_or(&[][..], |choices| &choices.items);
    let mut options: Vec<_> = items.iter().map(|item| option(&item.value, item.label.clone(), "")).collect();
    for value in picked.iter().filter_map(Json::as_str).filter(|value| !value.is_empty()) {
        if options.iter().all(|one| one.value != value) {
            options.push(option(value, value.to_owned(), ""));
        }
    }
    options
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

/// Rows with those that repeat a name below the first of that name.
fn with_repeated(mut rows: Vec<PairRow>, input: &Input, draft: &Draft) -> Vec<PairRow> {
    for (name, value) in draft.repeated.get(&input.name).into_iter().flatten() {
        let below = rows.iter().rposition(|row| row.name == *name).map_or(rows.len(), |at| at + 1);
        rows.insert(below, PairRow { name: name.clone(), value: value.clone(), already_set: false });
    }
    rows
}

/// `inputs.load_balancer == 'own'` in words: the titles of the inputs it reads.
fn only_when(input: &Input, form: &Form) -> Option<String> {
    let condition = input.when.as_ref()?;
    let above =
        form.shelved.template.inputs.iter().filter(|other| condition.contains(&format!("inputs.{}", other.name)));
    let titles: Vec<&str> = above.map(|other| other.title.as_str()).collect();
    Some(format!(" Counts only with the right answer to “{}”.", titles.join("” and “")))
}

pub(super) fn field(input: &Input, form: &Form, draft: &Draft) -> Field {
    let mut help = input.help.clone();
    if let Some(error) = form.choices.get(&input.name).and_then(|choices| choices.error.clone()) {
        help = format!("{help} {error}");
    }
    if form.choices.get(&input.name).is_some_and(|choices| choices.items.len() >= MOST_LISTED) {
        help = format!("{help} Only the first {MOST_LISTED} are listed; the API takes any.");
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
