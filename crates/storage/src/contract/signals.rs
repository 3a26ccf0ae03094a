//! Messages between processes.

use super::Database;
use crate::signals::LONGEST;

/// Whether anybody listens or not, and whether the database carries it or not.
pub async fn a_message_of_any_length_is_announced(database: &dyn Database) {
    let storage = database.storage();
    storage.announce("").await.unwrap();
    let heard = storage.listen().await.unwrap();
    storage.announce(&"'\u{e9}".repeat(LONGEST / 3)).await.unwrap();
    drop(heard);
    storage.announce("nobody listens any more").await.unwrap();
}
