//! Secrets in their envelopes.

use super::{
    Database,
    fixtures::{at, begin, id, settle},
};
use crate::{SealedSecret, StorageError};

fn secret(version: u32) -> SealedSecret {
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

/// Also after the value was erased: a seal that names the version means that value.
pub async fn a_secret_version_is_taken_once(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_secret(&secret(1)).await.unwrap();
    assert!(matches!(tx.add_secret(&secret(1)).await, Err(StorageError::Taken { .. })));
    tx.erase_secret(&id("sec-1"), 1).await.unwrap();
    assert!(matches!(tx.add_secret(&secret(1)).await, Err(StorageError::Taken { .. })));
}
