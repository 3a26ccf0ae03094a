//! Every kind: absent, made, made again, seen, changed, seen,
//! deleted, deleted again; and never touched when it is someone else's.

use std::time::Duration;

use aws_sdk_ec2::types::{IpPermission, UserIdGroupPair};
use domain::{
    environment::LaunchRole,
    kinds::Kind,
    observation::{Observed, Outputs},
};
use gantry_aws::{
    AwsClouds, AwsOptions,
    testing::{
        Fault, Rule, Wire, WireCall,
        ledger::{self, Scene},
    },
};
use provisioner::cloud::{Class, Clouds, Inventory, InventoryItem, Progress, Secret, Target};
use serde_json::{Value as Json, json};

use crate::account::{self, Account};

/// One resource's whole life. Leaves nothing.
async fn lives(account: &Account, kind: Kind, resource: &str, spec: Json, changed: Option<Json>) {
    let target = account.target(kind, resource, &spec);
    assert_eq!(account.cloud.observe(&target.lookup).await.unwrap(), Observed::Absent, "{kind} before");
    let made = born(account, &target, &spec).await;
    seen_as(account, &target, &spec, &made).await;
    foreign_is_untouched(account, &target, &spec).await;
    if let Some(changed) = changed {
        let target = account.target(kind, resource, &changed);
        let outputs = account.cloud.update(&target, &spec, &changed).await.result.unwrap();
        assert_eq!(outputs, made, "{kind}: an update in place keeps its outputs");
        account.ready(&target, &changed).await;
        seen_as(account, &target, &changed, &outputs).await;
        account.wire.take_calls();
        account.cloud.update(&target, &spec, &changed).await.result.unwrap();
        assert!(account.wire.take_mutations().is_empty(), "{kind}: updating again changes nothing");
    }
    dies(account, &target).await;
}

/// Made, and made again without a trace.
async fn born(account: &Account, target: &Target, spec: &Json) -> Outputs {
    let kind = target.kind();
    account.wire.take_calls();
    let answer = account.cloud.create(target, spec).await;
    let made = answer.result.unwrap_or_else(|error| panic!("{kind}: {error}; {}", error.advice));
    let told: Vec<_> = answer.calls.into_iter().map(|call| call.operation).collect();
    assert_eq!(told, account.wire.take_mutations(), "{kind}: the answer tells every call that changes something");
    for output in kind.def().outputs {
        assert!(made.get(*output).is_some_and(|value| !value.is_empty()), "{kind} has no {output}");
    }
    assert_eq!(account.ready(target, spec).await, made, "{kind}: ready with the same outputs");
    account.wire.take_calls();
    let again = account.cloud.create(target, spec).await.result.unwrap();
    assert_eq!(again, made, "{kind}: made again");
    assert_eq!(account.wire.take_mutations(), Vec::<String>::new(), "{kind}: making it again changes nothing");
    made
}

async fn seen_as(account: &Account, target: &Target, spec: &Json, outputs: &Outputs) {
    let kind = target.kind();
    let mut wanted = (kind.def().normalise)(spec);
    if kind == Kind::SsmParameter {
        wanted.as_object_mut().unwrap().remove("secret");
    }
    match account.cloud.observe(&target.lookup).await.unwrap() {
        Observed::Ours { fields, outputs: seen } => {
            assert_eq!(fields, wanted, "{kind}: what is observed is what is wanted");
            assert_eq!((kind.def().normalise)(&fields), fields, "{kind}: observed in its normal form");
            assert_eq!(&seen, outputs, "{kind}: outputs");
        }
        other => panic!("{kind}: {other:?}"),
    }
}

/// For another stack the same thing is foreign, and stays as it is.
async fn foreign_is_untouched(account: &Account, target: &Target, spec: &Json) {
    let kind = target.kind();
    let mut other = target.clone();
    other.lookup.stack = "stk-OTHER".to_owned();
    other.tags.insert("gantry:stack".to_owned(), "stk-OTHER".to_owned());
    let seen = account.cloud.observe(&other.lookup).await.unwrap();
    assert!(matches!(seen, Observed::Foreign { .. }), "{kind}: {seen:?}");
    account.wire.take_calls();
    for answer in [account.cloud.create(&other, spec).await, account.cloud.update(&other, spec, spec).await] {
        let error = answer.result.unwrap_err();
        assert_eq!((error.code.as_str(), error.class), ("foreign-resource", Class::Stale), "{kind}");
    }
    account.cloud.delete(&other).await.result.unwrap();
    assert_eq!(account.cloud.gone(&other).await.unwrap(), Progress::Done(Outputs::new()), "{kind}");
    assert!(account.wire.take_mutations().is_empty(), "{kind}: a foreign one is not touched");
    assert!(
        matches!(account.cloud.observe(&target.lookup).await.unwrap(), Observed::Ours { .. }),
        "{kind}: still there"
    );
}

async fn dies(account: &Account, target: &Target) {
    let kind = target.kind();
    account.delete(target).await;
    account.wire.take_calls();
    account.cloud.delete(target).await.result.unwrap();
    assert!(account.wire.take_mutations().is_empty(), "{kind}: deleting again changes nothing");
    assert_eq!(account.cloud.observe(&target.lookup).await.unwrap(), Observed::Absent, "{kind} after");
}

#[tokio::test]
async fn ecs_cluster() {
    let account = Account::open("cluster").await;
    let spec = json!({"default_strategy": [{"provider": "FARGATE", "weight": 1, "base": 1}]});
    let changed = json!({"container_insights": true, "default_strategy": [{"provider": "FARGATE_SPOT", "weight": 2}]});
    lives(&account, Kind::EcsCluster, "cluster", spec, Some(changed)).await;
}

