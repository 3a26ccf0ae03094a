//! The built-in templates against the planner: what a person would get.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use gantry_domain::{
    cost::PriceTable,
    environment::Environment,
    ids::StackId,
    observation::{Observation, Observed, Outputs},
    plan::{
        Act, Level, Plan, Resource, Wish,
        build::{Site, build, order},
    },
    template::{
        Inputs, check,
        inputs::validate,
        render::{Surroundings, render},
        schema::Template,
    },
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const WEB: &str = include_str!("../../../catalog/templates/web-service.yaml");
const EVERY_TYPE: &str = include_str!("every_type.yaml");
const CLUSTER: &str = include_str!("../../../catalog/templates/fargate-cluster.yaml");
const PRICES: &str = include_str!("../../../catalog/prices/2026-11.yaml");

fn template(source: &str) -> Template {
    check::parse(source).unwrap_or_else(|problems| {
        let lines: Vec<_> =
            problems.iter().map(|p| format!("line {}: {} [{}]", p.line, p.problem, p.problem.code)).collect();
        panic!("{}", lines.join("\n"))
    })
}

fn inputs(json: Json) -> Inputs {
    serde_json::from_value(json).unwrap()
}

static WEB_SERVICE: LazyLock<Template> = LazyLock::new(|| template(WEB));

struct World {
    environment: Environment,
    recorded: Vec<Resource>,
    observation: Observation,
}

impl World {
    fn empty() -> Self {
        Self { environment: check::sample_environment(), recorded: vec![], observation: Observation::default() }
    }

    fn plan(&self, wish: Wish, typed: Json) -> Plan {
        let environment = &self.environment;
        let desired = if wish == Wish::Destroy {
            Default::default()
        } else {
            let given = validate(&WEB_SERVICE, &inputs(typed)).unwrap();
            let around = Surroundings { environment, stack: "shop", team: "store" };
            let mut rendered = render(&WEB_SERVICE, &given, &around).unwrap();
            for resource in rendered.desired.resources.values_mut() {
                if resource.kind == gantry_domain::kinds::Kind::ListenerRule
                    && let gantry_domain::value::Value::Map(map) = &mut resource.spec
                {
                    map.insert("priority".into(), json!(120).into());
                }
            }
            rendered.desired
        };
        let stack: StackId = "stk-TEST0001".parse().unwrap();
        let site = Site { installation: "test", environment, stack: &stack, stack_name: "shop", team: "store" };
        build(&site, wish, &desired, &self.recorded, &self.observation).unwrap()
    }

    /// Does what the plan says, at once.
    fn carry_out(&mut self, plan: &Plan) {
        let mut outputs: BTreeMap<String, Outputs> = BTreeMap::new();
        for step in &plan.steps {
            let mine = match step.act {
                Act::Delete => {
                    for resource in &mut self.recorded {
                        if resource.logical == step.resource && resource.generation == step.generation {
                            resource.live = false;
                        }
                    }
                    if !plan.steps.iter().any(|other| other.resource == step.resource && other.act != Act::Delete) {
                        self.observation.resources.remove(&step.resource);
                    }
                    continue;
                }
                Act::None | Act::Update => step.outputs.clone(),
                _ => step.kind.def().outputs.iter().map(|o| ((*o).to_owned(), output(o, &step.name))).collect(),
            };
            outputs.insert(step.resource.clone(), mine.clone());
            let wanted = step.after.clone().unwrap();
            let spec =
                wanted.resolve(&mut |r| outputs[&r.resource].get(&r.output).cloned().ok_or(r.to_string())).unwrap();
            self.recorded.retain(|r| (r.logical.as_str(), r.generation) != (&step.resource, step.generation));
            self.observation
                .resources
                .insert(step.resource.clone(), Observed::Ours { fields: spec.clone(), outputs: mine.clone() });
            self.recorded.push(Resource {
                logical: step.resource.clone(),
                kind: step.kind,
                generation: step.generation,
                name: step.name.clone(),
                wanted,
                spec,
                outputs: mine,
                live: true,
            });
        }
    }
}

