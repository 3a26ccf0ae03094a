//! What a person typed, checked: the same code at the form, in the browser and over the API.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use minijinja::context;
use serde_json::Value as Json;

use super::{
    Inputs, duration,
    expression::{Evaluator, holds_marker},
    schema::{Input, InputType, Template},
};
use crate::{Problem, kinds::fargate_memory_mib};

/// Every pair as `(cpu, memory)`.
pub fn fargate_pairs() -> Vec<(u32, u32)> {
    [256, 512, 1024, 2048, 4096, 8192, 16384]
        .into_iter()
        .flat_map(|cpu| fargate_memory_mib(cpu).into_iter().map(move |memory| (cpu, memory)))
        .collect()
}

/// The visible inputs with defaults filled in and hidden ones left out, or everything that is wrong.
pub fn validate(template: &Template, given: &Inputs) -> Result<Inputs, Vec<Problem>> {
    let mut problems: Vec<Problem> = given
        .keys()
        .filter(|name| template.input(name).is_none())
        .map(|name| {
            Problem::new(
                "unknown-input",
                format!("inputs.{name}"),
                format!("{} has no input `{name}`.", template.title),
            )
        })
        .collect();
    let visible = visible(template, given);
    let mut inputs = Inputs::new();
    for input in template.inputs.iter().filter(|input| visible.contains(&input.name)) {
        let path = format!("inputs.{}", input.name);
        match answer(input, given) {
            Some(value) => match check(input, &path, &value) {
                Ok(value) => {
                    inputs.insert(input.name.clone(), value);
                }
                Err(mut wrong) => problems.append(&mut wrong),
            },
            None if input.optional => {}
            None => problems.push(Problem::new("required", path, format!("{} is needed.", input.title))),
        }
    }
    if problems.is_empty() { Ok(inputs) } else { Err(problems) }
}

/// The names of the inputs that are shown for these answers. A condition sees hidden and unanswered inputs as none.
pub fn visible(template: &Template, given: &Inputs) -> BTreeSet<String> {
    let evaluator = Evaluator::default();
    let mut known: BTreeMap<&str, Json> =
        template.inputs.iter().map(|input| (input.name.as_str(), Json::Null)).collect();
    let mut visible = BTreeSet::new();
    // Conditions look only at inputs above them, which `check` makes sure of, so one pass is enough.
    for input in &template.inputs {
        let shown = input
            .when
            .as_ref()
            .is_none_or(|condition| evaluator.holds(condition, &context! { inputs => known.clone() }).unwrap_or(false));
        if shown {
            visible.insert(input.name.clone());
            if let Some(value) = answer(input, given) {
                known.insert(&input.name, canonical(input, &value));
            }
        }
    }
    visible
}

fn answer(input: &Input, given: &Inputs) -> Option<Json> {
    match given.get(&input.name) {
        None | Some(Json::Null) => input.default.clone(),
        Some(Json::String(text)) if text.trim().is_empty() => input.default.clone().filter(|_| !input.optional),
        Some(Json::Array(items)) if items.is_empty() => input.default.clone().filter(|_| !input.optional),
        Some(value) => Some(value.clone()),
    }
}

/// An answer in its canonical form; as it is where it has none.
pub(super) fn canonical(input: &Input, value: &Json) -> Json {
    check(input, "", value).unwrap_or_else(|_| value.clone())
}

