//! Real domain values, all different, so that two swapped columns show.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, TimeZone, Utc};
use domain::{
    audit::Entry,
    cost::{Estimate, Item},
    environment::{Approvers, Environment, LaunchRole, Rules, SharedLoadBalancer},
    kinds::Kind,
    people::{PlatformRole, Team, TeamRole, User},
    plan::{Act, Change, Level, Need, Plan, Resource, Step, Wish},
    request::{Request, RequestStatus},
    run::{Event, Run, RunStatus, StepEvent},
    stack::{Stack, StackStatus},
    value::Value,
};
use serde_json::json;

use super::Database;
use crate::Transaction;

/// An id from its readable form.
pub(super) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the fixtures write ids as ids are written")
}

/// So many seconds into the morning of the tests, and some microseconds.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    let morning = Utc.with_ymd_and_hms(2026, 11, 23, 8, 0, 0).single().expect("an instant that exists");
    morning + Duration::seconds(seconds) + Duration::microseconds(120_007)
}

pub(super) fn user(name: &str) -> User {
    User {
        id: id(&format!("usr-{name}")),
        name: format!("{name} Example"),
        email: format!("{name}@example.com"),
        platform_role: None,
        disabled: false,
        version: 1,
    }
}

pub(super) fn team(name: &str) -> Team {
    Team { id: id(&format!("team-{name}")), name: name.to_owned(), title: format!("Team {name}"), version: 1 }
}

pub(super) fn environment(name: &str) -> Environment {
    Environment {
        id: id(&format!("env-{name}")),
        name: name.to_owned(),
        summary: format!("Where {name} lives"),
        account: "123456789012".to_owned(),
        region: "eu-central-1".to_owned(),
        launch_role: Some(LaunchRole {
            arn: "arn:aws:iam::123456789012:role/launch".to_owned(),
            external_id: Some("outside".to_owned()),
        }),
        vpc_id: "vpc-1".to_owned(),
        public_subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
        private_subnets: vec!["subnet-c".to_owned(), "subnet-d".to_owned()],
        assign_public_ip: true,
        certificate_arn: Some("arn:aws:acm:eu-central-1:123456789012:certificate/1".to_owned()),
        shared_load_balancer: Some(SharedLoadBalancer {
            arn: "arn:lb".to_owned(),
            dns_name: "lb.example.com".to_owned(),
            full_name: "app/lb/1".to_owned(),
            listener_arn: "arn:listener".to_owned(),
            https: true,
            security_group: "sg-1".to_owned(),
        }),
        permissions_boundary: Some("arn:aws:iam::123456789012:policy/boundary".to_owned()),
        tags: BTreeMap::from([("cost-centre".to_owned(), "42".to_owned())]),
        approvals_needed: 2,
        rules: Rules {
            approvers: Approvers::Platform,
            allowed_templates: BTreeSet::from(["web-service".to_owned()]),
            max_stacks: Some(3),
            max_vcpus: Some(4),
            max_monthly_dollars: Some(500),
            closed: true,
            wait_for_load_balancers: true,
        },
        version: 1,
    }
}

pub(super) fn stack(name: &str) -> Stack {
    Stack {
        id: id(&format!("stk-{name}")),
        name: name.to_owned(),
        team: id("team-shop"),
        environment: id("env-prod"),
        revision: "web-service@1.0.0".to_owned(),
        inputs: BTreeMap::from([("port".to_owned(), json!(8080)), ("image".to_owned(), json!("nginx:1"))]),
        status: StackStatus::Pending,
        outputs: BTreeMap::from([("url".to_owned(), "https://shop.example.com".to_owned())]),
        monthly_micros: 16_430_000,
        created_at: at(1),
        updated_at: at(2),
        version: 1,
    }
}

pub(super) fn resource(logical: &str, generation: u32) -> Resource {
    let wanted = json!({"cluster": {"$ref": "cluster.arn"}, "port": 8080});
    Resource {
        logical: logical.to_owned(),
        kind: Kind::TargetGroup,
        generation,
        name: format!("{logical}-{generation}-abcdefgh"),
        wanted: serde_json::from_value(wanted).expect("a value as it is written"),
        spec: json!({"cluster": "arn:cluster", "port": 8080, "weight": 0.1}),
        outputs: BTreeMap::from([("arn".to_owned(), format!("arn:{logical}:{generation}"))]),
        live: true,
    }
}

