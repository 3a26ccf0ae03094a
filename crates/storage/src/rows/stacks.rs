//! Rows of stacks, their resources and reservations.

use chrono::{DateTime, Utc};
use domain::{
    kinds::Kind,
    observation::Outputs,
    plan::Resource,
    stack::{Reservation, Stack},
    template::Inputs,
    value::Value,
};
use sqlx::types::Json;

use super::Reading;
use crate::{Result, StorageError};

/// A row of `stacks`.
#[derive(Debug, sqlx::FromRow)]
pub struct StackRow {
    id: String,
    name: String,
    team_id: String,
    environment_id: String,
    revision: String,
    inputs: Json<Inputs>,
    status: String,
    outputs: Json<Outputs>,
    monthly_micros: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl StackRow {
    /// What to select.
    pub const COLUMNS: &str = "id, name, team_id, environment_id, revision, inputs, status, outputs, monthly_micros, \
        created_at, updated_at, version";
}

impl TryFrom<StackRow> for Stack {
    type Error = StorageError;
    fn try_from(row: StackRow) -> Result<Self> {
        let reading = Reading::new("stack", &row.id);
        Ok(Self {
            id: reading.parse("id", &row.id)?,
            team: reading.parse("team_id", &row.team_id)?,
            environment: reading.parse("environment_id", &row.environment_id)?,
            status: reading.parse("status", &row.status)?,
            name: row.name,
            revision: row.revision,
            inputs: row.inputs.0,
            outputs: row.outputs.0,
            monthly_micros: row.monthly_micros,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// A row of `resources`.
#[derive(Debug, sqlx::FromRow)]
pub struct ResourceRow {
    logical: String,
    generation: i64,
    kind: String,
    name: String,
    wanted: Json<Value>,
    spec: Json<serde_json::Value>,
    outputs: Json<Outputs>,
    live: bool,
}

impl ResourceRow {
    /// What to select.
    pub const COLUMNS: &str = "logical, generation, kind, name, wanted, spec, outputs, live";
}

impl TryFrom<ResourceRow> for Resource {
    type Error = StorageError;
    fn try_from(row: ResourceRow) -> Result<Self> {
        let reading = Reading::new("resource", &row.name);
        let kind = Kind::ALL
            .iter()
            .find(|kind| kind.name() == row.kind)
            .ok_or_else(|| reading.corrupt(format_args!("there is no kind `{}`", row.kind)))?;
        Ok(Self {
            kind: *kind,
            generation: reading.number("generation", row.generation)?,
            logical: row.logical,
            name: row.name,
            wanted: row.wanted.0,
            spec: row.spec.0,
            outputs: row.outputs.0,
            live: row.live,
        })
    }
}

/// A row of `reservations`.
#[derive(Debug, sqlx::FromRow)]
pub struct ReservationRow {
    scope: String,
    value: String,
    stack_id: String,
    resource: String,
}

impl ReservationRow {
    /// What to select.
    pub const COLUMNS: &str = "scope, value, stack_id, resource";
}

impl TryFrom<ReservationRow> for Reservation {
    type Error = StorageError;
    fn try_from(row: ReservationRow) -> Result<Self> {
        let stack = Reading::new("reservation", &row.value).parse("stack_id", &row.stack_id)?;
        Ok(Self { scope: row.scope, value: row.value, stack, resource: row.resource })
    }
}
