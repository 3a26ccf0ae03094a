//! What a handler needs: the portal, and whoever calls.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{
    people::Actor,
    token::{Scope, TokenText},
};
use service::{Portal, ServiceError, tokens::Caller};

use super::problem::Refused;
use crate::state::Portals;

/// A call of an operation by somebody whose token is good for it.
pub struct Call {
    /// What all handlers share.
    pub state: Portals,
    /// Who calls.
    pub caller: Arc<Caller>,
    shown: Shown,
}

/// The token that was shown, and the address it came from.
#[derive(Clone)]
pub struct Shown(pub TokenText, pub Option<String>);

impl Call {
    /// The use cases.
    pub fn portal(&self) -> &Portal {
        &self.state.portal
    }

    /// The person.
    pub fn actor(&self) -> &Actor {
        &self.caller.actor
    }

    /// Asks again, for a call that takes long, whether the token is still good.
    pub async fn again(&mut self, needs: Scope) -> service::Result<()> {
        let Shown(text, address) = &self.shown;
        self.caller = Arc::new(self.state.portal.use_token(text, needs, address.clone()).await?);
        Ok(())
    }
}

impl FromRequestParts<Portals> for Call {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Refused> {
        let caller = parts.extensions.get::<Arc<Caller>>().cloned();
        // Both were put there by `authenticate`, or by nobody.
        match caller.zip(parts.extensions.get::<Shown>().cloned()) {
            Some((caller, shown)) => Ok(Self { state: state.clone(), caller, shown }),
            None => Err(ServiceError::TokenRefused.into()),
        }
    }
}
