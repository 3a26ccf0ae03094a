//! The append-only history.

use chrono::Duration;
use domain::audit::{AuditEvent, BrokenChain, Entry, genesis, verify};
use serde_json::json;

use super::{
    Database,
    fixtures::{at, begin, entry},
};
use crate::AuditFilter;

async fn append(database: &dyn Database, entries: &[Entry]) -> Vec<AuditEvent> {
    let mut tx = begin(database).await;
    let mut events = vec![];
    for entry in entries {
        events.push(tx.append_audit(entry).await.unwrap());
    }
    tx.commit().await.unwrap();
    events
}

/// As `gantry audit verify` reads it: in pieces.
async fn check(database: &dyn Database) -> Result<(i64, String), BrokenChain> {
    let mut tx = database.storage().begin_read().await.unwrap();
    let mut after = (0, genesis());
    loop {
        let events = tx.list_audit_after(after.0, 2).await.unwrap();
        if events.is_empty() {
            return Ok(after);
        }
        after = verify(after, &events)?;
    }
}

/// Across transactions, and not advanced by one that was rolled back.
pub async fn the_history_is_a_chain_that_verifies(database: &dyn Database) {
    assert_eq!(check(database).await, Ok((0, genesis())));
    let mut events = append(database, &[entry(1), entry(2)]).await;
    let mut tx = begin(database).await;
    tx.append_audit(&Entry { summary: "never happened".to_owned(), ..entry(3) }).await.unwrap();
    drop(tx);
    let bare = Entry { address: None, team: None, detail: json!(null), ..entry(4) };
    events.extend(append(database, &[bare, entry(5), entry(6)]).await);

    assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(events[0].entry, entry(1));
    assert_eq!(check(database).await, Ok((5, events[4].hash.clone())));
    let mut tx = begin(database).await;
    assert_eq!(tx.count_audit().await.unwrap(), 5);
    assert_eq!(tx.list_audit_after(0, 10).await.unwrap(), events);
    assert_eq!(tx.list_audit_after(1, 2).await.unwrap(), events[1..3]);
    assert_eq!(tx.list_audit_after(5, 2).await.unwrap(), []);
}

/// Nanoseconds, numbers that text does not hold exactly, and every sort of character.
pub async fn the_history_hashes_what_will_be_read_again(database: &dyn Database) {
    let numbers = [0.1 + 0.2, 1e300, 2.2250738585072014e-308, 123_456_789.123_456_78, -0.0, 7.0 / 3.0];
    let odd = Entry {
        at: at(1) + Duration::nanoseconds(999),
        summary: "“quotes” \u{0} \u{1F3D7} '; DROP TABLE audit_events; --".replace('\0', "\u{2400}"),
        detail: json!({"numbers": numbers, "big": u64::MAX, "nested": {"b": [1, {"z": "", "a": "\n\t\""}], "a": null}}),
        ..entry(1)
    };
    let written = append(database, &[odd, entry(2)]).await;
    let mut tx = begin(database).await;
    assert_eq!(tx.list_audit_after(0, 10).await.unwrap(), written, "what is returned is what is read");
    drop(tx);
    assert!(check(database).await.is_ok());
}

async fn positions(database: &dyn Database, filter: AuditFilter, limit: u32) -> Vec<i64> {
    let mut tx = database.storage().begin_read().await.unwrap();
    tx.list_audit(&filter, limit).await.unwrap().iter().map(|event| event.position).collect()
}

/// Each filter alone and all together.
pub async fn the_history_is_filtered_newest_first(database: &dyn Database) {
    let some = |text: &str| Some(text.to_owned());
    append(
        database,
        &[
            entry(1),
            Entry { actor: "gantry".to_owned(), action: "aws.call".to_owned(), ..entry(2) },
            Entry { action: "request.withdrawn".to_owned(), ..entry(3) },
            Entry { action: "requests".to_owned(), object: "req-other".to_owned(), ..entry(4) },
            Entry { team: None, summary: "Made a Bridge".to_owned(), ..entry(5) },
            Entry { team: some("team-bank"), ..entry(6) },
        ],
    )
    .await;
    let none = AuditFilter::default;
    assert_eq!(positions(database, none(), 10).await, [6, 5, 4, 3, 2, 1]);
    assert_eq!(positions(database, none(), 2).await, [6, 5]);
    assert_eq!(positions(database, AuditFilter { before: Some(3), ..none() }, 10).await, [2, 1]);
    assert_eq!(positions(database, AuditFilter { actor: some("gantry"), ..none() }, 10).await, [2]);
    assert_eq!(positions(database, AuditFilter { action: some("request."), ..none() }, 10).await, [6, 5, 3, 1]);
    assert_eq!(positions(database, AuditFilter { action: some("request.withdrawn"), ..none() }, 10).await, [3]);
    assert_eq!(positions(database, AuditFilter { object: some("req-other"), ..none() }, 10).await, [4]);
    assert_eq!(positions(database, AuditFilter { team: some("team-bank"), ..none() }, 10).await, [6]);
    assert_eq!(positions(database, AuditFilter { text: some("a bridge"), ..none() }, 10).await, [5]);
    assert_eq!(positions(database, AuditFilter { news: true, ..none() }, 10).await, [6, 4, 3, 1]);
    let news = AuditFilter { news: true, team: some("team-shop"), ..none() };
    assert_eq!(positions(database, news, 10).await, [4, 3, 1]);
    let all = AuditFilter {
        actor: some("usr-ada"),
        action: some("request"),
        object: some("req-shop"),
        team: some("team-shop"),
        text: some("shop"),
        news: true,
        before: Some(3),
    };
    assert_eq!(positions(database, all, 10).await, [1]);
}