fn step(id: &str, kind: Kind, needs: Vec<Need>) -> Step {
    Step {
        id: id.to_owned(),
        resource: id.to_owned(),
        kind,
        act: Act::Create,
        name: format!("shop-{id}-abcdefgh"),
        generation: 1,
        tags: BTreeMap::from([("gantry:stack".to_owned(), "stk-shop".to_owned())]),
        client_token: format!("token-{id}"),
        before: None,
        outputs: BTreeMap::new(),
        after: Some(Value::from(json!({"size": 3, "names": ["a", null, true]}))),
        changed: vec![Change { path: "size".to_owned(), before: json!(null), after: json!(3) }],
        needs,
        reason: "It is new.".to_owned(),
        seconds: 5,
    }
}

pub(super) fn plan() -> Plan {
    let need = Need { step: "cluster".to_owned(), level: Level::Exists, why: "It runs there.".to_owned() };
    Plan {
        wish: Wish::Create,
        steps: vec![step("cluster", Kind::EcsCluster, vec![]), step("service", Kind::EcsService, vec![need])],
        outputs: BTreeMap::from([("name".to_owned(), Value::from(json!("shop")))]),
        observed: "0".repeat(64),
    }
}

/// A request about the stack of the same name.
pub(super) fn request(name: &str, stack: &str) -> Request {
    Request {
        id: id(&format!("req-{name}")),
        wish: Wish::Create,
        stack: id(&format!("stk-{stack}")),
        team: id("team-shop"),
        environment: id("env-prod"),
        revision: "web-service@1.0.0".to_owned(),
        revision_hash: "a".repeat(64),
        inputs: BTreeMap::from([("password".to_owned(), json!({"secret": "sec-1", "version": 1}))]),
        requester: id("usr-ada"),
        reason: "We open a shop — “soon”.".to_owned(),
        status: RequestStatus::NeedsApproval,
        plan: plan(),
        cost: Estimate {
            items: vec![Item { resource: "service".to_owned(), what: "Fargate".to_owned(), monthly_micros: 7 }],
            monthly_micros: 7,
            before_micros: 5,
            as_of: "2026-11-23".to_owned(),
            source: "a price list".to_owned(),
            unpriced: None,
        },
        edition: 2,
        seal: "b".repeat(64),
        approvals_needed: 1,
        run: None,
        created_at: at(3),
        updated_at: at(4),
        version: 1,
    }
}

/// A queued run of the request.
pub(super) fn run(name: &str, request: &Request) -> Run {
    Run {
        id: id(&format!("run-{name}")),
        request: request.id.clone(),
        stack: request.stack.clone(),
        status: RunStatus::Queued,
        fence: 0,
        leased_by: None,
        leased_until: None,
        created_at: at(5),
        ended_at: None,
    }
}

pub(super) fn started(step: &str) -> Event {
    Event::Step { step: step.to_owned(), event: StepEvent::Started }
}

pub(super) fn entry(seconds: i64) -> Entry {
    Entry {
        at: at(seconds),
        actor: "usr-ada".to_owned(),
        actor_name: "Ada".to_owned(),
        address: Some("192.0.2.1".to_owned()),
        action: "request.submitted".to_owned(),
        object: "req-shop".to_owned(),
        team: Some("team-shop".to_owned()),
        summary: "Ada asked for a shop".to_owned(),
        detail: json!({"zebra": 1, "ant": [0.1, null]}),
    }
}

/// A transaction that writes.
pub(super) async fn begin(database: &dyn Database) -> Box<dyn Transaction> {
    database.storage().begin().await.expect("a transaction")
}

/// Two people, a team, an environment.
pub(super) async fn settle(database: &dyn Database) {
    let mut tx = begin(database).await;
    let ada = User { platform_role: Some(PlatformRole::Platform), ..user("ada") };
    tx.add_user(&ada, at(0)).await.expect("a new user");
    tx.add_user(&user("bob"), at(0)).await.expect("a new user");
    tx.add_team(&team("shop")).await.expect("a new team");
    tx.add_team(&team("bank")).await.expect("a new team");
    tx.set_membership(&id("team-shop"), &id("usr-bob"), TeamRole::Owner).await.expect("a membership");
    tx.add_environment(&environment("prod")).await.expect("a new environment");
    tx.add_environment(&environment("test")).await.expect("a new environment");
    tx.commit().await.expect("a commit");
}

/// [`settle`], and for each name a stack, a request about it and a queued run of that, all of that name.
pub(super) async fn enqueue(database: &dyn Database, names: &[&str]) -> Vec<Run> {
    settle(database).await;
    let mut tx = begin(database).await;
    let mut runs = vec![];
    for name in names {
        tx.add_stack(&stack(name)).await.expect("a new stack");
        let request = request(name, name);
        tx.add_request(&request).await.expect("a new request");
        let run = run(name, &request);
        tx.add_run(&run).await.expect("a new run");
        runs.push(run);
    }
    tx.commit().await.expect("a commit");
    runs
}