/// As AWS would name it: only ids have a form that a plan looks at.
fn output(output: &str, name: &str) -> String {
    match output {
        "id" => format!("sg-{}", &gantry_domain::seal::digest(name)[..17]),
        _ => format!("{output}:{name}"),
    }
}

fn acts(plan: &Plan) -> BTreeMap<&str, &str> {
    plan.steps.iter().filter(|s| s.act != Act::None).map(|s| (s.id.as_str(), s.act.as_str())).collect()
}

fn typical() -> Json {
    json!({"image": "registry.example.com/shop:1", "config": {"GREETING": "hello"}, "secrets": {"TOKEN": {"id": "sec-A", "version": 1}}, "autoscaling": "requests"})
}

#[test]
fn both_templates_are_sound() {
    assert_eq!(template(CLUSTER).id(), "fargate-cluster@1.0.0");
    assert_eq!(template(WEB).id(), "web-service@1.2.0");
}

#[test]
fn a_service_waits_for_its_listeners_and_for_nothing_without_reason() {
    let plan = World::empty().plan(Wish::Create, typical());
    let service = plan.step("service").unwrap();
    let needs: Vec<_> = service.needs.iter().map(|need| need.step.as_str()).collect();
    assert_eq!(needs, ["cluster", "target_group", "task", "task_firewall", "https_listener"]);
    assert!(
        plan.steps.iter().all(|step| step.act == Act::Create && step.needs.iter().all(|need| !need.why.is_empty()))
    );
    assert_eq!(plan.steps.len(), 16);
    let waves = plan.waves();
    let wave = |id: &str| waves[plan.steps.iter().position(|s| s.id == id).unwrap()];
    assert_eq!((wave("load_balancer"), wave("https_listener"), wave("service")), (1, 2, 3));
}

#[test]
fn in_an_environment_that_wants_it_what_uses_a_load_balancer_waits_until_that_is_ready() {
    let mut world = World::empty();
    let at_once = world.plan(Wish::Create, typical());
    world.environment.rules.wait_for_load_balancers = true;
    let waiting = world.plan(Wish::Create, typical());
    let waits = |plan: &Plan| -> BTreeSet<(String, String)> {
        let needs = plan.steps.iter().flat_map(|step| step.needs.iter().map(move |need| (step, need)));
        needs
            .filter(|(_, need)| need.level == Level::Done)
            .map(|(step, need)| (step.id.clone(), need.step.clone()))
            .collect()
    };
    assert_eq!(waits(&at_once), BTreeSet::new());
    let pair = |step: &str| (step.to_owned(), "load_balancer".to_owned());
    assert_eq!(
        waits(&waiting),
        BTreeSet::from([pair("http_listener"), pair("https_listener"), pair("scaling_policy")])
    );
    let https = waiting.step("https_listener").unwrap();
    assert!(https.needs[0].why.ends_with("In this environment it waits until that is ready."), "{:?}", https.needs);
    assert!(waiting.longest_path().1 > at_once.longest_path().1);
}

/// What stands above the graph and what stands beside it agree.
fn the_longest_path_is_the_longest(plan: &Plan) {
    let (path, total) = plan.longest_path();
    let starts = plan.starts();
    let start = |id: &str| starts[plan.steps.iter().position(|step| step.id == id).unwrap()];
    let ends = plan.steps.iter().zip(&starts).map(|(step, start)| start + step.seconds);
    assert_eq!(ends.max().unwrap(), total);
    assert_eq!(plan.left().values().max(), Some(&total));
    let last = path.last().unwrap();
    assert_eq!(start(last) + plan.step(last).unwrap().seconds, total, "{path:?}");
    assert_eq!(start(&path[0]), 0);
    // Nothing is deleted before all else is done, however little hangs together.
    let (deletes, rest): (Vec<_>, Vec<_>) = plan.steps.iter().partition(|step| step.act == Act::Delete);
    let made = rest.iter().map(|step| start(&step.id) + step.seconds).max().unwrap_or(0);
    assert!(deletes.iter().all(|step| start(&step.id) >= made), "{starts:?}");
    let of_path = |act: fn(Act) -> bool| path.iter().filter(|id| act(plan.step(id).unwrap().act)).count();
    assert_eq!(deletes.is_empty(), of_path(|act| act == Act::Delete) == 0, "{path:?}");
    assert_eq!(made == 0, of_path(|act| act != Act::Delete) == 0, "{path:?}");
}

