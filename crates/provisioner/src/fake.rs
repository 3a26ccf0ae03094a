//! An AWS in memory, for the tests of other crates: keeps what it is given, answers at once, fails when told to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use domain::{
    environment::Environment,
    kinds::{Identity, Kind},
    observation::{Lookup, Observed, Outputs},
};
use serde_json::Value as Json;

use crate::cloud::{Answer, Call, Class, Cloud, CloudError, Clouds, Inventory, InventoryItem, Progress, Target};

/// One object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its spec.
    pub spec: Json,
    /// Its outputs.
    pub outputs: Outputs,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Failing {
    kind: Kind,
    error: CloudError,
    /// It is done all the same.
    done: bool,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Object>,
    failures: VecDeque<Failing>,
    calls: Vec<(&'static str, String)>,
    never_ready: Option<Kind>,
    closed: Option<CloudError>,
    made: u64,
}

/// The network of the fake, for environments to be picked from.
pub mod network {
    use crate::cloud::InventoryItem;

    /// The one VPC.
    pub const VPC: &str = "vpc-1";
    /// The one certificate that is issued.
    pub const CERTIFICATE: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
    /// The one policy.
    pub const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";
    /// The one role.
    pub const ROLE: &str = "arn:aws:iam::123456789012:role/reporting";
    /// The one parameter.
    pub const PARAMETER: &str = "/shared/feature-flags";
    /// The one listener of the one load balancer.
    pub const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/1/2";

    pub(super) fn shared_load_balancer() -> InventoryItem {
        InventoryItem::new(shared_listener().fact("arn"), "shared")
    }

    /// `subnet-1` and `subnet-2` are public, `subnet-3` and `subnet-4` private, in two zones each.
    pub(super) fn subnets() -> Vec<InventoryItem> {
        let subnet = |number: usize| {
            let zone = ["eu-central-1b", "eu-central-1a"][number % 2];
            let item = InventoryItem::new(format!("subnet-{number}"), format!("10.20.{number}.0/24, {zone}"));
            item.with("zone", zone).with("reach", if number < 3 { "public" } else { "private" })
        };
        (1..=4).map(subnet).collect()
    }

    pub(super) fn shared_listener() -> InventoryItem {
        InventoryItem::new(LISTENER, "shared, HTTPS 443")
            .with("arn", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shared/1")
            .with("dns_name", "shared.example.com")
            .with("security_group", "sg-1")
            .with("https", "true")
            .with("state", "active")
    }
}

/// The fake.
#[derive(Clone, Debug, Default)]
pub struct FakeCloud(Arc<Mutex<State>>);

/// A refusal of this class, for [`FakeCloud::fail_next`].
pub fn refusal(class: Class, code: &str) -> CloudError {
    CloudError {
        class,
        service: "fake".to_owned(),
        operation: "Fake".to_owned(),
        code: code.to_owned(),
        message: format!("{code} was asked for"),
        request_id: None,
        advice: "This is a test.".to_owned(),
    }
}

fn key(lookup: &Lookup) -> String {
    match lookup.kind.def().identity {
        Identity::Fields(fields) => {
            let values: Vec<String> = fields.iter().map(|field| lookup.spec[field].to_string()).collect();
            format!("{}/{}", lookup.kind, values.join("/"))
        }
        _ => format!("{}/{}", lookup.kind, lookup.name),
    }
}

fn only(wanted: Option<&str>, all: &[&str]) -> Vec<InventoryItem> {
    all.iter()
        .filter(|one| wanted.is_none_or(|wanted| wanted == **one))
        .map(|one| InventoryItem::new(*one, one.rsplit('/').next().unwrap_or(one)))
        .collect()
}

fn first<'a>(list: &'a Json, default: &'a str) -> &'a str {
    list[0].as_str().unwrap_or(default)
}

fn is_ours(object: &Object, lookup: &Lookup) -> bool {
    object.tags.get("gantry:stack") == Some(&lookup.stack)
        && object.tags.get("gantry:resource") == Some(&lookup.resource)
}

impl FakeCloud {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next mutating verb on this kind fails.
    pub fn fail_next(&self, kind: Kind, error: CloudError) {
        self.state().failures.push_back(Failing { kind, error, done: false });
    }

    /// The next mutating verb on this kind is said to have failed, and is done.
    pub fn fail_next_although_done(&self, kind: Kind, error: CloudError) {
        self.state().failures.push_back(Failing { kind, error, done: true });
    }

    /// What was to fail does not any more.
    pub fn forgive(&self) {
        self.state().failures.clear();
    }

    /// Everything that is there.
    pub fn objects(&self) -> Vec<Object> {
        self.state().objects.values().cloned().collect()
    }

    /// What is of this kind does not become ready until it is asked for with none.
    pub fn never_ready(&self, kind: Option<Kind>) {
        self.state().never_ready = kind;
    }

    /// Nobody gets in, for this reason, until it is called with none.
    pub fn close(&self, reason: Option<CloudError>) {
        self.state().closed = reason;
    }

    /// Puts something there that bears a name but not our tags.
    pub fn put_foreign(&self, lookup: &Lookup) {
        let object =
            Object { kind: lookup.kind, spec: lookup.spec.clone(), outputs: Outputs::new(), tags: BTreeMap::new() };
        self.state().objects.insert(key(lookup), object);
    }

    /// Changes a field behind Gantry's back.
    pub fn drift(&self, kind: Kind, field: &str, value: Json) {
        for object in self.state().objects.values_mut().filter(|object| object.kind == kind) {
            object.spec[field] = value.clone();
        }
    }

    /// Loses all of this kind behind Gantry's back.
    pub fn lose(&self, kind: Kind) {
        self.state().objects.retain(|_, object| object.kind != kind);
    }

    /// Every mutating verb so far: verb and `Kind/name`.
    pub fn calls(&self) -> Vec<(&'static str, String)> {
        self.state().calls.clone()
    }

    fn mutate<T>(
        &self,
        verb: &'static str,
        target: &Target,
        act: impl FnOnce(&mut State) -> Result<T, CloudError>,
    ) -> Answer<T> {
        let mut state = self.state();
        state.calls.push((verb, format!("{}/{}", target.kind(), target.lookup.name)));
        let failing = state.failures.iter().position(|failing| failing.kind == target.kind());
        let result = match failing.and_then(|index| state.failures.remove(index)) {
            Some(Failing { error, done: true, .. }) => act(&mut state).and(Err(error)),
            Some(Failing { error, .. }) => Err(error),
            None => act(&mut state),
        };
        let call = Call {
            service: target.kind().def().service.to_owned(),
            operation: format!("{verb}{}", target.kind()),
            request_id: Some(format!("fake-{}", state.calls.len())),
            error: result.as_ref().err().map(|error| error.code.clone()),
            unanswered: false,
        };
        Answer { result, calls: vec![call] }
    }
}

#[async_trait]
impl Cloud for FakeCloud {
    async fn observe(&self, lookup: &Lookup) -> Result<Observed, CloudError> {
        Ok(match self.state().objects.get(&key(lookup)) {
            None => Observed::Absent,
            Some(object) if is_ours(object, lookup) => {
                Observed::Ours { fields: object.spec.clone(), outputs: object.outputs.clone() }
            }
            Some(_) => Observed::Foreign { what: key(lookup) },
        })
    }

    async fn create(&self, target: &Target, spec: &Json) -> Answer<Outputs> {
        self.mutate("Create", target, |state| {
            let key = key(&target.lookup);
            if let Some(object) = state.objects.get(&key) {
                if !is_ours(object, &target.lookup) {
                    return Err(refusal(Class::Stale, "foreign-resource"));
                }
                return Ok(object.outputs.clone());
            }
            state.made += 1;
            let made = state.made;
            let names = target.kind().def().outputs.iter();
            let outputs: Outputs = names
                .map(|output| {
                    let value = match *output {
                        "arn" => format!("arn:aws:fake:eu-central-1:123456789012:{key}/{made}"),
                        "name" | "family" => target.lookup.name.clone(),
                        other => format!("{other}-{made}"),
                    };
                    ((*output).to_owned(), value)
                })
                .collect();
            let object =
                Object { kind: target.kind(), spec: spec.clone(), outputs: outputs.clone(), tags: target.tags.clone() };
            state.objects.insert(key, object);
            Ok(outputs)
        })
    }

    async fn update(&self, target: &Target, _before: &Json, after: &Json) -> Answer<Outputs> {
        self.mutate("Update", target, |state| match state.objects.get_mut(&key(&target.lookup)) {
            Some(object) => {
                object.spec = after.clone();
                Ok(object.outputs.clone())
            }
            None => Err(refusal(Class::Stale, "gone")),
        })
    }

    async fn ready(&self, target: &Target, _spec: &Json) -> Result<Progress, CloudError> {
        if self.state().never_ready == Some(target.kind()) {
            return Ok(Progress::Waiting { why: "this is a test".to_owned() });
        }
        Ok(Progress::Done(Outputs::new()))
    }

    async fn delete(&self, target: &Target) -> Answer<()> {
        self.mutate("Delete", target, |state| {
            let key = key(&target.lookup);
            if state.objects.get(&key).is_some_and(|object| is_ours(object, &target.lookup)) {
                state.objects.remove(&key);
            }
            Ok(())
        })
    }

    async fn gone(&self, _target: &Target) -> Result<Progress, CloudError> {
        Ok(Progress::Done(Outputs::new()))
    }

    async fn inventory(&self, what: Inventory, parent: Option<&str>) -> Result<Vec<InventoryItem>, CloudError> {
        Ok(match what {
            Inventory::Clusters => self
                .objects()
                .into_iter()
                .filter(|object| object.kind == Kind::EcsCluster)
                .map(|object| {
                    let output = |name: &str| object.outputs.get(name).cloned().unwrap_or_default();
                    InventoryItem::new(output("arn"), output("name"))
                })
                .collect(),
            Inventory::ListenerRules => self
                .objects()
                .into_iter()
                .filter(|object| object.kind == Kind::ListenerRule && object.spec["listener"].as_str() == parent)
                .map(|object| {
                    let label = format!("{}{}", first(&object.spec["hosts"], "*"), first(&object.spec["paths"], "/*"));
                    InventoryItem::new(object.spec["priority"].to_string(), label)
                })
                .collect(),
            Inventory::Certificates => vec![InventoryItem::new(network::CERTIFICATE, "*.example.com")],
            Inventory::Vpcs => vec![InventoryItem::new(network::VPC, "10.20.0.0/16")],
            Inventory::Subnets if parent == Some(network::VPC) => network::subnets(),
            Inventory::SharedListeners if parent == Some(network::VPC) => vec![network::shared_listener()],
            Inventory::Policy => parent
                .filter(|arn| *arn == network::BOUNDARY)
                .map(|arn| InventoryItem::new(arn, "boundary"))
                .into_iter()
                .collect(),
            Inventory::LoadBalancers if parent == Some(network::VPC) => vec![network::shared_load_balancer()],
            Inventory::HostedZones => vec![InventoryItem::new("Z0123456789ABC", "example.com")],
            Inventory::Roles => only(None, &[network::ROLE]),
            Inventory::Role => only(parent, &[network::ROLE]),
            Inventory::Parameters => only(None, &[network::PARAMETER]),
            Inventory::Parameter => only(parent, &[network::PARAMETER]),
            Inventory::Subnets | Inventory::SharedListeners | Inventory::LoadBalancers => vec![],
        })
    }
}

/// One fake account for every environment.
#[async_trait]
impl Clouds for FakeCloud {
    async fn connect(&self, _environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        match self.state().closed.clone() {
            Some(reason) => Err(reason),
            None => Ok(Arc::new(self.clone())),
        }
    }
}
