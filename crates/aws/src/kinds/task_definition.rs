//! Verbs of task definition revisions. They are immutable: what differs from the wanted one is another one.

use async_trait::async_trait;
use aws_sdk_ecs::types::{
    Compatibility, ContainerCondition, ContainerDefinition, ContainerDependency as SdkDependency, KeyValuePair,
    LogConfiguration, LogDriver, NetworkMode, PortMapping, Secret, SortOrder, TaskDefinition as SdkTaskDefinition,
    TaskDefinitionField, TaskDefinitionStatus, TransportProtocol,
};
use domain::{
    kinds::{Container, ContainerDependency, DependencyCondition, LogTarget, TaskDefinition},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{Class, CloudError, Target};

use super::{
    Ours, Seen, Verbs, bad_call,
    ecs_cluster::{ecs_tags, tag, tags_of_ecs},
    incomplete, outputs,
};
use crate::{
    ownership::{Tags, is_ours},
    policy::{Grant, When, grant, grant_with},
    session::Session,
};

fn outputs_of(one: &SdkTaskDefinition) -> Option<Outputs> {
    Some(outputs([
        ("arn", one.task_definition_arn()?),
        ("family", one.family()?),
        ("revision", &one.revision().to_string()),
    ]))
}

fn to_ecs(container: &Container) -> Result<ContainerDefinition, CloudError> {
    let mut builder = ContainerDefinition::builder()
        .name(&container.name)
        .image(&container.image)
        .essential(container.essential)
        .set_command(container.command.clone());
    for port in &container.ports {
        let port = i32::from(*port);
        builder = builder.port_mappings(
            PortMapping::builder().container_port(port).host_port(port).protocol(TransportProtocol::Tcp).build(),
        );
    }
    for (name, value) in &container.environment {
        builder = builder.environment(KeyValuePair::builder().name(name).value(value).build());
    }
    for (name, arn) in &container.secrets {
        builder = builder.secrets(Secret::builder().name(name).value_from(arn).build().map_err(bad_call)?);
    }
    if let Some(log) = &container.log {
        let configuration = LogConfiguration::builder()
            .log_driver(LogDriver::Awslogs)
            .options("awslogs-group", &log.group)
            .options("awslogs-region", &log.region)
            .options("awslogs-stream-prefix", &log.stream_prefix)
            .build()
            .map_err(bad_call)?;
        builder = builder.log_configuration(configuration);
    }
    for needed in &container.depends_on {
        let condition = match needed.condition {
            DependencyCondition::Start => ContainerCondition::Start,
            DependencyCondition::Complete => ContainerCondition::Complete,
            DependencyCondition::Success => ContainerCondition::Success,
        };
        let needed = SdkDependency::builder().container_name(&needed.container).condition(condition).build();
        builder = builder.depends_on(needed.map_err(bad_call)?);
    }
    Ok(builder.build())
}

fn from_ecs(container: &ContainerDefinition) -> Container {
    let log = container.log_configuration().filter(|log| *log.log_driver() == LogDriver::Awslogs).map(|log| {
        let option = |key: &str| log.options().and_then(|options| options.get(key)).cloned().unwrap_or_default();
        LogTarget {
            group: option("awslogs-group"),
            region: option("awslogs-region"),
            stream_prefix: option("awslogs-stream-prefix"),
        }
    });
    Container {
        name: container.name().unwrap_or_default().to_owned(),
        image: container.image().unwrap_or_default().to_owned(),
        essential: container.essential().unwrap_or(true),
        ports: container
            .port_mappings()
            .iter()
            .filter_map(|mapping| u16::try_from(mapping.container_port()?).ok())
            .collect(),
        environment: container
            .environment()
            .iter()
            .filter_map(|pair| Some((pair.name()?.to_owned(), pair.value().unwrap_or_default().to_owned())))
            .collect(),
        secrets: container
            .secrets()
            .iter()
            .map(|secret| (secret.name().to_owned(), secret.value_from().to_owned()))
            .collect(),
        log,
        depends_on: container
            .depends_on()
            .iter()
            .map(|needed| ContainerDependency {
                container: needed.container_name().to_owned(),
                condition: match needed.condition() {
                    ContainerCondition::Complete => DependencyCondition::Complete,
                    ContainerCondition::Success => DependencyCondition::Success,
                    _ => DependencyCondition::Start,
                },
            })
            .collect(),
        command: Some(container.command().to_vec()).filter(|command| !command.is_empty()),
    }
}

/// An active revision and its tags; `which` is an ARN, or a family for its newest active revision.
async fn find(session: &Session<'_>, which: &str) -> Result<Option<(SdkTaskDefinition, Tags)>, CloudError> {
    let call = session.ecs.describe_task_definition().task_definition(which).include(TaskDefinitionField::Tags);
    let reply = match session.send("ecs", "DescribeTaskDefinition", call.send()).await {
        // "Unable to describe task definition": there is no code of its own for not-found.
        Err(error) if error.class == Class::Refused && error.code == "ClientException" => return Ok(None),
        reply => reply?,
    };
    let tags = tags_of_ecs(reply.tags());
    Ok(reply
        .task_definition()
        .filter(|one| one.status() == Some(&TaskDefinitionStatus::Active))
        .map(|one| (one.clone(), tags)))
}

#[async_trait]
impl Verbs for TaskDefinition {
    const GRANTS: &'static [Grant] = &[
        // AWS does not narrow the deregistering of a revision.
        grant(When::Always, &["ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"]),
        grant(When::MakesOurs, &["ecs:RegisterTaskDefinition"]),
        grant(When::IsOurs, &["ecs:DeleteTaskDefinitions", "ecs:TagResource"]),
        grant(When::TagsAtBirth, &["ecs:TagResource"]),
        grant_with(When::Pass, &[], &["iam:PassRole"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let which = lookup.outputs.get("arn").unwrap_or(&lookup.name);
        let Some((one, tags)) = find(session, which).await? else { return Ok(Seen::Absent) };
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or_default();
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let spec = Self {
            cpu: number(one.cpu()),
            memory: number(one.memory()),
            execution_role: text(one.execution_role_arn()).unwrap_or_default(),
            task_role: text(one.task_role_arn()),
            containers: one.container_definitions().iter().map(from_ecs).collect(),
        };
        let outputs = outputs_of(&one).ok_or_else(|| incomplete("DescribeTaskDefinition", "ARN"))?;
        Ok(Seen::by_tags(lookup, &outputs["arn"], tags, spec, outputs.clone()))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let containers = spec.containers.iter().map(to_ecs).collect::<Result<_, _>>()?;
        let call = session
            .ecs
            .register_task_definition()
            .family(&target.lookup.name)
            .network_mode(NetworkMode::Awsvpc)
            .requires_compatibilities(Compatibility::Fargate)
            .cpu(spec.cpu.to_string())
            .memory(spec.memory.to_string())
            .execution_role_arn(&spec.execution_role)
            .set_task_role_arn(spec.task_role.clone())
            .set_container_definitions(Some(containers))
            .set_tags(Some(ecs_tags(&target.tags)));
        let reply = session.send("ecs", "RegisterTaskDefinition", call.send()).await?;
        reply.task_definition().and_then(outputs_of).ok_or_else(|| incomplete("RegisterTaskDefinition", "ARN"))
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        if now.spec == *want { Ok(now.outputs.clone()) } else { Self::make(session, target, want).await }
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, target: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let mut arns = vec![now.outputs["arn"].clone()];
        // Of a step whose outputs were never recorded, every revision that it left behind goes.
        if !target.lookup.outputs.contains_key("arn") {
            let mut next = None;
            loop {
                let call = session
                    .ecs
                    .list_task_definitions()
                    .family_prefix(&target.lookup.name)
                    .status(TaskDefinitionStatus::Active)
                    .sort(SortOrder::Desc)
                    .set_next_token(next);
                let reply = session.send("ecs", "ListTaskDefinitions", call.send()).await?;
                for arn in reply.task_definition_arns() {
                    let family =
                        arn.rsplit('/').next().and_then(|tail| tail.rsplit_once(':')).map(|(family, _)| family);
                    if family == Some(&target.lookup.name) && !arns.contains(arn) {
                        let found = find(session, arn).await?;
                        if found.is_some_and(|(_, tags)| is_ours(&target.lookup, &tags)) {
                            arns.push(arn.clone());
                        }
                    }
                }
                next = reply.next_token().map(str::to_owned);
                if next.is_none() {
                    break;
                }
            }
        }
        for arn in &arns {
            let call = session.ecs.deregister_task_definition().task_definition(arn);
            session.send("ecs", "DeregisterTaskDefinition", call.send()).await?;
        }
        // A deregistered revision costs nothing and hides nothing: that it cannot be deleted (an older permission, a
        // service that still runs it) is no failure.
        for few in arns.chunks(10) {
            let call = session.ecs.delete_task_definitions().set_task_definitions(Some(few.to_vec()));
            match session.send("ecs", "DeleteTaskDefinitions", call.send()).await {
                Err(error) if matches!(error.class, Class::Refused | Class::Denied) => {}
                reply => drop(reply?),
            }
        }
        Ok(())
    }
}