/// Checks one answer; returns it in its canonical form.
pub fn check(input: &Input, path: &str, value: &Json) -> Result<Json, Vec<Problem>> {
    let one = |code: &str, message: String| Err(vec![Problem::new(code, path, message)]);
    let title = &input.title;
    if has_forbidden(value) {
        return one("forbidden-character", format!("{title} holds a control or private-use character."));
    }
    match &input.kind {
        InputType::Text { pattern, pattern_help, min_length, max_length, .. } => {
            let Some(text) = value.as_str().map(str::trim) else {
                return one("wrong-type", format!("{title} must be text."));
            };
            let length = text.chars().count();
            let (least, most) = (min_length.unwrap_or(0), max_length.unwrap_or(1024));
            if length < least || length > most {
                return one(
                    "wrong-length",
                    format!("{title} must have {least} to {most} characters; this has {length}."),
                );
            }
            if let Some(pattern) = pattern {
                let matches =
                    regex_lite::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text));
                if !matches {
                    let help = pattern_help.clone().unwrap_or_else(|| format!("{title} must match {pattern}."));
                    return one("wrong-form", help);
                }
            }
            Ok(text.into())
        }
        InputType::Number { min, max, unit } => match whole(value) {
            Some(number) if (*min..=*max).contains(&number) => Ok(number.into()),
            Some(number) => {
                let unit = unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                one("out-of-range", format!("{title} must be between {min} and {max}{unit}; this is {number}."))
            }
            None => one("wrong-type", format!("{title} must be a whole number.")),
        },
        InputType::Boolean => match value {
            Json::Bool(_) => Ok(value.clone()),
            Json::String(text) if matches!(text.as_str(), "true" | "on") => Ok(true.into()),
            Json::String(text) if matches!(text.as_str(), "false" | "off") => Ok(false.into()),
            _ => one("wrong-type", format!("{title} must be yes or no.")),
        },
        InputType::Choice { options } => match value.as_str() {
            Some(text) if options.iter().any(|option| option.value == text) => Ok(text.into()),
            _ => {
                let known: Vec<_> = options.iter().map(|option| option.value.as_str()).collect();
                one("not-an-option", format!("{title} must be one of {}.", known.join(", ")))
            }
        },
        InputType::CpuMemory => {
            let pair = value
                .as_str()
                .and_then(|text| text.split_once('/'))
                .and_then(|(cpu, memory)| Some((cpu.trim().parse::<u32>().ok()?, memory.trim().parse::<u32>().ok()?)));
            match pair {
                Some((cpu, memory)) if fargate_memory_mib(cpu).contains(&memory) => {
                    Ok(format!("{cpu}/{memory}").into())
                }
                Some((cpu, memory)) => {
                    one("no-such-pair", format!("Fargate has no tasks with {cpu} CPU units and {memory} MiB."))
                }
                None => one("wrong-form", format!("{title} must read like 512/1024: CPU units / MiB.")),
            }
        }
        InputType::Image => match value.as_str().map(str::trim) {
            Some(text) if is_image(text) => Ok(text.into()),
            _ => one("wrong-form", format!("{title} must read like registry/name:tag or registry/name@sha256:….")),
        },
        InputType::Port => match whole(value) {
            Some(port) if (1..=65535).contains(&port) => Ok(port.into()),
            _ => one("out-of-range", format!("{title} must be a port between 1 and 65535.")),
        },
        InputType::Variables { max } => {
            let Some(map) = value.as_object() else {
                return one("wrong-type", format!("{title} must be names with values."));
            };
            let mut problems = names_problems(title, path, map.keys(), *max);
            for (name, value) in map {
                match value.as_str() {
                    Some(text) if text.len() > 4096 => {
                        problems.push(Problem::new(
                            "too-long",
                            format!("{path}.{name}"),
                            format!("{name} is longer than 4,096 bytes."),
                        ));
                    }
                    Some("") => problems.push(Problem::new(
                        "required",
                        format!("{path}.{name}"),
                        format!("{name} has no value."),
                    )),
                    Some(_) => {}
                    None => problems.push(Problem::new(
                        "wrong-type",
                        format!("{path}.{name}"),
                        format!("{name} must be text."),
                    )),
                }
            }
            if problems.is_empty() { Ok(value.clone()) } else { Err(problems) }
        }
        InputType::Secrets { max } => {
            let Some(map) = value.as_object() else {
                return one("wrong-type", format!("{title} must be names with references."));
            };
            let mut problems = names_problems(title, path, map.keys(), *max);
            for (name, value) in map {
                if serde_json::from_value::<crate::seal::SecretRef>(value.clone()).is_err() {
                    problems.push(Problem::new(
                        "not-a-secret",
                        format!("{path}.{name}"),
                        format!("{name} must be a secret."),
                    ));
                }
            }
            if problems.is_empty() { Ok(value.clone()) } else { Err(problems) }
        }
        InputType::Cidr { min_prefix, max_prefix } => match value.as_str().map(|text| text.trim().parse::<Ipv4Net>()) {
            Some(Ok(range)) if range.trunc() != range => {
                let meant = range.trunc();
                one("wrong-form", format!("{title}: {range} is an address within a range. Did you mean {meant}?"))
            }
            Some(Ok(range)) if !(*min_prefix..=*max_prefix).contains(&range.prefix_len()) => one(
                "out-of-range",
                format!("{title} must be a range from /{min_prefix} to /{max_prefix}; this is {range}."),
            ),
            Some(Ok(range)) => Ok(range.to_string().into()),
            _ => one("wrong-form", format!("{title} must read like 10.0.0.0/16.")),
        },
        InputType::Duration { min, max } => match duration::seconds(value) {
            Some(seconds) if (*min..=*max).contains(&seconds) => Ok(seconds.into()),
            Some(_) => {
                let (least, most) = (duration::in_words(*min), duration::in_words(*max));
                one("out-of-range", format!("{title} must be between {least} and {most}."))
            }
            None => one("wrong-form", format!("{title} must read like 90s, 15m, 12h or 7d.")),
        },
        InputType::Reference { of } => match value.as_str().map(str::trim) {
            Some(text) if of.accepts(text) => Ok(text.into()),
            _ => one("wrong-form", format!("{title} must be picked from the list.")),
        },
        InputType::List { of, max } => {
            let Some(entries) = value.as_array() else {
                return one("wrong-type", format!("{title} must be a list."));
            };
            if entries.len() > *max {
                return one(
                    "too-many",
                    format!("{title} may have {max} entries at most; these are {}.", entries.len()),
                );
            }
            check_entries(input, of, path, entries)
        }
    }
}

