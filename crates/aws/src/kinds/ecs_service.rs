//! Verbs of ECS services, and the reading of why a deployment does not come up.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use async_trait::async_trait;
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, Deployment, DeploymentCircuitBreaker, DeploymentConfiguration,
    DeploymentRolloutState, DesiredStatus, LaunchType, LoadBalancer, NetworkConfiguration, PropagateTags, Service,
    ServiceEvent, ServiceField, Task,
};
use aws_sdk_elasticloadbalancingv2::types::{TargetHealthDescription, TargetHealthStateEnum};
use domain::{
    kinds::{Attachment, EcsService, Strategy},
    observation::{Lookup, Outputs},
};
use futures::FutureExt as _;
use provisioner::cloud::{Class, CloudError, Progress, Target};

use super::{
    Ours, Seen, Verbs, bad_call,
    ecs_cluster::{ecs_tags, from_ecs, tag, tags_of_ecs, to_ecs},
    i32_of, incomplete, known, not_shown_yet, outputs, u32_of,
};
use crate::{
    error::{not_known_yet, still_draining},
    ownership::Tags,
    policy::{Grant, When, grant},
    session::Session,
};

/// The last part of an ARN, or the name itself.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn outputs_of(service: &Service) -> Option<Outputs> {
    Some(outputs([
        ("arn", service.service_arn()?),
        ("name", service.service_name()?),
        ("cluster_name", name_of(service.cluster_arn()?)),
    ]))
}

/// The service, unless it or its cluster is missing; INACTIVE and DRAINING ones too.
async fn describe(session: &Session<'_>, cluster: &str, name: &str) -> Result<Option<Service>, CloudError> {
    let call = |names| {
        let call = session.ecs.describe_services().cluster(cluster).set_services(Some(names));
        async move {
            let reply = session.send("ecs", "DescribeServices", call.include(ServiceField::Tags).send()).await?;
            let named = |service: &Service| Some((service.service_name()?.to_owned(), service.clone()));
            Ok(reply.services().iter().filter_map(named).collect())
        }
        .boxed()
    };
    match session.services.ask(cluster, vec![name.to_owned()], call).await {
        Err(error) if error.code == CLUSTER_NOT_FOUND || error.message.contains("cluster is inactive") => Ok(None),
        found => Ok(found?.remove(name)),
    }
}

const CLUSTER_NOT_FOUND: &str = "ClusterNotFoundException";

/// Whether a cluster is there, whatever another part of ECS says of it.
async fn is_active(session: &Session<'_>, cluster: &str) -> Result<bool, CloudError> {
    let call = session.ecs.describe_clusters().clusters(cluster);
    let reply = session.send("ecs", "DescribeClusters", call.send()).await?;
    Ok(reply.clusters().iter().any(|one| one.status() == Some("ACTIVE")))
}

/// Whether a deleted service still stops its last tasks, and holds its name until then.
async fn is_draining(session: &Session<'_>, spec: &EcsService, name: &str) -> Result<bool, CloudError> {
    Ok(describe(session, &spec.cluster, name).await?.is_some_and(|one| one.status() == Some("DRAINING")))
}

/// How many services, and how many tasks, one call can ask for.
pub(crate) const SERVICES_AT_ONCE: usize = 10;
pub(crate) const TASKS_AT_ONCE: usize = 100;

/// Which cluster to look in: the resolved spec's, or the one recorded.
fn cluster_of(lookup: &Lookup) -> Option<&str> {
    known(lookup, "cluster").or_else(|| lookup.outputs.get("cluster_name").map(String::as_str))
}

fn network(spec: &EcsService) -> Result<NetworkConfiguration, CloudError> {
    let vpc = AwsVpcConfiguration::builder()
        .set_subnets(Some(spec.subnets.clone()))
        .set_security_groups(Some(spec.security_groups.clone()))
        .assign_public_ip(if spec.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled })
        .build()
        .map_err(bad_call)?;
    Ok(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
}

