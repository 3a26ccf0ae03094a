//! What a browser posts, or an address says, as a draft.

use std::collections::{BTreeMap, btree_map::Entry};

use domain::{
    draft::RepeatedRows,
    plan::Wish,
    template::{Inputs, schema::InputType},
};
use provisioner::cloud::Secret;
use serde_json::{Map, Value as Json};
use service::requests::{ClearSecrets, Draft, Form};

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

/// The first row of each name, and the other ones.
fn rows(posted: &Posted, name: &str) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    let (mut first, mut others) = (BTreeMap::new(), vec![]);
    for (name, value) in pairs(posted, name) {
        match first.entry(name) {
            Entry::Vacant(free) => {
                free.insert(value);
            }
            Entry::Occupied(taken) => others.push((taken.key().clone(), value)),
        }
    }
    (first, others)
}

/// One entry for each line and for each box that is ticked.
fn entries(posted: &Posted, path: &str) -> Json {
    let lines = posted.iter().filter(|(key, _)| key == path).flat_map(|(_, text)| text.lines());
    lines.map(str::trim).filter(|line| !line.is_empty()).map(Json::from).collect()
}

fn variables(rows: BTreeMap<String, String>) -> Json {
    Json::Object(rows.into_iter().map(|(name, value)| (name, value.into())).collect())
}

/// A posted form as a draft. A row with a value and no name keeps an empty name, which is then refused at its place.
pub fn draft(form: &Form, posted: &Posted) -> Draft {
    let kept = form.kept();
    let mut inputs = Inputs::new();
    let mut secrets = ClearSecrets::new();
    let mut repeated = RepeatedRows::new();
    for input in &form.shelved.template.inputs {
        let path = format!("inputs.{}", input.name);
        if form.wish == Wish::Update && input.fixed {
            // Not asked again, and not to be changed.
            if let Some(value) = form.current.get(&input.name) {
                inputs.insert(input.name.clone(), value.clone());
            }
            continue;
        }
        match &input.kind {
            InputType::Variables { .. } => {
                let (rows, others) = rows(posted, &input.name);
                inputs.insert(input.name.clone(), variables(rows));
                repeated.insert(input.name.clone(), others);
            }
            InputType::Secrets { .. } => {
                let mut references = Map::new();
                let mut clear = BTreeMap::new();
                let known = kept.get(&input.name);
                let (rows, others) = rows(posted, &input.name);
                for (name, value) in rows {
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
                repeated
                    .insert(input.name.clone(), others.into_iter().map(|(name, _)| (name, String::new())).collect());
            }
            InputType::Boolean => {
                // A box that is not ticked is not posted.
                inputs.insert(input.name.clone(), Json::Bool(first(posted, &path).is_some()));
            }
            InputType::List { .. } => {
                inputs.insert(input.name.clone(), entries(posted, &path));
            }
            _ => {
                if let Some(text) = first(posted, &path) {
                    inputs.insert(input.name.clone(), Json::String(text.to_owned()));
                }
            }
        }
    }
    Draft {
        team: first(posted, "team").and_then(|id| id.parse().ok()),
        environment: first(posted, "environment").and_then(|id| id.parse().ok()),
        stack_name: first(posted, "stack_name").unwrap_or_default().trim().to_owned(),
        inputs,
        secrets,
        repeated,
        reason: first(posted, "reason").unwrap_or_default().to_owned(),
        ..form.blank()
    }
}

/// The draft that an untouched form stands for.
pub fn fresh(form: &Form) -> Draft {
    if let (Some(request), Some(card)) = (&form.request, &form.stack) {
        return Draft {
            team: Some(request.team.clone()),
            environment: Some(request.environment.clone()),
            stack_name: card.stack.name.clone(),
            inputs: request.inputs.clone(),
            reason: request.reason.clone(),
            ..form.blank()
        };
    }
    let mut inputs = form.current.clone();
    if form.wish == Wish::Create {
        let defaults = form.shelved.template.inputs.iter();
        inputs.extend(defaults.filter_map(|input| Some((input.name.clone(), input.default.clone()?))));
    }
    Draft { inputs, ..form.blank() }
}

/// A draft with what the address says, by the names of the fields. A secret has no place in an address.
pub fn filled(form: &Form, mut draft: Draft, team: Option<&str>, query: &Posted) -> Draft {
    for input in &form.shelved.template.inputs {
        let path = format!("inputs.{}", input.name);
        let said = match &input.kind {
            InputType::Secrets { .. } => None,
            InputType::Variables { .. } => first(query, &format!("{path}.name")).map(|_| {
                let (rows, others) = rows(query, &input.name);
                draft.repeated.insert(input.name.clone(), others);
                variables(rows)
            }),
            InputType::List { .. } => first(query, &path).map(|_| entries(query, &path)),
            _ => first(query, &path).map(Json::from),
        };
        draft.inputs.extend(said.map(|said| (input.name.clone(), said)));
    }
    for (field, place) in [("stack_name", &mut draft.stack_name), ("reason", &mut draft.reason)] {
        if let Some(text) = first(query, field) {
            text.clone_into(place);
        }
    }
    let may_pick = |id: &str| form.teams.iter().find(|one| one.id.as_str() == id).map(|one| one.id.clone());
    let drafted = draft.team.as_ref().map(|id| id.to_string());
    let picked = [first(query, "team"), drafted.as_deref(), team].into_iter().flatten().find_map(may_pick);
    draft.team = picked.or_else(|| form.teams.first().map(|team| team.id.clone()));
    draft.environment = form.environment.clone();
    draft
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

    #[test]
    fn a_name_has_the_value_that_stands_first_and_no_row_is_lost() {
        let posted: Posted = [("A", "1"), ("B", "2"), ("A ", "3")]
            .into_iter()
            .flat_map(|(name, value)| [("inputs.config.name", name), ("inputs.config.value", value)])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let (first, others) = rows(&posted, "config");
        assert_eq!(first, [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())].into());
        assert_eq!(others, [("A".to_owned(), "3".to_owned())]);
    }
}