#[test]
fn the_last_step_that_can_start_ends_the_longest_path() {
    let mut world = World::empty();
    for waits in [false, true] {
        world.environment.rules.wait_for_load_balancers = waits;
        let plan = world.plan(Wish::Create, typical());
        the_longest_path_is_the_longest(&plan);
        let https = plan.steps.iter().position(|step| step.id == "https_listener").unwrap();
        assert_eq!(waits, plan.starts()[https] > 60, "it waits only where it has to");
    }
    let plan = world.plan(Wish::Create, typical());
    world.carry_out(&plan);
    // Another image makes another task definition, and the old one goes; without a second parameter that goes, too.
    let mut typed = typical();
    typed["image"] = json!("nginx:2");
    typed["config"] = json!({});
    let plan = world.plan(Wish::Update, typed);
    assert!(plan.steps.iter().any(|step| step.act == Act::Delete && step.needs.is_empty()), "{:?}", acts(&plan));
    the_longest_path_is_the_longest(&plan);
    the_longest_path_is_the_longest(&world.plan(Wish::Destroy, Json::Null));
}

#[test]
fn the_second_plan_is_empty_and_the_same_bytes() {
    let mut world = World::empty();
    let plan = world.plan(Wish::Create, typical());
    world.carry_out(&plan);
    let second = world.plan(Wish::Update, typical());
    assert!(second.is_empty(), "{:?}", second.steps.iter().filter(|s| s.act != Act::None).collect::<Vec<_>>());
    assert_eq!(
        serde_json::to_string(&second).unwrap(),
        serde_json::to_string(&world.plan(Wish::Update, typical())).unwrap()
    );
}

#[test]
fn a_new_image_makes_a_task_definition_and_updates_the_service() {
    let mut world = World::empty();
    world.carry_out(&world.plan(Wish::Create, typical()));
    let mut typed = typical();
    typed["image"] = json!("registry.example.com/shop:2");
    let plan = world.plan(Wish::Update, typed.clone());
    assert_eq!(acts(&plan), BTreeMap::from([("task", "replace"), ("service", "update"), ("task@1", "delete")]));
    let change = &plan.step("task").unwrap().changed;
    assert!(!change.is_empty());
    world.carry_out(&plan);
    assert!(world.plan(Wish::Update, typed).is_empty());
}

#[test]
fn a_new_port_lets_the_old_tasks_answer_until_the_new_ones_do() {
    let mut world = World::empty();
    world.carry_out(&world.plan(Wish::Create, typical()));
    let mut typed = typical();
    typed["port"] = json!(9090);
    let plan = world.plan(Wish::Update, typed.clone());
    assert_eq!(
        acts(&plan),
        BTreeMap::from([
            ("task", "replace"),
            ("task_firewall", "update"),
            ("service", "update"),
            ("task_firewall@last", "update"),
            ("task@1", "delete"),
        ])
    );
    let ports = |id: &str| -> Vec<Json> {
        let after = plan.step(id).unwrap().after.as_ref().unwrap().preview();
        after["ingress"].as_array().unwrap().iter().map(|rule| rule["from_port"].clone()).collect()
    };
    assert_eq!(
        (ports("task_firewall"), ports("task_firewall@last")),
        (vec![json!(8080), json!(9090)], vec![json!(9090)])
    );
    let last = plan.step("task_firewall@last").unwrap();
    let needs: Vec<_> = last.needs.iter().map(|need| (need.step.as_str(), need.level)).collect();
    assert_eq!(needs, [("task_firewall", Level::Done), ("service", Level::Done)]);
    assert_eq!((last.changed.len(), last.sheds(), plan.step("task_firewall").unwrap().sheds()), (1, true, false));
    world.carry_out(&plan);
    assert!(world.plan(Wish::Update, typed).is_empty());
}

