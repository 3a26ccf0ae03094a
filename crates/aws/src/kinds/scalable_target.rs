//! Verbs of scalable targets of ECS services.

use async_trait::async_trait;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ScalableTarget as SdkTarget, ServiceNamespace};
use domain::{
    kinds::ScalableTarget,
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{Ours, Seen, Verbs, i32_of, known, outputs, u32_of};
use crate::{
    ownership::Tags,
    policy::{Grant, When, grant},
    session::Session,
};

const SCALING: &str = "application-autoscaling";

/// The scalable target of a resource id.
pub(super) async fn find(session: &Session<'_>, resource_id: &str) -> Result<Option<SdkTarget>, CloudError> {
    let call = session
        .scaling
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_ids(resource_id)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    let reply = session.send(SCALING, "DescribeScalableTargets", call.send()).await?;
    Ok(reply.scalable_targets().iter().find(|one| one.resource_id() == resource_id).cloned())
}

/// Its tags; none where it has just gone.
pub(super) async fn tags_of(session: &Session<'_>, one: &SdkTarget) -> Result<Option<Tags>, CloudError> {
    // Targets registered before 2023 have no ARN, hence no tags.
    let Some(arn) = one.scalable_target_arn() else { return Ok(Some(Tags::new())) };
    match session
        .send(SCALING, "ListTagsForResource", session.scaling.list_tags_for_resource().resource_arn(arn).send())
        .await
    {
        Err(error) if error.code == "ResourceNotFoundException" => Ok(None),
        reply => Ok(Some(reply?.tags().cloned().unwrap_or_default().into_iter().collect())),
    }
}

/// Its ARN.
async fn register(session: &Session<'_>, spec: &ScalableTarget, tags: Option<&Tags>) -> Result<String, CloudError> {
    let call = session
        .scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(spec.resource_id())
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .min_capacity(i32_of(spec.min))
        .max_capacity(i32_of(spec.max))
        .set_tags(tags.map(|tags| tags.clone().into_iter().collect()));
    let reply = session.send(SCALING, "RegisterScalableTarget", call.send()).await?;
    Ok(reply.scalable_target_arn().unwrap_or_default().to_owned())
}

#[async_trait]
impl Verbs for ScalableTarget {
    const GRANTS: &'static [Grant] = &[
        grant(
            When::Always,
            &["application-autoscaling:DescribeScalableTargets", "application-autoscaling:ListTagsForResource"],
        ),
        grant(
            When::ScalesEcs,
            &["application-autoscaling:DeregisterScalableTarget", "application-autoscaling:RegisterScalableTarget"],
        ),
        grant(When::IsOurs, &["application-autoscaling:TagResource"]),
        // AWS has no key for the call that makes a target: its tags are set by that call, in the tag of the request.
        grant(When::MakesOurs, &["application-autoscaling:TagResource"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let (Some(cluster), Some(service)) = (known(lookup, "cluster_name"), known(lookup, "service_name")) else {
            return Ok(Seen::Absent);
        };
        let resource_id = format!("service/{cluster}/{service}");
        let Some(one) = find(session, &resource_id).await? else { return Ok(Seen::Absent) };
        let Some(tags) = tags_of(session, &one).await? else { return Ok(Seen::Absent) };
        let spec = Self {
            cluster_name: cluster.to_owned(),
            service_name: service.to_owned(),
            min: u32_of(one.min_capacity()),
            max: u32_of(one.max_capacity()),
        };
        let arn = one.scalable_target_arn().unwrap_or_default();
        Ok(Seen::by_tags(lookup, &resource_id, tags, spec, outputs([("resource_id", &resource_id), ("arn", arn)])))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let arn = register(session, spec, Some(&target.tags)).await?;
        Ok(outputs([("resource_id", &spec.resource_id()), ("arn", &arn)]))
    }

    async fn converge(session: &Session<'_>, _: &Target, now: &Ours<Self>, want: &Self) -> Result<Outputs, CloudError> {
        if now.spec != *want {
            register(session, want, None).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        let found = find(session, &now.outputs["resource_id"]).await?;
        if let Some(arn) = found.as_ref().and_then(|one| one.scalable_target_arn()) {
            let tags = tags.clone().into_iter().collect();
            let call = session.scaling.tag_resource().resource_arn(arn).set_tags(Some(tags));
            session.send(SCALING, "TagResource", call.send()).await?;
        }
        Ok(())
    }

    async fn unmake(session: &Session<'_>, _: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let call = session
            .scaling
            .deregister_scalable_target()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(&now.outputs["resource_id"])
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
        match session.send(SCALING, "DeregisterScalableTarget", call.send()).await {
            Err(error) if error.code == "ObjectNotFoundException" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
