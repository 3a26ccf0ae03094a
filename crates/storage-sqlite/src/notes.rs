//! What runs write, many at once: a statement for each table, however many write.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use sqlx::QueryBuilder;
use storage::{AuditLog as _, Note, Notes, Result, Runs as _, Secrets as _, rows::failed_on};

use crate::{
    dialect::{Tx, instant, json},
    sql::recurs,
};

impl Tx {
    /// Holds the leases longer of those that ask for it; the runs that are still held with their fences.
    async fn hold(&mut self, notes: &[&Note]) -> Result<BTreeSet<String>> {
        let Some(until) = notes.iter().filter_map(|note| note.until).max() else { return Ok(BTreeSet::new()) };
        let mut query = QueryBuilder::new("UPDATE runs SET leased_until = ");
        query.push_bind(instant(until)).push(" WHERE leased_by IS NOT NULL AND (id, fence) IN (");
        query.push_values(notes.iter().filter(|note| note.until.is_some()), |mut row, note| {
            row.push_bind(note.run.as_str()).push_bind(note.fence);
        });
        query.push(") RETURNING id");
        let held = query.build_query_scalar().persistent(recurs(notes.len())).fetch_all(self.connection()).await;
        Ok(held.map_err(failed_on("runs"))?.into_iter().collect())
    }

    /// Appends to the logs of the runs that are held with their fences; where each of these ends now. The history's end
    /// comes with the answer: what follows in the transaction need not ask for it.
    async fn append_to_logs(&mut self, notes: &[&Note]) -> Result<BTreeMap<String, u64>> {
        let mut ends = BTreeMap::new();
        let events: Vec<_> = notes.iter().flat_map(|note| note.events.iter().map(move |event| (note, event))).collect();
        if events.is_empty() {
            return Ok(ends);
        }
        let mut query = QueryBuilder::new(
            "INSERT INTO run_events (run_id, position, at, event)
             SELECT column1, column2 + coalesce((SELECT max(position) FROM run_events WHERE run_id = column1), 0),
                 column3, column4 FROM (",
        );
        let mut counts = BTreeMap::new();
        query.push_values(&events, |mut row, (note, event)| {
            let count = counts.entry(&note.run).or_insert(0_i64);
            *count += 1;
            row.push_bind(note.run.as_str()).push_bind(*count).push_bind(instant(note.at)).push_bind(json(event));
            row.push_bind(note.fence);
        });
        query.push(
            ") AS new WHERE (SELECT fence FROM runs WHERE id = column1 AND leased_by IS NOT NULL) = column5
             RETURNING run_id, position,
                 (SELECT max(position) FROM audit_events),
                 (SELECT hash FROM audit_events ORDER BY position DESC LIMIT 1)",
        );
        let appended = query
            .build_query_as::<(String, i64, Option<i64>, Option<String>)>()
            .persistent(recurs(events.len()))
            .fetch_all(self.connection())
            .await
            .map_err(failed_on("run_events"))?;
        for (run, position, audited, hash) in appended {
            let end = ends.entry(run).or_default();
            *end = position.unsigned_abs().max(*end);
            *self.audited() = audited.zip(hash);
        }
        Ok(ends)
    }
}

#[async_trait]
impl Notes for Tx {
    async fn write_notes(&mut self, notes: &[&Note]) -> Result<Vec<Option<u64>>> {
        // Fences grow: whoever comes with a lower one than another has lost the run to them.
        let mut fences = BTreeMap::new();
        for note in notes {
            let fence = fences.entry(&note.run).or_insert(note.fence);
            *fence = note.fence.max(*fence);
        }
        let newest: Vec<&Note> = notes.iter().filter(|note| fences[&note.run] == note.fence).copied().collect();
        let mut held = self.hold(&newest).await?;
        let mut ends = self.append_to_logs(&newest).await?;
        held.extend(ends.keys().cloned());
        let is_held = |note: &Note| fences[&note.run] == note.fence && held.contains(note.run.as_str());
        let (mut resources, mut lines) = (vec![], vec![]);
        for note in notes.iter().filter(|note| is_held(note)) {
            resources.extend(note.resources.iter().map(|resource| (&note.stack, resource)));
            lines.extend_from_slice(&note.lines);
            if let Some(status) = note.status {
                self.set_run_status(&note.run, status, None).await?;
            }
            if let Some(secret) = &note.erased {
                self.erase_secret(&secret.id, secret.version).await?;
            }
        }
        self.set_resources(&resources).await?;
        self.append_audits(&lines).await?;
        let mut places = vec![None; notes.len()];
        // The last note of a run ends where its log does, the one before it where that one begins.
        for (note, place) in notes.iter().zip(&mut places).rev().filter(|(note, _)| is_held(note)) {
            let end = ends.entry(note.run.to_string()).or_default();
            *place = Some(if note.events.is_empty() { 0 } else { *end });
            note.events.iter().for_each(|_| *end -= 1);
        }
        Ok(places)
    }
}
