//! The person behind a session.

use domain::{
    ids::UserId,
    people::{Actor, User},
};
use storage::Transaction;

use crate::{Portal, Result};

impl Portal {
    /// The person with their teams as they are now; none when the account is gone or disabled.
    pub async fn actor(&self, user: &UserId, address: Option<String>) -> Result<Option<Actor>> {
        let mut tx = self.storage.begin_read().await?;
        match tx.lookup_user(user).await? {
            Some(user) if !user.disabled => Ok(Some(actor_of(&mut *tx, user, address).await?)),
            _ => Ok(None),
        }
    }
}

pub(super) async fn actor_of(tx: &mut dyn Transaction, user: User, address: Option<String>) -> Result<Actor> {
    let teams = tx.list_memberships(&user.id).await?;
    Ok(Actor { user, teams, address })
}
