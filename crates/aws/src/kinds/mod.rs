//! The verbs of every kind, one file each. A kind says how to look, make, converge, retag and unmake ([`Verbs`]); what
//! all have in common stands here: look first, never touch what is not ours, bring what is ours to what is wanted.

mod ecs_cluster;
mod ecs_service;
mod iam_role;
mod listener;
mod listener_rule;
mod load_balancer;
mod load_balancing;
mod log_group;
mod scalable_target;
mod scaling_policy;
mod security_group;
mod ssm_parameter;
mod target_group;
mod task_definition;

use async_trait::async_trait;
use domain::{
    kinds::{
        EcsCluster, EcsService, IamRole, Kind, KindSpec, Listener, ListenerRule, LoadBalancer, LogGroup,
        ScalableTarget, ScalingPolicy, SecurityGroup, SsmParameter, TargetGroup, TaskDefinition,
    },
    observation::{Lookup, Observed, Outputs},
};
use provisioner::cloud::{Class, CloudError, Progress, Target};
use serde_json::Value as Json;

use crate::{
    error::{foreign, refusal},
    ownership::{Tags, describe_foreign, is_ours, missing},
    policy::Grant,
    session::Session,
};

pub(crate) use self::{
    ecs_service::{SERVICES_AT_ONCE, TASKS_AT_ONCE},
    listener_rule::{hosts_and_paths, rules_of},
};

/// What stands under an identity.
pub(crate) enum Seen<S> {
    Absent,
    Ours(Ours<S>),
    /// Its id and what its tags say.
    Foreign(String),
}

/// What is ours.
pub(crate) struct Ours<S> {
    pub(crate) spec: S,
    pub(crate) outputs: Outputs,
    pub(crate) tags: Tags,
}

impl<S: KindSpec> Seen<S> {
    /// Ours or foreign, by its tags. `id` is for people.
    pub(crate) fn by_tags(lookup: &Lookup, id: &str, tags: Tags, spec: S, outputs: Outputs) -> Self {
        if is_ours(lookup, &tags) {
            Self::Ours(Ours { spec: spec.normalised(), outputs, tags })
        } else {
            Self::Foreign(describe_foreign(id, &tags))
        }
    }
}

/// What a kind can do. Specs have every reference resolved.
#[async_trait]
pub(crate) trait Verbs: KindSpec + Clone + Send + Sync + 'static {
    /// What the launch role must be allowed for these verbs; a test compares it with their calls.
    const GRANTS: &'static [Grant];

    /// Finds it by its identity.
    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError>;

    /// Makes it where nothing stands, with all its tags.
    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError>;

    /// Brings what stands there to `want`, with as few calls as possible; none where it is as wanted.
    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError>;

    /// Sets tags.
    async fn retag(session: &Session<'_>, target: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError>;

    /// Starts to delete it.
    async fn unmake(session: &Session<'_>, target: &Target, now: &Ours<Self>) -> Result<(), CloudError>;

    /// Whether it is ready; most kinds are, once made.
    async fn ready(session: &Session<'_>, target: &Target, _want: &Self) -> Result<Progress, CloudError> {
        let known = &target.lookup.outputs;
        if Self::DEF.outputs.iter().all(|output| known.contains_key(*output)) {
            return Ok(Progress::Done(known.clone()));
        }
        Ok(match Self::look(session, &target.lookup).await? {
            Seen::Ours(now) => Progress::Done(now.outputs),
            Seen::Absent => return Err(not_shown_yet::<Self>()),
            Seen::Foreign(what) => {
                Progress::Failed { why: format!("Something that this stack does not own stands there: {what}.") }
            }
        })
    }

    /// Whether it is gone.
    async fn gone(session: &Session<'_>, target: &Target) -> Result<Progress, CloudError> {
        Ok(match Self::look(session, &target.lookup).await? {
            Seen::Ours(now) if !is_successor(&target.lookup, &now.outputs) => {
                Progress::Waiting { why: format!("AWS is still deleting the {}.", Self::DEF.label) }
            }
            _ => Progress::Done(Outputs::new()),
        })
    }
}

/// What the launch role must be allowed for a kind.
pub(crate) fn grants(kind: Kind) -> &'static [Grant] {
    match kind {
        Kind::EcsCluster => EcsCluster::GRANTS,
        Kind::SecurityGroup => SecurityGroup::GRANTS,
        Kind::LoadBalancer => LoadBalancer::GRANTS,
        Kind::TargetGroup => TargetGroup::GRANTS,
        Kind::Listener => Listener::GRANTS,
        Kind::ListenerRule => ListenerRule::GRANTS,
        Kind::IamRole => IamRole::GRANTS,
        Kind::LogGroup => LogGroup::GRANTS,
        Kind::SsmParameter => SsmParameter::GRANTS,
        Kind::TaskDefinition => TaskDefinition::GRANTS,
        Kind::EcsService => EcsService::GRANTS,
        Kind::ScalableTarget => ScalableTarget::GRANTS,
        Kind::ScalingPolicy => ScalingPolicy::GRANTS,
    }
}

pub(crate) async fn observe<S: Verbs>(session: &Session<'_>, lookup: &Lookup) -> Result<Observed, CloudError> {
    Ok(match S::look(session, lookup).await? {
        Seen::Absent => Observed::Absent,
        Seen::Ours(now) => {
            let mut fields = written(&now.spec);
            // What something else owns moves by itself: it must not make a plan stale.
            for field in (S::DEF.unowned)(&fields) {
                fields.as_object_mut().map(|fields| fields.remove(*field));
            }
            Observed::Ours { fields, outputs: now.outputs }
        }
        Seen::Foreign(what) => Observed::Foreign { what },
    })
}