fn deployment(spec: &EcsService) -> DeploymentConfiguration {
    DeploymentConfiguration::builder()
        .minimum_healthy_percent(i32_of(spec.minimum_healthy_percent))
        .maximum_percent(i32_of(spec.maximum_percent))
        .deployment_circuit_breaker(
            DeploymentCircuitBreaker::builder().enable(spec.circuit_breaker).rollback(spec.circuit_breaker).build(),
        )
        .build()
}

fn load_balancers(spec: &EcsService) -> Vec<LoadBalancer> {
    let one = |one: &Attachment| {
        LoadBalancer::builder()
            .target_group_arn(&one.target_group)
            .container_name(&one.container)
            .container_port(i32::from(one.port))
            .build()
    };
    spec.load_balancers.iter().map(one).collect()
}

fn grace(spec: &EcsService) -> Option<i32> {
    (!spec.load_balancers.is_empty()).then(|| i32_of(spec.health_check_grace_seconds))
}

fn spec_of(service: &Service, lookup: &Lookup) -> EcsService {
    let vpc = service.network_configuration().and_then(|network| network.awsvpc_configuration());
    let configuration = service.deployment_configuration();
    let strategy = from_ecs(service.capacity_provider_strategy());
    let cluster_arn = service.cluster_arn().unwrap_or_default();
    EcsService {
        // The spec may name the cluster by its ARN or by its name; both mean the same.
        cluster: known(lookup, "cluster")
            .filter(|wanted| name_of(wanted) == name_of(cluster_arn))
            .unwrap_or(cluster_arn)
            .to_owned(),
        task_definition: service.task_definition().unwrap_or_default().to_owned(),
        desired_count: u32_of(service.desired_count()),
        // Gantry's own word: AWS does not know it.
        autoscaled: lookup.spec.get("autoscaled") == Some(&serde_json::Value::Bool(true)),
        capacity_providers: if strategy.is_empty() && service.launch_type() == Some(&LaunchType::Fargate) {
            vec![Strategy { provider: "FARGATE".to_owned(), weight: 1, base: 0 }]
        } else {
            strategy
        },
        subnets: vpc.map(|vpc| vpc.subnets().to_vec()).unwrap_or_default(),
        security_groups: vpc.map(|vpc| vpc.security_groups().to_vec()).unwrap_or_default(),
        assign_public_ip: vpc.and_then(|vpc| vpc.assign_public_ip()) == Some(&AssignPublicIp::Enabled),
        load_balancers: service
            .load_balancers()
            .iter()
            .map(|one| Attachment {
                target_group: one.target_group_arn().unwrap_or_default().to_owned(),
                container: one.container_name().unwrap_or_default().to_owned(),
                port: one.container_port().and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
            })
            .collect(),
        health_check_grace_seconds: service.health_check_grace_period_seconds().map_or(0, u32_of),
        minimum_healthy_percent: configuration.and_then(|one| one.minimum_healthy_percent()).map_or(100, u32_of),
        maximum_percent: configuration.and_then(|one| one.maximum_percent()).map_or(200, u32_of),
        circuit_breaker: configuration
            .and_then(|one| one.deployment_circuit_breaker())
            .is_some_and(|breaker| breaker.enable()),
        enable_execute_command: service.enable_execute_command(),
    }
}

/// What the load balancers say of the tasks behind them. It is only told: ECS itself completes no deployment before its
/// targets are healthy, so a launch role that may not ask keeps nothing from getting ready.
async fn health(session: &Session<'_>, service: &Service) -> Option<String> {
    let mut targets = vec![];
    for group in service.load_balancers().iter().filter_map(LoadBalancer::target_group_arn) {
        let call = |_| {
            let call = session.elb.describe_target_health().target_group_arn(group);
            async move {
                let reply = session.send("elasticloadbalancing", "DescribeTargetHealth", call.send()).await?;
                Ok(HashMap::from([(group.to_owned(), reply.target_health_descriptions().to_vec())]))
            }
            .boxed()
        };
        let found = session.health.ask(group, vec![group.to_owned()], call).await;
        targets.extend(found.ok()?.into_values().flatten());
    }
    targets_say(&targets)
}

