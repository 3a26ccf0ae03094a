//! Verbs of ECS clusters.

use async_trait::async_trait;
use aws_sdk_ecs::types::{
    CapacityProviderStrategyItem, Cluster, ClusterField, ClusterSetting, ClusterSettingName, Tag,
};
use domain::{
    kinds::{EcsCluster, Strategy},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{Ours, Seen, Verbs, bad_call, i32_of, incomplete, outputs, u32_of};
use crate::{
    ownership::{self, Tags},
    policy::{Grant, When, grant},
    session::Session,
};

/// Tags as ECS takes them.
pub(super) fn ecs_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as ECS gives them.
pub(super) fn tags_of_ecs(tags: &[Tag]) -> Tags {
    ownership::tags(tags.iter().map(|tag| (tag.key(), tag.value())))
}

/// Sets tags of anything in ECS.
pub(super) async fn tag(session: &Session<'_>, arn: &str, tags: &Tags) -> Result<(), CloudError> {
    let call = session.ecs.tag_resource().resource_arn(arn).set_tags(Some(ecs_tags(tags)));
    session.send("ecs", "TagResource", call.send()).await?;
    Ok(())
}

/// A strategy as ECS takes it.
pub(super) fn to_ecs(strategy: &[Strategy]) -> Result<Vec<CapacityProviderStrategyItem>, CloudError> {
    strategy
        .iter()
        .map(|one| {
            CapacityProviderStrategyItem::builder()
                .capacity_provider(&one.provider)
                .weight(i32_of(one.weight))
                .base(i32_of(one.base))
                .build()
                .map_err(bad_call)
        })
        .collect()
}

/// A strategy as ECS gives it.
pub(super) fn from_ecs(strategy: &[CapacityProviderStrategyItem]) -> Vec<Strategy> {
    strategy
        .iter()
        .map(|one| Strategy {
            provider: one.capacity_provider().to_owned(),
            weight: u32_of(one.weight()),
            base: u32_of(one.base()),
        })
        .collect()
}

fn insights(on: bool) -> ClusterSetting {
    ClusterSetting::builder()
        .name(ClusterSettingName::ContainerInsights)
        .value(if on { "enabled" } else { "disabled" })
        .build()
}

fn outputs_of(cluster: &Cluster) -> Option<Outputs> {
    Some(outputs([("arn", cluster.cluster_arn()?), ("name", cluster.cluster_name()?)]))
}

/// Whether another one has made the role of ECS.
fn is_there_already(refused: &CloudError) -> bool {
    refused.code == "InvalidInput" && refused.message.contains("has been taken")
}

#[async_trait]
impl Verbs for EcsCluster {
    const GRANTS: &'static [Grant] = &[
        grant(When::Always, &["ecs:DescribeClusters"]),
        grant(When::MakesOurs, &["ecs:CreateCluster"]),
        grant(
            When::IsOurs,
            &["ecs:DeleteCluster", "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UpdateClusterSettings"],
        ),
        grant(When::TagsAtBirth, &["ecs:TagResource"]),
        grant(When::ServiceLinked, &["iam:CreateServiceLinkedRole"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let call = session
            .ecs
            .describe_clusters()
            .clusters(&lookup.name)
            .include(ClusterField::Tags)
            .include(ClusterField::Settings);
        let reply = session.send("ecs", "DescribeClusters", call.send()).await?;
        // A deleted cluster stays describable for a while.
        let Some(cluster) = reply.clusters().iter().find(|one| one.status() != Some("INACTIVE")) else {
            return Ok(Seen::Absent);
        };
        let spec = Self {
            container_insights: cluster.settings().iter().any(|one| {
                one.name() == Some(&ClusterSettingName::ContainerInsights)
                    && matches!(one.value(), Some("enabled" | "enhanced"))
            }),
            capacity_providers: cluster.capacity_providers().to_vec(),
            default_strategy: from_ecs(cluster.default_capacity_provider_strategy()),
        };
        let outputs = outputs_of(cluster).ok_or_else(|| incomplete("DescribeClusters", "ARN"))?;
        Ok(Seen::by_tags(lookup, &outputs["arn"], tags_of_ecs(cluster.tags()), spec, outputs.clone()))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let call = session
            .ecs
            .create_cluster()
            .cluster_name(&target.lookup.name)
            .settings(insights(spec.container_insights))
            .set_capacity_providers(Some(spec.capacity_providers.clone()))
            .set_default_capacity_provider_strategy(Some(to_ecs(&spec.default_strategy)?))
            .set_tags(Some(ecs_tags(&target.tags)));
        let reply = match session.send("ecs", "CreateCluster", call.send()).await {
            Err(error) if error.message.contains("service linked role") => {
                // The first cluster of an account. Whether the role was there or is made now, it needs a moment: the
                // error says "repeat". Where it may not be made repeating is in vain, and that refusal says what to allow.
                let call = session.iam.create_service_linked_role().aws_service_name("ecs.amazonaws.com");
                match session.send("iam", "CreateServiceLinkedRole", call.send()).await {
                    Err(refused) if !is_there_already(&refused) => return Err(refused),
                    _ => return Err(error),
                }
            }
            reply => reply?,
        };
        reply.cluster().and_then(outputs_of).ok_or_else(|| incomplete("CreateCluster", "cluster"))
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        let name = &target.lookup.name;
        if now.spec.container_insights != want.container_insights {
            let call = session.ecs.update_cluster_settings().cluster(name).settings(insights(want.container_insights));
            session.send("ecs", "UpdateClusterSettings", call.send()).await?;
        }
        if (&now.spec.capacity_providers, &now.spec.default_strategy)
            != (&want.capacity_providers, &want.default_strategy)
        {
            let call = session
                .ecs
                .put_cluster_capacity_providers()
                .cluster(name)
                .set_capacity_providers(Some(want.capacity_providers.clone()))
                .set_default_capacity_provider_strategy(Some(to_ecs(&want.default_strategy)?));
            session.send("ecs", "PutClusterCapacityProviders", call.send()).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, target: &Target, _: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.ecs.delete_cluster().cluster(&target.lookup.name);
        match session.send("ecs", "DeleteCluster", call.send()).await {
            Err(error) if error.code == "ClusterNotFoundException" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
