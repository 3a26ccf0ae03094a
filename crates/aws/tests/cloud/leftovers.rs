//! Looks through the whole account for anything of a stack, without Gantry's own eyes: by what AWS lists, and by the
//! tags that AWS tells of it.
//!
//! To add a kind: list it in [`Account::everything`], and give [`whatever_is_left_is_named`] one of it.
//!
//! What AWS keeps of something deleted does not count: clusters and services stay describable for a while and task
//! definitions for ever, as INACTIVE. An inline policy cannot outlive its role.

use std::{collections::BTreeMap, fmt};

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use aws_sdk_ecs::{
    error::ProvideErrorMetadata,
    types::{ClusterField, ServiceField, TaskDefinitionField, TaskDefinitionStatus},
};
use aws_sdk_ssm::types::ResourceTypeForTagging;
use domain::kinds::Kind;
use futures::{StreamExt, stream};
use serde_json::json;

use crate::account::Account;

/// One object in the account.
#[derive(Clone, Debug)]
pub struct Thing {
    pub kind: Kind,
    /// Its ARN, or what AWS has instead.
    pub id: String,
    /// Its own name, where its id does not say it.
    name: String,
    tags: BTreeMap<String, String>,
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind, self.id, self.name)
    }
}

impl Thing {
    fn new<'a>(kind: Kind, id: &str, tags: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Self {
        let tags = tags.into_iter().map(|(key, value)| (key.unwrap().to_owned(), value.unwrap_or_default().to_owned()));
        Self { kind, id: id.to_owned(), name: String::new(), tags: tags.collect() }
    }

    fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// What it is by the tag of its own; where it bears none, its name.
    pub fn own_name(&self) -> &str {
        self.tags.get("gantry:resource").map_or(&self.name, String::as_str)
    }

    /// Whether it bears the stack's tag, whatever it is called.
    fn is_tagged(&self, stack: &str) -> bool {
        self.tags.get("gantry:stack").is_some_and(|value| value == stack)
    }

    /// Whether it bears the stack's name, or lies below something that does. All that can be told of a scaling policy,
    /// which takes no tags; and what has lost its tags is an orphan, too.
    fn is_named(&self, name: &str) -> bool {
        let begins = |part: &str| part == name || part.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        self.id.split(['/', ':']).chain([self.name.as_str()]).any(begins)
    }
}

/// Whether a name, an id or an ARN bears the name of another stack of these tests (`s<number>x<number>`): such a thing
/// need not be looked into.
fn is_of_another(id: &str, name: &str) -> bool {
    let stack = |part: &str| {
        let stack = part.split('-').next()?;
        let (process, number) = stack.strip_prefix('s')?.split_once('x')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (is_number(process) && is_number(number)).then_some(stack.to_owned())
    };
    let mut stacks = id.split(['/', ':']).filter_map(stack).peekable();
    stacks.peek().is_some() && stacks.all(|stack| stack != name)
}

/// What AWS says of something that has gone since it was listed: other tests work beside this one.
const GONE: [&str; 8] = [
    "ClusterNotFoundException",
    "InvalidResourceId",
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "NoSuchEntity",
    "ResourceNotFoundException",
    "RuleNotFound",
    "TargetGroupNotFound",
];

/// The answer; nothing where what was asked for has gone.
fn unless_gone<T, E: ProvideErrorMetadata + fmt::Debug>(answer: Result<T, E>) -> Option<T> {
    match answer {
        Err(error) if GONE.contains(&error.code().unwrap_or_default()) => None,
        answer => Some(answer.unwrap()),
    }
}

/// What a list is made into, some at once.
async fn each<T, F: Future<Output = Option<Thing>>>(list: Vec<T>, thing: impl FnMut(T) -> F) -> Vec<Thing> {
    stream::iter(list).map(thing).buffer_unordered(4).filter_map(std::future::ready).collect().await
}

impl Account {
    /// Everything of a stack: what bears its tag or its name.
    pub async fn belongings(&self, stack: &str, name: &str) -> Vec<Thing> {
        let mut all = self.everything(name).await;
        all.retain(|thing| thing.is_tagged(stack) || thing.is_named(name));
        all.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        all
    }