/// `1 of 2 targets healthy: Health checks failed with these codes: [502].`; nothing of those that are leaving.
fn targets_say(targets: &[TargetHealthDescription]) -> Option<String> {
    let states = targets.iter().filter_map(TargetHealthDescription::target_health);
    let (healthy, others): (Vec<_>, Vec<_>) = states
        .filter(|one| one.state() != Some(&TargetHealthStateEnum::Draining))
        .partition(|one| one.state() == Some(&TargetHealthStateEnum::Healthy));
    let all = healthy.len() + others.len();
    let mut reasons: Vec<&str> =
        others.iter().filter_map(|one| Some(one.description()?.trim_end_matches('.'))).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let colon = if reasons.is_empty() { "" } else { ": " };
    (all > 0).then(|| format!("{} of {all} targets healthy{colon}{}.", healthy.len(), reasons.join("; ")))
}

fn primary(service: &Service) -> Option<&Deployment> {
    service.deployments().iter().find(|one| one.status() == Some("PRIMARY"))
}

/// How long after the start of a deployment a role may be too new for ECS to assume it. It takes 10 to 30 seconds.
const ROLE_IS_NEW: Duration = Duration::from_secs(90);

/// What ECS has said of a service since a deployment of it began, newest first. That it can place no task, or not assume
/// a role, it says nowhere else.
fn events_since<'a>(service: &'a Service, deployment: &Deployment) -> Vec<(Duration, &'a str)> {
    let Some(start) = deployment.created_at() else { return vec![] };
    let after = |event: &'a ServiceEvent| {
        let seconds = u64::try_from(event.created_at()?.secs().checked_sub(start.secs())?).ok()?;
        Some((Duration::from_secs(seconds), event.message()?))
    };
    let mut events: Vec<_> = service.events().iter().filter_map(after).collect();
    events.sort_by_key(|(after, _)| Reverse(*after));
    events
}

/// What keeps tasks from starting at the moment: the newest event, where it tells of trouble. After another one that is over.
fn trouble_now(service: &Service, deployment: &Deployment) -> String {
    let newest = events_since(service, deployment).into_iter().next();
    newest.and_then(|(after, message)| trouble(after, message)).unwrap_or_default()
}

/// What kept tasks from starting before the deployment was given up.
fn last_trouble(service: &Service, deployment: &Deployment) -> String {
    events_since(service, deployment)
        .into_iter()
        .find_map(|(after, message)| trouble(after, message))
        .unwrap_or_default()
}

/// A sentence or two of an event that tells of trouble, so long after the start of the deployment.
fn trouble(after: Duration, message: &str) -> Option<String> {
    let message = shortened(message);
    // `(service web) was unable to place a task.`
    let says = match message.strip_prefix("(service ").and_then(|rest| rest.split_once(") ")) {
        Some((_, says)) => says,
        None => &message,
    };
    let has = |marker: &str| says.contains(marker);
    if has("deployment failed") || !(has("unable to") || has("failed to") || has("throttled")) {
        return None;
    }
    let advice = match (has("unable to assume the role"), after <= ROLE_IS_NEW) {
        (true, true) => "ECS cannot assume the task's role yet; with a new role this clears by itself. ",
        (true, false) => {
            "ECS cannot assume the task's role: check that it is there and that its trust policy names ecs-tasks.amazonaws.com. "
        }
        (false, _) => "",
    };
    Some(format!("{advice}AWS says: the service {}.", says.trim_end_matches('.')))
}

