//! What operations take and give, and how it comes from the domain's words. Pure mapping; one file per subject.
//!
//! These shapes are a promise to programs: a field is added, never renamed or taken away.

pub mod audit;
pub mod environment;
pub mod plan;
pub mod request;
pub mod run;
pub mod stack;
pub mod template;
pub mod words;

use domain::{authz::Denied, environment::Environment, people::Team};
use serde::Serialize;
use utoipa::ToSchema;

/// A thing by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Named {
    /// A thing by id and name.
    pub fn new(id: impl ToString, name: impl Into<String>) -> Self {
        Self { id: id.to_string(), name: name.into() }
    }
}

impl From<&Environment> for Named {
    fn from(environment: &Environment) -> Self {
        Self::new(&environment.id, &environment.name)
    }
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamName {
    /// Its id.
    #[schema(example = "team-7F3K2M9Q")]
    pub id: String,
    /// Its short name.
    #[schema(example = "payments")]
    pub name: String,
    /// Its name as shown.
    #[schema(example = "Payments")]
    pub title: String,
}

impl From<&Team> for TeamName {
    fn from(team: &Team) -> Self {
        Self { id: team.id.to_string(), name: team.name.clone(), title: team.title.clone() }
    }
}

/// Whether the caller may do something now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permission {
    /// Whether they may.
    pub allowed: bool,
    /// Why not.
    pub reason: Option<String>,
}

impl From<&Result<(), Denied>> for Permission {
    fn from(may: &Result<(), Denied>) -> Self {
        Self { allowed: may.is_ok(), reason: may.as_ref().err().map(|denied| denied.reason.clone()) }
    }
}

/// Something was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Made {
    /// Its id.
    #[schema(example = "req-7F3K2M9Q")]
    pub id: String,
    /// Where it is.
    #[schema(example = "/api/v1/requests/req-7F3K2M9Q")]
    pub url: String,
}
