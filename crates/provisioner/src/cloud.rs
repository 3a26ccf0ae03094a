//! The port to AWS: verbs per kind in Gantry's own types. `crates/aws` is the one real implementation.
//!
//! Every verb is find-or-create, idempotent and safe to repeat after a lost reply: `create` first looks the object up
//! by its identity and takes it when it is ours, `delete` takes not-found for success. No verb retries; it classifies
//! ([`Class`]), and the runner decides.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    environment::Environment,
    kinds::Kind,
    observation::{Lookup, Observed, Outputs},
};
use serde_json::Value as Json;

/// The object that a mutating verb is about.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where to find it.
    pub lookup: Lookup,
    /// Every tag it must bear (the three of Gantry, the environment's, the team's).
    pub tags: BTreeMap<String, String>,
    /// Stable across retries of the same step; at most 36 characters of ASCII.
    pub client_token: String,
    /// The clear text of a secret, for the one kind whose spec holds a secret reference.
    pub secret: Option<Secret>,
}

/// Clear text that never prints itself.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One call that changed something in AWS, for the audit history.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Call {
    /// The AWS service, for example `ecs`.
    pub service: String,
    /// The operation, for example `CreateService`.
    pub operation: String,
    /// The request id that AWS returned, where it did.
    pub request_id: Option<String>,
    /// The error code, where the call failed.
    pub error: Option<String>,
    /// It failed without an answer: whether it took effect is not known.
    pub unanswered: bool,
}

/// The result of a verb and the mutating calls it made, whether it succeeded or not.
#[derive(Debug)]
pub struct Answer<T> {
    /// What came of it.
    pub result: Result<T, CloudError>,
    /// The calls in order.
    pub calls: Vec<Call>,
}

/// Whether a created, updated or deleted object has arrived where it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is there (or gone, after a delete).
    Done(Outputs),
    /// AWS is still at it.
    Waiting {
        /// A plain sentence: what it is waiting for.
        why: String,
    },
    /// It will not get there by itself.
    Failed {
        /// A plain sentence: what AWS says.
        why: String,
    },
}

/// What kind of refusal it was, and hence what to do; decided in one place in `crates/aws`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Rate exceeded: wait and repeat.
    Throttled,
    /// AWS is not there, answered 5xx, or the reply was lost: look up, then repeat.
    Unavailable,
    /// Something made a moment ago is not visible everywhere yet (new roles, new load balancers): repeat for up to two minutes.
    Propagating,
    /// Something still holds it (network interfaces, draining tasks, an update in progress): repeat for many minutes.
    Busy,
    /// The world has changed since the plan was made (a name, a priority, a parent): plan again.
    Stale,
    /// Not allowed: show which permission is missing.
    Denied,
    /// AWS will never accept this.
    Refused,
}

impl Class {
    /// Its name in counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Propagating => "propagating",
            Self::Busy => "busy",
            Self::Stale => "stale",
            Self::Denied => "denied",
            Self::Refused => "refused",
        }
    }
}

/// A refusal by AWS, classified.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{service}:{operation} was refused: {code}: {message}")]
pub struct CloudError {
    /// What to do about it.
    pub class: Class,
    /// The AWS service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// AWS's code, or one of ours (`foreign-resource`, `unreachable`, `no-credentials`).
    pub code: String,
    /// AWS's message.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// What it means and what a person can do, in one or two sentences.
    pub advice: String,
}

/// Of what an account may have in thousands, so many are listed: nobody looks through more.
pub const MOST_LISTED: usize = 1000;

/// What can be picked from an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inventory {
    /// ACTIVE ECS clusters.
    Clusters,
    /// ISSUED certificates in ACM.
    Certificates,
    /// VPCs.
    Vpcs,
    /// Subnets of a VPC (its id is the parent); facts: `zone`, `reach` (`public` where a route leads to an internet
    /// gateway, else `private`).
    Subnets,
    /// HTTP and HTTPS listeners of the application load balancers in a VPC (its id is the parent); facts: `arn`,
    /// `dns_name`, `security_group`, `https` (`true` or `false`), `state` (`active` once it serves).
    SharedListeners,
    /// Application load balancers in a VPC (its id is the parent).
    LoadBalancers,
    /// Hosted zones of Route 53.
    HostedZones,
    /// IAM roles but those of AWS's services, [`MOST_LISTED`] at most.
    Roles,
    /// The one such role whose ARN is the parent, if it exists.
    Role,
    /// Parameters in the SSM Parameter Store, [`MOST_LISTED`] at most.
    Parameters,
    /// The one parameter whose name is the parent, if it exists.
    Parameter,
    /// The one policy whose ARN is the parent, if it exists.
    Policy,
    /// Priorities and host + path pairs taken on a listener (its ARN is the parent).
    ListenerRules,
}

/// One thing to pick.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InventoryItem {
    /// What a field holds when it is picked: an ARN or id; for listener rules the priority.
    pub value: String,
    /// As a person reads it.
    pub label: String,
    /// What else is known about it; which facts there are is said at [`Inventory`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

impl InventoryItem {
    /// One without facts.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), facts: BTreeMap::new() }
    }

    /// The same with one more fact.
    pub fn with(mut self, fact: &str, value: impl Into<String>) -> Self {
        self.facts.insert(fact.to_owned(), value.into());
        self
    }

    /// A fact; empty where it is not known.
    pub fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }
}

/// One account and region.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// Looks; never changes anything.
    async fn observe(&self, lookup: &Lookup) -> Result<Observed, CloudError>;

    /// Makes it, or takes what an earlier try of the same step made. `spec` has every reference resolved.
    /// Foreign namesakes are refused with code `foreign-resource`.
    async fn create(&self, target: &Target, spec: &Json) -> Answer<Outputs>;

    /// Brings ours from `before` (the recorded spec) to `after`; must be repeatable.
    async fn update(&self, target: &Target, before: &Json, after: &Json) -> Answer<Outputs>;

    /// Whether what was created or updated is ready. `spec` as in `create`.
    async fn ready(&self, target: &Target, spec: &Json) -> Result<Progress, CloudError>;

    /// Starts to delete it; not-found is success, a foreign namesake is left alone and counts as gone.
    async fn delete(&self, target: &Target) -> Answer<()>;

    /// Whether the deleted object is gone.
    async fn gone(&self, target: &Target) -> Result<Progress, CloudError>;

    /// Lists what can be picked.
    async fn inventory(&self, what: Inventory, parent: Option<&str>) -> Result<Vec<InventoryItem>, CloudError>;
}

/// Opens the door to an environment's account and region.
#[async_trait]
pub trait Clouds: Send + Sync {
    /// Signs in as the environment's launch role.
    async fn connect(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError>;

    /// Signs in anew and keeps nothing: for an environment that is only thought of, or whose role is on trial.
    async fn try_out(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        self.connect(environment).await
    }
}

/// The kind of a target, for logs and metrics.
impl Target {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.lookup.kind
    }
}
