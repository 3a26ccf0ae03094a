//! The contract suite on PostgreSQL, and what only PostgreSQL promises.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Executor as _;
use sqlx::PgPool;
use storage::{
    Note, Runs as _, Signals as _, Storage, StorageError, Transaction as _,
    contract::{Database, migrations},
    schema::{self, SchemaError},
    signals::LONGEST,
};

use crate::{OpenError, PostgresStorage, migrate::MIGRATIONS, temporary::TemporaryDatabase};

struct Temporary(PostgresStorage);

async fn temporary() -> Temporary {
    Temporary(PostgresStorage::temporary().await.unwrap())
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

async fn open(database: &TemporaryDatabase) -> PostgresStorage {
    PostgresStorage::open(&database.url(), None).await.unwrap()
}

/// Writers give up at once when it is not their turn.
async fn wait_for_no_lock(storage: &PostgresStorage) {
    let mut both = vec![];
    for _ in 0..2 {
        let mut connection = storage.writers.pool.acquire().await.unwrap();
        connection.execute("SET lock_timeout = '50ms'").await.unwrap();
        both.push(connection);
    }
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

/// `gantry serve` twice: all writers come one after another, whatever process they are in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_one_chain() {
    let database = TemporaryDatabase::make().await.unwrap();
    let storages = [open(&database).await, open(&database).await];
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

/// Writers come one after another, so nobody ever meets a row that another is claiming. If they did not, each would take
/// the next one at once.
#[tokio::test]
async fn who_claims_a_run_passes_over_one_that_another_is_claiming() {
    let storage = PostgresStorage::temporary().await.unwrap();
    let rows = "INSERT INTO runs (id, request_id, stack_id, status, fence, created_at)
                SELECT 'run-' || name, 'req-' || name, 'stk-' || name, 'queued', 0, now()
                FROM unnest(ARRAY['a', 'b']) AS name";
    // Whose runs they are is of no interest: as a replica one is not asked.
    let unasked = format!("BEGIN; SET LOCAL session_replication_role = replica; {rows}; COMMIT");
    storage.writers.pool.execute(&*unasked).await.unwrap();

    let claim = async || {
        let mut inner = storage.writers.pool.begin().await.unwrap();
        inner.execute("SET LOCAL lock_timeout = '1s'").await.unwrap();
        let mut tx = crate::PostgresTransaction::new(crate::sql::writers::Open::Reading(inner));
        let epoch = chrono::DateTime::UNIX_EPOCH;
        let leased = tx.lease_run("runner", epoch, epoch + chrono::TimeDelta::minutes(1)).await;
        (tx, leased.expect("it does not wait").expect("a run").id.to_string())
    };
    let ((one, first), (two, second)) = (claim().await, claim().await);
    assert_eq!((first.as_str(), second.as_str()), ("run-a", "run-b"));
    for tx in [one, two] {
        Box::new(tx).commit().await.unwrap();
    }
}

/// A connection on which the lock was waited for too long is left inside a transaction in which nothing goes any more.
#[tokio::test]
async fn whoever_waits_too_long_for_the_lock_spoils_no_connection() {
    let database = TemporaryDatabase::make().await.unwrap();
    let (first, storage) = (open(&database).await, open(&database).await);
    wait_for_no_lock(&storage).await;
    let turn = first.begin().await.unwrap();
    for _ in 0..2 {
        assert!(storage.begin().await.is_err());
    }
    turn.commit().await.unwrap();
    for _ in 0..4 {
        let mut tx = storage.begin().await.unwrap();
        tx.append_audit(&entry()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A server that is stopped may say so after the commit; when the lock does not come in time, nothing is written.
#[tokio::test]
async fn notes_that_are_cut_off_may_have_been_written_and_those_that_wait_too_long_were_not() {
    let database = TemporaryDatabase::make().await.unwrap();
    let (first, storage) = (open(&database).await, open(&database).await);
    let note = Note {
        run: "run-nobody".parse().unwrap(),
        fence: 1,
        stack: "stk-none".parse().unwrap(),
        at: chrono::DateTime::UNIX_EPOCH,
        until: None,
        events: vec![domain::run::Event::Begun],
        status: None,
        resources: vec![],
        erased: None,
        lines: vec![],
    };
    let turn = first.begin().await.unwrap();
    let waits = tokio::spawn({
        let (storage, note) = (storage.clone(), note.clone());
        async move { storage.write_alone(&[&note]).await }
    });
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE '%write_notes%' AND wait_event = 'advisory'";
    while first.readers.execute(cut).await.unwrap().rows_affected() == 0 {
        assert!(!waits.is_finished(), "it does not wait");
    }
    let cut_off = waits.await.unwrap();
    assert!(matches!(cut_off, Ok(Err(StorageError::Unavailable(_)))), "{cut_off:?}");
    wait_for_no_lock(&storage).await;
    let late = storage.write_alone(&[&note]).await;
    assert!(matches!(late, Err(StorageError::Unavailable(_))), "{late:?}");
    turn.commit().await.unwrap();
    assert_eq!(storage.write_alone(&[&note]).await.unwrap().unwrap(), [None]);
}

/// A request whose browser goes away in the middle of `BEGIN`, or while it waits for its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_waiting_leaves_no_lock_behind() {
    let storage = PostgresStorage::temporary().await.unwrap();
    for polls in 0..20 {
        let mut begin = storage.begin();
        let mut begin_read = storage.begin_read();
        for _ in 0..polls {
            tokio::select! {
                biased;
                _ = &mut begin => break,
                _ = &mut begin_read => break,
                () = tokio::task::yield_now() => {}
            }
        }
    }
    for _ in 0..10 {
        let mut tx = storage.begin().await.unwrap();
        tx.append_audit(&entry()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(storage.begin_read().await.unwrap().count_audit().await.unwrap() > 0);
    }
}

#[tokio::test]
async fn the_append_only_tables_cannot_be_emptied() {
    let database = temporary().await;
    for table in ["audit_events", "run_events", "template_revisions"] {
        let refused = database.execute(&format!("TRUNCATE {table} CASCADE")).await.unwrap_err();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn what_one_process_announces_another_hears() {
    let database = TemporaryDatabase::make().await.unwrap();
    let (here, there) = (open(&database).await, open(&database).await);
    let mut heard = there.listen().await.unwrap();
    let long = "'\u{e9}".repeat(LONGEST / 3);
    for message in ["first", &long, "last"] {
        here.announce(message).await.unwrap();
        assert_eq!(heard.next().await.unwrap().as_deref(), Some(message));
    }
}

/// The server is started again, a proxy closes what is idle.
#[tokio::test]
async fn whoever_listens_is_told_that_the_connection_was_lost_and_hears_on() {
    let database = TemporaryDatabase::make().await.unwrap();
    let storage = open(&database).await;
    let mut heard = storage.listen().await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    storage.writers.pool.execute(cut).await.unwrap();
    assert_eq!(heard.next().await.unwrap(), None);
    storage.announce("again").await.unwrap();
    assert_eq!(heard.next().await.unwrap().as_deref(), Some("again"));
}

/// A page loads its session while its use case writes, and writes it down, too.
#[tokio::test]
async fn a_session_is_kept_while_a_transaction_is_open() {
    use tower_sessions::{SessionStore, session::Record, session_store::ExpiredDeletion};
    let storage = PostgresStorage::temporary().await.unwrap();
    let sessions = storage.session_store();
    let mut record = Record {
        id: Default::default(),
        data: [("user".to_owned(), serde_json::json!("usr-ada"))].into(),
        expiry_date: time::OffsetDateTime::now_utc() + time::Duration::hours(1),
    };
    let open = storage.begin().await.unwrap();
    sessions.create(&mut record).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), Some(record.clone()));
    record.data.insert("user".to_owned(), serde_json::json!("usr-bob"));
    sessions.save(&record).await.unwrap();
    drop(open);
    assert_eq!(sessions.load(&record.id).await.unwrap(), Some(record.clone()));
    sessions.delete(&record.id).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), None);

    record.expiry_date = time::OffsetDateTime::now_utc() - time::Duration::hours(1);
    sessions.create(&mut record).await.unwrap();
    sessions.delete_expired().await.unwrap();
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM tower_sessions").fetch_one(&storage.readers).await.unwrap();
    assert_eq!(left, 0);
}

/// The chain of causes, as the program prints it.
fn said(error: &OpenError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn who_does_not_get_in_is_told_why_without_the_password() {
    let database = TemporaryDatabase::make().await.unwrap();
    let nobody = database.url_of("gantry_test_nobody", "hush");
    let error = PostgresStorage::open(&nobody, None).await.unwrap_err();
    assert!(matches!(error, OpenError::Refused { .. }), "{error:?}");
    assert!(said(&error).contains("`gantry_test_nobody`") && !said(&error).contains("hush"), "{}", said(&error));

    let missing = database.url().replace("/gantry_test_", "/gantry_nowhere_");
    let error = PostgresStorage::open(&missing, None).await.unwrap_err();
    assert!(matches!(&error, OpenError::NoDatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("CREATE DATABASE"), "{error}");

    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = PostgresStorage::open(&format!("postgres://gantry:hush@{address}/gantry"), None).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(said(&error).contains(&address.to_string()) && !said(&error).contains("hush"), "{}", said(&error));

    for url in ["", "gantry", "postgres:gantry", "mysql://gantry", "postgres://gantry:hush@db:none/gantry"] {
        let error = PostgresStorage::open(url, None).await.unwrap_err();
        assert!(matches!(error, OpenError::BadAddress) && !said(&error).contains("hush"), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_newer_or_edited_schema_is_refused_by_name() {
    let database = TemporaryDatabase::make().await.unwrap();
    let storage = open(&database).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'from the future', true, '', 0)";
    storage.writers.pool.execute(newer).await.unwrap();
    let error = PostgresStorage::open(&database.url(), None).await.unwrap_err();
    assert!(matches!(error, OpenError::Schema(SchemaError::Newer { found: 9999, .. })), "{error:?}");

    let edited = "DELETE FROM _sqlx_migrations WHERE version = 9999; UPDATE _sqlx_migrations SET checksum = ''";
    storage.writers.pool.execute(edited).await.unwrap();
    let error = PostgresStorage::open(&database.url(), None).await.unwrap_err();
    assert!(matches!(error, OpenError::Schema(SchemaError::Foreign { version: 1 })), "{error:?}");
}

#[tokio::test]
async fn replicas_that_start_at_once_migrate_once() {
    let database = TemporaryDatabase::empty().await.unwrap();
    assert!(PostgresStorage::open_as_is(&database.url()).await.unwrap().schema().await.unwrap().found.is_none());
    let starts = (0..4).map(|_| {
        let url = database.url();
        tokio::spawn(async move { PostgresStorage::open(&url, None).await.unwrap().schema().await.unwrap() })
    });
    for start in starts.collect::<Vec<_>>() {
        assert!(start.await.unwrap().is_usable());
    }
}

/// What was written under the first schema.
#[tokio::test]
async fn rows_of_the_first_schema_are_kept() {
    let database = TemporaryDatabase::empty().await.unwrap();
    let mut connection = crate::connect(&crate::read_address(&database.url()).unwrap()).await.unwrap();
    schema::bring_up_to_date(&mut connection, &migrations::first(&MIGRATIONS)).await.unwrap();
    connection.execute(migrations::FIRST_ROWS).await.unwrap();
    let storage = open(&database).await;
    assert!(storage.schema().await.unwrap().is_usable());
    migrations::assert_kept(&storage).await;
}

/// Two users: one owns the schema, the other serves.
#[tokio::test]
async fn the_one_who_serves_can_do_just_that() {
    let database = TemporaryDatabase::empty().await.unwrap();
    let owner = database.url();
    let server = PgPool::connect(&owner).await.unwrap();
    let role = "DO $$ BEGIN CREATE ROLE gantry_test_serving LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    server.execute(role).await.unwrap();
    server.close().await;
    let serving = database.url_of("gantry_test_serving", "");
    let error = PostgresStorage::open(&serving, None).await.unwrap_err();
    assert!(matches!(error, OpenError::Schema(SchemaError::Migration(_))), "{error:?}");

    PostgresStorage::open(&serving, Some(&owner)).await.unwrap().close().await;
    // Again, as when it is started again; and without the other, once all is migrated.
    PostgresStorage::open(&serving, Some(&owner)).await.unwrap().close().await;
    let storage = PostgresStorage::open(&serving, None).await.unwrap();
    assert!(storage.schema().await.unwrap().is_usable());
    let mut tx = storage.begin().await.unwrap();
    tx.append_audit(&entry()).await.unwrap();
    tx.add_sign_in_failure("key", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    tx.forget_sign_in_failures("key", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    assert_eq!(tx.lease_run("runner", chrono::DateTime::UNIX_EPOCH, chrono::DateTime::UNIX_EPOCH).await.unwrap(), None);
    tx.commit().await.unwrap();
    for forbidden in [
        "UPDATE audit_events SET summary = ''",
        "DELETE FROM run_events",
        "TRUNCATE template_revisions",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "DELETE FROM _sqlx_migrations",
        "CREATE TABLE mine ()",
    ] {
        let refused = storage.writers.pool.execute(forbidden).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{forbidden}: {refused}");
    }
}

/// With PostgreSQL's own tools, in the words of `docs/deploy.md`.
#[tokio::test]
async fn a_dump_is_restored_with_its_history_whole() {
    let (original, other) = (TemporaryDatabase::make().await.unwrap(), TemporaryDatabase::empty().await.unwrap());
    let storage = open(&original).await;
    for _ in 0..3 {
        let mut tx = storage.begin().await.unwrap();
        tx.append_audit(&entry()).await.unwrap();
        tx.commit().await.unwrap();
    }
    // Somebody is in the middle of something: that is not in the copy.
    let mut open_still = storage.begin().await.unwrap();
    open_still.append_audit(&entry()).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let run = |command: &str| {
        let shell = std::process::Command::new("sh").args(["-euc", command]).current_dir(&folder).output().unwrap();
        assert!(shell.status.success(), "{command}: {}", String::from_utf8_lossy(&shell.stderr));
    };
    // The options behind the question mark are of sqlx, and its alone.
    let plain = |database: &TemporaryDatabase| database.url().split('?').next().unwrap_or_default().to_owned();
    run(&format!("pg_dump --format=custom --no-owner --file=gantry.dump '{}'", plain(&original)));
    run(&format!(
        "pg_restore --no-owner --exit-on-error --single-transaction --dbname='{}' gantry.dump",
        plain(&other)
    ));

    let restored = open(&other).await;
    assert!(restored.schema().await.unwrap().is_usable());
    let events = restored.begin_read().await.unwrap().list_audit_after(0, 100).await.unwrap();
    let (last, _) = domain::audit::verify((0, domain::audit::genesis()), &events).unwrap();
    assert_eq!(last, 3);
    // It goes on where it was, under the same guards.
    let mut tx = restored.begin().await.unwrap();
    assert_eq!(tx.append_audit(&entry()).await.unwrap().position, 4);
    tx.commit().await.unwrap();
    assert!(restored.writers.pool.execute("DELETE FROM audit_events").await.is_err());
}