    /// Every object in the account that is of a kind of Gantry's and may be of the stack with this name.
    async fn everything(&self, name: &str) -> Vec<Thing> {
        let (containers, definitions, balancing, groups, roles, logs, parameters, scaling) = futures::join!(
            self.clusters_and_services(name),
            self.task_definitions(name),
            self.load_balancing(name),
            self.security_groups(),
            self.roles(name),
            self.log_groups(name),
            self.parameters(name),
            self.scaling(name),
        );
        [containers, definitions, balancing, groups, roles, logs, parameters, scaling].concat()
    }

    async fn clusters_and_services(&self, name: &str) -> Vec<Thing> {
        let mut all = vec![];
        let clusters = self.ecs.list_clusters().into_paginator().items().send().try_collect().await;
        let clusters: Vec<_> = clusters.unwrap().into_iter().filter(|arn| !is_of_another(arn, name)).collect();
        for some in clusters.chunks(100) {
            let call = self.ecs.describe_clusters().set_clusters(Some(some.to_vec())).include(ClusterField::Tags);
            for one in call.send().await.unwrap().clusters().iter().filter(|one| one.status() != Some("INACTIVE")) {
                let tags = one.tags().iter().map(|tag| (tag.key(), tag.value()));
                all.push(Thing::new(Kind::EcsCluster, one.cluster_arn().unwrap(), tags));
            }
        }
        for cluster in clusters {
            let mut services = self.ecs.list_services().cluster(&cluster).into_paginator().send();
            while let Some(page) = services.next().await {
                let Some(page) = unless_gone(page) else { break };
                let arns: Vec<_> =
                    page.service_arns().iter().filter(|arn| !is_of_another(arn, name)).cloned().collect();
                for some in arns.chunks(10) {
                    let call = self.ecs.describe_services().cluster(&cluster).set_services(Some(some.to_vec()));
                    let Some(reply) = unless_gone(call.include(ServiceField::Tags).send().await) else { break };
                    for one in reply.services().iter().filter(|one| one.status() != Some("INACTIVE")) {
                        let tags = one.tags().iter().map(|tag| (tag.key(), tag.value()));
                        all.push(Thing::new(Kind::EcsService, one.service_arn().unwrap(), tags));
                    }
                }
            }
        }
        all
    }

    async fn task_definitions(&self, name: &str) -> Vec<Thing> {
        let active = self.ecs.list_task_definitions().status(TaskDefinitionStatus::Active);
        let arns = active.into_paginator().items().send().try_collect().await.unwrap();
        each(arns.into_iter().filter(|arn| !is_of_another(arn, name)).collect(), async |arn| {
            let call = self.ecs.describe_task_definition().task_definition(arn);
            let reply = call.include(TaskDefinitionField::Tags).send().await.unwrap();
            let one = reply.task_definition().unwrap();
            let tags = reply.tags().iter().map(|tag| (tag.key(), tag.value()));
            (one.status() == Some(&TaskDefinitionStatus::Active))
                .then(|| Thing::new(Kind::TaskDefinition, one.task_definition_arn().unwrap(), tags))
        })
        .await
    }

    async fn load_balancing(&self, name: &str) -> Vec<Thing> {
        let elb = aws_sdk_elasticloadbalancingv2::Client::new(&self.config);
        let mut found = BTreeMap::new();
        let mut groups = elb.describe_target_groups().into_paginator().items().send();
        while let Some(one) = groups.next().await {
            let arn = one.unwrap().target_group_arn().unwrap().to_owned();
            if !is_of_another(&arn, name) {
                found.insert(arn, Kind::TargetGroup);
            }
        }
        let mut balancers = elb.describe_load_balancers().into_paginator().items().send();
        while let Some(balancer) = balancers.next().await {
            let balancer = balancer.unwrap().load_balancer_arn().unwrap().to_owned();
            if is_of_another(&balancer, name) {
                continue;
            }
            let mut listeners = elb.describe_listeners().load_balancer_arn(&balancer).into_paginator().items().send();
            while let Some(Some(listener)) = listeners.next().await.map(unless_gone) {
                let listener = listener.listener_arn().unwrap().to_owned();
                let mut rules = elb.describe_rules().listener_arn(&listener).into_paginator().items().send();
                while let Some(Some(rule)) = rules.next().await.map(unless_gone) {
                    // The default rule is a part of its listener.
                    if rule.is_default() != Some(true) {
                        found.insert(rule.rule_arn().unwrap().to_owned(), Kind::ListenerRule);
                    }
                }
                found.insert(listener, Kind::Listener);
            }
            found.insert(balancer, Kind::LoadBalancer);
        }
        // One that has gone spoils the call for all that are named with it.
        let one_by_one = async |arn: String| {
            let reply = unless_gone(elb.describe_tags().resource_arns(&arn).send().await)?;
            let tags = reply.tag_descriptions().first()?.tags().iter().map(|tag| (tag.key(), tag.value()));
            Some(Thing::new(found[&arn], &arn, tags))
        };
        let arns: Vec<_> = found.keys().cloned().collect();
        let mut all = vec![];
        for some in arns.chunks(20) {
            match unless_gone(elb.describe_tags().set_resource_arns(Some(some.to_vec())).send().await) {
                None => all.extend(each(some.to_vec(), &one_by_one).await),
                Some(reply) => all.extend(reply.tag_descriptions().iter().map(|one| {
                    let arn = one.resource_arn().unwrap();
                    Thing::new(found[arn], arn, one.tags().iter().map(|tag| (tag.key(), tag.value())))
                })),
            }
        }
        all
    }