#[tokio::test]
async fn security_group() {
    let account = Account::open("group").await;
    let spec = json!({"vpc_id": account.network.vpc, "description": "web (test)", "ingress": [
        {"from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0", "description": "everyone"},
        {"from_port": 80, "to_port": 80, "cidr": "10.0.0.0/8"}]});
    let changed = json!({"vpc_id": account.network.vpc, "description": "web (test)",
        "ingress": [{"from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0", "description": "all the world"},
                    {"from_port": 8080, "to_port": 8081, "cidr": "10.0.0.0/8"}],
        "egress": [{"from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"}]});
    lives(&account, Kind::SecurityGroup, "group", spec, Some(changed)).await;
}

#[tokio::test]
async fn groups_that_name_each_other_can_go() {
    let account = Account::open("groups").await;
    let one = account.security_group("one").await;
    let spec = json!({"vpc_id": account.network.vpc, "description": "two",
        "ingress": [{"from_port": 80, "to_port": 80, "source_group": one}]});
    let two = account.create(Kind::SecurityGroup, "two", &spec).await;
    let first = json!({"vpc_id": account.network.vpc, "description": "one",
        "ingress": [{"from_port": 80, "to_port": 80, "source_group": two["id"]}]});
    let target = account.target(Kind::SecurityGroup, "one", &first);
    account.cloud.update(&target, &first, &first).await.result.unwrap();
    account.delete(&target).await;
    account.delete(&account.target(Kind::SecurityGroup, "two", &spec)).await;
}

#[tokio::test]
async fn a_group_in_use_is_busy() {
    let account = Account::open("busy").await;
    let group = account.security_group("alb").await;
    account.load_balancer(&group).await;
    let spec = json!({"vpc_id": account.network.vpc});
    let error = account.cloud.delete(&account.target(Kind::SecurityGroup, "alb", &spec)).await.result.unwrap_err();
    assert_eq!(error.class, Class::Busy, "{error}");
}

