//! What is asked for, read from address and body; whatever cannot be read is a problem with a path.

use std::{borrow::Cow, collections::HashMap, str::FromStr};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
    response::IntoResponse as _,
};
use serde::de::DeserializeOwned;

use super::problem::Refused;
use crate::{edge::text, state::Portals};

/// A JSON body. Nothing at all is read as `{}`, so that what needs no body needs none.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Portals> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &Portals) -> Result<Self, Refused> {
        let is_json = text::is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(unreadable)?;
        if bytes.is_empty() {
            return read(b"{}").map(Self);
        }
        if !is_json {
            return Err(Refused::not_json());
        }
        read(&bytes).map(Self)
    }
}

fn unreadable(rejection: BytesRejection) -> Refused {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refused::too_large(),
        _ => Refused::malformed("it ended early"),
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let error = error.into_inner();
        if error.is_data() { Refused::misshapen(path, sentence(&error.to_string())) } else { Refused::malformed(error) }
    })?;
    deserializer.end().map_err(Refused::malformed)?;
    match text::in_json(bytes) {
        Some(path) => Err(Refused::misshapen(path, text::ZERO.to_owned())),
        None => Ok(value),
    }
}

/// serde's messages end with a place in the text, which the path says better.
fn sentence(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
    let mut letters = message.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// The parameters of the address.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Portals> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Portals) -> Result<Self, Refused> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query).collect();
        if let Some((name, _)) = pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Refused::bad_query(name.replace('\0', ""), text::ZERO.to_owned()));
        }
        let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query));
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            Refused::bad_query(path, sentence(&error.into_inner().to_string()))
        })
    }
}

/// The `{id}` of an operation. What does not read like an id is not there, like an id that nothing has.
pub struct Id<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<Portals> for Id<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Refused> {
        named(parts, state, "id")
            .await
            .and_then(|id| id.parse().ok())
            .map(Self)
            .ok_or_else(|| Refused::no_such("object"))
    }
}

/// The `{name}` of an operation.
pub struct Name(pub String);

impl FromRequestParts<Portals> for Name {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Refused> {
        let name = named(parts, state, "name").await.filter(|name| !name.contains('\0'));
        name.map(Self).ok_or_else(|| Refused::no_such("object"))
    }
}

async fn named(parts: &mut Parts, state: &Portals, name: &str) -> Option<String> {
    let given = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    given.ok().and_then(|Path(mut given)| given.remove(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[expect(dead_code, reason = "only whether it can be read matters")]
        count: u32,
    }

    fn refused(text: &str) -> String {
        let problem = serde_json::to_string(&format!("{:?}", read::<Small>(text.as_bytes()).unwrap_err())).unwrap();
        problem.replace('\\', "")
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_path() {
        assert!(refused("{\"count\": 1").contains("malformed-json"));
        assert!(refused("{\"count\": 1} x").contains("malformed-json"));
        let wrong = refused("{\"count\": \"one\"}");
        assert!(wrong.contains("path: \"count\"") && wrong.contains("Invalid type: string"), "{wrong}");
        assert!(!wrong.contains("at line"), "{wrong}");
        assert!(refused("{\"count\": 1, \"more\": 2}").contains("Unknown field `more`"));
        read::<Small>(b"{\"count\": 1}").unwrap();
    }
}
