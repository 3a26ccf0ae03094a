//! What the request form learns from the server while it is being filled in.

use serde::{Deserialize, Serialize};

use crate::{CostLine, Glyph, StepAction};

/// One thing wrong with what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field: "container_port", "environment.2.name"; empty for the form as a whole.
    pub path: String,
    /// For machines.
    pub code: String,
    /// For people.
    pub message: String,
}

/// A step in the miniature of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewStep {
    /// "Target group".
    pub kind: String,
    /// Its picture.
    #[serde(default)]
    pub glyph: Glyph,
    /// "orders".
    pub name: String,
    /// What happens to it.
    #[serde(default)]
    pub action: StepAction,
    /// Column.
    pub wave: u32,
}

/// Answer of `POST /catalogue/{template}/preview`, and what the form starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preview {
    /// All that is wrong now.
    pub errors: Vec<FieldError>,
    /// "$58.12"; nothing while the inputs do not suffice.
    pub cost_monthly: Option<String>,
    /// Its parts.
    pub cost_lines: Vec<CostLine>,
    /// Steps of the plan; empty while the inputs do not suffice.
    pub steps: Vec<PreviewStep>,
    /// Names of the fields that count now; the others are put away.
    pub visible: Vec<String>,
    /// Who will have to say yes: "One owner of Payments".
    pub approvers: Vec<String>,
}
