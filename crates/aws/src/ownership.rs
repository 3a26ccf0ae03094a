//! Whose an object is: its tags say it. Nothing without Gantry's three tags, all equal, is ever changed.

use std::collections::BTreeMap;

use domain::observation::Lookup;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// The installation of Gantry.
pub(crate) const INSTALLATION: &str = "gantry:installation";
/// The stack.
pub(crate) const STACK: &str = "gantry:stack";
/// The resource within the stack.
pub(crate) const RESOURCE: &str = "gantry:resource";

/// Whether these tags say that the object is the one looked for.
pub(crate) fn is_ours(lookup: &Lookup, tags: &Tags) -> bool {
    is_same_stack(lookup, tags) && tags.get(RESOURCE) == Some(&lookup.resource)
}

/// Whether these tags say that the object belongs to the stack of the one looked for.
pub(crate) fn is_same_stack(lookup: &Lookup, tags: &Tags) -> bool {
    tags.get(INSTALLATION) == Some(&lookup.installation) && tags.get(STACK) == Some(&lookup.stack)
}

/// What a foreign object's tags say of its owner, for a person.
pub(crate) fn describe_foreign(id: &str, tags: &Tags) -> String {
    let said: Vec<_> =
        [INSTALLATION, STACK, RESOURCE].iter().filter_map(|key| Some(format!("{key}={}", tags.get(*key)?))).collect();
    if said.is_empty() { format!("{id}, without tags of Gantry") } else { format!("{id}, tagged {}", said.join(", ")) }
}

/// The wanted tags that are missing or differ.
pub(crate) fn missing(wanted: &Tags, seen: &Tags) -> Tags {
    wanted.iter().filter(|(key, value)| seen.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Tags out of an SDK's list of optional keys and values.
pub(crate) fn tags<'a>(pairs: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Tags {
    pairs.filter_map(|(key, value)| Some((key?.to_owned(), value.unwrap_or_default().to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_tags_must_agree() {
        let lookup = Lookup {
            kind: domain::kinds::Kind::LogGroup,
            name: "x".into(),
            spec: serde_json::Value::Null,
            outputs: BTreeMap::new(),
            stack: "stk-1".into(),
            resource: "logs".into(),
            installation: "here".into(),
        };
        let mut tags: Tags = [(INSTALLATION, "here"), (STACK, "stk-1"), (RESOURCE, "logs")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        assert!(is_ours(&lookup, &tags));
        tags.insert(RESOURCE.into(), "other".into());
        assert!(!is_ours(&lookup, &tags) && is_same_stack(&lookup, &tags));
        assert_eq!(describe_foreign("arn:x", &Tags::new()), "arn:x, without tags of Gantry");
        assert!(describe_foreign("arn:x", &tags).contains("gantry:stack=stk-1"));
    }
}
