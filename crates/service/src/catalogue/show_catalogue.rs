//! What a team can ask for.

use domain::{
    authz::{Action, Object, may},
    people::Actor,
};

use super::Shelved;
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// The latest revision of every template, by name.
    pub async fn catalogue(&self, actor: &Actor) -> Result<Vec<Shelved>> {
        may(actor, Action::ReadCatalogue, Object::default())?;
        self.shelf.latest(&mut *self.storage.begin_read().await?).await
    }

    /// One template: the latest revision, or `name@version`.
    pub async fn template(&self, actor: &Actor, name: &str) -> Result<Shelved> {
        may(actor, Action::ReadCatalogue, Object::default())?;
        let found = self.shelf.find(&mut *self.storage.begin_read().await?, name).await?;
        found.ok_or(ServiceError::NotFound { what: "template" })
    }
}