/// Old tasks must be able to start again until the new ones are there, for example after a failed rollout.
#[test]
fn what_the_old_tasks_may_read_stays_until_the_new_ones_are_there() {
    let mut world = World::empty();
    let mut typed = typical();
    typed["config"] = json!({"GREETING": "hello", "COLOUR": "red"});
    world.carry_out(&world.plan(Wish::Create, typed.clone()));
    let reads = |plan: &Plan, id: &str| -> Vec<String> {
        let after = plan.step(id).unwrap().after.as_ref().unwrap().preview();
        let statements = after["inline_policies"]["read-parameters"]["Statement"].as_array().unwrap().clone();
        assert_eq!(statements.len(), 1, "{statements:?}");
        let arns = statements[0]["Resource"].as_array().unwrap();
        let name = |arn: &Json| arn.as_str().unwrap().rsplit(['/', '{']).next().unwrap().to_owned();
        arns.iter().map(name).collect()
    };

    typed["config"]["GREETING"] = json!("good day");
    let plan = world.plan(Wish::Update, typed.clone());
    let (first, last) = (reads(&plan, "execution_role"), reads(&plan, "execution_role@last"));
    assert_eq!((first.len(), last.len()), (4, 3), "{first:?} {last:?}");
    assert!(last.iter().all(|arn| first.contains(arn)));
    assert!(
        first.iter().any(|arn| arn.starts_with("config-GREETING-"))
            && first.contains(&"config:GREETING.arn}".to_owned())
    );
    let needs: Vec<_> = plan.step("execution_role@last").unwrap().needs.iter().map(|need| need.step.as_str()).collect();
    assert!(needs.starts_with(&["execution_role", "task", "service"]), "{needs:?}");
    world.carry_out(&plan);
    assert!(world.plan(Wish::Update, typed.clone()).is_empty());

    // Nothing is added: the role is left alone until the service has changed.
    typed["config"] = json!({"GREETING": "good day"});
    let plan = world.plan(Wish::Update, typed.clone());
    assert_eq!(acts(&plan).get("execution_role"), None);
    assert_eq!((reads(&plan, "execution_role").len(), reads(&plan, "execution_role@last").len()), (3, 2));
    world.carry_out(&plan);
    assert!(world.plan(Wish::Update, typed.clone()).is_empty());

    // Nothing that uses it changes: there is nothing to wait for.
    typed["image"] = json!("registry.example.com/shop:1");
    let role = world.recorded.iter_mut().find(|one| one.live && one.logical == "task_role").unwrap();
    role.spec["managed_policies"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    let spec = role.spec.clone();
    let seen = Observed::Ours { fields: spec, outputs: role.outputs.clone() };
    world.observation.resources.insert("task_role".to_owned(), seen);
    assert_eq!(acts(&world.plan(Wish::Update, typed)), BTreeMap::from([("task_role", "update")]));
}

/// Whoever takes such a change back finds what the first step made of it, not what was there before that.
#[test]
fn what_was_taken_away_last_is_brought_back_first() {
    let mut world = World::empty();
    world.carry_out(&world.plan(Wish::Create, typical()));
    let mut typed = typical();
    typed["port"] = json!(9090);
    let plan = world.plan(Wish::Update, typed);
    world.carry_out(&plan);
    let row = world.recorded.iter().find(|one| one.live && one.logical == "task_firewall").unwrap();
    let ports = |spec: &Json| -> Vec<Json> {
        spec["ingress"].as_array().unwrap().iter().map(|rule| rule["from_port"].clone()).collect()
    };
    assert_eq!(ports(&row.spec), [9090]);
    let both = plan.step("task_firewall@last").unwrap().restored(&row.spec);
    assert_eq!(ports(&both), [8080, 9090]);
    assert_eq!(plan.step("task_firewall@last").unwrap().restored(&both), both, "once more changes nothing");
    assert_eq!(ports(&plan.step("task_firewall").unwrap().restored(&both)), [8080]);
}

#[test]
fn destroying_goes_backwards_and_leaves_nothing() {
    let mut world = World::empty();
    world.carry_out(&world.plan(Wish::Create, typical()));
    let plan = world.plan(Wish::Destroy, Json::Null);
    assert_eq!(plan.steps.len(), 16);
    let needs = |id: &str| -> Vec<_> { plan.step(id).unwrap().needs.iter().map(|n| n.step.clone()).collect() };
    assert_eq!(needs("task_firewall@1"), ["service@1"]);
    assert_eq!(needs("load_balancer_firewall@1"), ["load_balancer@1", "task_firewall@1"]);
    world.carry_out(&plan);
    assert!(world.recorded.iter().all(|resource| !resource.live));
}

#[test]
fn foreign_names_are_refused() {
    let mut world = World::empty();
    world.observation.resources.insert("cluster".into(), Observed::Foreign { what: "arn:…:cluster/shop".into() });
    let template = template(WEB);
    let environment = check::sample_environment();
    let given = validate(&template, &inputs(typical())).unwrap();
    let around = Surroundings { environment: &environment, stack: "shop", team: "store" };
    let desired = render(&template, &given, &around).unwrap().desired;
    assert!(order(&desired).is_ok());
    let stack: StackId = "stk-TEST0001".parse().unwrap();
    let site =
        Site { installation: "test", environment: &environment, stack: &stack, stack_name: "shop", team: "store" };
    let problems = build(&site, Wish::Create, &desired, &[], &world.observation).unwrap_err();
    assert_eq!(problems[0].code, "foreign-resource");
}

#[test]
fn the_shared_load_balancer_an_existing_cluster_and_no_scaling_work_too() {
    let plan = World::empty().plan(Wish::Create, json!({
        "image": "shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "load_balancer": "shared", "host": "shop.example.com",
        "path": "/cart/*", "cluster": "existing", "cluster_arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/c", "sidecar_image": "agent:1",
    }));
    assert!(plan.step("load_balancer").is_none() && plan.step("cluster").is_none());
    assert!(plan.step("service").unwrap().needs.iter().any(|need| need.step == "rule"));
    assert_eq!(plan.outputs["url"].preview(), json!("https://shop.example.com/cart/"));
    assert_eq!(plan.step("task").unwrap().after.as_ref().unwrap().preview()["containers"].as_array().unwrap().len(), 2);
}

#[test]
fn bad_input_is_refused_where_it_stands() {
    let template = template(WEB);
    let problems = validate(&template, &inputs(json!({
        "image": "not an image", "port": 0, "size": "256/99", "count": 51, "load_balancer": "other", "environment": {"1X": "y"}, "nonsense": 1,
    }))).unwrap_err();
    let codes: BTreeMap<_, _> = problems.iter().map(|p| (p.path.as_str(), p.code.as_str())).collect();
    assert_eq!(
        codes,
        BTreeMap::from([
            ("inputs.image", "wrong-form"),
            ("inputs.port", "out-of-range"),
            ("inputs.size", "no-such-pair"),
            ("inputs.count", "out-of-range"),
            ("inputs.load_balancer", "not-an-option"),
            ("inputs.environment", "bad-name"),
            ("inputs.nonsense", "unknown-input"),
        ])
    );
    // A hidden input leaves no value behind.
    let given =
        validate(&template, &inputs(json!({"image": "x:1", "load_balancer": "shared", "https": true}))).unwrap();
    assert!(!given.contains_key("https") && given.contains_key("host"));
}

#[test]
fn answers_of_every_type_are_checked_and_written_in_one_way() {
    let template = template(EVERY_TYPE);
    let needed = json!({"network": "10.0.0.0/16", "vpc": "vpc-1", "subnets": ["subnet-3"]});
    let with = |name: &str, value: Json| {
        let mut given = needed.clone();
        given[name] = value;
        validate(&template, &inputs(given))
    };
    let defaults = with("image", Json::Null).unwrap();
    assert_eq!((&defaults["keep"], &defaults["allowed"]), (&json!(2_592_000), &json!(["10.0.0.0/8"])));
    assert!(!defaults.contains_key("ports"), "what may be left out is no empty list");
    let around = Surroundings { environment: &check::sample_environment(), stack: "shop", team: "store" };
    let desired = render(&template, &defaults, &around).unwrap().desired;
    assert_eq!(desired.resources["logs"].spec.preview()["retention_days"], 30);

    for (name, typed, kept) in [
        ("network", json!(" 192.168.0.0/24 "), json!("192.168.0.0/24")),
        ("keep", json!("1h 24h"), json!(90_000)),
        ("keep", json!(86_400), json!(86_400)),
        ("allowed", json!(["0.0.0.0/0", "10.1.2.3/32"]), json!(["0.0.0.0/0", "10.1.2.3/32"])),
        ("allowed", json!([]), json!(["10.0.0.0/8"])),
        ("ports", json!(["80", 443]), json!([80, 443])),
        ("waits", json!(["90s", "2m"]), json!([90, 120])),
        ("zones", json!(["b", "a"]), json!(["b", "a"])),
        ("hosted_zone", json!("Z1"), json!("Z1")),
        ("parameter", json!("/shared/x"), json!("/shared/x")),
    ] {
        let given = with(name, typed.clone()).unwrap_or_else(|problems| panic!("{typed}: {problems:?}"));
        assert_eq!(given[name], kept, "{typed}");
    }
    for (name, typed, code, path) in [
        ("network", json!("10.0.0.0"), "wrong-form", "inputs.network"),
        ("network", json!("10.0.0.1/16"), "wrong-form", "inputs.network"),
        ("network", json!("10.0.0.0/25"), "out-of-range", "inputs.network"),
        ("network", json!("300.0.0.0/16"), "wrong-form", "inputs.network"),
        ("network", json!(10), "wrong-form", "inputs.network"),
        ("keep", json!("1h"), "out-of-range", "inputs.keep"),
        ("keep", json!("soon"), "wrong-form", "inputs.keep"),
        ("allowed", json!("10.0.0.0/8"), "wrong-type", "inputs.allowed"),
        ("allowed", json!(["10.0.0.0/8", "x"]), "wrong-form", "inputs.allowed.1"),
        ("ports", json!([1, 2, 3]), "too-many", "inputs.ports"),
        ("ports", json!(["80", 80]), "repeated", "inputs.ports.1"),
        ("ports", json!([[80]]), "out-of-range", "inputs.ports.0"),
        ("zones", json!(["c"]), "not-an-option", "inputs.zones.0"),
        ("vpc", json!("subnet-1"), "wrong-form", "inputs.vpc"),
        ("subnets", json!([]), "required", "inputs.subnets"),
        ("subnets", json!(["vpc-1"]), "wrong-form", "inputs.subnets.0"),
        ("role", json!("reporting"), "wrong-form", "inputs.role"),
        ("parameter", json!("a b"), "wrong-form", "inputs.parameter"),
    ] {
        let problems = with(name, typed.clone()).expect_err(&format!("{name}: {typed}"));
        let found: Vec<_> = problems.iter().map(|problem| (&*problem.code, &*problem.path)).collect();
        assert_eq!(found, [(code, path)], "{typed}: {problems:?}");
    }
}

#[test]
fn a_month_is_priced_item_by_item() {
    let table = PriceTable::parse(PRICES).unwrap();
    let estimate = table.estimate(&World::empty().plan(Wish::Create, typical()), "eu-central-1", 0);
    assert_eq!(estimate.monthly_micros, estimate.items.iter().map(|item| item.monthly_micros).sum::<i64>());
    assert!(estimate.items.iter().any(|item| item.resource == "load_balancer") && estimate.unpriced.is_none());
    assert!(table.estimate(&World::empty().plan(Wish::Create, typical()), "mars-north-1", 0).unpriced.is_some());
}

/// One change to a sound template, and the code, path and line that must come of it; the line is that of the change,
/// or of what it broke.
#[test]
fn bad_templates_are_refused_with_line_path_and_sentence() {
    let line_of = |text: &str, needle: &str| text.lines().position(|line| line.contains(needle)).unwrap() + 1;
    for (from, to, code, path, at) in [
        ("type: port\n", "type: port\n    colour: red\n", "unknown-key", "inputs.1.colour", "colour: red"),
        ("kind: LogGroup", "kind: LogBook", "unknown-kind", "resources.logs.kind", "kind: LogBook"),
        (
            "delay_seconds: \"{{ inputs.drain_time }}\"",
            "delay_seconds: \"{{ inputs.harbour }}\"",
            "unknown-input",
            "resources.target_group.spec.deregistration_delay_seconds",
            "harbour",
        ),
        (
            "group: \"{{ resources.logs.name }}\"",
            "group: \"{{ resources.log.name }}\"",
            "unknown-resource",
            "resources.task.spec.containers.0.log.group",
            "resources.log.name",
        ),
        (
            "group: \"{{ resources.logs.name }}\"",
            "group: \"{{ resources.logs.colour }}\"",
            "unknown-output",
            "resources.task.spec.containers.0.log.group",
            "logs.colour",
        ),
        (
            "group: \"{{ resources.logs.name }}\"",
            "group: \"{{ nonsense }}\"",
            "unknown-name",
            "resources.task.spec.containers.0.log.group",
            "{{ nonsense }}",
        ),
        (
            "group: \"{{ resources.logs.name }}\"",
            "group: \"{{ 1 + }}\"",
            "bad-expression",
            "resources.task.spec.containers.0.log.group",
            "{{ 1 + }}",
        ),
        ("  - name: port\n", "  - name: image # again\n", "duplicate-name", "inputs.1.name", "# again"),
        (
            "retention_days: \"{{ inputs.log_retention | int }}\"",
            "retention_days: soon",
            "invalid-spec",
            "resources.logs.spec.retention_days",
            "retention_days: soon",
        ),
        ("    default: 10\n", "", "hidden-required", "inputs.20", "name: max_count"),
        ("    default: 8080\n", "    default: 99999\n", "out-of-range", "inputs.1.default", "99999"),
        (
            "description: \"Tasks of {{ stack.name }}\"",
            "description: \"{{ resources.service.name }}\"",
            "cycle",
            "resources.service",
            "  service:",
        ),
        ("    max: 30m\n", "    max: soon\n", "wrong-type", "inputs.12", "name: start_time"),
        ("    min: 0s\n    max: 30m\n", "    min: 2h\n    max: 30m\n", "bad-range", "inputs.12.max", "max: 30m"),
        ("    of: certificate\n", "    of: diploma\n", "wrong-type", "inputs.8", "name: certificate"),
        (
            "type: image\n",
            "type: list\n    of: { type: boolean }\n    max: 1\n",
            "bad-list",
            "inputs.0.of.type",
            "of: { type: boolean }",
        ),
        (
            "type: image\n",
            "type: list\n    of: { type: cidr, colour: red }\n    max: 1\n",
            "unknown-key",
            "inputs.0.of.colour",
            "colour: red",
        ),
        ("type: image\n", "type: cidr\n    max_prefix: 33\n", "bad-range", "inputs.0.max_prefix", "max_prefix: 33"),
        ("title: Web service\n", "title: Web service\ntitle: Again\n", "duplicate-key", "title", "title: Again"),
        ("    section: traffic\n", "    section: nowhere\n", "unknown-section", "inputs.5.section", "nowhere"),
        // Only one arm of the `if` is wrong, and not the one that the defaults take.
        (
            "'internal' if inputs.internal",
            "'inside' if inputs.internal",
            "invalid-spec",
            "resources.load_balancer.spec.scheme",
            "'inside'",
        ),
    ] {
        assert!(WEB.contains(from), "{from}");
        let bad = WEB.replacen(from, to, 1);
        let problems = check::parse(&bad).expect_err(code);
        let found: Vec<_> = problems.iter().map(|p| (&*p.problem.code, &*p.problem.path, p.line)).collect();
        assert!(found.contains(&(code, path, line_of(&bad, at))), "{code} {path} {}: {problems:?}", line_of(&bad, at));
        assert!(problems.iter().all(|p| !p.problem.message.is_empty()), "{problems:?}");
    }
}

const SIZES: [&str; 4] = ["256/512", "512/1024", "1024/2048", "2048/8192"];
const SCALINGS: [&str; 3] = ["none", "cpu", "requests"];

/// What people may type, in every combination that the form lets through.
fn typed() -> impl Strategy<Value = Json> {
    let names = || prop::collection::btree_set("[A-Z][A-Z_]{0,8}", 0..4);
    let places = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let running = (0..SCALINGS.len(), 1..=50_u32, 0..SIZES.len(), 1..=65535_u16, any::<bool>());
    (places, running, names(), names(), names()).prop_map(
        |((own, internal, https, new), (scaling, count, size, port, sidecar), plain, config, secrets)| {
            let map = |names: BTreeSet<String>, value: Json| -> BTreeMap<String, Json> {
                names.into_iter().map(|name| (name, value.clone())).collect()
            };
            // A name is in one of the three only.
            let config: BTreeSet<_> = config.difference(&plain).cloned().collect();
            let secrets: BTreeSet<_> =
                secrets.difference(&plain).filter(|one| !config.contains(*one)).cloned().collect();
            let mut typed = json!({
                "image": "registry.example.com/shop:1",
                "port": port,
                "size": SIZES[size],
                "count": count,
                "load_balancer": if own { "own" } else { "shared" },
                "cluster": if new { "new" } else { "existing" },
                "autoscaling": SCALINGS[scaling],
                "environment": map(plain, json!("x")),
                "config": map(config, json!("y")),
                "secrets": map(secrets, json!({"id": "sec-A", "version": 1})),
            });
            if own {
                typed["internal"] = json!(internal);
                typed["https"] = json!(https);
            } else {
                typed["host"] = json!("shop.example.com");
            }
            if !new {
                typed["cluster_arn"] = json!("arn:aws:ecs:eu-central-1:123456789012:cluster/c");
            }
            if sidecar {
                typed["sidecar_image"] = json!("agent:1");
            }
            typed
        },
    )
}

/// Every need stands before the one who needs it.
fn in_order(plan: &Plan) -> bool {
    let mut seen = BTreeSet::new();
    plan.steps.iter().all(|step| {
        let ready = step.needs.iter().all(|need| seen.contains(need.step.as_str()));
        seen.insert(step.id.as_str());
        ready
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_service_can_be_made_changed_into_any_other_and_destroyed(first in typed(), second in typed()) {
        let mut world = World::empty();
        for (wish, typed) in [(Wish::Create, first), (Wish::Update, second)] {
            let plan = world.plan(wish, typed.clone());
            prop_assert!(in_order(&plan), "{:?}", plan.steps);
            prop_assert_eq!(&plan, &world.plan(wish, typed.clone()));
            world.carry_out(&plan);
            let again = world.plan(Wish::Update, typed);
            prop_assert!(again.is_empty(), "{:?}", acts(&again));
        }
        let plan = world.plan(Wish::Destroy, Json::Null);
        prop_assert!(in_order(&plan) && plan.steps.iter().all(|step| step.act == Act::Delete));
        world.carry_out(&plan);
        prop_assert!(world.recorded.iter().all(|resource| !resource.live));
    }

    /// Lines lost, doubled, moved, shifted or scribbled over: refused with a line that exists, or taken; never a panic.
    #[test]
    fn a_mangled_template_is_refused_where_it_is_wrong(
        at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), how in 0..5, scribble in ".{0,40}",
    ) {
        let mut lines: Vec<String> = WEB.lines().map(str::to_owned).collect();
        let (at, to) = (at.index(lines.len()), to.index(lines.len()));
        match how {
            0 => { lines.remove(at); }
            1 => lines.insert(to, lines[at].clone()),
            2 => lines.swap(at, to),
            3 => lines[at].insert_str(0, "  "),
            _ => lines[at] = scribble,
        }
        let text = lines.join("\n");
        if let Err(problems) = check::parse(&text) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!((1..=lines.len() + 1).contains(&problem.line), "{problem:?}");
                prop_assert!(!problem.problem.message.is_empty());
            }
        }
    }
}