/// In one line, and no longer than people read.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 500;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The most recently stopped task of a service and a task definition.
async fn last_stopped(
    session: &Session<'_>,
    service: &Service,
    task_definition: &str,
) -> Result<Option<Task>, CloudError> {
    let (Some(cluster), Some(name)) = (service.cluster_arn(), service.service_name()) else { return Ok(None) };
    let call = session
        .ecs
        .list_tasks()
        .cluster(cluster)
        .service_name(name)
        .desired_status(DesiredStatus::Stopped)
        .max_results(100);
    let arns = session.send("ecs", "ListTasks", call.send()).await?.task_arns().to_vec();
    if arns.is_empty() {
        return Ok(None);
    }
    let call = |arns| {
        let call = session.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns));
        async move {
            let reply = session.send("ecs", "DescribeTasks", call.send()).await?;
            Ok(reply.tasks().iter().filter_map(|task| Some((task.task_arn()?.to_owned(), task.clone()))).collect())
        }
        .boxed()
    };
    let tasks = session.tasks.ask(cluster, arns, call).await?;
    Ok(tasks
        .into_values()
        .filter(|task| task.task_definition_arn() == Some(task_definition))
        .filter(|task| task.stopped_reason().is_some_and(|reason| !reason.starts_with("Scaling activity")))
        .max_by_key(|task| task.stopped_at().or(task.stopping_at()).map(|when| when.as_nanos())))
}

/// Why a task stopped, in a sentence or two.
fn why_stopped(task: &Task) -> String {
    let reason = task.stopped_reason().unwrap_or_default();
    let failed = task
        .containers()
        .iter()
        .find(|one| one.reason().is_some_and(|reason| !reason.is_empty()))
        .or_else(|| task.containers().iter().find(|one| one.exit_code().is_some_and(|code| code != 0)));
    let name = failed.and_then(|one| one.name()).unwrap_or("a container");
    let detail = failed.and_then(|one| one.reason()).filter(|text| !text.is_empty()).unwrap_or(reason);
    let exit = failed.and_then(|one| one.exit_code());
    explain(reason, name, detail, exit)
}

/// From AWS's reason (and the container's name, own reason and exit code) to a sentence that says what to look at.
fn explain(reason: &str, container: &str, detail: &str, exit: Option<i32>) -> String {
    let has = |marker: &str| reason.contains(marker) || detail.contains(marker);
    let detail = detail.trim_end_matches('.');
    if has("CannotPull") || has("CannotCreateContainerError: Error response from daemon: No such image") {
        format!(
            "The image of `{container}` cannot be pulled: check its name and tag, the registry's permissions, and that the tasks' subnets reach the registry (NAT, endpoint or public address). AWS says: {detail}."
        )
    } else if has("unable to pull secrets") {
        format!(
            "The task cannot read its secrets or sign in to the registry: check the execution role's permissions, the parameters, and that the tasks' subnets reach SSM (NAT or endpoint). AWS says: {detail}."
        )
    } else if has("ResourceInitializationError") {
        format!(
            "The task cannot be set up: check its log group, its execution role and its network. AWS says: {detail}."
        )
    } else if has("OutOfMemory") {
        format!("`{container}` ran out of memory: give the task more, or make it need less. AWS says: {detail}.")
    } else if has("health check") {
        format!(
            "The tasks run but do not pass the load balancer's health check: check the path, the port, the status codes it may answer and the grace period. AWS says: {detail}."
        )
    } else if has("unable to assume the role") {
        format!("ECS cannot assume the task's role yet; with a new role this clears by itself. AWS says: {detail}.")
    } else if let Some(code) = exit.filter(|_| has("Essential container") || has("EssentialContainerExited")) {
        format!("`{container}` exited with code {code}: its log says more. AWS says: {}.", reason.trim_end_matches('.'))
    } else if detail.is_empty() {
        "AWS gives no reason.".to_owned()
    } else {
        format!("AWS says: {detail}.")
    }
}

