//! What Gantry knows of each kind of AWS resource: its typed spec, its outputs, the limits that AWS sets, what can be
//! changed in place. The verbs that call AWS stand in `crates/aws/src/kinds`, one file per kind there as here.
//!
//! To add a kind: one file here with its spec and a [`KindDef`], one file there with its verbs, one line in [`Kind`].

mod ecs_cluster;
mod ecs_service;
mod iam_role;
mod limits;
mod listener;
mod listener_rule;
mod load_balancer;
mod log_group;
mod scalable_target;
mod scaling_policy;
mod security_group;
mod ssm_parameter;
mod target_group;
mod task_definition;
mod together;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

pub use self::{
    ecs_cluster::{EcsCluster, Strategy},
    ecs_service::{Attachment, EcsService},
    iam_role::IamRole,
    limits::{check_name, check_tags},
    listener::{DefaultAction, Listener, ListenerProtocol},
    listener_rule::ListenerRule,
    load_balancer::{LoadBalancer, Scheme},
    log_group::{LogGroup, RETENTION_DAYS},
    scalable_target::ScalableTarget,
    scaling_policy::{ScalingMetric, ScalingPolicy},
    security_group::{SecurityGroup, SecurityGroupRule},
    ssm_parameter::{ParameterType, SsmParameter},
    target_group::{HealthCheck, TargetGroup, TargetProtocol, TargetType},
    task_definition::{
        Container, ContainerDependency, DependencyCondition, LogTarget, TaskDefinition, fargate_memory_mib,
    },
    together::check_together,
};
use crate::Problem;

/// The kinds that Gantry can provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each kind is documented at its spec")]
pub enum Kind {
    EcsCluster,
    SecurityGroup,
    LoadBalancer,
    TargetGroup,
    Listener,
    ListenerRule,
    IamRole,
    LogGroup,
    SsmParameter,
    TaskDefinition,
    EcsService,
    ScalableTarget,
    ScalingPolicy,
}

/// How AWS tells two resources of a kind apart, and hence how Gantry finds one again after a lost reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By the physical name that the plan decided.
    Name {
        /// The longest name that AWS accepts, in characters.
        max: usize,
    },
    /// By a path-like name, `/gantry/<environment>/<stack>/<resource>-<hash>`.
    Path,
    /// By the named fields of its spec (a listener: load balancer and port).
    Fields(&'static [&'static str]),
}

/// Everything about a kind that is the same for all its resources.
#[derive(Debug)]
pub struct KindDef {
    /// Which kind.
    pub kind: Kind,
    /// The AWS term, as a person reads it.
    pub label: &'static str,
    /// The AWS service that owns it (`ecs`, `ec2`, `elasticloadbalancing`, …), for the picture and the console link.
    pub service: &'static str,
    /// The outputs that others may refer to; all are text.
    pub outputs: &'static [&'static str],
    /// How it is found.
    pub identity: Identity,
    /// Spec fields (top level) whose change needs a new resource in place of the old; `*` means any field.
    pub replaced_by: &'static [&'static str],
    /// Spec fields (top level) from which nothing is taken away while what uses the resource still runs as before: the
    /// rules of a security group, the permissions of a role. An update then only adds, and a second one takes away last.
    pub sheds_last: &'static [&'static str],
    /// Spec fields (top level) that something else owns under this spec (the desired count under autoscaling):
    /// written at creation, never compared afterwards.
    pub unowned: fn(&Json) -> &'static [&'static str],
    /// Neighbours that must stand before it although no field names them.
    pub through: &'static [Through],
    /// True where AWS takes tags on it.
    pub tagged: bool,
    /// Seconds that a create, an update and a delete typically take on real AWS (call and becoming ready).
    pub typical_seconds: Typical,
    /// Parses a resolved spec into its type and checks the limits of AWS that no reply would explain better.
    /// Text that contains `${` stands for an output that is not known yet.
    pub check: fn(&Json) -> Vec<Problem>,
    /// The one form of a spec in which two that mean the same to AWS are equal: defaults filled in, sets sorted, absent
    /// options written as null. For desired and observed alike, before they are compared; a field that AWS never shows
    /// (the reference behind a SecureString) stays left out.
    pub normalise: fn(&Json) -> Json,
}

/// A need that no field expresses: a resource that refers to a `shared` one also needs every resource of the kinds
/// `by` that refers to the same `shared` one. (AWS refuses a service whose target group has no listener or rule yet.)
#[derive(Clone, Copy, Debug)]
pub struct Through {
    /// The kind that both refer to.
    pub shared: Kind,
    /// The kinds that must come first.
    pub by: &'static [Kind],
    /// The reason, as a person reads it.
    pub why: &'static str,
}

/// Nothing is owned by anything else.
pub fn all_owned(_: &Json) -> &'static [&'static str] {
    &[]
}

/// Typical durations in seconds.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Typical {
    pub create: u32,
    pub update: u32,
    pub delete: u32,
}

/// A typed spec.
pub trait KindSpec: Serialize + DeserializeOwned {
    /// What is the same for all resources of the kind.
    const DEF: KindDef;

    /// Limits of AWS beyond the types. Paths are relative to the spec.
    fn problems(&self) -> Vec<Problem>;

    /// Brings lists that AWS treats as sets, and other spellings of the same thing, into one form.
    fn normalised(self) -> Self {
        self
    }
}

/// True for text that stands for an output which only AWS will name.
pub fn unresolved(text: &str) -> bool {
    text.contains("${")
}

/// The `check` of a kind: unknown keys, wrong types, then [`KindSpec::problems`].
pub fn check<S: KindSpec>(spec: &Json) -> Vec<Problem> {
    match serde_path_to_error::deserialize::<_, S>(spec) {
        Ok(spec) => spec.problems(),
        Err(error) => {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            vec![Problem::new("invalid-spec", path, error.into_inner().to_string())]
        }
    }
}

/// The `normalise` of a kind: parsed, brought into one form, written out with every default. A spec that does not parse
/// is left as it is (its [`check`] says why).
pub fn normalise<S: KindSpec>(spec: &Json) -> Json {
    let Ok(typed) = S::deserialize(spec) else { return spec.clone() };
    serde_json::to_value(typed.normalised()).unwrap_or_else(|_| spec.clone())
}

/// Sorts what AWS treats as a set.
fn as_set<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}

fn yes() -> bool {
    true
}

macro_rules! registry {
    ($($kind:ident),*) => {
        impl Kind {
            /// Every kind, in the order of the enumeration.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// What is known of this kind.
            pub fn def(self) -> &'static KindDef {
                match self {
                    $(Self::$kind => const { &<$kind as KindSpec>::DEF },)*
                }
            }

            /// As it is written in a template.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)*
                }
            }
        }
    };
}

registry!(
    EcsCluster,
    SecurityGroup,
    LoadBalancer,
    TargetGroup,
    Listener,
    ListenerRule,
    IamRole,
    LogGroup,
    SsmParameter,
    TaskDefinition,
    EcsService,
    ScalableTarget,
    ScalingPolicy
);

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
