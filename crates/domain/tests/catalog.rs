//! The built-in templates against the planner: what a person would get.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;

use gantry_domain::{
    cost::PriceTable,
    ids::StackId,
    observation::{Observation, Observed, Outputs},
    plan::{
        Act, Plan, Resource, Wish,
        build::{Site, build, order},
    },
    template::{
        Inputs, check,
        inputs::validate,
        render::{Surroundings, render},
        schema::Template,
    },
};
use serde_json::{Value as Json, json};

const WEB: &str = include_str!("../../../catalog/templates/web-service.yaml");
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

struct World {
    recorded: Vec<Resource>,
    observation: Observation,
}

impl World {
    fn empty() -> Self {
        Self { recorded: vec![], observation: Observation::default() }
    }

    fn plan(&self, wish: Wish, typed: Json) -> Plan {
        let template = template(WEB);
        let environment = check::sample_environment();
        let desired = if wish == Wish::Destroy {
            Default::default()
        } else {
            let given = validate(&template, &inputs(typed)).unwrap();
            let around = Surroundings { environment: &environment, stack: "shop", team: "store" };
            let mut rendered = render(&template, &given, &around).unwrap();
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
        let site =
            Site { installation: "test", environment: &environment, stack: &stack, stack_name: "shop", team: "store" };
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
                _ => step.kind.def().outputs.iter().map(|o| ((*o).to_owned(), format!("{o}:{}", step.name))).collect(),
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

fn acts(plan: &Plan) -> BTreeMap<&str, &str> {
    plan.steps.iter().filter(|s| s.act != Act::None).map(|s| (s.id.as_str(), s.act.as_str())).collect()
}

fn typical() -> Json {
    json!({"image": "registry.example.com/shop:1", "config": {"GREETING": "hello"}, "secrets": {"TOKEN": {"id": "sec-A", "version": 1}}, "autoscaling": "requests"})
}

#[test]
fn both_templates_are_sound() {
    assert_eq!(template(CLUSTER).id(), "fargate-cluster@1.0.0");
    assert_eq!(template(WEB).id(), "web-service@1.0.0");
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
fn a_new_port_replaces_the_target_group_and_moves_the_listener_before_the_old_one_goes() {
    let mut world = World::empty();
    world.carry_out(&world.plan(Wish::Create, typical()));
    let mut typed = typical();
    typed["port"] = json!(9090);
    let plan = world.plan(Wish::Update, typed.clone());
    let acts = acts(&plan);
    for (id, act) in [
        ("target_group", "replace"),
        ("https_listener", "update"),
        ("service", "update"),
        ("task_firewall", "update"),
        ("target_group@1", "delete"),
    ] {
        assert_eq!(acts.get(id), Some(&act), "{id} in {acts:?}");
    }
    let position = |id: &str| plan.steps.iter().position(|s| s.id == id).unwrap();
    assert!(position("target_group@1") > position("service"));
    world.carry_out(&plan);
    assert!(world.plan(Wish::Update, typed).is_empty());
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
fn a_month_is_priced_item_by_item() {
    let table = PriceTable::parse(PRICES).unwrap();
    let estimate = table.estimate(&World::empty().plan(Wish::Create, typical()), "eu-central-1", 0);
    assert_eq!(estimate.monthly_micros, estimate.items.iter().map(|item| item.monthly_micros).sum::<i64>());
    assert!(estimate.items.iter().any(|item| item.resource == "load_balancer") && estimate.unpriced.is_none());
    assert!(table.estimate(&World::empty().plan(Wish::Create, typical()), "mars-north-1", 0).unpriced.is_some());
}

/// One change to a sound template, and the code and line that must come of it.
#[test]
fn bad_templates_are_refused_with_line_path_and_sentence() {
    for (from, to, code) in [
        ("type: port\n", "type: port\n    colour: red\n", "unknown-key"),
        ("kind: LogGroup", "kind: LogBook", "unknown-kind"),
        ("{{ inputs.port }}", "{{ inputs.harbour }}", "unknown-input"),
        ("{{ resources.logs.name }}", "{{ resources.log.name }}", "unknown-resource"),
        ("{{ resources.logs.name }}", "{{ resources.logs.colour }}", "unknown-output"),
        ("{{ resources.logs.name }}", "{{ nonsense }}", "unknown-name"),
        ("{{ resources.logs.name }}", "{{ 1 + }}", "bad-expression"),
        ("  - name: port\n", "  - name: image\n", "duplicate-name"),
        ("      retention_days: \"{{ inputs.log_retention | int }}\"", "      retention_days: soon", "invalid-spec"),
        ("    default: 10\n", "", "hidden-required"),
        ("    default: 8080\n", "    default: 99999\n", "out-of-range"),
        (
            "      description: \"Tasks of {{ stack.name }}\"",
            "      description: \"{{ resources.service.name }}\"",
            "cycle",
        ),
        ("title: Web service\n", "title: Web service\ntitle: Again\n", "duplicate-key"),
        ("    section: traffic\n", "    section: nowhere\n", "unknown-section"),
    ] {
        assert!(WEB.contains(from), "{from}");
        let bad = WEB.replacen(from, to, 1);
        let problems = check::parse(&bad).expect_err(code);
        assert!(problems.iter().any(|p| p.problem.code == code), "{code}: {problems:?}");
        let first_difference = WEB.lines().zip(bad.lines()).position(|(a, b)| a != b).unwrap() + 1;
        // A cycle is shown at its first member, wherever the edge was drawn.
        let near = code == "cycle" || problems.iter().any(|p| p.line.abs_diff(first_difference) <= 14);
        assert!(
            near && problems.iter().all(|p| !p.problem.message.is_empty()),
            "{code} near line {first_difference}: {problems:?}"
        );
    }
}
