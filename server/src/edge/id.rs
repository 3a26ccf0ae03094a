//! Ids in addresses. What does not read like an id is not there, like an id that nothing has.

use std::{collections::HashMap, str::FromStr};

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};

use crate::{routes, state::Portals};

/// The `{id}` of a route.
pub struct Id<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<Portals> for Id<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Response> {
        let given = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let id = given.ok().and_then(|Path(mut given)| given.remove("id")?.parse().ok());
        match id {
            Some(id) => Ok(Self(id)),
            None => Err(routes::missing(parts, state).await),
        }
    }
}