fn check_entries(list: &Input, of: &InputType, path: &str, entries: &[Json]) -> Result<Json, Vec<Problem>> {
    let (mut checked, mut problems) = (vec![], vec![]);
    for (index, entry) in entries.iter().enumerate() {
        let title = format!("{}, entry {}", list.title, index + 1);
        let path = format!("{path}.{index}");
        match check(&Input { title: title.clone(), kind: of.clone(), ..list.clone() }, &path, entry) {
            Ok(entry) if checked.contains(&entry) => {
                problems.push(Problem::new("repeated", path, format!("{title} is there already.")));
            }
            Ok(entry) => checked.push(entry),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() { Ok(checked.into()) } else { Err(problems) }
}

fn names_problems<'a>(
    title: &str,
    path: &str,
    names: impl ExactSizeIterator<Item = &'a String>,
    max: usize,
) -> Vec<Problem> {
    let mut problems = vec![];
    if names.len() > max {
        problems.push(Problem::new("too-many", path, format!("{title} may have {max} entries at most.")));
    }
    for name in names {
        let mut characters = name.chars();
        let fine = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.len() <= 100;
        if !fine {
            let shown: String = name.chars().take(40).collect();
            problems.push(Problem::new(
                "bad-name",
                path,
                format!("`{shown}` is no variable name: letters, digits and _ only, not starting with a digit."),
            ));
        }
    }
    problems
}

fn whole(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// `registry/name:tag`, `registry/name@sha256:…`; registry and tag may be left out.
fn is_image(text: &str) -> bool {
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let digest_fine = digest.is_none_or(|d| {
        d.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let tag_fine = tag.is_none_or(|t| {
        !t.is_empty() && t.len() <= 128 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    });
    let path_fine = path.len() <= 255
        && path.split('/').enumerate().all(|(index, part)| {
            let part = if index == 0 { part.rsplit_once(':').map_or(part, |(host, _)| host) } else { part };
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        });
    digest_fine && tag_fine && path_fine
}

fn has_forbidden(value: &Json) -> bool {
    match value {
        Json::String(text) => holds_marker(text) || text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'),
        Json::Array(items) => items.iter().any(has_forbidden),
        Json::Object(map) => map.iter().any(|(key, value)| holds_marker(key) || has_forbidden(value)),
        _ => false,
    }
}
