//! The tokens that a person has.

use domain::{
    authz::{Action, Object, may},
    people::Actor,
    token::ApiToken,
};

use crate::{Portal, Result};

impl Portal {
    /// One's own, newest first; also those that have expired.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<ApiToken>> {
        may(actor, Action::ManageOwnTokens, Object::default())?;
        let mut tokens = self.storage.begin_read().await?.list_tokens(&actor.user.id).await?;
        tokens.reverse();
        Ok(tokens)
    }
}
