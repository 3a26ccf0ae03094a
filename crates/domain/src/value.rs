//! The value of a desired field: something known, or an output of another resource that AWS will only name later.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value as Json};

/// `cluster.arn`: the output `arn` of the resource `cluster` of the same stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputRef {
    /// The logical name of the resource.
    pub resource: String,
    /// One of the outputs that its kind declares.
    pub output: String,
}

impl std::fmt::Display for OutputRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.resource, self.output)
    }
}

/// A desired value. As JSON it is the plain value, with `{"$ref": "cluster.arn"}` for a reference and
/// `{"$concat": ["arn:aws:…/", {"$ref": …}]}` for text around references. No key that a person writes may start with `$`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null, a boolean, a number or text that is known now.
    Literal(Json),
    /// An output of another resource.
    Ref(OutputRef),
    /// Text with references in it.
    Concat(Vec<Value>),
    /// A list.
    List(Vec<Value>),
    /// A map, in the order of its keys.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// Every reference in this value.
    pub fn refs(&self) -> Vec<&OutputRef> {
        match self {
            Self::Literal(_) => vec![],
            Self::Ref(one) => vec![one],
            Self::Concat(parts) | Self::List(parts) => parts.iter().flat_map(Self::refs).collect(),
            Self::Map(map) => map.values().flat_map(Self::refs).collect(),
        }
    }

    /// The plain JSON in which every reference has become what `output` says of it.
    pub fn resolve<E>(&self, output: &mut dyn FnMut(&OutputRef) -> Result<String, E>) -> Result<Json, E> {
        Ok(match self {
            Self::Literal(json) => json.clone(),
            Self::Ref(one) => Json::String(output(one)?),
            Self::Concat(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part.resolve(output)? {
                        Json::String(piece) => text.push_str(&piece),
                        other => text.push_str(&other.to_string()),
                    }
                }
                Json::String(text)
            }
            Self::List(items) => Json::Array(items.iter().map(|item| item.resolve(output)).collect::<Result<_, E>>()?),
            Self::Map(map) => Json::Object(
                map.iter()
                    .map(|(key, value)| Ok((key.clone(), value.resolve(output)?)))
                    .collect::<Result<Map<_, _>, E>>()?,
            ),
        })
    }

    /// The plain JSON with `${cluster.arn}` where a reference stands: for reading and for checking limits, never for AWS.
    pub fn preview(&self) -> Json {
        let resolved: Result<Json, std::convert::Infallible> = self.resolve(&mut |one| Ok(format!("${{{one}}}")));
        match resolved {
            Ok(json) => json,
            Err(never) => match never {},
        }
    }

    /// The field of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(key),
            _ => None,
        }
    }
}

impl From<Json> for Value {
    /// A value without references.
    fn from(json: Json) -> Self {
        match json {
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(map) => Self::Map(map.into_iter().map(|(k, v)| (k, Self::from(v))).collect()),
            scalar => Self::Literal(scalar),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(json) => json.serialize(serializer),
            Self::Ref(one) => BTreeMap::from([("$ref", one.to_string())]).serialize(serializer),
            Self::Concat(parts) => BTreeMap::from([("$concat", parts)]).serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn from_json(json: Json) -> Result<Value, String> {
            Ok(match json {
                Json::Array(items) => Value::List(items.into_iter().map(from_json).collect::<Result<_, _>>()?),
                Json::Object(mut map) => match (map.len(), map.remove("$ref"), map.remove("$concat")) {
                    (1, Some(Json::String(path)), None) => {
                        let (resource, output) = path.split_once('.').ok_or("a reference reads `resource.output`")?;
                        Value::Ref(OutputRef { resource: resource.to_owned(), output: output.to_owned() })
                    }
                    (1, None, Some(Json::Array(parts))) => {
                        Value::Concat(parts.into_iter().map(from_json).collect::<Result<_, _>>()?)
                    }
                    (_, None, None) => {
                        Value::Map(map.into_iter().map(|(k, v)| Ok((k, from_json(v)?))).collect::<Result<_, String>>()?)
                    }
                    _ => return Err("`$ref` and `$concat` stand alone".to_owned()),
                },
                scalar => Value::Literal(scalar),
            })
        }
        from_json(Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_round_trip_keeps_references() {
        let text = json!({"a": {"$ref": "cluster.arn"}, "b": {"$concat": ["x-", {"$ref": "cluster.name"}]}, "c": [1, true, null]});
        let value: Value = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(value.refs().len(), 2);
        assert_eq!(serde_json::to_value(&value).unwrap(), text);
        assert_eq!(value.preview()["b"], json!("x-${cluster.name}"));
    }

    #[test]
    fn a_reference_with_company_is_refused() {
        assert!(serde_json::from_value::<Value>(json!({"$ref": "a.b", "x": 1})).is_err());
    }
}
