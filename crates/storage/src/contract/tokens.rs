//! Tokens, and answers that are given twice.

use std::collections::BTreeSet;

use domain::{
    people::TeamRole,
    token::{ApiToken, Scope},
};

use super::{
    Database,
    fixtures::{at, begin, id, settle, team, user},
};
use crate::{Answer, Reserved, StorageError};

fn token(name: &str, user: &str) -> ApiToken {
    ApiToken {
        id: id(&format!("tok-{user}-{name}")),
        user: id(&format!("usr-{user}")),
        name: name.to_owned(),
        prefix: format!("gty_{name}"),
        scopes: BTreeSet::from([Scope::Read, Scope::Decide]),
        created_at: at(10),
        expires_at: at(1000),
        last_used_at: None,
    }
}

/// With its person and their teams, as they are now.
pub async fn a_token_is_found_by_its_hash_with_whom_it_speaks_for(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_token(&token("ci", "bob"), "hash-1").await.unwrap();
    tx.add_token(&token("ci", "ada"), "hash-2").await.unwrap();
    tx.set_membership(&id("team-bank"), &id("usr-bob"), TeamRole::Viewer).await.unwrap();
    let holder = tx.find_token_holder("hash-1").await.unwrap().unwrap();
    assert_eq!((holder.token, holder.user), (token("ci", "bob"), user("bob")));
    assert_eq!(holder.teams, [(team("bank"), TeamRole::Viewer), (team("shop"), TeamRole::Owner)]);
    let alone = tx.find_token_holder("hash-2").await.unwrap().unwrap();
    assert_eq!((alone.user.id, alone.teams), (id("usr-ada"), vec![]));
    assert!(tx.find_token_holder("hash-3").await.unwrap().is_none());
}

/// Neither hashes nor names of one person come twice.
pub async fn a_token_name_is_taken_once_by_a_person(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_token(&token("ci", "bob"), "hash-1").await.unwrap();
    let twin = ApiToken { id: id("tok-twin"), ..token("ci", "bob") };
    assert!(matches!(tx.add_token(&twin, "hash-2").await, Err(StorageError::Taken { .. })));
    assert!(matches!(tx.add_token(&token("other", "bob"), "hash-1").await, Err(StorageError::Taken { .. })));
    tx.add_token(&token("ci", "ada"), "hash-3").await.unwrap();
}

/// Oldest first; others' stay where they are.
pub async fn tokens_are_listed_and_removed_by_their_person(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    let newer = ApiToken { created_at: at(20), scopes: BTreeSet::new(), ..token("a", "bob") };
    tx.add_token(&newer, "hash-1").await.unwrap();
    tx.add_token(&token("b", "bob"), "hash-2").await.unwrap();
    let (ada, bob) = (id("usr-ada"), id("usr-bob"));
    assert_eq!(tx.list_tokens(&bob).await.unwrap(), [token("b", "bob"), newer.clone()]);
    assert_eq!(tx.list_tokens(&ada).await.unwrap(), []);
    assert_eq!(tx.remove_token(&ada, &newer.id).await.unwrap(), None);
    assert_eq!(tx.remove_token(&bob, &newer.id).await.unwrap(), Some(newer.clone()));
    assert_eq!(tx.remove_token(&bob, &newer.id).await.unwrap(), None);
    assert_eq!(tx.list_tokens(&bob).await.unwrap(), [token("b", "bob")]);
    assert!(tx.find_token_holder("hash-1").await.unwrap().is_none());
}

/// Not for every use.
pub async fn the_last_use_of_a_token_is_written_now_and_then(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    let known = token("ci", "bob");
    tx.add_token(&known, "hash").await.unwrap();
    let mut last = async |used, before| {
        tx.touch_token(&known.id, at(used), at(before)).await.unwrap();
        tx.list_tokens(&known.user).await.unwrap().remove(0).last_used_at
    };
    assert_eq!(last(100, 0).await, Some(at(100)));
    assert_eq!(last(200, 100).await, Some(at(100)));
    assert_eq!(last(300, 101).await, Some(at(300)));
}

/// What a token may do is never guessed.
pub async fn a_token_with_an_unknown_scope_is_corrupt(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_token(&token("ci", "bob"), "hash").await.unwrap();
    tx.commit().await.unwrap();
    database.tamper("UPDATE api_tokens SET scopes = 'read everything'").await;
    let found = begin(database).await.find_token_holder("hash").await;
    assert!(matches!(found, Err(StorageError::Corrupt { .. })), "{found:?}");
}

/// Whoever comes second is told how far the first one is.
pub async fn a_key_is_reserved_once_until_it_is_released(database: &dyn Database) {
    let mut tx = begin(database).await;
    let (one, other) = (id("tok-one"), id("tok-other"));
    assert_eq!(tx.reserve_key(&one, "key", "print", at(1)).await.unwrap(), None);
    assert_eq!(tx.reserve_key(&other, "key", "else", at(1)).await.unwrap(), None, "keys are each token's own");
    let mut there = Reserved { fingerprint: "print".to_owned(), reserved_at: at(1), answer: None };
    assert_eq!(tx.reserve_key(&one, "key", "else", at(2)).await.unwrap(), Some(there.clone()));
    let answer = Answer { status: 201, location: Some("/there".to_owned()), body: "{\"a\": 1}\n".to_owned() };
    tx.keep_answer(&one, "key", &answer).await.unwrap();
    there.answer = Some(answer.clone());
    assert_eq!(tx.reserve_key(&one, "key", "print", at(3)).await.unwrap(), Some(there.clone()));
    assert!(matches!(tx.keep_answer(&one, "key", &answer).await, Err(StorageError::Conflict { .. })));
    assert!(matches!(tx.keep_answer(&one, "none", &answer).await, Err(StorageError::Conflict { .. })));
    tx.release_key(&one, "key").await.unwrap();
    assert_eq!(tx.reserve_key(&one, "key", "print", at(4)).await.unwrap(), Some(there), "an answer stays");
    tx.release_key(&other, "key").await.unwrap();
    assert_eq!(tx.reserve_key(&other, "key", "new", at(5)).await.unwrap(), None);
}

/// By age, answered or not.
pub async fn keys_are_forgotten_in_time(database: &dyn Database) {
    let mut tx = begin(database).await;
    let token = id("tok-one");
    for (key, seconds) in [("a", 1), ("b", 2), ("c", 3)] {
        assert_eq!(tx.reserve_key(&token, key, "print", at(seconds)).await.unwrap(), None);
    }
    let answer = Answer { status: 200, location: None, body: String::new() };
    tx.keep_answer(&token, "a", &answer).await.unwrap();
    assert_eq!(tx.forget_keys(at(3)).await.unwrap(), 2);
    assert_eq!(tx.forget_keys(at(3)).await.unwrap(), 0);
    assert_eq!(tx.reserve_key(&token, "a", "print", at(9)).await.unwrap(), None);
    assert!(tx.reserve_key(&token, "c", "print", at(9)).await.unwrap().is_some());
}

/// Two programs, or one that was impatient.
pub async fn of_two_racing_reservations_of_a_key_one_wins(database: &dyn Database) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let storage = database.storage();
        tasks.spawn(async move {
            let mut tx = storage.begin().await.unwrap();
            let there = tx.reserve_key(&id("tok-one"), "key", "print", at(1)).await.unwrap();
            tx.commit().await.unwrap();
            there.is_none()
        });
    }
    let won = tasks.join_all().await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
}
