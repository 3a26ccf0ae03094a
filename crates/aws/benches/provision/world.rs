//! What AWS takes, and the plan of a web service in it.

use std::collections::BTreeMap;

use domain::{
    environment::Environment,
    ids::StackId,
    kinds::Kind,
    observation::{Observation, Observed},
    plan::{
        Plan, Wish,
        build::{Site, build, lookups},
    },
    template::{
        check,
        inputs::validate,
        render::{Surroundings, render},
    },
    value::Value,
};
use serde::Deserialize;
use serde_json::json;

/// Least, most likely and most.
type Spread = (f64, f64, f64);

/// The content of `latencies.json`.
#[derive(Deserialize)]
pub struct Latencies {
    pub as_of: String,
    pub seconds: Seconds,
    /// The calls that make an object, by kind.
    calls: BTreeMap<String, Vec<String>>,
    /// The call that looks whether it is ready; other kinds are as soon as they exist.
    polls: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub struct Seconds {
    pub read: Spread,
    pub write: Spread,
    /// From its creation until a load balancer serves.
    pub load_balancer: Spread,
    /// From its creation until ECS can assume a role.
    pub role: Spread,
    /// From the creation of a service until its tasks run.
    pub tasks: Spread,
    /// From there, and from the load balancer's serving, until its targets are healthy.
    pub healthy: Spread,
}

/// An operation with its service.
pub type Call = (&'static str, &'static str);

impl Latencies {
    pub fn calls(&self, kind: Kind) -> Vec<Call> {
        let calls =
            self.calls.get(&kind.to_string()).unwrap_or_else(|| panic!("latencies.json has no calls of {kind}"));
        calls.iter().map(|call| split(call)).collect()
    }

    pub fn poll(&self, kind: Kind) -> Option<Call> {
        self.polls.get(&kind.to_string()).map(|call| split(call))
    }
}

/// Calls are named for as long as the program runs.
fn split(call: &str) -> Call {
    let (service, operation) =
        call.split_once(':').unwrap_or_else(|| panic!("`{call}` names no operation of a service"));
    (String::leak(service.to_owned()), String::leak(operation.to_owned()))
}

/// What a stack has for itself.
#[derive(Clone, Copy)]
pub struct World {
    own_cluster: bool,
    own_load_balancer: bool,
}

impl World {
    pub const OWN: Self = Self { own_cluster: true, own_load_balancer: true };
    pub const SHARED_CLUSTER: Self = Self { own_cluster: false, own_load_balancer: true };
    pub const SHARED: Self = Self { own_cluster: false, own_load_balancer: false };

    /// Whether services of all stacks are in one cluster, where one call can ask for ten of them.
    pub fn has_one_cluster(&self) -> bool {
        !self.own_cluster
    }

    /// The plan that the portal would make in an empty account.
    pub fn plan(&self) -> Plan {
        let environment = check::sample_environment();
        let template = check::parse(include_str!("../../../../catalog/templates/web-service.yaml"))
            .unwrap_or_else(|problems| panic!("{problems:?}"));
        let mut typed =
            json!({"image": "registry.example.com/shop:1", "config": {"MODE": "live"}, "autoscaling": "cpu"});
        typed["load_balancer"] = if self.own_load_balancer { "own" } else { "shared" }.into();
        if !self.own_load_balancer {
            (typed["host"], typed["path"]) = ("*".into(), "/shop/*".into());
        }
        if !self.own_cluster {
            typed["cluster"] = "existing".into();
            typed["cluster_arn"] = "arn:aws:ecs:eu-central-1:123456789012:cluster/common".into();
        }
        let typed = serde_json::from_value(typed).expect("an object");
        let given = validate(&template, &typed).unwrap_or_else(|problems| panic!("{problems:?}"));
        let around = Surroundings { environment: &environment, stack: "shop", team: "store" };
        let mut desired = render(&template, &given, &around).unwrap_or_else(|problems| panic!("{problems:?}")).desired;
        // Reserved when a request is submitted.
        for resource in desired.resources.values_mut().filter(|one| one.kind == Kind::ListenerRule) {
            if let Value::Map(spec) = &mut resource.spec {
                spec.insert("priority".to_owned(), json!(1).into());
            }
        }
        let stack: StackId = "stk-SHOP".parse().expect("an id");
        let site = site(&environment, &stack);
        let names = lookups(&site, &desired, &[]).into_keys();
        let nothing = Observation { resources: names.map(|name| (name, Observed::Absent)).collect() };
        build(&site, Wish::Create, &desired, &[], &nothing).unwrap_or_else(|problems| panic!("{problems:?}"))
    }
}

fn site<'a>(environment: &'a Environment, stack: &'a StackId) -> Site<'a> {
    Site { installation: "bench", environment, stack, stack_name: "shop", team: "store" }
}
