//! The person behind a session.

use domain::{
    DateTime, Utc,
    ids::UserId,
    people::{Actor, User},
};
use storage::Transaction;

use crate::{Portal, Result};

impl Portal {
    /// The person with their teams as they are now; none when the account is gone or disabled.
    pub async fn actor(&self, user: &UserId, address: Option<String>) -> Result<Option<Actor>> {
        let mut tx = self.storage.begin_read().await?;
        let user = tx.lookup_user(user).await?;
        enabled(&mut *tx, user, address).await
    }

    /// The person behind a session that began then; none, too, when they were signed out everywhere since.
    pub async fn actor_in_session(
        &self,
        user: &UserId,
        since: DateTime<Utc>,
        address: Option<String>,
    ) -> Result<Option<Actor>> {
        let find = async {
            let mut tx = self.storage.begin_read().await?;
            let user = tx.find_user_in_session(user, since).await?;
            enabled(&mut *tx, user, None).await
        };
        let found = self.remembered(&self.memory.people, (user.clone(), since), find).await?;
        Ok(Option::clone(&found).map(|actor| Actor { address, ..actor }))
    }
}

async fn enabled(tx: &mut dyn Transaction, user: Option<User>, address: Option<String>) -> Result<Option<Actor>> {
    match user {
        Some(user) if !user.disabled => Ok(Some(actor_of(tx, user, address).await?)),
        _ => Ok(None),
    }
}

/// The person with their teams as they are now.
pub(crate) async fn actor_of(tx: &mut dyn Transaction, user: User, address: Option<String>) -> Result<Actor> {
    let teams = tx.list_memberships(&user.id).await?;
    Ok(Actor { user, teams, address })
}
