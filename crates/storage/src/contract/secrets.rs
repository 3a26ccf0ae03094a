//! Secrets in their envelopes.

use super::{
    Database,
    fixtures::{at, begin, id, settle},
};
use crate::{SealedSecret, StorageError};

pub(super) fn secret(version: u32) -> SealedSecret {
    SealedSecret {
        id: id("sec-1"),
        version,
        team: id("team-shop"),
        envelope: vec![0, 255, 10, 0, version as u8],
        created_at: at(0),
    }
}

/// Each value on its own.
pub async fn a_secret_is_kept_until_it_is_erased(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_secret(&secret(1)).await.unwrap();
    tx.add_secret(&secret(2)).await.unwrap();
    tx.erase_secret(&id("sec-1"), 1).await.unwrap();
    tx.erase_secret(&id("sec-1"), 1).await.unwrap();
    assert_eq!(tx.lookup_secret(&id("sec-1"), 1).await.unwrap(), None);
    assert_eq!(tx.lookup_secret(&id("sec-1"), 2).await.unwrap(), Some(secret(2)));
    assert_eq!(tx.lookup_secret(&id("sec-2"), 1).await.unwrap(), None);
}

/// The oldest first, and only those that still hold something.
pub async fn old_secrets_are_listed(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    for (version, minute) in [(1, 9), (2, 3), (3, 1), (4, 20)] {
        tx.add_secret(&SealedSecret { created_at: at(minute), ..secret(version) }).await.unwrap();
    }
    tx.erase_secret(&id("sec-1"), 3).await.unwrap();
    let old = tx.list_secrets_before(at(20), 10).await.unwrap();
    assert_eq!(old, [(id("sec-1"), 2), (id("sec-1"), 1)]);
    assert_eq!(tx.list_secrets_before(at(20), 1).await.unwrap().len(), 1);
}

/// Also after the value was erased: a seal that names the version means that value.
pub async fn a_secret_version_is_taken_once(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_secret(&secret(1)).await.unwrap();
    assert!(matches!(tx.add_secret(&secret(1)).await, Err(StorageError::Taken { .. })));
    tx.erase_secret(&id("sec-1"), 1).await.unwrap();
    assert!(matches!(tx.add_secret(&secret(1)).await, Err(StorageError::Taken { .. })));
}
