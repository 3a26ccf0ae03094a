//! Units of work.

use domain::{environment::Environment, people::User, stack::Stack};

use super::{
    Database,
    fixtures::{at, begin, environment, id, settle, stack, team, user},
};
use crate::StorageError;

/// Commit makes visible.
pub async fn a_committed_transaction_is_seen_by_the_next(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_team(&team("shop")).await.unwrap();
    tx.add_user(&user("ada"), at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = begin(database).await;
    assert!(tx.lookup_team(&id("team-shop")).await.unwrap().is_some());
    assert!(tx.lookup_user(&id("usr-ada")).await.unwrap().is_some());
}

/// Drop rolls back, all of it.
pub async fn a_dropped_transaction_leaves_nothing(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_team(&team("shop")).await.unwrap();
    tx.append_audit(&super::fixtures::entry(0)).await.unwrap();
    drop(tx);

    let mut tx = begin(database).await;
    assert!(tx.list_teams().await.unwrap().is_empty());
    assert_eq!(tx.count_audit().await.unwrap(), 0);
}

/// A reader keeps its picture while a writer goes on.
pub async fn a_reader_sees_the_last_commit_and_blocks_nobody(database: &dyn Database) {
    settle(database).await;
    let mut reader = database.storage().begin_read().await.unwrap();
    assert_eq!(reader.list_teams().await.unwrap().len(), 2);

    let mut writer = begin(database).await;
    writer.add_team(&team("late")).await.unwrap();
    let mut other = database.storage().begin_read().await.unwrap();
    assert_eq!(other.list_teams().await.unwrap().len(), 2, "what is not committed is not seen");
    writer.commit().await.unwrap();

    assert_eq!(reader.list_teams().await.unwrap().len(), 2, "one transaction, one picture");
    reader.commit().await.unwrap();
    let mut later = database.storage().begin_read().await.unwrap();
    assert_eq!(later.list_teams().await.unwrap().len(), 3);
}

/// Whatever is committed, from whichever connection, changes the version; reading does not. On a server with other
/// databases their commits change it too, so a moment is waited for in which nobody else commits.
pub async fn the_version_differs_after_every_commit(database: &dyn Database) {
    let version = async || database.storage().version().await.unwrap();
    let mut seen = vec![version().await];
    for name in ["shop", "till", "stock"] {
        let mut tx = begin(database).await;
        tx.add_team(&team(name)).await.unwrap();
        tx.commit().await.unwrap();
        let now = version().await;
        assert!(!seen.contains(&now), "{now:?} once more after {seen:?}");
        seen.push(now);
    }
    let mut stood_still = None;
    for _ in 0..1000 {
        let before = version().await;
        let mut reader = database.storage().begin_read().await.unwrap();
        assert_eq!(reader.list_teams().await.unwrap().len(), 3);
        reader.commit().await.unwrap();
        if version().await == before {
            stood_still = Some(before);
            break;
        }
    }
    let last = stood_still.expect("somebody only read");
    database.execute("UPDATE teams SET title = 'Past the repositories'").await.unwrap();
    assert_ne!(version().await, last);
}

/// A use case that only reads cannot change anything by mistake.
pub async fn a_reader_cannot_write(database: &dyn Database) {
    let mut reader = database.storage().begin_read().await.unwrap();
    assert!(reader.add_team(&team("shop")).await.is_err());
}

/// A stack of a team that does not exist is not kept; that the team comes later in the same transaction is fine.
pub async fn a_dangling_reference_is_refused_at_the_latest_by_commit(database: &dyn Database) {
    let mut tx = begin(database).await;
    let kept = match tx.add_stack(&stack("shop")).await {
        Ok(()) => tx.commit().await,
        refused => refused,
    };
    assert!(kept.is_err());

    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_team(&team("shop")).await.unwrap();
    tx.add_environment(&environment("prod")).await.unwrap();
    tx.commit().await.unwrap();
}

/// A name that is taken is an answer, not the end: what was written before and after it is kept.
pub async fn what_was_refused_does_not_end_a_transaction(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_stack(&stack("till")).await.unwrap();
    let twin = Stack { name: "shop".to_owned(), ..stack("till") };
    assert!(matches!(tx.update_stack(&twin).await, Err(StorageError::Taken { .. })));
    let twin = Environment { name: "test".to_owned(), ..environment("prod") };
    assert!(matches!(tx.update_environment(&twin).await, Err(StorageError::Taken { .. })));
    let ahead = Stack { version: 9, ..stack("shop") };
    assert!(matches!(tx.update_stack(&ahead).await, Err(StorageError::Conflict { .. })));
    assert!(matches!(tx.add_team(&team("shop")).await, Err(StorageError::Taken { .. })));
    tx.add_team(&team("late")).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = begin(database).await;
    assert!(tx.lookup_stack(&id("stk-till")).await.unwrap().is_some());
    assert!(tx.lookup_team(&id("team-late")).await.unwrap().is_some());
}

/// Whoever overlooks an error and commits either keeps everything else or is told that nothing is kept.
pub async fn what_failed_is_not_taken_for_committed(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    let unheard_of = User { email: "UPPER@example.com".to_owned(), ..user("carol") };
    tx.add_user(&unheard_of, at(0)).await.unwrap_err();
    let committed = tx.commit().await.is_ok();
    let kept = begin(database).await.lookup_stack(&id("stk-shop")).await.unwrap().is_some();
    assert_eq!(committed, kept);
}

/// It answers.
pub async fn the_database_answers_a_ping(database: &dyn Database) {
    database.storage().ping().await.unwrap();
}

/// What it was opened with.
pub async fn a_new_database_has_the_schema_of_the_program(database: &dyn Database) {
    let schema = database.storage().schema().await.unwrap();
    assert!(schema.found == Some(schema.known) && schema.is_usable(), "{schema:?}");
}
