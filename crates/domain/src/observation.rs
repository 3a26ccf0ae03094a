//! What was seen in AWS, in the shape in which Gantry describes what it wants.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::kinds::Kind;

/// Named outputs of a resource: `arn`, `id`, `dns_name`, …
pub type Outputs = BTreeMap<String, String>;

/// Which object to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// Its kind.
    pub kind: Kind,
    /// Its physical name (for kinds that are found by fields: a label only).
    pub name: String,
    /// Its spec with every reference resolved, as far as that is known; identity fields are read from here.
    pub spec: Json,
    /// The outputs that were recorded when Gantry made it; empty for a new one.
    pub outputs: Outputs,
    /// The value of the tag `gantry:stack` that makes it ours.
    pub stack: String,
    /// The value of the tag `gantry:resource`.
    pub resource: String,
    /// The value of the tag `gantry:installation`.
    pub installation: String,
}

/// What stands in AWS under an identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// Nothing, or something that AWS has marked as gone.
    Absent,
    /// Ours, by its tags (or, where a kind takes no tags, by its parent's).
    Ours {
        /// The fields that could be read, in the shape of the kind's spec. A field that AWS does not show is left out.
        fields: Json,
        /// Its outputs.
        outputs: Outputs,
    },
    /// It bears the name but not our tags: never touched.
    Foreign {
        /// Its ARN or id, and what its tags say of an owner.
        what: String,
    },
}

/// Everything that was seen for one plan: logical resource name to what stands there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// By logical resource name.
    pub resources: BTreeMap<String, Observed>,
}