pub(crate) async fn create<S: Verbs>(
    session: &Session<'_>,
    target: &Target,
    spec: &Json,
) -> Result<Outputs, CloudError> {
    let spec = parsed::<S>(spec)?;
    match S::look(session, &target.lookup).await? {
        Seen::Foreign(what) => Err(foreign("create", &what)),
        Seen::Ours(now) => take(session, target, &now, &spec).await,
        Seen::Absent => match S::make(session, target, &spec).await {
            // Something of that name came between the look and the call: perhaps an earlier try of ours.
            Err(error) if error.class == Class::Stale => match S::look(session, &target.lookup).await? {
                Seen::Absent => Err(error),
                Seen::Foreign(what) => Err(foreign("create", &what)),
                Seen::Ours(now) => take(session, target, &now, &spec).await,
            },
            result => result,
        },
    }
}

pub(crate) async fn update<S: Verbs>(
    session: &Session<'_>,
    target: &Target,
    after: &Json,
) -> Result<Outputs, CloudError> {
    let after = parsed::<S>(after)?;
    match S::look(session, &target.lookup).await? {
        Seen::Ours(now) => take(session, target, &now, &after).await,
        Seen::Foreign(what) => Err(foreign("update", &what)),
        Seen::Absent => Err(refusal(
            Class::Stale,
            "update",
            "resource-gone",
            format!("The {} `{}` is not there any more.", S::DEF.label, target.lookup.name),
            "Someone deleted it outside Gantry. Undo this run or keep what it did, then ask again: Gantry then makes it anew.",
        )),
    }
}

pub(crate) async fn ready<S: Verbs>(
    session: &Session<'_>,
    target: &Target,
    spec: &Json,
) -> Result<Progress, CloudError> {
    S::ready(session, target, &parsed::<S>(spec)?).await
}

pub(crate) async fn delete<S: Verbs>(session: &Session<'_>, target: &Target) -> Result<(), CloudError> {
    match S::look(session, &target.lookup).await? {
        Seen::Ours(now) if !is_successor(&target.lookup, &now.outputs) => S::unmake(session, target, &now).await,
        _ => Ok(()),
    }
}

/// Whether what stands there is not the recorded object but one that was made since under the same identity: a
/// listener on the same port, after someone deleted the first one. The old one is gone; the new one stays.
fn is_successor(lookup: &Lookup, seen: &Outputs) -> bool {
    ["arn", "id"]
        .iter()
        .any(|id| lookup.outputs.get(*id).is_some_and(|old| seen.get(*id).is_some_and(|new| old != new)))
}

pub(crate) async fn gone<S: Verbs>(session: &Session<'_>, target: &Target) -> Result<Progress, CloudError> {
    S::gone(session, target).await
}

async fn take<S: Verbs>(
    session: &Session<'_>,
    target: &Target,
    now: &Ours<S>,
    want: &S,
) -> Result<Outputs, CloudError> {
    let outputs = S::converge(session, target, now, want).await?;
    let tags = missing(&target.tags, &now.tags);
    if S::DEF.tagged && !tags.is_empty() {
        S::retag(session, target, now, &tags).await?;
    }
    Ok(outputs)
}

fn parsed<S: Verbs>(spec: &Json) -> Result<S, CloudError> {
    S::deserialize(spec).map(S::normalised).map_err(|error| {
        refusal(
            Class::Refused,
            "read the spec",
            "invalid-spec",
            format!("The spec of this {} does not fit: {error}.", S::DEF.label),
            "This is a fault of the template or of Gantry: `gantry template check` should have found it.",
        )
    })
}

fn written<S: Verbs>(spec: &S) -> Json {
    // The specs are plain structs with text keys: writing them as JSON cannot fail.
    serde_json::to_value(spec).unwrap_or_default()
}

/// A named text field of the lookup's spec, where it is known already.
fn known<'a>(lookup: &'a Lookup, field: &str) -> Option<&'a str> {
    lookup.spec.get(field)?.as_str().filter(|text| !text.is_empty() && !domain::kinds::unresolved(text))
}

/// Outputs by name.
fn outputs<const N: usize>(pairs: [(&str, &str); N]) -> Outputs {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What was made does not show. AWS may take a moment to show it everywhere; what does not show after that is not there.
fn not_shown_yet<S: Verbs>() -> CloudError {
    refusal(
        Class::Propagating,
        "ready",
        "not-shown-yet",
        format!("The {} that was made is not to be seen yet.", S::DEF.label),
        "Look in AWS whether it is there, or was deleted. Retry to go on waiting; or undo what this run has done.",
    )
}

/// A reply without something that AWS always sends.
fn incomplete(operation: &'static str, what: &str) -> CloudError {
    refusal(
        Class::Unavailable,
        operation,
        "incomplete-reply",
        format!("The reply of AWS has no {what}."),
        "Gantry looks again and repeats.",
    )
}

/// Whole numbers as the SDK has them.
fn i32_of(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Counts as Gantry has them.
fn u32_of(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// What every kind's builder of an SDK type can complain of: a missing required field.
fn bad_call(error: impl std::fmt::Display) -> CloudError {
    refusal(
        Class::Refused,
        "build a call",
        "bad-call",
        error.to_string(),
        "This is a fault of Gantry: please report it.",
    )
}
