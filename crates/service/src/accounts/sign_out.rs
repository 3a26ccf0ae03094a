//! Leaving.

use domain::people::Actor;

use crate::{Portal, Result};

impl Portal {
    /// Writes down that someone left; the session is ended by the server.
    pub async fn sign_out(&self, actor: &Actor) -> Result<()> {
        let mut tx = self.storage.begin().await?;
        let summary = format!("{} signed out", actor.user.name);
        tx.append_audit(&self.entry(actor, "session.signed_out", &actor.user.id, summary)).await?;
        Ok(tx.commit().await?)
    }
}
