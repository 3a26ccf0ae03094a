//! The migrations of both databases make the same: each schema is written down in sentences, which are compared.

use std::{collections::BTreeSet, fs, path::Path};

use sqlx::{PgPool, SqlitePool, sqlite::SqliteConnectOptions};
use storage_sqlite::SqliteStorage;

use crate::temporary::TemporaryDatabase;

/// What a column, a key, an index and a reference are, on SQLite. What is a document or a boolean says so in a check.
const SQLITE: &str = "
    WITH tables AS (
        SELECT name, sql FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations'
    )
    SELECT format('column %d of %s is %s, %s%s', 1 + cid, tables.name, columns.name,
        CASE
            WHEN instr(sql, 'json_valid(' || columns.name || ')') THEN 'a document'
            WHEN instr(sql, '(' || columns.name || ' IN (0, 1))') THEN 'a boolean'
            WHEN columns.type = 'INTEGER' THEN 'a number'
            WHEN columns.type = 'BLOB' THEN 'bytes'
            WHEN columns.type = 'TEXT' THEN 'text'
            ELSE columns.type
        END,
        CASE WHEN \"notnull\" OR pk THEN '' ELSE ' or nothing' END)
    FROM tables JOIN pragma_table_info(tables.name) AS columns
    UNION ALL
    SELECT format('%s has the key (%s)', name,
        (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info(tables.name) WHERE pk ORDER BY pk)))
    FROM tables
    UNION ALL
    SELECT format('%s has %s%sindex (%s)%s', tables.name,
        CASE WHEN partial THEN 'a partial ' ELSE 'an ' END,
        CASE WHEN \"unique\" THEN 'unique ' ELSE '' END,
        (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(indexes.name) ORDER BY seqno)),
        CASE origin WHEN 'c' THEN ' named ' || indexes.name ELSE '' END)
    FROM tables JOIN pragma_index_list(tables.name) AS indexes WHERE origin <> 'pk'
    UNION ALL
    SELECT format('%s (%s) refers to %s (%s)', tables.name, group_concat(\"from\", ', '), \"table\",
        group_concat(\"to\", ', '))
    FROM tables JOIN pragma_foreign_key_list(tables.name) AS references_ GROUP BY tables.name, id, \"table\"";

/// The same on PostgreSQL. An instant is text on SQLite.
const POSTGRES: &str = "
    WITH tables AS (
        SELECT oid, relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> '_sqlx_migrations'
    )
    SELECT format('column %s of %s is %s, %s%s',
        row_number() OVER (PARTITION BY tables.oid ORDER BY attnum), tables.name, attname,
        CASE typname
            WHEN 'json' THEN 'a document'
            WHEN 'bool' THEN 'a boolean'
            WHEN 'int8' THEN 'a number'
            WHEN 'bytea' THEN 'bytes'
            WHEN 'text' THEN 'text'
            WHEN 'timestamptz' THEN 'text'
            ELSE typname
        END,
        CASE WHEN attnotnull THEN '' ELSE ' or nothing' END)
    FROM tables JOIN pg_attribute ON attrelid = tables.oid JOIN pg_type ON pg_type.oid = atttypid
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT CASE
        WHEN indisprimary THEN format('%s has the key (%s)', tables.name, columns)
        ELSE format('%s has %s%sindex (%s)%s', tables.name,
            CASE WHEN indpred IS NOT NULL THEN 'a partial ' ELSE 'an ' END,
            CASE WHEN indisunique THEN 'unique ' ELSE '' END,
            columns,
            CASE WHEN EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype = 'u') THEN ''
                ELSE ' named ' || relname END)
        END
    FROM tables JOIN pg_index ON indrelid = tables.oid JOIN pg_class ON pg_class.oid = indexrelid, LATERAL (
        SELECT string_agg(attname, ', ' ORDER BY place) AS columns
        FROM unnest(indkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute ON attrelid = indrelid AND attnum = number
    ) AS listed
    UNION ALL
    SELECT format('%s (%s) refers to %s (%s)', tables.name,
        (SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
        confrelid::regclass,
        (SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = number))
    FROM tables JOIN pg_constraint ON conrelid = tables.oid WHERE contype = 'f'";

/// What is written in a language: of what it is, a part's name or its table's, and the text.
const SQLITE_TEXTS: &str = "
    WITH tables AS (
        SELECT name, sql FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations'
    )
    SELECT 'default', tables.name || '.' || columns.name, dflt_value
    FROM tables JOIN pragma_table_info(tables.name) AS columns WHERE dflt_value IS NOT NULL
    UNION ALL SELECT 'checks', name, sql FROM tables
    UNION ALL SELECT type, name, sql FROM sqlite_schema
    WHERE type = 'trigger' AND sql LIKE '% BEFORE %' OR type = 'index' AND sql LIKE '% WHERE %'
    UNION ALL SELECT 'after', name, sql FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '% AFTER %'";

/// The same on PostgreSQL, where a trigger runs a function. SQLite writes booleans as numbers, and cannot truncate.
const POSTGRES_TEXTS: &str = "
    WITH tables AS (
        SELECT oid, relname::text AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> '_sqlx_migrations'
    )
    SELECT 'default', tables.name || '.' || attname, CASE pg_get_expr(adbin, adrelid)
        WHEN 'false' THEN '0' WHEN 'true' THEN '1' ELSE pg_get_expr(adbin, adrelid) END
    FROM tables JOIN pg_attrdef ON adrelid = tables.oid JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    UNION ALL
    SELECT 'checks', tables.name, pg_get_constraintdef(pg_constraint.oid)
    FROM tables JOIN pg_constraint ON conrelid = tables.oid WHERE contype = 'c'
    UNION ALL
    SELECT 'index', relname::text, ' WHERE ' || pg_get_expr(indpred, indrelid)
    FROM tables JOIN pg_index ON indrelid = tables.oid JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indpred IS NOT NULL
    UNION ALL
    SELECT 'trigger', tgname::text, format('%s BEFORE %s ON %s %s', tgname, event, tables.name,
        replace(replace(prosrc, '%', tables.name), 'RAISE EXCEPTION ', 'RAISE(ABORT, '))
    FROM tables JOIN pg_trigger ON tgrelid = tables.oid JOIN pg_proc ON pg_proc.oid = tgfoid,
        (VALUES ('INSERT', 4), ('DELETE', 8), ('UPDATE', 16)) AS events (event, bit)
    WHERE NOT tgisinternal AND tgtype & 2 > 0 AND tgtype & bit > 0
    UNION ALL
    SELECT 'after', tgname::text, pg_get_triggerdef(pg_trigger.oid)
    FROM tables JOIN pg_trigger ON tgrelid = tables.oid WHERE NOT tgisinternal AND tgtype & 2 = 0";

type Text = (String, String, String);

/// What a text says, in sentences that are the same for both databases. PostgreSQL writes casts and more parentheses, and
/// its own words for a list.
fn rules((what, of, text): Text) -> Vec<String> {
    match what.as_str() {
        "default" => vec![format!("{of} is {} by default", plain(&text))],
        "index" => vec![format!("{of} holds rows where {}", plain(text.split_once(" WHERE ").unwrap().1))],
        "trigger" => vec![refusal(&text)],
        "after" => vec![consequence(&of, &text)],
        _ => {
            let checks = text.match_indices("CHECK (").map(|(at, _)| plain(in_parentheses(&text[at..])));
            // These say which type the column has on PostgreSQL.
            let checks = checks.filter(|check| !check.starts_with("json_valid ") && !check.ends_with(" IN 0, 1"));
            checks.map(|check| format!("{of} keeps to {check}")).collect()
        }
    }
}

/// `run_events refuses UPDATE`, when it does, and what it says.
fn refusal(trigger: &str) -> String {
    let between = |start: &str, end: &str| Some(trigger.split_once(start)?.1.split_once(end)?.0);
    let event = between("BEFORE ", " ").unwrap();
    let table = trigger.split_once(" ON ").unwrap().1.split_whitespace().next().unwrap();
    let when = between("WHEN ", "BEGIN").or_else(|| between("IF ", "THEN")).map_or("whatever".to_owned(), plain);
    let said = between("RAISE(ABORT, '", "'").unwrap();
    format!("{table} refuses {event} where {when}: {said}")
}

/// When something else follows from a change. What that is, the contract shows.
fn consequence(name: &str, trigger: &str) -> String {
    let (_, event) = trigger.split_once(" AFTER ").unwrap();
    let (event, rest) = event.split_once(" WHEN ").unwrap();
    let end = [" EXECUTE ", "BEGIN"].iter().find_map(|end| rest.find(end)).unwrap();
    let event = event.replace("FOR EACH ROW", "");
    let (event, when) = (event.replace("public.", ""), rest[..end].to_lowercase());
    format!("{name} comes after {} where {}", plain(&event), plain(&when))
}

/// What stands in the first parentheses.
fn in_parentheses(text: &str) -> &str {
    let start = text.find('(').unwrap() + 1;
    let mut open = 1;
    let end = text[start..].find(|letter| {
        open += i32::from(letter == '(') - i32::from(letter == ')');
        open == 0
    });
    &text[start..start + end.unwrap()]
}

fn plain(text: &str) -> String {
    let text = text.replace("<> ALL (ARRAY[", "NOT IN (").replace("= ANY (ARRAY[", "IN (");
    let text = text.replace("::text", "").replace("::json", "").replace(['(', ')', ']'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_same(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) {
    let only =
        |these: &BTreeSet<String>, those: &BTreeSet<String>| these.difference(those).cloned().collect::<Vec<_>>();
    let (only_sqlite, only_postgres) = (only(sqlite, postgres), only(postgres, sqlite));
    assert!(
        only_sqlite.is_empty() && only_postgres.is_empty(),
        "only on SQLite: {only_sqlite:#?}\nonly on PostgreSQL: {only_postgres:#?}"
    );
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let storage = SqliteStorage::temporary().await.unwrap();
    let sqlite = SqlitePool::connect_with(SqliteConnectOptions::new().filename(storage.path())).await.unwrap();
    let database = TemporaryDatabase::make().await.unwrap();
    let postgres = PgPool::connect(&database.url()).await.unwrap();

    let parts: Vec<String> = sqlx::query_scalar(SQLITE).fetch_all(&sqlite).await.unwrap();
    assert!(parts.len() > 200, "the look at SQLite found only {parts:#?}");
    let others: Vec<String> = sqlx::query_scalar(POSTGRES).fetch_all(&postgres).await.unwrap();
    assert_same(&parts.into_iter().collect(), &others.into_iter().collect());

    let texts: Vec<Text> = sqlx::query_as(SQLITE_TEXTS).fetch_all(&sqlite).await.unwrap();
    let others: Vec<Text> = sqlx::query_as(POSTGRES_TEXTS).fetch_all(&postgres).await.unwrap();
    let rules_of_sqlite: BTreeSet<String> = texts.into_iter().flat_map(rules).collect();
    for sort in [
        " by default",
        " holds rows where ",
        " keeps to ",
        " refuses INSERT ",
        " refuses UPDATE where whatever",
        " comes after ",
    ] {
        assert!(rules_of_sqlite.iter().any(|rule| rule.contains(sort)), "none{sort}: {rules_of_sqlite:#?}");
    }
    assert_same(&rules_of_sqlite, &others.into_iter().flat_map(rules).collect());
}

/// It sorts as on SQLite, and references are checked as late.
#[tokio::test]
async fn all_text_sorts_by_bytes_and_all_references_wait_for_the_commit() {
    let database = TemporaryDatabase::make().await.unwrap();
    let postgres = PgPool::connect(&database.url()).await.unwrap();
    let others: Vec<String> = sqlx::query_scalar(
        "SELECT format('%s.%s', attrelid::regclass, attname)
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_collation ON pg_collation.oid = attcollation
         WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> '_sqlx_migrations'
             AND collname <> 'C'
         UNION ALL
         SELECT conname FROM pg_constraint
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND NOT condeferred",
    )
    .fetch_all(&postgres)
    .await
    .unwrap();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn migrations_come_in_pairs() {
    let names = |folder: &str| -> BTreeSet<_> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(folder);
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
