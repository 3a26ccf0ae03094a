//! The contract suite on SQLite, and what only SQLite promises.

use std::sync::Arc;

use async_trait::async_trait;
use domain::run::{Event, Hands};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};
use storage::{
    Storage, StorageError,
    contract::{Database, migrations},
    schema::{self, SchemaError},
};

use crate::{MIGRATIONS, OpenError, SqliteStorage};

struct Temporary(SqliteStorage);

async fn temporary() -> Temporary {
    Temporary(SqliteStorage::temporary().await.unwrap())
}

#[async_trait]
impl Database for Temporary {
    fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.0.clone())
    }

    async fn execute(&self, sql: &str) -> Result<(), String> {
        let mut turn = self.0.writers.turn().await.unwrap();
        turn.execute(sql).await.map(drop).map_err(|error| error.to_string())
    }

    async fn tamper(&self, sql: &str) {
        self.0.tamper(sql).await.unwrap();
    }
}

storage::contract!(temporary);

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("gantry.db").display());
    let storage = SqliteStorage::open(&url).await.unwrap();
    let mut tx = storage.begin().await.unwrap();
    tx.add_one_time_token("hash", "setup", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    tx.commit().await.unwrap();
    storage.close().await;
    assert!(matches!(storage.ping().await, Err(StorageError::Unavailable(_))));

    let storage = SqliteStorage::open(&url).await.unwrap();
    let mut tx = storage.begin().await.unwrap();
    let again = tx.add_one_time_token("hash", "setup", chrono::DateTime::UNIX_EPOCH).await;
    assert!(matches!(again, Err(StorageError::Taken { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gantry.db");
    let storage = SqliteStorage::open(&format!("sqlite:{}", path.display())).await.unwrap();
    storage.ping().await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", file.path().display());
    }
}

/// PostgreSQL takes no such text: this is for a file in which somebody has written.
#[tokio::test]
async fn a_row_of_a_log_that_was_cut_off_is_named() {
    let database = temporary().await;
    database
        .tamper(
            r#"PRAGMA foreign_keys = OFF;
            INSERT INTO runs (id, request_id, stack_id, status, fence, created_at)
                VALUES ('run-a', 'req-a', 'stk-a', 'needs_attention', 0, '2026-11-23T08:00:00.000000Z');
            INSERT INTO run_events VALUES
                ('run-a', 1, '2026-11-23T08:00:00.000000Z',
                    '{"type":"handed_to","to":"usr-bob","name":"Bob","note":"","by":"Ada"}'),
                ('run-a', 2, '2026-11-23T08:00:01.000000Z', '{"type":"step","step":"clu'),
                ('run-b', 1, 'yesterday', '{"type":"begun"}')"#,
        )
        .await;
    let mut tx = database.storage().begin_read().await.unwrap();
    let read = tx.list_events(&"run-a".parse().unwrap(), 0).await.unwrap();
    assert!(read.len() == 2 && matches!(read[0].event, Event::HandedTo { .. }), "{read:?}");
    assert!(matches!(&read[1].event, Event::Unreadable { why } if why.contains("EOF")), "{read:?}");
    let undated = tx.list_events(&"run-b".parse().unwrap(), 0).await.unwrap_err();
    assert!(matches!(&undated, StorageError::Corrupt { what, .. } if what == "event 1 of run run-b"), "{undated:?}");
    let bob = Hands::Person("usr-bob".parse().unwrap());
    assert_eq!(tx.list_runs_in_hands(&[bob], None, 9).await.unwrap().len(), 1, "it keeps nobody from finding runs");
}

#[tokio::test]
async fn what_is_no_file_is_refused_with_an_example() {
    for url in ["", "gantry.db", "postgres://localhost/gantry", "sqlite:", "sqlite://", "sqlite::memory:"] {
        let error = SqliteStorage::open(url).await.unwrap_err();
        assert!(matches!(error, OpenError::NotAFile { .. }), "{url}: {error}");
        assert!(error.to_string().contains("sqlite:gantry.db"));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").join("gantry.db");
    let other = folder.path().join("letter.txt");
    std::fs::write(&other, "Dear database,\n".repeat(100)).unwrap();
    for path in [missing, other] {
        let error = SqliteStorage::open(&format!("sqlite:{}", path.display())).await.unwrap_err();
        assert!(matches!(error, OpenError::Unusable { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gantry.db");
    crate::from_a_newer_gantry(&path).await;
    let url = format!("sqlite:{}", path.display());
    let error = SqliteStorage::open(&url).await.unwrap_err();
    assert!(matches!(error, OpenError::Schema(SchemaError::Newer { found: 9999, .. })), "{error:?}");
    assert!(error.to_string().contains("a newer Gantry wrote it"), "{error}");
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("gantry.db").display());
    let storage = SqliteStorage::open(&url).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET checksum = x'00'")
        .execute(&mut *storage.writers.turn().await.unwrap())
        .await
        .unwrap();
    storage.close().await;
    let error = SqliteStorage::open(&url).await.unwrap_err();
    assert!(matches!(error, OpenError::Schema(SchemaError::Foreign { version: 1 })), "{error:?}");
}

/// What was written under the first schema.
#[tokio::test]
async fn rows_of_the_first_schema_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gantry.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    schema::bring_up_to_date(&mut connection, &migrations::first(&MIGRATIONS)).await.unwrap();
    connection.execute(migrations::FIRST_ROWS).await.unwrap();
    connection.close().await.unwrap();
    let storage = SqliteStorage::open(&format!("sqlite:{}", path.display())).await.unwrap();
    assert!(storage.schema().await.unwrap().is_usable());
    migrations::assert_kept(&storage).await;
}

fn entry() -> domain::audit::Entry {
    domain::audit::Entry {
        at: chrono::DateTime::UNIX_EPOCH,
        actor: "gantry".to_owned(),
        actor_name: "Gantry".to_owned(),
        address: None,
        action: "test".to_owned(),
        object: "none".to_owned(),
        team: None,
        summary: "A test".to_owned(),
        detail: serde_json::Value::Null,
    }
}

/// `gantry seed` beside `gantry serve`: their locks are the file's, and who reads before it writes must have taken it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("gantry.db").display());
    let storages = [SqliteStorage::open(&url).await.unwrap(), SqliteStorage::open(&url).await.unwrap()];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let storage = storages[n % 2].clone();
        tasks.spawn(async move {
            let mut tx = storage.begin().await.unwrap();
            tx.append_audit(&entry()).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    let events = storages[0].begin_read().await.unwrap().list_audit_after(0, 100).await.unwrap();
    let (last, _) = domain::audit::verify((0, domain::audit::genesis()), &events).unwrap();
    assert_eq!(last, 20);
}

/// `INSERT OR REPLACE` deletes without firing delete triggers.
#[tokio::test]
async fn the_append_only_tables_cannot_be_replaced_into() {
    let database = temporary().await;
    let mut tx = database.0.begin().await.unwrap();
    tx.append_audit(&entry()).await.unwrap();
    tx.append_audit(&entry()).await.unwrap();
    tx.commit().await.unwrap();
    let refused = database
        .execute(
            "INSERT OR REPLACE INTO audit_events
             SELECT position, at, actor, actor_name, address, action, object, team, 'forged', detail, previous, 'x'
             FROM audit_events WHERE position = 2",
        )
        .await
        .unwrap_err();
    assert!(refused.contains("append-only"), "{refused}");
}

/// A page loads its session while its use case holds the only connection that writes.
#[tokio::test]
async fn a_session_is_loaded_while_a_transaction_is_open() {
    use tower_sessions::{SessionStore, session::Record};
    let database = temporary().await;
    let sessions = database.0.session_store();
    let mut record = Record {
        id: Default::default(),
        data: [("user".to_owned(), serde_json::json!("usr-ada"))].into(),
        expiry_date: time::OffsetDateTime::now_utc() + time::Duration::hours(1),
    };
    sessions.create(&mut record).await.unwrap();

    let open = database.0.begin().await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), Some(record.clone()));
    drop(open);
    record.data.insert("user".to_owned(), serde_json::json!("usr-bob"));
    sessions.save(&record).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), Some(record.clone()));
    sessions.delete(&record.id).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), None);

    record.expiry_date = time::OffsetDateTime::now_utc() - time::Duration::hours(1);
    sessions.create(&mut record).await.unwrap();
    tower_sessions::session_store::ExpiredDeletion::delete_expired(&sessions).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM tower_sessions").fetch_one(&database.0.readers).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_copy_is_whole_and_new_and_the_owners_own() {
    let storage = SqliteStorage::temporary().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    let mut tx = storage.begin().await.unwrap();
    tx.add_one_time_token("first", "setup", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    tx.commit().await.unwrap();
    storage.copy_to(&path).await.unwrap();
    assert!(matches!(storage.copy_to(&path).await, Err(OpenError::Unusable { .. })), "nothing is written over");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0);
    }
    let copy = SqliteStorage::open_as_is(&format!("sqlite:{}", path.display())).await.unwrap();
    assert!(copy.schema().await.unwrap().is_usable());
    let again = copy.begin().await.unwrap().add_one_time_token("first", "setup", chrono::DateTime::UNIX_EPOCH).await;
    assert!(matches!(again, Err(StorageError::Taken { .. })));
}

#[tokio::test]
async fn looking_makes_and_migrates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gantry.db");
    let url = format!("sqlite:{}", path.display());
    assert!(matches!(SqliteStorage::open_as_is(&url).await, Err(OpenError::Missing { .. })));
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    let schema = SqliteStorage::open_as_is(&url).await.unwrap().schema().await.unwrap();
    assert!(schema.found.is_none() && !schema.is_usable());
}