    async fn security_groups(&self) -> Vec<Thing> {
        let ec2 = aws_sdk_ec2::Client::new(&self.config);
        let groups = ec2.describe_security_groups().into_paginator().items().send().try_collect().await.unwrap();
        let thing = |one: &aws_sdk_ec2::types::SecurityGroup| {
            let tags = one.tags().iter().map(|tag| (tag.key(), tag.value()));
            Thing::new(Kind::SecurityGroup, one.group_id().unwrap(), tags).called(one.group_name().unwrap())
        };
        groups.iter().map(thing).collect()
    }

    async fn roles(&self, name: &str) -> Vec<Thing> {
        let iam = aws_sdk_iam::Client::new(&self.config);
        let roles = iam.list_roles().into_paginator().items().send().try_collect().await.unwrap();
        each(roles.into_iter().filter(|one| !is_of_another(one.arn(), name)).collect(), async |one| {
            let reply = unless_gone(iam.list_role_tags().role_name(one.role_name()).send().await)?;
            let tags = reply.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value())));
            Some(Thing::new(Kind::IamRole, one.arn(), tags))
        })
        .await
    }

    async fn log_groups(&self, name: &str) -> Vec<Thing> {
        let logs = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let groups = logs.describe_log_groups().into_paginator().items().send().try_collect().await.unwrap();
        each(groups.into_iter().filter(|one| !is_of_another(one.arn().unwrap(), name)).collect(), async |one| {
            let arn = one.arn().unwrap().trim_end_matches(":*");
            let reply = unless_gone(logs.list_tags_for_resource().resource_arn(arn).send().await)?;
            let tags =
                reply.tags().into_iter().flatten().map(|(key, value)| (Some(key.as_str()), Some(value.as_str())));
            Some(Thing::new(Kind::LogGroup, arn, tags))
        })
        .await
    }

    async fn parameters(&self, name: &str) -> Vec<Thing> {
        // On one page: what others delete meanwhile moves what is on the next.
        let pages = self.ssm.describe_parameters().max_results(50).into_paginator().send().try_collect().await.unwrap();
        let parameters = pages.iter().flat_map(|page| page.parameters()).map(|one| one.name().unwrap());
        each(parameters.filter(|one| !is_of_another(one, name)).collect(), async |one: &str| {
            let call = self.ssm.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter);
            let reply = unless_gone(call.resource_id(one).send().await)?;
            let tags = reply.tag_list().iter().map(|tag| (Some(tag.key()), Some(tag.value())));
            Some(Thing::new(Kind::SsmParameter, one, tags))
        })
        .await
    }

    async fn scaling(&self, name: &str) -> Vec<Thing> {
        let scaling = aws_sdk_applicationautoscaling::Client::new(&self.config);
        let targets = scaling.describe_scalable_targets().service_namespace(ServiceNamespace::Ecs);
        let targets = targets.into_paginator().items().send().try_collect().await.unwrap();
        let targets = targets.into_iter().filter(|one| !is_of_another(one.resource_id(), name)).collect();
        let mut all = each(targets, async |one| {
            let call = scaling.list_tags_for_resource().resource_arn(one.scalable_target_arn().unwrap());
            let reply = unless_gone(call.send().await)?;
            let tags =
                reply.tags().into_iter().flatten().map(|(key, value)| (Some(key.as_str()), Some(value.as_str())));
            Some(Thing::new(Kind::ScalableTarget, one.resource_id(), tags))
        })
        .await;
        let policies = scaling.describe_scaling_policies().service_namespace(ServiceNamespace::Ecs);
        let mut policies = policies.into_paginator().items().send();
        while let Some(one) = policies.next().await {
            let one = one.unwrap();
            all.push(Thing::new(Kind::ScalingPolicy, one.resource_id(), []).called(one.policy_name()));
        }
        all
    }
}

