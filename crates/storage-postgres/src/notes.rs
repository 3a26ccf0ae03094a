//! What runs write, many at once: in one question to the server, which is further away than a file.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json as row};
use sqlx::{PgConnection, error::Error};
use storage::{Note, Notes, Result, StorageError, rows::failed_on};

use crate::{
    WRITERS,
    dialect::{Tx, json},
};

/// Which table a refusal is about is not said; most of what is written goes here.
const TABLE: &str = "run_events";

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The rows of each kind, as the function of `migrations/postgres/0010_notes.sql` reads them.
#[derive(Default)]
struct Rows {
    notes: Vec<Json>,
    events: Vec<Json>,
    resources: Vec<Json>,
    lines: Vec<Json>,
}

impl Rows {
    fn add(&mut self, number: usize, note: &Note) -> serde_json::Result<()> {
        self.notes.push(row!({
            "note": number,
            "run": note.run,
            "fence": note.fence,
            "speaks": !note.events.is_empty(),
            "until": note.until.map(instant),
            "status": note.status.map(|status| status.as_str()),
            "secret": note.erased.as_ref().map(|secret| &secret.id),
            "edition": note.erased.as_ref().map(|secret| secret.version),
        }));
        for event in &note.events {
            let event = serde_json::to_string(event)?;
            self.events.push(row!({"note": number, "run": note.run, "at": instant(note.at), "event": event}));
        }
        for resource in &note.resources {
            self.resources.push(row!({
                "note": number,
                "stack": note.stack,
                "logical": resource.logical,
                "generation": resource.generation,
                "kind": resource.kind.name(),
                "name": resource.name,
                "wanted": serde_json::to_string(&resource.wanted)?,
                "spec": serde_json::to_string(&resource.spec)?,
                "outputs": serde_json::to_string(&resource.outputs)?,
                "live": resource.live,
            }));
        }
        for entry in &note.lines {
            let entry = entry.settled()?;
            self.lines.push(row!({
                "note": number,
                "at": instant(entry.at),
                "actor": entry.actor,
                "actor_name": entry.actor_name,
                "address": entry.address,
                "action": entry.action,
                "object": entry.object,
                "team": entry.team,
                "summary": entry.summary,
                "detail": entry.detail.to_string(),
                "hashed": entry.hashed(),
            }));
        }
        Ok(())
    }
}

/// Writes them in the transaction of this connection, or in one of its own.
async fn write(connection: &mut PgConnection, notes: &[&Note]) -> sqlx::Result<Vec<Option<u64>>> {
    let mut rows = Rows::default();
    for (number, note) in notes.iter().enumerate() {
        rows.add(number, note).map_err(|error| Error::Encode(error.into()))?;
    }
    let written: Vec<(i64, i64)> = sqlx::query_as("SELECT note, place FROM write_notes($1, $2, $3, $4, $5)")
        .bind(WRITERS)
        .bind(json(&rows.notes))
        .bind(json(&rows.events))
        .bind(json(&rows.resources))
        .bind(json(&rows.lines))
        // To the end of the answer: that of a transaction of its own says there whether it was committed.
        .fetch_all(connection)
        .await?;
    let mut places = vec![None; notes.len()];
    for (number, place) in written {
        if let Some(of) = usize::try_from(number).ok().and_then(|number| places.get_mut(number)) {
            *of = Some(place.unsigned_abs());
        }
    }
    Ok(places)
}

/// Writes them in a transaction of its own, as `Storage::write_alone` says.
pub(crate) async fn write_alone(
    connection: &mut PgConnection,
    notes: &[&Note],
) -> Result<Result<Vec<Option<u64>>, StorageError>> {
    match write(connection, notes).await {
        Ok(places) => Ok(Ok(places)),
        // An operator's intervention (class 57) may come when it is committed already; every other refusal takes it back.
        Err(Error::Database(refusal)) if refusal.code().is_some_and(|code| !code.starts_with("57")) => {
            Err(failed_on(TABLE)(Error::Database(refusal)))
        }
        Err(error) => Ok(Err(failed_on(TABLE)(error))),
    }
}

#[async_trait]
impl Notes for Tx {
    async fn write_notes(&mut self, notes: &[&Note]) -> Result<Vec<Option<u64>>> {
        // The history may go on from another place now.
        *self.audited() = None;
        let places = write(self.connection(), notes).await.map_err(failed_on(TABLE))?;
        self.all_went_through();
        Ok(places)
    }
}
