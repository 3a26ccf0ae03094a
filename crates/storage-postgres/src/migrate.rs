//! Brings the schema up to date, and gives the user who serves exactly the rights that serving needs.

use sqlx::{Connection as _, Executor as _, PgConnection, migrate::Migrator, postgres::PgConnectOptions};
use storage::schema;

use crate::{OpenError, WRITERS, connect, failed_at};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

/// What grants every right that serving needs to the user `$1`, a statement a row, for what the one who asks has made.
/// What is append-only can be read and added to; what was migrated can be read.
const GRANTS: &str = "
    SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), $1)
    UNION ALL
    SELECT format('GRANT %s ON %s TO %I', rights, tables.oid::regclass, $1)
    FROM pg_class AS tables,
        LATERAL (SELECT CASE
            WHEN relname = '_sqlx_migrations' THEN 'SELECT'
            WHEN EXISTS (
                SELECT FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
                WHERE tgrelid = tables.oid AND proname = 'refuse_change'
            ) THEN 'SELECT, INSERT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END AS rights) AS serving
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relowner = current_user::regrole
    UNION ALL
    SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', oid::regprocedure, $1)
    FROM pg_proc
    WHERE prorettype <> 'trigger'::regtype
        AND pronamespace = current_schema()::regnamespace AND proowner = current_user::regrole";

/// Migrates as one user for another; without a second user, as the one who serves. Answers the schema in which the
/// tables are.
pub(crate) async fn migrate(
    serving: &PgConnectOptions,
    migrating: Option<&PgConnectOptions>,
) -> Result<String, OpenError> {
    let schema = current_schema(serving).await?;
    // A user with more rights may have another search path.
    let options = migrating.unwrap_or(serving);
    let mut connection = connect(options).await?;
    work_in(&mut connection, &schema).await.map_err(failed_at(options))?;
    // Rights cannot be granted by two processes at once, so this lock is around all of it. It goes with the connection.
    let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(WRITERS + 1);
    lock.execute(&mut connection).await.map_err(failed_at(options))?;
    schema::bring_up_to_date(&mut connection, &MIGRATIONS).await?;
    if options.get_username() != serving.get_username() {
        grant(&mut connection, serving.get_username()).await.map_err(failed_at(options))?;
    }
    close(connection).await;
    Ok(schema)
}

/// The schema in which this user's tables are.
pub(crate) async fn current_schema(options: &PgConnectOptions) -> Result<String, OpenError> {
    let mut connection = connect(options).await?;
    let schema = sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut connection).await;
    close(connection).await;
    let schema: Option<String> = schema.map_err(failed_at(options))?;
    schema.ok_or_else(|| OpenError::NoSchema { user: options.get_username().to_owned() })
}

async fn work_in(connection: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let path = "SELECT set_config('search_path', quote_ident($1), false)";
    sqlx::query(path).bind(schema).execute(connection).await.map(drop)
}

async fn grant(connection: &mut PgConnection, user: &str) -> sqlx::Result<()> {
    let grants: Vec<String> = sqlx::query_scalar(GRANTS).bind(user).fetch_all(&mut *connection).await?;
    for grant in grants {
        connection.execute(&*grant).await?;
    }
    Ok(())
}

async fn close(connection: PgConnection) {
    // One that cannot say goodbye is gone as well.
    drop(connection.close().await);
}