/// What means something in a pattern means only itself here.
pub async fn the_history_takes_text_literally(database: &dyn Database) {
    let says =
        |summary: &str, action: &str| Entry { summary: summary.to_owned(), action: action.to_owned(), ..entry(1) };
    append(database, &[says("100% done", "a_b.c"), says("100 done", "axb.c"), says(r"C:\temp 5_0", "A_b.c")]).await;
    let text = |text: &str| AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() };
    assert_eq!(positions(database, text("0%"), 10).await, [1]);
    assert_eq!(positions(database, text(r"\temp"), 10).await, [3]);
    assert_eq!(positions(database, text("5_0"), 10).await, [3]);
    assert_eq!(positions(database, text("_"), 10).await, [3]);
    append(database, &[says("done", "a_b~é")]).await;
    let action = AuditFilter { action: Some("a_b".to_owned()), ..AuditFilter::default() };
    assert_eq!(positions(database, action, 10).await, [4, 1]);
}

/// Not by update, delete, or an insert out of turn.
pub async fn the_history_is_append_only(database: &dyn Database) {
    let events = append(database, &[entry(1), entry(2), entry(3)]).await;
    let copy = |position: &str, previous: &str| {
        format!(
            "INSERT INTO audit_events (position, at, actor, actor_name, address, action, object, team, summary, detail,
                 previous, hash)
             SELECT {position}, at, actor, actor_name, address, action, object, team, 'forged', detail, {previous}, 'x'
             FROM audit_events WHERE position = 1"
        )
    };
    for sql in [
        "UPDATE audit_events SET summary = 'nothing happened' WHERE position = 2".to_owned(),
        "DELETE FROM audit_events WHERE position = 3".to_owned(),
        copy("9", &format!("'{}'", events[2].hash)),
        copy("4", "'not the last hash'"),
    ] {
        let refused = database.execute(&sql).await.unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(begin(database).await.list_audit_after(0, 10).await.unwrap(), events);
}

/// Somebody with the file in hand changes a sentence.
pub async fn a_changed_event_shows(database: &dyn Database) {
    append(database, &[entry(1), entry(2), entry(3)]).await;
    database.tamper("UPDATE audit_events SET summary = 'nothing happened' WHERE position = 2").await;
    assert_eq!(check(database).await, Err(BrokenChain::Changed { position: 2 }));
}

/// Or takes a row out.
pub async fn a_missing_event_shows(database: &dyn Database) {
    append(database, &[entry(1), entry(2), entry(3)]).await;
    database.tamper("DELETE FROM audit_events WHERE position = 2").await;
    assert_eq!(check(database).await, Err(BrokenChain::Missing { position: 2 }));
}

/// Or writes a row anew with a hash that fits it: the next one no longer follows.
pub async fn a_rewritten_event_shows(database: &dyn Database) {
    let events = append(database, &[entry(1), entry(2), entry(3)]).await;
    let forged = Entry { summary: "forged".to_owned(), ..events[1].entry.clone() };
    let forged = AuditEvent::link(2, forged, events[1].previous.clone());
    database
        .tamper(&format!("UPDATE audit_events SET summary = 'forged', hash = '{}' WHERE position = 2", forged.hash))
        .await;
    assert_eq!(check(database).await, Err(BrokenChain::Unlinked { position: 3 }));
}

/// Twenty use cases at once, some that fail after writing, and readers meanwhile: no deadlock, no gap.
pub async fn writers_at_once_make_one_chain(database: &dyn Database) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let storage = database.storage();
        tasks.spawn(async move {
            let mut tx = storage.begin().await.unwrap();
            let entry = Entry { object: format!("req-{n}"), ..entry(n) };
            tx.append_audit(&entry).await.unwrap();
            tokio::task::yield_now().await;
            tx.append_audit(&entry).await.unwrap();
            if n % 5 == 0 {
                drop(tx);
            } else {
                tx.commit().await.unwrap();
            }
        });
        let storage = database.storage();
        tasks.spawn(async move {
            let mut tx = storage.begin_read().await.unwrap();
            let events = tx.list_audit_after(0, 100).await.unwrap();
            assert_eq!(events.len() % 2, 0, "half a use case was seen");
            verify((0, genesis()), &events).unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(check(database).await.map(|(position, _)| position), Ok(32));
}
