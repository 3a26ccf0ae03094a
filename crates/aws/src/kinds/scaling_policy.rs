//! Verbs of target-tracking scaling policies. They take no tags: whose scalable target it is, his is the policy.

use async_trait::async_trait;
use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ServiceNamespace,
    TargetTrackingScalingPolicyConfiguration,
};
use domain::{
    kinds::{ScalingMetric, ScalingPolicy},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{
    Ours, Seen, Verbs, bad_call, i32_of, known, outputs,
    scalable_target::{find, tags_of},
    u32_of,
};
use crate::{
    ownership::{Tags, describe_foreign, is_same_stack},
    policy::{Grant, When, grant, grant_with},
    session::Session,
};

const SCALING: &str = "application-autoscaling";
/// What AWS uses where none is given, in seconds.
const COOLDOWN_OF_AWS: u32 = 300;

fn tracking(spec: &ScalingPolicy) -> Result<TargetTrackingScalingPolicyConfiguration, CloudError> {
    let metric = PredefinedMetricSpecification::builder()
        .predefined_metric_type(match spec.metric {
            ScalingMetric::Cpu => MetricType::EcsServiceAverageCpuUtilization,
            ScalingMetric::Requests => MetricType::AlbRequestCountPerTarget,
        })
        .set_resource_label(spec.resource_label.clone())
        .build()
        .map_err(bad_call)?;
    TargetTrackingScalingPolicyConfiguration::builder()
        .target_value(spec.target_value)
        .predefined_metric_specification(metric)
        .scale_in_cooldown(i32_of(spec.scale_in_cooldown_seconds))
        .scale_out_cooldown(i32_of(spec.scale_out_cooldown_seconds))
        .build()
        .map_err(bad_call)
}

#[async_trait]
impl Verbs for ScalingPolicy {
    const GRANTS: &'static [Grant] = &[
        grant(When::Always, &["application-autoscaling:DescribeScalingPolicies"]),
        grant(
            When::ScalesEcs,
            &["application-autoscaling:DeleteScalingPolicy", "application-autoscaling:PutScalingPolicy"],
        ),
        // Target tracking keeps its alarms in the name of who sets the policy.
        grant_with(
            When::Alarm,
            &[],
            &["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
        ),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let Some(resource_id) = known(lookup, "resource_id") else { return Ok(Seen::Absent) };
        let call = session
            .scaling
            .describe_scaling_policies()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(resource_id)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .policy_names(&lookup.name);
        let reply = session.send(SCALING, "DescribeScalingPolicies", call.send()).await?;
        let Some(policy) = reply.scaling_policies().iter().find(|one| one.policy_name() == lookup.name) else {
            return Ok(Seen::Absent);
        };
        // The target's tags count; a policy whose target is gone is told by its name, which no one else makes.
        if let Some(target) = find(session, resource_id).await?
            && let Some(tags) = tags_of(session, &target).await?
            && !is_same_stack(lookup, &tags)
        {
            return Ok(Seen::Foreign(describe_foreign(policy.policy_arn(), &tags)));
        }
        let tracking = policy.target_tracking_scaling_policy_configuration();
        let metric = tracking.and_then(|one| one.predefined_metric_specification());
        let cooldown = |seconds: Option<i32>| seconds.map_or(COOLDOWN_OF_AWS, u32_of);
        let spec = Self {
            resource_id: resource_id.to_owned(),
            metric: match metric.map(|one| one.predefined_metric_type()) {
                Some(MetricType::AlbRequestCountPerTarget) => ScalingMetric::Requests,
                _ => ScalingMetric::Cpu,
            },
            // A policy of another sort reads as one that tracks nothing, and shows as a difference.
            target_value: tracking.map_or(0.0, |one| one.target_value()),
            resource_label: metric.and_then(|one| one.resource_label()).map(str::to_owned),
            scale_in_cooldown_seconds: cooldown(tracking.and_then(|one| one.scale_in_cooldown())),
            scale_out_cooldown_seconds: cooldown(tracking.and_then(|one| one.scale_out_cooldown())),
        };
        Ok(Seen::Ours(Ours { spec, outputs: outputs([("arn", policy.policy_arn())]), tags: Tags::new() }))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let call = session
            .scaling
            .put_scaling_policy()
            .policy_name(&target.lookup.name)
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(&spec.resource_id)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .policy_type(PolicyType::TargetTrackingScaling)
            .target_tracking_scaling_policy_configuration(tracking(spec)?);
        let reply = session.send(SCALING, "PutScalingPolicy", call.send()).await?;
        Ok(outputs([("arn", reply.policy_arn())]))
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        if now.spec == *want { Ok(now.outputs.clone()) } else { Self::make(session, target, want).await }
    }

    async fn retag(_: &Session<'_>, _: &Target, _: &Ours<Self>, _: &Tags) -> Result<(), CloudError> {
        Ok(())
    }

    async fn unmake(session: &Session<'_>, target: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let call = session
            .scaling
            .delete_scaling_policy()
            .policy_name(&target.lookup.name)
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(&now.spec.resource_id)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
        match session.send(SCALING, "DeleteScalingPolicy", call.send()).await {
            Err(error) if error.code == "ObjectNotFoundException" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
