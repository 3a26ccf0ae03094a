//! What an approval signs.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{cost::Estimate, ids::SecretId, plan::Plan, template::Inputs};

/// A secret by reference; the value lies in its envelope and is in no plan, log, page or audit event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    /// Its id.
    pub id: SecretId,
    /// Which value.
    pub version: u32,
}

/// SHA-256 in hex.
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The seal over edition, revision, inputs, plan (with the digest of what was observed) and cost. Every part is written in
/// a canonical form: maps in the order of their keys, steps in the order of the plan.
pub fn seal(edition: u32, revision_hash: &str, inputs: &Inputs, plan: &Plan, cost: &Estimate) -> String {
    let parts = serde_json::json!(["gantry-seal-1", edition, revision_hash, inputs, plan, cost]);
    digest(parts.to_string())
}
