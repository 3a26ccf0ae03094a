//! Ids in addresses. What does not read like an id is not there, like an id that nothing has.

use std::{collections::HashMap, str::FromStr};

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};

use domain::draft::FormOf;

use crate::{routes, state::Portals};

/// The `{id}` of a route.
pub struct Id<T>(pub T);

/// The `{member}` of a route, beside its `{id}`.
pub struct Member<T>(pub T);

async fn read<T: FromStr>(name: &str, parts: &mut Parts, state: &Portals) -> Result<T, Response> {
    let given = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    let id = given.ok().and_then(|Path(mut given)| given.remove(name)?.parse().ok());
    match id {
        Some(id) => Ok(id),
        None => Err(routes::missing(parts, state).await),
    }
}

impl<T: FromStr + Send> FromRequestParts<Portals> for Id<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Response> {
        read("id", parts, state).await.map(Self)
    }
}

impl<T: FromStr + Send> FromRequestParts<Portals> for Member<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Response> {
        read("member", parts, state).await.map(Self)
    }
}

/// The form of a route: of its `{template}`, or of the stack or request that `{id}` names.
pub struct FormAt(pub FormOf);

impl FromRequestParts<Portals> for FormAt {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Response> {
        let of_request = parts.uri.path().starts_with(app::routes::REQUESTS);
        let given = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let form = given.ok().and_then(|Path(mut given)| match given.remove("template") {
            Some(template) => Some(FormOf::Template(template)),
            None if of_request => given.remove("id")?.parse().ok().map(FormOf::Request),
            None => given.remove("id")?.parse().ok().map(FormOf::Stack),
        });
        match form {
            Some(form) => Ok(Self(form)),
            None => Err(routes::missing(parts, state).await),
        }
    }
}
