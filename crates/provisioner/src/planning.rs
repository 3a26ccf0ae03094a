//! Looks at AWS (reads only) and makes a plan of what was seen.

use std::collections::BTreeMap;

use domain::{
    Problem,
    observation::{Lookup, Observation},
    plan::{
        Act, Desired, DesiredResource, Plan, Resource, Wish,
        build::{Site, build, lookups},
    },
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::cloud::{Cloud, CloudError};

/// How many reads are under way at once.
const READS_AT_ONCE: usize = 8;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// AWS could not be read.
    #[error("AWS could not be read")]
    Cloud(#[from] CloudError),
    /// What is asked for cannot be.
    #[error("the plan has {} problems", .0.len())]
    Problems(Vec<Problem>),
}

/// Looks at everything in `lookups`.
pub async fn observe(cloud: &dyn Cloud, lookups: BTreeMap<String, Lookup>) -> Result<Observation, CloudError> {
    let resources = stream::iter(lookups)
        .map(|(name, lookup)| async move { Ok::<_, CloudError>((name, cloud.observe(&lookup).await?)) })
        .buffer_unordered(READS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(Observation { resources })
}

/// Observes and plans.
pub async fn plan(
    cloud: &dyn Cloud,
    site: &Site<'_>,
    wish: Wish,
    desired: &Desired,
    recorded: &[Resource],
) -> Result<Plan, PlanError> {
    let observation = observe(cloud, lookups(site, desired, recorded)).await?;
    build(site, wish, desired, recorded, &observation).map_err(PlanError::Problems)
}

/// What a plan wants, read back from its steps: for planning again without rendering again.
pub fn desired_of(plan: &Plan) -> Desired {
    let resources = plan.steps.iter().filter(|step| step.act != Act::Delete).filter_map(|step| {
        Some((step.resource.clone(), DesiredResource { kind: step.kind, spec: step.after.clone()? }))
    });
    Desired { resources: resources.collect(), outputs: plan.outputs.clone() }
}