#[test]
fn only_what_bears_the_name_of_another_stack_is_passed_over() {
    for (id, passed_over) in [
        ("arn:aws:iam::1:role/s7x2-task-1a2b", true),
        ("service/s7x2-cluster-1a/s7x2-web-2b", true),
        ("/gantry/house/s7x12/secret-TOKEN-1a", true),
        ("arn:aws:iam::1:role/s7x1-task-1a2b", false),
        ("service/common/s7x1-web-2b", false),
        ("arn:aws:iam::1:role/task-1a2b", false),
        ("arn:aws:iam::1:role/sx-task", false),
        ("arn:aws:iam::1:role/six2-task", false),
        ("arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/s7x2-alb-1a/0a/0b", true),
    ] {
        assert_eq!(is_of_another(id, "s7x1"), passed_over, "{id}");
    }
}

/// One of every kind is made and goes again, last first: each is named as long as it is there, by its tag alone where it
/// bears one.
#[tokio::test]
async fn whatever_is_left_is_named() {
    let account = Account::open("left").await;
    let mut made = vec![];
    let mut make = async |kind: Kind, spec: serde_json::Value| {
        let outputs = account.create(kind, "one", &spec).await;
        made.push((kind, spec));
        outputs
    };
    let role = make(Kind::IamRole, json!({"trusted_service": "ecs-tasks.amazonaws.com"})).await["arn"].clone();
    make(Kind::LogGroup, json!({"retention_days": 14})).await;
    make(Kind::SsmParameter, json!({"parameter_type": "String", "value": "a"})).await;
    let vpc = &account.network.vpc;
    let group = make(Kind::SecurityGroup, json!({"vpc_id": vpc, "description": "one"})).await["id"].clone();
    let subnets = &account.network.subnets;
    let balancer = json!({"scheme": "internal", "subnets": subnets, "security_groups": [group]});
    let balancer = make(Kind::LoadBalancer, balancer).await;
    let targets = make(Kind::TargetGroup, json!({"vpc_id": vpc, "port": 80})).await["arn"].clone();
    let listener = json!({"load_balancer": balancer["arn"], "port": 80, "protocol": "HTTP",
        "default_action": {"fixed_response": {"status": 404}}});
    let listener = make(Kind::Listener, listener).await["arn"].clone();
    let rule =
        json!({"listener": listener, "priority": 1, "hosts": ["a.example.com"], "paths": [], "target_group": targets});
    make(Kind::ListenerRule, rule).await;
    let cluster = make(Kind::EcsCluster, json!({})).await["arn"].clone();
    let task = make(Kind::TaskDefinition, account.task(&role, "nginx:1")).await["arn"].clone();
    let service = json!({"cluster": cluster, "task_definition": task, "desired_count": 1, "autoscaled": true,
        "subnets": subnets, "security_groups": [group], "assign_public_ip": true,
        "load_balancers": [{"target_group": targets, "container": "web", "port": 80}], "health_check_grace_seconds": 240});
    let service = make(Kind::EcsService, service).await;
    let scaling = json!({"cluster_name": service["cluster_name"], "service_name": service["name"], "min": 1, "max": 2});
    let scaling = make(Kind::ScalableTarget, scaling).await["resource_id"].clone();
    make(Kind::ScalingPolicy, json!({"resource_id": scaling, "metric": "cpu", "target_value": 60})).await;

    let mut kinds: Vec<_> = made.iter().map(|(kind, _)| *kind).collect();
    kinds.sort();
    assert_eq!(kinds, Kind::ALL, "one of every kind");
    let stack = account.stack();
    while let Some((kind, spec)) = made.pop() {
        let target = account.target(kind, "one", &spec);
        let named = if kind.def().tagged { "no-such-name" } else { account.name() };
        let left = account.belongings(&stack, named).await;
        assert!(left.iter().any(|thing| thing.kind == kind), "a {kind} that is left is not named: {left:?}");
        account.delete(&target).await;
        let left = account.belongings(&stack, account.name()).await;
        assert!(left.iter().all(|thing| thing.kind != kind), "a {kind} that has gone is named: {left:?}");
    }
    assert_eq!(account.belongings(&stack, account.name()).await.len(), 0);
}
