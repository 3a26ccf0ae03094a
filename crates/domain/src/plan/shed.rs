//! What a resource is while some still use it as it was and others already as it will be.

use serde_json::Value as Json;

use crate::{kinds::Kind, value::Value};

/// The spec that holds what was there and what is wanted, where the kind says so. `after` is what `wanted` comes to.
pub(super) fn meanwhile(kind: Kind, before: &Json, wanted: &Value, after: &Json) -> Value {
    let Value::Map(fields) = wanted else { return wanted.clone() };
    let mut fields = fields.clone();
    for field in kind.def().sheds_last {
        if let Some(value) = fields.get_mut(*field) {
            *value = joined(&before[field], value, &after[field]);
        }
    }
    Value::Map(fields)
}

/// The same of two specs that are known to the last word.
pub(super) fn both(kind: Kind, before: &Json, now: &Json) -> Json {
    meanwhile(kind, before, &Value::from(now.clone()), now).preview()
}

/// Lists and maps have what either has, the old first; of anything else it is what is wanted.
fn joined(before: &Json, wanted: &Value, after: &Json) -> Value {
    match (before, wanted, after) {
        (Json::Array(old), Value::List(items), Json::Array(new)) => {
            let mut left: Vec<(&Json, &Value)> = new.iter().zip(items).collect();
            let mut take =
                |fits: &dyn Fn(&Json) -> bool| left.iter().position(|(new, _)| fits(new)).map(|at| left.remove(at));
            let mut both = vec![];
            for old in old {
                let (same, widens) = (take(&|new| same(old, new)), &|new: &Json| widens(old, new));
                both.push(match same.map(|(_, item)| item.clone()) {
                    Some(item) => item,
                    None => match take(widens) {
                        Some((new, item)) => joined(old, item, new),
                        None => Value::from(old.clone()),
                    },
                });
            }
            both.extend(left.into_iter().map(|(_, item)| item.clone()));
            Value::List(both)
        }
        (Json::Object(old), Value::Map(fields), Json::Object(new)) => {
            let mut fields = fields.clone();
            for (key, old) in old {
                let both = match (fields.get(key), new.get(key)) {
                    (Some(wanted), Some(new)) => joined(old, wanted, new),
                    _ => Value::from(old.clone()),
                };
                fields.insert(key.clone(), both);
            }
            Value::Map(fields)
        }
        _ => wanted.clone(),
    }
}

/// Two that differ in nothing but what is said of them are one to AWS.
fn same(old: &Json, new: &Json) -> bool {
    let (Json::Object(old), Json::Object(new)) = (old, new) else { return old == new };
    old.keys().chain(new.keys()).all(|key| key == "description" || old.get(key) == new.get(key))
}

/// Whether one statement of a policy can stand for both: one of its lists differs and nothing else.
fn widens(old: &Json, new: &Json) -> bool {
    let (Json::Object(old), Json::Object(new)) = (old, new) else { return false };
    let differing: Vec<&String> = old.keys().filter(|key| old.get(*key) != new.get(*key)).collect();
    old.len() == new.len()
        && matches!(differing[..], [key] if old[key].is_array() && new.get(key).is_some_and(Json::is_array))
}