#[async_trait]
impl Verbs for EcsService {
    const GRANTS: &'static [Grant] = &[
        grant(
            When::Always,
            &[
                "ecs:DescribeClusters",
                "ecs:DescribeServices",
                "ecs:DescribeTasks",
                "ecs:ListTasks",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
        ),
        grant(When::MakesOurs, &["ecs:CreateService"]),
        grant(When::IsOurs, &["ecs:DeleteService", "ecs:TagResource", "ecs:UpdateService"]),
        grant(When::TagsAtBirth, &["ecs:TagResource"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let Some(cluster) = cluster_of(lookup) else { return Ok(Seen::Absent) };
        // A deleted service stays describable, first DRAINING and then INACTIVE. While it is DRAINING its name is not free:
        // `make` says so.
        let service = describe(session, cluster, &lookup.name).await?.filter(|one| one.status() == Some("ACTIVE"));
        let Some(service) = service else { return Ok(Seen::Absent) };
        let outputs = outputs_of(&service).ok_or_else(|| incomplete("DescribeServices", "ARN"))?;
        let spec = spec_of(&service, lookup);
        Ok(Seen::by_tags(lookup, &outputs["arn"], tags_of_ecs(service.tags()), spec, outputs.clone()))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let call = session
            .ecs
            .create_service()
            .cluster(&spec.cluster)
            .service_name(&target.lookup.name)
            .client_token(&target.client_token)
            .task_definition(&spec.task_definition)
            .desired_count(i32_of(spec.desired_count))
            .set_capacity_provider_strategy(Some(to_ecs(&spec.capacity_providers)?))
            .network_configuration(network(spec)?)
            .set_load_balancers(Some(load_balancers(spec)))
            .set_health_check_grace_period_seconds(grace(spec))
            .deployment_configuration(deployment(spec))
            .enable_execute_command(spec.enable_execute_command)
            .enable_ecs_managed_tags(true)
            .propagate_tags(PropagateTags::Service)
            .set_tags(Some(ecs_tags(&target.tags)));
        let reply = match session.send("ecs", "CreateService", call.send()).await {
            Err(error) if error.code == CLUSTER_NOT_FOUND && is_active(session, &spec.cluster).await? => {
                return Err(not_known_yet(error));
            }
            // AWS does not always say that the one that has the name is only on its way out.
            Err(error) if error.class == Class::Stale && is_draining(session, spec, &target.lookup.name).await? => {
                return Err(still_draining(error));
            }
            reply => reply?,
        };
        reply.service().and_then(outputs_of).ok_or_else(|| incomplete("CreateService", "ARN"))
    }

    async fn converge(
        session: &Session<'_>,
        target: &Target,
        now: &Ours<Self>,
        want: &Self,
    ) -> Result<Outputs, CloudError> {
        let old = &now.spec;
        let counted = old.desired_count != want.desired_count && !want.autoscaled;
        let changed = Self { desired_count: 0, ..old.clone() } != Self { desired_count: 0, ..want.clone() };
        // A deployment that has failed does not try again by itself.
        let failed = !changed
            && describe(session, &want.cluster, &target.lookup.name)
                .await?
                .as_ref()
                .and_then(primary)
                .is_some_and(|one| one.rollout_state() == Some(&DeploymentRolloutState::Failed));
        if !(counted || changed || failed) {
            return Ok(now.outputs.clone());
        }
        let strategy_changed = old.capacity_providers != want.capacity_providers;
        let mut call = session
            .ecs
            .update_service()
            .cluster(&want.cluster)
            .service(&target.lookup.name)
            .task_definition(&want.task_definition)
            .set_desired_count((!want.autoscaled).then(|| i32_of(want.desired_count)))
            .network_configuration(network(want)?)
            .deployment_configuration(deployment(want))
            .enable_execute_command(want.enable_execute_command)
            .set_health_check_grace_period_seconds(grace(want));
        if old.load_balancers != want.load_balancers {
            call = call.set_load_balancers(Some(load_balancers(want)));
        }
        if strategy_changed {
            call = call.set_capacity_provider_strategy(Some(to_ecs(&want.capacity_providers)?));
        }
        if strategy_changed || failed {
            call = call.force_new_deployment(true);
        }
        session.send("ecs", "UpdateService", call.send()).await?;
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, _: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        // `force` deletes a service whose tasks still run: ECS drains them.
        let call = session
            .ecs
            .delete_service()
            .cluster(&now.outputs["cluster_name"])
            .service(&now.outputs["name"])
            .force(true);
        match session.send("ecs", "DeleteService", call.send()).await {
            Err(error)
                if matches!(
                    error.code.as_str(),
                    "ServiceNotFoundException" | "ServiceNotActiveException" | "ClusterNotFoundException"
                ) =>
            {
                Ok(())
            }
            reply => reply.map(drop),
        }
    }

    async fn ready(session: &Session<'_>, target: &Target, want: &Self) -> Result<Progress, CloudError> {
        let Some(service) =
            describe(session, &want.cluster, &target.lookup.name).await?.filter(|one| one.status() == Some("ACTIVE"))
        else {
            return Err(not_shown_yet::<Self>());
        };
        let Some(current) = primary(&service) else {
            return Ok(Progress::Waiting { why: "The service has no deployment yet.".to_owned() });
        };
        let reason = async || -> Result<String, CloudError> {
            Ok(last_stopped(session, &service, &want.task_definition)
                .await?
                .as_ref()
                .map(why_stopped)
                .unwrap_or_default())
        };
        let sentence = |first: String, second: String| format!("{first} {second}").trim_end().to_owned();
        if service.task_definition() != Some(want.task_definition.as_str()) {
            let first = "The deployment failed, and ECS went back to the task definition before it.".to_owned();
            return Ok(Progress::Failed { why: sentence(first, reason().await?) });
        }
        let (running, desired) = (service.running_count(), service.desired_count());
        Ok(match current.rollout_state() {
            Some(DeploymentRolloutState::Failed) => {
                let said = current.rollout_state_reason().unwrap_or("ECS has given the deployment up.");
                let stopped = reason().await?;
                let why = if stopped.is_empty() { last_trouble(&service, current) } else { stopped };
                Progress::Failed { why: sentence(format!("The deployment failed: {said}"), why) }
            }
            Some(DeploymentRolloutState::Completed) if running == desired => {
                Progress::Done(outputs_of(&service).ok_or_else(|| incomplete("DescribeServices", "ARN"))?)
            }
            _ => {
                let mut first = format!("{running} of {desired} tasks run.");
                if running > 0
                    && let Some(health) = health(session, &service).await
                {
                    first = sentence(first, health);
                }
                let failures = current.failed_tasks();
                if failures > 0 {
                    let times = if failures == 1 { "One task".to_owned() } else { format!("{failures} tasks") };
                    first = sentence(first, sentence(format!("{times} could not start."), reason().await?));
                }
                Progress::Waiting { why: sentence(first, trouble_now(&service, current)) }
            }
        })
    }

    async fn gone(session: &Session<'_>, target: &Target) -> Result<Progress, CloudError> {
        let Some(cluster) = cluster_of(&target.lookup) else { return Ok(Progress::Done(Outputs::new())) };
        let service = describe(session, cluster, &target.lookup.name).await?;
        let ours = service.filter(|one| crate::ownership::is_ours(&target.lookup, &tags_of_ecs(one.tags())));
        Ok(match ours.as_ref().and_then(|one| one.status()) {
            Some("DRAINING") => Progress::Waiting { why: "The service is stopping its last tasks.".to_owned() },
            Some("ACTIVE") => Progress::Waiting { why: "AWS is still deleting the service.".to_owned() },
            _ => Progress::Done(Outputs::new()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use aws_sdk_elasticloadbalancingv2::types::TargetHealth;
    use aws_smithy_runtime_api::{
        client::{
            http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
            orchestrator::{HttpRequest, HttpResponse},
        },
        http::StatusCode,
    };
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn reasons_become_sentences_that_say_what_to_look_at() {
        let pull = "CannotPullContainerError: pull access denied for nopull";
        assert!(explain(pull, "web", pull, None).starts_with("The image of `web` cannot be pulled"));
        let secrets =
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed";
        assert!(explain(secrets, "web", secrets, None).contains("execution role"));
        let exited = "Essential container in task exited";
        assert!(explain(exited, "web", exited, Some(1)).contains("exited with code 1"));
        let unwell = "Task failed ELB health checks in (target-group arn:x)";
        assert!(explain(unwell, "web", unwell, None).contains("health check"));
        assert!(
            explain("OutOfMemoryError: Container killed due to memory usage", "web", "", Some(137)).contains("memory")
        );
        assert_eq!(explain("", "web", "", None), "AWS gives no reason.");
    }

    fn target(state: &str, description: Option<&str>) -> TargetHealthDescription {
        let health = TargetHealth::builder().state(state.into()).set_description(description.map(str::to_owned));
        TargetHealthDescription::builder().target_health(health.build()).build()
    }

    #[test]
    fn what_load_balancers_say_of_targets_is_told_once() {
        let failed = || target("unhealthy", Some("Health checks failed with these codes: [502]"));
        let leaving = target("draining", Some("Target deregistration is in progress"));
        assert_eq!(targets_say(&[]), None);
        assert_eq!(targets_say(std::slice::from_ref(&leaving)), None);
        assert_eq!(targets_say(&[target("healthy", None), leaving]).unwrap(), "1 of 1 targets healthy.");
        assert_eq!(
            targets_say(&[failed(), target("healthy", None), failed()]).unwrap(),
            "1 of 3 targets healthy: Health checks failed with these codes: [502]."
        );
        let new = target("initial", Some("Target registration is in progress."));
        assert_eq!(
            targets_say(&[new, failed()]).unwrap(),
            "0 of 2 targets healthy: Health checks failed with these codes: [502]; Target registration is in progress."
        );
    }

    /// A service whose one task runs and answers its load balancer with 502, and a load balancer that says so.
    #[derive(Clone, Debug)]
    struct Aws {
        may_ask: bool,
        asked: Arc<AtomicUsize>,
    }

    impl HttpConnector for Aws {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let asks = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
            let (status, body) = if !asks.contains("DescribeTargetHealth") {
                (200, SERVICE)
            } else {
                self.asked.fetch_add(1, Ordering::Relaxed);
                if self.may_ask { (200, HEALTH) } else { (403, DENIED) }
            };
            HttpConnectorFuture::ready(Ok(HttpResponse::new(
                StatusCode::try_from(status).unwrap(),
                SdkBody::from(body),
            )))
        }
    }

    const SERVICE: &str = r#"{"services": [{"serviceName": "web", "serviceArn": "arn:aws:ecs:r:1:service/main/web",
        "clusterArn": "arn:aws:ecs:r:1:cluster/main", "status": "ACTIVE", "taskDefinition": "web:1", "desiredCount": 2,
        "runningCount": 1, "loadBalancers": [{"targetGroupArn": "arn:aws:elasticloadbalancing:r:1:targetgroup/web/0"}],
        "deployments": [{"status": "PRIMARY", "rolloutState": "IN_PROGRESS"}]}]}"#;
    const HEALTH: &str = "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member>\
        <TargetHealth><State>unhealthy</State><Reason>Target.ResponseCodeMismatch</Reason>\
        <Description>Health checks failed with these codes: [502]</Description></TargetHealth></member>\
        </TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>";
    const DENIED: &str = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";

    #[tokio::test]
    async fn who_waits_for_a_service_reads_what_its_load_balancer_says() {
        let want = serde_json::json!({"cluster": "main", "task_definition": "web:1", "desired_count": 2,
            "subnets": ["subnet-1"], "security_groups": ["sg-1"]});
        let want: EcsService = serde_json::from_value(want).unwrap();
        let lookup = Lookup {
            kind: domain::kinds::Kind::EcsService,
            name: "web".to_owned(),
            spec: serde_json::Value::Null,
            outputs: Outputs::new(),
            stack: String::new(),
            resource: "service".to_owned(),
            installation: String::new(),
        };
        let target = Target { lookup, tags: Tags::new(), client_token: String::new(), secret: None };
        for (may_ask, said) in [
            (true, "1 of 2 tasks run. 0 of 1 targets healthy: Health checks failed with these codes: [502]."),
            (false, "1 of 2 tasks run."),
        ] {
            let aws = Aws { may_ask, asked: Arc::default() };
            let connector = SharedHttpConnector::new(aws.clone());
            let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
                .region(aws_config::Region::from_static("eu-central-1"))
                .endpoint_url("http://aws.example.com")
                .credentials_provider(aws_credential_types::Credentials::new("g", "g", None, None, "test"))
                .http_client(http_client_fn(move |_, _| connector.clone()))
                .load()
                .await;
            let clients = crate::clouds::clients(&config, Arc::new(crate::pace::Pace::new(1.0)));
            let told = EcsService::ready(&Session::new(&clients), &target, &want).await;
            assert_eq!(told.unwrap(), Progress::Waiting { why: said.to_owned() });
            assert_eq!(aws.asked.load(Ordering::Relaxed), 1);
        }
    }

    #[test]
    fn what_ecs_says_of_a_service_is_told_while_it_is_in_trouble() {
        let at = aws_smithy_types::DateTime::from_secs;
        let deployment = Deployment::builder().created_at(at(1000)).build();
        let service = |events: &[(i64, &str)]| {
            let event = |(when, says): &(i64, &str)| {
                ServiceEvent::builder().created_at(at(*when)).message(format!("(service web) {says}")).build()
            };
            Service::builder().set_events(Some(events.iter().map(event).collect())).build()
        };
        let now = |events: &[(i64, &str)]| trouble_now(&service(events), &deployment);
        let no_room = (1010, "was unable to place a task. Reason: Capacity is unavailable at this time.");
        let told = "AWS says: the service was unable to place a task. Reason: Capacity is unavailable at this time.";
        assert_eq!(now(&[no_room]), told);
        assert_eq!(now(&[no_room, (1012, "has started 1 tasks: (task 1a).")]), "", "it is over");
        assert_eq!(now(&[(999, no_room.1)]), "", "that was the deployment before");
        assert_eq!(now(&[(1010, "has reached a steady state."), no_room]), "", "AWS has the newest first");
        assert_eq!(now(&[]), "");
        let role = "failed to launch a task with (error ECS was unable to assume the role 'arn:x' that was provided for this task.).";
        assert!(now(&[(1090, role)]).starts_with("ECS cannot assume the task's role yet"));
        assert!(now(&[(1091, role)]).starts_with("ECS cannot assume the task's role: check"));
        let given_up = (1200, "(deployment ecs-svc/1) deployment failed: tasks failed to start.");
        assert_eq!(now(&[given_up, (1100, role)]), "");
        assert!(last_trouble(&service(&[given_up, (1100, role)]), &deployment).contains("'arn:x'"));
        let endless = format!("was unable to\n{}", "ä".repeat(9000));
        let told = now(&[(1010, &endless)]);
        assert!(
            told.starts_with("AWS says: the service was unable to ää") && told.ends_with("ä….") && told.len() < 1200
        );
    }

    #[test]
    fn clusters_are_named_by_the_end_of_their_arn() {
        assert_eq!(name_of("arn:aws:ecs:eu-west-1:1:cluster/main"), "main");
        assert_eq!(name_of("main"), "main");
    }
}
