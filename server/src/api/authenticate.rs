//! Whom a request speaks for, asked before anything else of it is read.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{FromRequestParts as _, MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::token::{Scope, TokenText};
use service::ServiceError;
use utoipa::openapi::{OpenApi, path::Operation};

use super::{call::Shown, document::TOKEN, problem::Refused};
use crate::{
    edge::{address::Address, trace},
    state::Portals,
};

/// The scope of every operation, from the document.
pub struct Scopes(HashMap<String, Vec<(Method, Scope)>>);

impl Scopes {
    /// Reads it. An operation that names no scope, or none that there is, is a mistake of ours.
    pub fn of(document: &OpenApi) -> Self {
        let scopes = document.paths.paths.iter().map(|(path, item)| {
            let operations = [(Method::GET, &item.get), (Method::POST, &item.post)];
            let named = operations.into_iter().filter_map(|(method, operation)| {
                let scope = operation.as_ref().map(scope_of)?;
                Some((method, scope.unwrap_or_else(|| panic!("{path} names no scope"))))
            });
            (path.clone(), named.collect())
        });
        Self(scopes.collect())
    }

    fn needed(&self, path: &str, method: &Method) -> Option<Scope> {
        // Whoever asks for the head asks for the rest.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|(own, _)| own == method).map(|(_, scope)| *scope)
    }
}

/// The scope that the document names for an operation.
pub fn scope_of(operation: &Operation) -> Option<Scope> {
    let security = serde_json::to_value(operation.security.as_ref()?.first()?).ok()?;
    security[TOKEN][0].as_str()?.parse().ok()
}

/// Lets those pass whose token may be used for this.
pub async fn caller(
    State((state, scopes)): State<(Portals, Arc<Scopes>)>,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let Some(needs) = path.and_then(|path| scopes.needed(path, request.method())) else {
        // Another method of a path that there is: the router says which ones are possible.
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let text = bearer(&parts.headers).ok_or(ServiceError::TokenRefused)?;
    let Ok(Address(address)) = Address::from_request_parts(&mut parts, &state).await;
    let caller = state.portal.use_token(&text, needs, address.clone()).await?;
    trace::asked_by(&caller.actor.user.id);
    parts.extensions.insert(Arc::new(caller));
    parts.extensions.insert(Shown(text, address));
    Ok(next.run(Request::from_parts(parts, body)).await.into_response())
}

/// The token of `Authorization: Bearer gty_…`.
fn bearer(headers: &HeaderMap) -> Option<TokenText> {
    let (scheme, text) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| TokenText::from(text.trim()))
}
