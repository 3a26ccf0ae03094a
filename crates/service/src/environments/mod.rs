//! Places to provision into: their settings, what can be picked for them, whether they work, what they leave room for.

mod check_environment;
mod draft;
mod list_environments;
mod look_into_account;
mod room;
mod save_environment;
mod show_environments;

use domain::{
    authz::{Action, Object, may},
    environment::Environment,
    ids::EnvironmentId,
    people::Actor,
};
use storage::Transaction;

pub(crate) use self::room::room;
pub use self::{
    check_environment::{Finding, Outcome},
    draft::{EnvironmentDraft, SharedDraft},
    look_into_account::Account,
    show_environments::{EnvironmentCard, EnvironmentDetail},
};
use crate::{Result, ServiceError};

/// Whether this person may add, change and check environments.
pub fn may_manage(actor: &Actor) -> bool {
    may(actor, Action::ManageEnvironments, Object::default()).is_ok()
}

/// The environment, for those who manage them.
async fn managed(tx: &mut dyn Transaction, actor: &Actor, id: &EnvironmentId) -> Result<Environment> {
    may(actor, Action::ManageEnvironments, Object::default())?;
    tx.lookup_environment(id).await?.ok_or(ServiceError::NotFound { what: "environment" })
}