#[tokio::test]
async fn iam_role() {
    let account = Account::open("role").await;
    let document = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": "arn:aws:s3:::a%20b/*"}]});
    let managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    let spec = json!({"trusted_service": "ecs-tasks.amazonaws.com", "description": "executes",
        "inline_policies": {"read": document("s3:GetObject"), "write": document("s3:PutObject")}, "managed_policies": [managed]});
    let changed = json!({"trusted_service": "ecs.amazonaws.com", "description": "does less",
        "inline_policies": {"read": document("s3:ListBucket")},
        "managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess"});
    lives(&account, Kind::IamRole, "role", spec, Some(changed)).await;
}

#[tokio::test]
async fn log_group() {
    let account = Account::open("logs").await;
    lives(&account, Kind::LogGroup, "logs", json!({"retention_days": 14}), Some(json!({"retention_days": 30}))).await;
}

#[tokio::test]
async fn ssm_parameter() {
    let account = Account::open("parameter").await;
    lives(&account, Kind::SsmParameter, "config", json!({"parameter_type": "String", "value": "a=1"}), None).await;
}

#[tokio::test]
async fn a_secret_is_written_and_never_read_back() {
    let account = Account::open("secret").await;
    let spec = json!({"parameter_type": "SecureString", "secret": {"id": "sec-7F3K2M9Q", "version": 1}});
    let mut target = account.target(Kind::SsmParameter, "secret", &spec);
    let error = account.cloud.create(&target, &spec).await.result.unwrap_err();
    assert_eq!(error.code, "no-value");
    target.secret = Some(Secret("hunter2-hunter2".to_owned()));
    let made = born(&account, &target, &spec).await;
    seen_as(&account, &target, &spec, &made).await;
    let seen = format!("{:?} {target:?}", account.cloud.observe(&target.lookup).await);
    assert!(!seen.contains("hunter2"), "{seen}");
    let value = account.ssm.get_parameter().name(&target.lookup.name).with_decryption(true).send().await.unwrap();
    assert_eq!(value.parameter().unwrap().value(), Some("hunter2-hunter2"));
    dies(&account, &target).await;
}

#[tokio::test]
async fn target_group() {
    let account = Account::open("targets").await;
    let spec = json!({"vpc_id": account.network.vpc, "port": 8080});
    let changed = json!({"vpc_id": account.network.vpc, "port": 8080, "deregistration_delay_seconds": 30,
        "health_check": {"path": "/up", "interval_seconds": 15, "healthy_threshold": 3, "matcher": "200"}});
    lives(&account, Kind::TargetGroup, "web", spec, Some(changed)).await;
}

#[tokio::test]
async fn load_balancer() {
    let account = Account::open("balancer").await;
    let (one, two) = (account.security_group("one").await, account.security_group("two").await);
    let spec = json!({"scheme": "internal", "subnets": account.network.subnets, "security_groups": [one]});
    let changed = json!({"scheme": "internal", "subnets": account.network.subnets, "security_groups": [two, one], "idle_timeout_seconds": 120});
    lives(&account, Kind::LoadBalancer, "alb", spec, Some(changed)).await;
}

#[tokio::test]
async fn listeners_and_rules() {
    let account = Account::open("listener").await;
    let group = account.security_group("alb").await;
    let balancer = account.load_balancer(&group).await;
    let (a, b) = (account.target_group("a").await, account.target_group("b").await);
    let listener = |port: u16, protocol: &str, rest: Json| {
        let mut spec = json!({"load_balancer": balancer["arn"], "port": port, "protocol": protocol});
        spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        spec
    };
    let forward = |group: &Outputs| json!({"forward": {"target_group": group["arn"]}});
    lives(
        &account,
        Kind::Listener,
        "http",
        listener(80, "HTTP", json!({"default_action": {"redirect_to_https": {}}})),
        Some(listener(80, "HTTP", json!({"default_action": forward(&a)}))),
    )
    .await;
    lives(
        &account,
        Kind::Listener,
        "https",
        listener(443, "HTTPS", json!({"certificate": account.network.certificate, "default_action": forward(&a)})),
        Some(listener(
            443,
            "HTTPS",
            json!({"certificate": account.network.certificate, "ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
                   "default_action": {"fixed_response": {"status": 404, "body": "nothing here"}}}),
        )),
    )
    .await;

    let spec = listener(8080, "HTTP", json!({"default_action": {"fixed_response": {"status": 404}}}));
    let http = account.create(Kind::Listener, "plain", &spec).await;
    let rule = |hosts: Json, paths: Json, group: &Outputs| json!({"listener": http["arn"], "priority": 10, "hosts": hosts, "paths": paths, "target_group": group["arn"]});
    let first = rule(json!(["shop.example.com", "a.example.com"]), json!([]), &a);
    lives(
        &account,
        Kind::ListenerRule,
        "rule",
        first.clone(),
        Some(rule(json!(["shop.example.com"]), json!(["/api/*"]), &b)),
    )
    .await;

    account.create(Kind::ListenerRule, "rule", &rule(json!(["shop.example.com"]), json!(["/api/*", "/x"]), &a)).await;
    let taken = account.cloud.inventory(Inventory::ListenerRules, Some(&http["arn"])).await.unwrap();
    let taken: Vec<_> = taken.iter().map(|item| (item.value.as_str(), item.label.as_str())).collect();
    assert_eq!(taken, [("10", "shop.example.com/api/*"), ("10", "shop.example.com/x")]);

    let error = account.cloud.delete(&account.target(Kind::TargetGroup, "a", &json!({}))).await.result.unwrap_err();
    assert_eq!(error.class, Class::Busy, "a target group in use: {error}");
}

/// A certificate that was issued just now may not be visible to load balancing yet.
#[tokio::test]
async fn a_listener_gets_a_new_certificate_once_it_is_visible() {
    let account = Account::open("certificate").await;
    let balancer = account.load_balancer(&account.security_group("alb").await).await;
    let listener = |certificate: &str| {
        json!({"load_balancer": balancer["arn"], "port": 443, "protocol": "HTTPS",
        "certificate": certificate, "default_action": {"fixed_response": {"status": 404}}})
    };
    let first = listener(&account.network.certificate);
    let outputs = account.create(Kind::Listener, "https", &first).await;
    let acm = aws_sdk_acm::Client::new(&account.config);
    let issued = acm.request_certificate().domain_name("new.example.com").send().await.unwrap();
    let second = listener(issued.certificate_arn().unwrap());
    let target = account.target(Kind::Listener, "https", &second);
    account.wire.inject(Rule::on("ModifyListener", Fault::says("CertificateNotFound", "Certificate not found")));
    let error = account.cloud.update(&target, &first, &second).await.result.unwrap_err();
    assert_eq!((error.class, error.operation.as_str()), (Class::Propagating, "ModifyListener"), "{error}");
    account.cloud.update(&target, &first, &second).await.result.unwrap();
    seen_as(&account, &target, &second, &outputs).await;
}

#[tokio::test]
async fn a_successor_survives_the_delete_of_its_predecessor() {
    let account = Account::open("successor").await;
    let balancer = account.load_balancer(&account.security_group("alb").await).await;
    let spec = json!({"load_balancer": balancer["arn"], "port": 80, "protocol": "HTTP", "default_action": {"fixed_response": {"status": 404}}});
    let mut old = account.target(Kind::Listener, "http", &spec);
    old.lookup.outputs = account.create(Kind::Listener, "http", &spec).await;
    account.delete(&old).await;
    let new = account.create(Kind::Listener, "http", &spec).await;
    account.delete(&old).await;
    match account.cloud.observe(&account.target(Kind::Listener, "http", &spec).lookup).await.unwrap() {
        Observed::Ours { outputs, .. } => assert_eq!(outputs, new),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn task_definition() {
    let account = Account::open("task").await;
    let role = account.role().await;
    let spec = account.task(&role, "nginx:1");
    lives(&account, Kind::TaskDefinition, "task", spec, None).await;
}

#[tokio::test]
async fn everything_that_a_container_can_say() {
    let account = Account::open("containers").await;
    let role = account.role().await;
    let parameter = account.create(Kind::SsmParameter, "p", &json!({"parameter_type": "String", "value": "x"})).await;
    let spec = json!({"cpu": 512, "memory": 1024, "execution_role": role, "task_role": role, "containers": [
        {"name": "web", "image": "nginx:1", "ports": [8080, 80], "environment": {"B": "2", "A": ""},
         "secrets": {"S": parameter["arn"]}, "command": ["sh", "-c", "serve"],
         "log": {"group": "/gantry/x", "region": account.region, "stream_prefix": "web"},
         "depends_on": [{"container": "init", "condition": "SUCCESS"}]},
        {"name": "init", "image": "busybox", "essential": false}]});
    lives(&account, Kind::TaskDefinition, "task", spec, None).await;
}

#[tokio::test]
async fn a_service_behind_a_load_balancer() {
    let account = Account::open("service").await;
    let stage = account.stage().await;
    let (first, second) =
        (account.task_definition("first", "nginx:1").await, account.task_definition("second", "nginx:2").await);
    let spec = stage.service(&account, &first, 2);
    let mut changed = stage.service(&account, &second, 1);
    changed["enable_execute_command"] = json!(true);
    changed["maximum_percent"] = json!(150);
    lives(&account, Kind::EcsService, "service", spec, Some(changed)).await;
}

#[tokio::test]
async fn autoscaling_of_a_service() {
    let account = Account::open("scaling").await;
    let stage = account.stage().await;
    let task = account.task_definition("task", "nginx:1").await;
    let mut spec = stage.service(&account, &task, 1);
    spec["autoscaled"] = json!(true);
    let service = account.create(Kind::EcsService, "service", &spec).await;
    let target = |min: u32, max: u32| json!({"cluster_name": service["cluster_name"], "service_name": service["name"], "min": min, "max": max});
    lives(&account, Kind::ScalableTarget, "scaling", target(1, 3), Some(target(2, 4))).await;
    let scaling = account.create(Kind::ScalableTarget, "scaling", &target(1, 3)).await;
    let cpu = json!({"resource_id": scaling["resource_id"], "metric": "cpu", "target_value": 60});
    let label = format!("{}/{}", stage.balancer["full_name"], stage.group["full_name"]);
    let requests = json!({"resource_id": scaling["resource_id"], "metric": "requests", "target_value": 500, "resource_label": label,
        "scale_in_cooldown_seconds": 120});
    lives(&account, Kind::ScalingPolicy, "cpu", cpu, None).await;
    lives(&account, Kind::ScalingPolicy, "requests", requests, None).await;

    // Autoscaling owns the count now: an update leaves it alone.
    account
        .ecs
        .update_service()
        .cluster(&service["cluster_name"])
        .service(&service["name"])
        .desired_count(2)
        .send()
        .await
        .unwrap();
    let target = account.target(Kind::EcsService, "service", &spec);
    account.cloud.update(&target, &spec, &spec).await.result.unwrap();
    let seen = account
        .ecs
        .describe_services()
        .cluster(&service["cluster_name"])
        .services(&service["name"])
        .send()
        .await
        .unwrap();
    assert_eq!(seen.services()[0].desired_count(), 2);
    match account.cloud.observe(&target.lookup).await.unwrap() {
        Observed::Ours { fields, .. } => assert_eq!(fields.get("desired_count"), None, "it moves by itself"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled_fails_with_a_sentence() {
    let account = Account::open("nopull").await;
    let stage = account.stage().await;
    let good = account.task_definition("good", "nginx:1").await;
    let bad = account.task_definition("bad", "registry.example.com/nopull:1").await;
    // At once, with nothing to go back to.
    let spec = stage.service(&account, &bad, 1);
    let target = account.target(Kind::EcsService, "new", &spec);
    account.cloud.create(&target, &spec).await.result.unwrap();
    let why = account.failure(&target, &spec).await;
    assert!(why.contains("cannot be pulled"), "{why}");
    // A retry starts another deployment; with a good image it arrives.
    account.wire.take_calls();
    account.cloud.create(&target, &spec).await.result.unwrap();
    assert_eq!(account.wire.take_mutations(), ["UpdateService"]);
    let mended = stage.service(&account, &good, 1);
    account.cloud.update(&target, &spec, &mended).await.result.unwrap();
    account.ready(&target, &mended).await;
    // Later: ECS goes back by itself, and that is a failure too.
    account.cloud.update(&target, &mended, &spec).await.result.unwrap();
    let why = account.failure(&target, &spec).await;
    assert!(why.contains("cannot be pulled"), "{why}");
    dies(&account, &target).await;
}

#[tokio::test]
async fn a_container_that_crashes_is_named() {
    let account = Account::open("crash").await;
    let stage = account.stage().await;
    let bad = account.task_definition("bad", "crash:1").await;
    let spec = stage.service(&account, &bad, 1);
    let target = account.target(Kind::EcsService, "service", &spec);
    account.cloud.create(&target, &spec).await.result.unwrap();
    let why = account.failure(&target, &spec).await;
    assert!(why.contains("`web` exited with code 1"), "{why}");
}

/// What a service waits for.
async fn waiting(account: &Account, target: &Target, spec: &Json) -> String {
    match account.cloud.ready(target, spec).await.unwrap() {
        Progress::Waiting { why } => why,
        other => panic!("{other:?}"),
    }
}

/// ECS says it in an event alone; it clears by itself, and is no failure.
#[tokio::test]
async fn a_role_that_ecs_cannot_assume_yet_is_told_and_waited_for() {
    let account = Account::open("newrole").await;
    let stage = account.stage().await;
    let task = account.task_definition("task", "newrole:1").await;
    let spec = stage.service(&account, &task, 1);
    let target = account.target(Kind::EcsService, "service", &spec);
    account.cloud.create(&target, &spec).await.result.unwrap();
    let why = waiting(&account, &target, &spec).await;
    let told = "0 of 1 tasks run. ECS cannot assume the task's role yet; with a new role this clears by itself. AWS says: \
        the service failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::";
    assert!(why.starts_with(told), "{why}");
    account.ready(&target, &spec).await;

    let full = account.task_definition("full", "nospace:1").await;
    let changed = stage.service(&account, &full, 1);
    account.cloud.update(&target, &spec, &changed).await.result.unwrap();
    let why = waiting(&account, &target, &changed).await;
    assert!(why.contains("AWS says: the service was unable to place a task. Reason: Capacity is"), "{why}");
    dies(&account, &target).await;
}

/// A deleted service holds its name until its last task has stopped: who waits for its end waits for that, and who makes
/// another one of the name waits, too, whatever AWS says about it.
#[tokio::test]
async fn a_service_that_is_draining_holds_its_name() {
    let account = Account::open("draining").await;
    let stage = account.stage().await;
    let task = account.task_definition("task", "lingers:1").await;
    let spec = stage.service(&account, &task, 1);
    account.create(Kind::EcsService, "service", &spec).await;
    let target = account.target(Kind::EcsService, "service", &spec);
    account.cloud.delete(&target).await.result.unwrap();
    let stopping = Progress::Waiting { why: "The service is stopping its last tasks.".to_owned() };
    assert_eq!(account.cloud.gone(&target).await.unwrap(), stopping);
    assert_eq!(account.cloud.observe(&target.lookup).await.unwrap(), Observed::Absent, "a plan makes it anew");
    let namesake = "Creation of service was not idempotent.";
    for said in ["Unable to Start a service that is still Draining.", namesake] {
        if said == namesake {
            account.wire.inject(Rule::on("CreateService", Fault::says("InvalidParameterException", namesake)));
        }
        let error = account.cloud.create(&target, &spec).await.result.unwrap_err();
        assert_eq!((error.class, error.message.as_str()), (Class::Busy, said));
        assert!(error.advice.contains("still stopping its last tasks"), "{}", error.advice);
    }
    account.delete(&target).await;
    // Now it is gone, and only a real namesake is in the way.
    account.wire.inject(Rule::on("CreateService", Fault::says("InvalidParameterException", namesake)));
    assert_eq!(account.cloud.create(&target, &spec).await.result.unwrap_err().class, Class::Stale);
    account.create(Kind::EcsService, "service", &spec).await;
    // What AWS does not show at all it names among the failures of a call that went well.
    let mut missing = target.clone();
    missing.lookup.name.push('x');
    account.wire.take_calls();
    assert_eq!(account.cloud.observe(&missing.lookup).await.unwrap(), Observed::Absent);
    let reply = account.wire.take_calls().pop().and_then(|call| call.reply).unwrap();
    assert_eq!((reply.status, &reply.body["failures"][0]["reason"]), (200, &json!("MISSING")));
}

/// What was made and does not show is borne for as long as AWS may take to show it, and no longer.
#[tokio::test]
async fn what_was_made_and_is_not_shown_is_still_spreading() {
    let account = Account::open("unseen").await;
    let stage = account.stage().await;
    let task = account.task_definition("task", "nginx:1").await;
    let service = stage.service(&account, &task, 1);
    let balancer = json!({"scheme": "internal", "subnets": account.network.subnets, "security_groups": []});
    let parameter = json!({"parameter_type": "String", "value": "a"});
    for (kind, spec) in [(Kind::EcsService, service), (Kind::LoadBalancer, balancer), (Kind::SsmParameter, parameter)] {
        let error = account.cloud.ready(&account.target(kind, "unseen", &spec), &spec).await.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (Class::Propagating, "not-shown-yet"), "{kind}");
        assert!(error.message.contains(kind.def().label), "{error}");
    }
}

/// Many runs wait for their services at once: few calls ask for all of them.
#[tokio::test]
async fn who_waits_at_once_asks_together() {
    const SERVICES: usize = 12;
    const LATE: Fault = Fault::slow(Duration::from_secs(1));
    let account = Account::open("together").await;
    let stage = account.stage().await;
    let task = async |image: &str| account.task_definition(image.split(':').next().unwrap(), image).await;
    let (good, slow, bad) = (task("nginx:1").await, task("slow:1").await, task("nopull:1").await);
    let [good, slow, bad] = [&good, &slow, &bad].map(|task| stage.service(&account, task, 1));
    let targets: Vec<_> =
        (0..SERVICES).map(|n| account.target(Kind::EcsService, &format!("service-{n}"), &good)).collect();
    let make = targets.iter().map(async |target| {
        account.cloud.create(target, &good).await.result.unwrap();
        account.ready(target, &good).await;
    });
    futures::future::join_all(make).await;
    let update = async |before: &Json, after: &Json| {
        let all = targets.iter().map(|target| account.cloud.update(target, before, after));
        futures::future::join_all(all).await.into_iter().for_each(|answer| drop(answer.result.unwrap()));
    };
    // All of them look at once; the first call of each sort is so late that the others wait together for the second.
    let look = async |spec: &Json| {
        account.wire.take_calls();
        for operation in ["DescribeServices", "DescribeTasks", "DescribeTargetHealth"] {
            account.wire.inject(Rule::on(operation, LATE));
        }
        let told = futures::future::join_all(targets.iter().map(|target| account.cloud.ready(target, spec))).await;
        account.wire.heal();
        let calls = account.wire.take_calls();
        let of = |operation: &str, names: &str| -> Vec<usize> {
            let calls = calls.iter().filter(|call| call.operation == operation);
            calls.map(|call| call.parameters[names].as_array().map_or(1, Vec::len)).collect()
        };
        let services = of("DescribeServices", "services");
        assert_eq!(services.iter().sum::<usize>(), SERVICES);
        assert!(services.len() < SERVICES / 2 && services.iter().all(|names| *names <= 10), "{services:?}");
        let told: Vec<_> = told.into_iter().map(Result::unwrap).collect();
        (told, of("DescribeTasks", "tasks"), of("DescribeTargetHealth", ""))
    };

    update(&good, &slow).await;
    let (told, _, health) = look(&slow).await;
    assert!(
        told.iter().all(|one| matches!(one, Progress::Waiting { why } if why.contains("targets healthy"))),
        "{told:?}"
    );
    // They all have the same target group.
    assert!(health.len() < SERVICES / 2, "{health:?}");

    update(&slow, &bad).await;
    for target in &targets {
        account.failure(target, &bad).await;
    }
    let (told, tasks, _) = look(&bad).await;
    assert!(
        told.iter().all(|one| matches!(one, Progress::Failed { why } if why.contains("cannot be pulled"))),
        "{told:?}"
    );
    assert!(tasks.iter().sum::<usize>() >= SERVICES && tasks.len() < SERVICES / 2, "{tasks:?}");
    assert!(tasks.iter().all(|names| *names <= 100), "{tasks:?}");
}

#[tokio::test]
async fn a_missing_cluster_is_stale() {
    let account = Account::open("stale").await;
    let stage = account.stage().await;
    let task = account.task_definition("task", "nginx:1").await;
    let mut spec = stage.service(&account, &task, 1);
    spec["cluster"] = json!("no-such-cluster");
    let target = account.target(Kind::EcsService, "service", &spec);
    let error = account.cloud.create(&target, &spec).await.result.unwrap_err();
    assert_eq!(error.class, Class::Stale, "{error}");

    // One that is there is only not known everywhere yet.
    spec["cluster"] = stage.cluster["arn"].clone().into();
    account.wire.inject(Rule::on("CreateService", Fault::says("ClusterNotFoundException", "Cluster not found.")));
    let target = account.target(Kind::EcsService, "service", &spec);
    let error = account.cloud.create(&target, &spec).await.result.unwrap_err();
    assert_eq!((error.class, error.code.as_str()), (Class::Propagating, "ClusterNotFoundException"));
    spec["cluster"] = json!("no-such-cluster");
    let target = account.target(Kind::EcsService, "service", &spec);
    assert_eq!(account.cloud.gone(&target).await.unwrap(), Progress::Done(Outputs::new()));
}

#[tokio::test]
async fn an_account_shows_what_can_be_picked() {
    let account = Account::open("inventory").await;
    let cluster = account.create(Kind::EcsCluster, "cluster", &json!({})).await;
    let clusters = account.cloud.inventory(Inventory::Clusters, None).await.unwrap();
    assert!(clusters.iter().any(|item| item.value == cluster["arn"] && item.label == cluster["name"]));
    account.delete(&account.target(Kind::EcsCluster, "cluster", &json!({}))).await;
    let clusters = account.cloud.inventory(Inventory::Clusters, None).await.unwrap();
    assert!(clusters.iter().all(|item| item.value != cluster["arn"]));
    let certificates = account.cloud.inventory(Inventory::Certificates, None).await.unwrap();
    assert!(certificates.iter().any(|item| item.value == account.network.certificate));
}

/// What forms offer: every sort, each found again by what identifies it.
#[tokio::test]
async fn what_a_form_can_refer_to_is_found() {
    let account = Account::open("references").await;
    let network = &account.network;
    let group = account.security_group("firewall").await;
    let balancer = account.load_balancer(&group).await;
    let list = async |what, parent: Option<&str>| account.cloud.inventory(what, parent).await.unwrap();
    let has = |items: &[InventoryItem], value: &str| items.iter().any(|item| item.value == value);
    let balancers = list(Inventory::LoadBalancers, Some(&network.vpc)).await;
    assert!(has(&balancers, &balancer["arn"]), "{balancers:?}");
    assert!(list(Inventory::LoadBalancers, Some("vpc-none")).await.is_empty());

    let role = account.role().await;
    assert!(has(&list(Inventory::Roles, None).await, &role));
    assert_eq!(list(Inventory::Role, Some(&role)).await.len(), 1);
    assert!(list(Inventory::Role, Some(&format!("{role}-not"))).await.is_empty());

    let spec = json!({"parameter_type": "String", "value": "on"});
    let name = account.create(Kind::SsmParameter, "flag", &spec).await["name"].clone();
    assert!(has(&list(Inventory::Parameters, None).await, &name));
    assert_eq!(list(Inventory::Parameter, Some(&name)).await.len(), 1);
    assert!(list(Inventory::Parameter, Some("/not/there")).await.is_empty());

    let zones = list(Inventory::HostedZones, None).await;
    let zone = zones.iter().find(|zone| zone.label == "example.com").unwrap_or_else(|| panic!("{zones:?}"));
    assert!(zone.value.starts_with('Z'), "the id alone: {zone:?}");
    assert!(list(Inventory::Vpcs, None).await.iter().any(|vpc| vpc.value == network.vpc));
}

#[tokio::test]
async fn the_account_must_be_the_environments() {
    let error = Account::connect("wrong", "999999999999").await.err().unwrap();
    assert_eq!((error.code.as_str(), error.class), ("wrong-account", Class::Refused));
}

#[tokio::test]
async fn the_launch_role_is_assumed_and_its_refusal_is_told() {
    let mut environment = account::environment("launch", account::ACCOUNT);
    environment.launch_role = Some(LaunchRole {
        arn: format!("arn:aws:iam::{}:role/launch", account::ACCOUNT),
        external_id: Some("gantry-test".to_owned()),
    });
    let wire = Wire::default();
    let clouds = AwsClouds::new(account::options(&wire));
    for (fault, class) in
        [(Fault::REFUSED, Class::Refused), (Fault::THROTTLED, Class::Throttled), (Fault::TIMED_OUT, Class::Unavailable)]
    {
        wire.inject(Rule::on("AssumeRole", fault));
        let error = clouds.connect(&environment).await.err().unwrap();
        assert_eq!((error.class, error.operation.as_str()), (class, "AssumeRole"), "{error}");
    }
    wire.take_calls();
    let cloud = clouds.connect(&environment).await.unwrap();
    cloud.inventory(Inventory::Clusters, None).await.unwrap();
    clouds.connect(&environment).await.unwrap();
    let operations: Vec<_> =
        wire.take_calls().into_iter().map(|call| call.operation).filter(|name| name != "DescribeClusters").collect();
    assert_eq!(operations, ["AssumeRole", "GetCallerIdentity", "ListClusters"], "signed in once");
}

/// Runs go on in the environment as it was when they began, pages are in it as it is: both connections are kept.
#[tokio::test]
async fn an_environment_that_was_changed_signs_in_anew_and_once() {
    let wire = Wire::default();
    let clouds = AwsClouds::new(account::options(&wire));
    let signed_in = async |version| {
        let environment =
            domain::environment::Environment { version, ..account::environment("kept", account::ACCOUNT) };
        clouds.connect(&environment).await.unwrap();
        wire.take_calls().len()
    };
    let mut calls = vec![];
    for version in [1, 2, 1, 2, 3, 3, 2, 1] {
        calls.push(signed_in(version).await);
    }
    assert_eq!(calls, [1, 1, 0, 0, 1, 0, 0, 1], "the newest two are kept");
}

/// A group that AWS does not let go yet: who reads it knows what to look at.
#[tokio::test]
async fn what_still_has_a_security_group_is_named() {
    let account = Account::open("held").await;
    let group = account.security_group("firewall").await;
    let interface = aws_sdk_ec2::Client::new(&account.config)
        .create_network_interface()
        .subnet_id(&account.network.subnets[0])
        .groups(&group)
        .description("ELB app/shop/1")
        .send()
        .await
        .expect("a network interface");
    let interface = interface.network_interface().and_then(|one| one.network_interface_id()).expect("its id");
    let spec = json!({"vpc_id": account.network.vpc, "description": "firewall"});
    let mut target = account.target(Kind::SecurityGroup, "firewall", &spec);
    target.lookup.outputs.insert("id".to_owned(), group.clone());
    let error = account.cloud.delete(&target).await.result.unwrap_err();
    assert_eq!(error.class, Class::Busy, "{error}");
    assert!(error.message.contains(interface) && error.message.contains("ELB app/shop/1"), "{error}");
}

/// The same where another group's rules refer to it; whose group that is does not matter.
#[tokio::test]
async fn what_refers_to_a_security_group_is_named() {
    let account = Account::open("referred").await;
    let group = account.security_group("firewall").await;
    let ec2 = aws_sdk_ec2::Client::new(&account.config);
    let spec = json!({"vpc_id": account.network.vpc, "description": "firewall"});
    let target = account.target(Kind::SecurityGroup, "firewall", &spec);
    let said = format!("resource {group} has a dependent object");
    let mut named = vec![];
    for (name, egress) in [("in", false), ("out", true)] {
        let call = ec2.create_security_group().group_name(name).description(name).vpc_id(&account.network.vpc);
        let other = call.send().await.unwrap().group_id().unwrap().to_owned();
        let source = UserIdGroupPair::builder().group_id(&group).build();
        let rule = IpPermission::builder().ip_protocol("tcp").from_port(80).to_port(80).user_id_group_pairs(source);
        if egress {
            let call = ec2.authorize_security_group_egress().group_id(&other).ip_permissions(rule.build());
            call.send().await.unwrap();
        } else {
            let call = ec2.authorize_security_group_ingress().group_id(&other).ip_permissions(rule.build());
            call.send().await.unwrap();
        }
        named.push((other, name));
        named.sort();
        let error = account.cloud.delete(&target).await.result.unwrap_err();
        let all: Vec<_> = named.iter().map(|(other, name)| format!("{other} ({name})")).collect();
        let refers = if egress { "refer to" } else { "refers to" };
        let rules = if egress { "their rules." } else { "its rules." };
        assert_eq!(error.message, format!("{said}. {} {refers} {group} in {rules}", all.join("; ")));
        assert_eq!((error.class, error.code.as_str()), (Class::Busy, "DependencyViolation"));
        assert!(error.advice.contains("Remove those rules"), "{}", error.advice);
    }
    for (other, _) in named {
        ec2.delete_security_group().group_id(other).send().await.unwrap();
    }
    account.delete(&target).await;
}

/// A new group that EC2 does not know everywhere yet is not left with more open than it should be.
#[tokio::test]
async fn a_new_group_is_closed_although_it_is_not_known_yet() {
    let account = Account::open("egress").await;
    let spec = json!({"vpc_id": account.network.vpc, "description": "web",
        "egress": [{"from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"}]});
    for (n, operation) in ["AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress"].into_iter().enumerate() {
        let target = account.target(Kind::SecurityGroup, &format!("group-{n}"), &spec);
        let unknown = Fault::says("InvalidGroup.NotFound", "The security group does not exist");
        account.wire.inject(Rule::on(operation, unknown));
        let error = account.cloud.create(&target, &spec).await.result.unwrap_err();
        assert_eq!((error.class, error.operation.as_str()), (Class::Propagating, operation), "{error}");
        let made = account.cloud.create(&target, &spec).await.result.unwrap();
        seen_as(&account, &target, &spec, &made).await;
        account.delete(&target).await;
    }
}

/// Overwriting takes no tags: they come after it, and only they are repeated where they fail.
#[tokio::test]
async fn a_parameter_is_overwritten_and_then_tagged() {
    let account = Account::open("overwrite").await;
    let spec = json!({"parameter_type": "String", "value": "a"});
    account.create(Kind::SsmParameter, "config", &spec).await;
    let changed = json!({"parameter_type": "String", "value": "b"});
    let mut target = account.target(Kind::SsmParameter, "config", &changed);
    target.tags.insert("cost-centre".to_owned(), "7".to_owned());
    account.wire.take_calls();
    account.wire.inject(Rule::on("AddTagsToResource", Fault::says("TooManyUpdates", "There are concurrent updates.")));
    let error = account.cloud.update(&target, &spec, &changed).await.result.unwrap_err();
    assert_eq!((error.class, error.operation.as_str()), (Class::Throttled, "AddTagsToResource"));
    let calls: Vec<_> = account.wire.take_calls().into_iter().filter(WireCall::mutates).collect();
    let [put, tag] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((&put.parameters["Overwrite"], &put.parameters["Tags"]), (&json!(true), &Json::Null));
    assert_eq!(tag.parameters["Tags"], json!([{"Key": "cost-centre", "Value": "7"}]));
    account.cloud.update(&target, &spec, &changed).await.result.unwrap();
    assert_eq!(account.wire.take_mutations(), ["AddTagsToResource"]);
    dies(&account, &target).await;
}

/// Somebody else's came between the look and the call.
#[tokio::test]
async fn who_loses_a_race_for_a_name_says_whose_it_is() {
    let account = Account::open("race").await;
    let spec = json!({"trusted_service": "ecs-tasks.amazonaws.com"});
    account.create(Kind::IamRole, "role", &spec).await;
    let mut other = account.target(Kind::IamRole, "role", &spec);
    other.lookup.stack = "stk-OTHER".to_owned();
    other.tags.insert("gantry:stack".to_owned(), "stk-OTHER".to_owned());
    // What is there does not show yet.
    account.wire.inject(Rule::on("GetRole", Fault::says("NoSuchEntity", "The role cannot be found.")));
    account.wire.take_calls();
    let error = account.cloud.create(&other, &spec).await.result.unwrap_err();
    assert_eq!((error.class, error.code.as_str()), (Class::Stale, "foreign-resource"));
    assert!(error.message.contains(&format!("gantry:stack={}", account.stack())), "{error}");
    assert_eq!(account.wire.take_mutations(), ["CreateRole"], "AWS was asked, and refused");
    dies(&account, &account.target(Kind::IamRole, "role", &spec)).await;
}

/// In an account without the role that ECS works under, the first cluster makes it, before it is tried again. That
/// another one has just made it is as good.
#[tokio::test]
async fn the_first_cluster_of_an_account_makes_the_role_of_ecs() {
    let account = Account::open("first").await;
    let message = "Unable to assume the service linked role. Please verify that the ECS service linked role exists.";
    let taken = "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.";
    let target = account.target(Kind::EcsCluster, "cluster", &json!({}));
    for made_by_another in [false, true] {
        account.wire.inject(Rule::on("CreateCluster", Fault::says("InvalidParameterException", message)));
        if made_by_another {
            account.wire.inject(Rule::on("CreateServiceLinkedRole", Fault::says("InvalidInput", taken)));
        }
        let answer = account.cloud.create(&target, &json!({})).await;
        assert_eq!(answer.result.unwrap_err().class, Class::Propagating);
        assert_eq!(account.wire.heal(), []);
        let calls = account.wire.take_calls();
        let changes: Vec<_> = calls.iter().filter(|call| call.mutates()).collect();
        assert_eq!(
            changes.iter().map(|call| call.operation.as_str()).collect::<Vec<_>>(),
            ["CreateCluster", "CreateServiceLinkedRole"]
        );
        assert_eq!(changes[1].parameters["AWSServiceName"], "ecs.amazonaws.com");
    }
    // Who may not make it is told what to allow: waiting would be in vain.
    let denied =
        "User: me is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::1:role/x";
    for (code, said, class) in [
        ("AccessDenied", denied, Class::Denied),
        ("InvalidInput", "Invalid service name.", Class::Refused),
        ("ServiceFailure", "Try again.", Class::Unavailable),
    ] {
        account.wire.inject(Rule::on("CreateCluster", Fault::says("InvalidParameterException", message)));
        account.wire.inject(Rule::on("CreateServiceLinkedRole", Fault::says(code, said)));
        let error = account.cloud.create(&target, &json!({})).await.result.unwrap_err();
        assert_eq!((error.class, error.operation.as_str()), (class, "CreateServiceLinkedRole"), "{error}");
        assert_eq!(error.advice.contains("Allow it `iam:CreateServiceLinkedRole`"), class == Class::Denied, "{error}");
    }
    account.cloud.create(&target, &json!({})).await.result.unwrap();
}

/// More at once than a bucket of AWS's holds: they go out no faster than it fills. The ledger would notice.
#[tokio::test]
async fn calls_go_out_no_faster_than_aws_lets_them() {
    let account = Account::open("rates").await;
    for (rate, calls, notices) in [(1.0, 12, false), (1_000.0, 60, true)] {
        let wire = Wire::default();
        let clouds = AwsClouds::new(AwsOptions { rate, ..account::options(&wire) });
        let cloud = clouds.connect(&account::environment("rates", account::ACCOUNT)).await.unwrap();
        let spec = json!({"parameter_type": "String", "value": "a"});
        futures::future::join_all((0..calls).map(|n| {
            let (cloud, spec) = (cloud.clone(), &spec);
            let target = account.target(Kind::SsmParameter, &format!("r{rate}-{n}"), spec);
            async move { cloud.create(&target, spec).await.result.unwrap() }
        }))
        .await;
        let scene = Scene { installation: "test".to_owned(), stack: account.stack(), ..Scene::default() };
        let told = ledger::complaints(&wire.record(), &scene);
        assert_eq!(!told.is_empty(), notices, "{told:?}");
        assert!(told.iter().all(|one| one.contains("`ssm parameter modify`")), "{told:?}");
    }
}

#[tokio::test]
async fn faults_on_the_wire_are_told_apart() {
    let account = Account::open("faults").await;
    let spec = json!({"retention_days": 14});
    let target = account.target(Kind::LogGroup, "logs", &spec);
    let expected = [
        (Fault::REFUSED, Class::Refused),
        (Fault::THROTTLED, Class::Throttled),
        (Fault::SERVER_ERROR, Class::Unavailable),
        (Fault::TIMED_OUT, Class::Unavailable),
        (Fault::RESET, Class::Unavailable),
        (Fault::REPLY_LOST, Class::Unavailable),
    ];
    for (fault, class) in expected {
        account.wire.inject(Rule::on("CreateLogGroup", fault));
        let answer = account.cloud.create(&target, &spec).await;
        assert_eq!(answer.result.unwrap_err().class, class, "{fault:?}");
        assert_eq!(answer.calls.len(), 1, "{fault:?}");
        assert_eq!(answer.calls[0].operation, "CreateLogGroup");
        assert!(answer.calls[0].error.is_some());
        let unanswered = [Fault::TIMED_OUT, Fault::RESET, Fault::REPLY_LOST].contains(&fault);
        assert_eq!(answer.calls[0].unanswered, unanswered, "{fault:?}");
    }
    // The last one was done although its reply was lost: the next try takes it and finishes.
    account.wire.take_calls();
    account.cloud.create(&target, &spec).await.result.unwrap();
    assert_eq!(account.wire.take_mutations(), ["PutRetentionPolicy"]);
    for service in [Kind::EcsCluster, Kind::IamRole] {
        let spec =
            if service == Kind::IamRole { json!({"trusted_service": "ecs-tasks.amazonaws.com"}) } else { json!({}) };
        let target = account.target(service, "x", &spec);
        account.wire.inject(Rule::nth(0, Fault::THROTTLED));
        assert_eq!(account.cloud.create(&target, &spec).await.result.unwrap_err().class, Class::Throttled);
        account.wire.heal();
    }
}
