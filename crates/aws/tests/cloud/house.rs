//! A whole Gantry below its service layer: a database, the runner, the real kinds, one stack of a built-in template.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Clock, Entropy,
    cost::Estimate,
    environment::{Environment, SharedLoadBalancer},
    ids::{RequestId, RunId},
    kinds::Kind,
    observation::{Lookup, Observed, Outputs},
    people::{Team, User},
    plan::{Desired, Plan, Wish, build::Site},
    request::{Request, RequestStatus},
    run::{Choice, Event, LoggedEvent, Run, RunStatus},
    seal::{SecretRef, seal},
    stack::{Stack, StackStatus},
    template::{
        Inputs, check,
        inputs::validate,
        render::{Surroundings, render},
    },
    value::Value,
};
use gantry_aws::{AwsClouds, testing::Wire};
use provisioner::{
    cloud::{Answer, Cloud, CloudError, Clouds, Inventory, InventoryItem, Progress, Secret, Target},
    planning,
    runner::{Runner, SecretSource, Timing},
    wake::{Changes, Wake},
};
use serde_json::{Value as Json, json};
use storage::{AuditFilter, Storage, StorageError};
use storage_sqlite::SqliteStorage;
use tokio::sync::watch;

use crate::account::{self, Account};

/// The value of every secret in these tests.
pub const SECRET: &str = "do-not-print-me";

struct Hand(Mutex<DateTime<Utc>>);

impl Hand {
    fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Different every time, and no more is needed.
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let n = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            *byte = (n ^ (n >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).to_be_bytes()[0];
        }
    }
}

struct OneSecret;

#[async_trait]
impl SecretSource for OneSecret {
    async fn reveal(&self, _: &SecretRef) -> Result<Option<Secret>, StorageError> {
        Ok(Some(Secret(SECRET.to_owned())))
    }
}

/// The account as a stutterer meets it: asked to, it takes every step that changes something twice.
struct Stutter {
    clouds: Arc<AwsClouds>,
    on: Arc<AtomicBool>,
}

#[async_trait]
impl Clouds for Stutter {
    async fn connect(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        let cloud = self.clouds.connect(environment).await?;
        Ok(if self.on.load(Ordering::Relaxed) { Arc::new(Twice(cloud)) } else { cloud })
    }
}

struct Twice(Arc<dyn Cloud>);

/// What both tries called, and what the second said; the first has to go through.
fn both<T>(first: Answer<T>, second: Answer<T>) -> Answer<T> {
    let Answer { result, mut calls } = first;
    calls.extend(second.calls);
    Answer { result: result.and(second.result), calls }
}

#[async_trait]
impl Cloud for Twice {
    async fn observe(&self, lookup: &Lookup) -> Result<Observed, CloudError> {
        self.0.observe(lookup).await
    }

    async fn create(&self, target: &Target, spec: &Json) -> Answer<Outputs> {
        let first = self.0.create(target, spec).await;
        let made = first.result.clone();
        let answer = both(first, self.0.create(target, spec).await);
        if let (Ok(made), Ok(found)) = (made, &answer.result) {
            assert_eq!(&made, found, "{} was not found again", target.lookup.name);
        }
        answer
    }

    async fn update(&self, target: &Target, before: &Json, after: &Json) -> Answer<Outputs> {
        both(self.0.update(target, before, after).await, self.0.update(target, before, after).await)
    }

    async fn ready(&self, target: &Target, spec: &Json) -> Result<Progress, CloudError> {
        self.0.ready(target, spec).await
    }

    async fn delete(&self, target: &Target) -> Answer<()> {
        both(self.0.delete(target).await, self.0.delete(target).await)
    }

    async fn gone(&self, target: &Target) -> Result<Progress, CloudError> {
        self.0.gone(target).await
    }

    async fn inventory(&self, what: Inventory, parent: Option<&str>) -> Result<Vec<InventoryItem>, CloudError> {
        self.0.inventory(what, parent).await
    }
}

/// A template with inputs, and other inputs for an update.
#[derive(Clone)]
pub struct Wanted {
    pub template: &'static str,
    pub first: Json,
    pub second: Json,
}

pub struct House {
    pub wire: Wire,
    pub storage: SqliteStorage,
    pub stack: Stack,
    pub environment: Environment,
    clouds: Arc<AwsClouds>,
    stutter: Arc<AtomicBool>,
    runner: Runner,
    clock: Arc<Hand>,
    team: Team,
    user: User,
    wanted: Wanted,
    requests: AtomicU64,
    shutdown: watch::Sender<bool>,
}

impl House {
    /// An empty stack in the account's network.
    pub async fn build(account: &Account, shared: &SharedLoadBalancer, wanted: &Wanted) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let wire = Wire::default();
        let environment = Environment {
            vpc_id: account.network.vpc.clone(),
            public_subnets: account.network.subnets.clone(),
            private_subnets: account.network.subnets.clone(),
            certificate_arn: Some(account.network.certificate.clone()),
            shared_load_balancer: Some(shared.clone()),
            permissions_boundary: Some("arn:aws:iam::aws:policy/PowerUserAccess".to_owned()),
            tags: BTreeMap::from([("cost-centre".to_owned(), "42".to_owned())]),
            ..account::environment("house", account::ACCOUNT)
        };
        let clouds = Arc::new(AwsClouds::new(account::options(&wire)));
        let stutter = Arc::new(AtomicBool::new(false));
        let storage = SqliteStorage::temporary().await.unwrap();
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = Arc::new(Hand(Mutex::new(start)));
        let team =
            Team { id: "team-SHOP".parse().unwrap(), name: "shop".to_owned(), title: "Shop".to_owned(), version: 1 };
        let user = User {
            id: "usr-ADA".parse().unwrap(),
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            platform_role: None,
            disabled: false,
            version: 1,
        };
        let stack = Stack {
            // Different in every run of the tests: the account may outlive them.
            id: format!("stk-{}-{number}", std::process::id()).parse().unwrap(),
            name: format!("s{}x{number}", std::process::id()),
            team: team.id.clone(),
            environment: environment.id.clone(),
            revision: "test@1.0.0".to_owned(),
            inputs: Inputs::new(),
            status: StackStatus::Pending,
            outputs: BTreeMap::new(),
            monthly_micros: 0,
            created_at: start,
            updated_at: start,
            version: 1,
        };
        let mut tx = storage.begin().await.unwrap();
        tx.add_user(&user, start).await.unwrap();
        tx.add_team(&team).await.unwrap();
        tx.add_environment(&environment).await.unwrap();
        tx.add_stack(&stack).await.unwrap();
        tx.commit().await.unwrap();
        let runner = Runner {
            storage: Arc::new(storage.clone()),
            clouds: Arc::new(Stutter { clouds: clouds.clone(), on: stutter.clone() }),
            secrets: Arc::new(OneSecret),
            clock: clock.clone(),
            entropy: Arc::new(Counter(AtomicU64::new(number))),
            wake: Arc::new(Wake::default()),
            changes: Arc::new(Changes::default()),
            journal: Arc::default(),
            installation: "test".to_owned(),
            holder: "runner".to_owned(),
            timing: Timing {
                unavailable: Duration::from_secs(20),
                propagating: Duration::from_secs(20),
                ..Timing::fast()
            },
            at_once: 1,
        };
        Self {
            wire,
            storage,
            stack,
            environment,
            clouds,
            stutter,
            runner,
            clock,
            team,
            user,
            wanted: wanted.clone(),
            requests: AtomicU64::new(0),
            shutdown: watch::Sender::new(false),
        }
    }

    fn site(&self) -> Site<'_> {
        Site {
            installation: "test",
            environment: &self.environment,
            stack: &self.stack.id,
            stack_name: &self.stack.name,
            team: &self.team.name,
        }
    }

    /// What the inputs ask for.
    pub fn desired(&self, inputs: &Json) -> Desired {
        let template = check::parse(self.wanted.template).unwrap();
        let given: Inputs = serde_json::from_value(inputs.clone()).unwrap();
        let given = validate(&template, &given).unwrap_or_else(|problems| panic!("{problems:?}"));
        let around = Surroundings { environment: &self.environment, stack: &self.stack.name, team: &self.team.name };
        let mut desired = render(&template, &given, &around).unwrap().desired;
        for resource in desired.resources.values_mut().filter(|one| one.kind == Kind::ListenerRule) {
            if let Value::Map(spec) = &mut resource.spec {
                // Every stack its own slot and host on the shared listener; reserving them is the service's work.
                let number: u32 = self.stack.name.rsplit('x').next().unwrap().parse().unwrap();
                spec.insert("priority".to_owned(), json!(number + 1).into());
                spec.insert("hosts".to_owned(), json!([format!("{}.example.com", self.stack.name)]).into());
            }
        }
        desired
    }

    /// Looks and plans.
    pub async fn plan(&self, wish: Wish, desired: &Desired) -> Plan {
        let recorded = self.storage.begin_read().await.unwrap().list_resources(&self.stack.id).await.unwrap();
        let cloud = self.clouds.connect(&self.environment).await.unwrap();
        planning::plan(&*cloud, &self.site(), wish, desired, &recorded)
            .await
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// A sealed and approved request with its run in the queue.
    pub async fn submit(&self, wish: Wish) -> RunId {
        let desired = match wish {
            Wish::Create => self.desired(&self.wanted.first),
            Wish::Update => self.desired(&self.wanted.second),
            Wish::Destroy => Desired::default(),
        };
        let plan = self.plan(wish, &desired).await;
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let (request, run): (RequestId, RunId) =
            (format!("req-{number}").parse().unwrap(), format!("run-{number}").parse().unwrap());
        let (inputs, cost, now) = (Inputs::new(), Estimate::default(), self.clock.now());
        let request = Request {
            id: request.clone(),
            wish,
            stack: self.stack.id.clone(),
            team: self.team.id.clone(),
            environment: self.environment.id.clone(),
            revision: "test@1.0.0".to_owned(),
            revision_hash: "hash".to_owned(),
            edition: 1,
            seal: seal(1, "hash", &inputs, &plan, &cost),
            inputs,
            requester: self.user.id.clone(),
            reason: String::new(),
            status: RequestStatus::Running,
            plan,
            cost,
            approvals_needed: 1,
            run: Some(run.clone()),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let row = Run {
            id: run.clone(),
            request: request.id.clone(),
            stack: self.stack.id.clone(),
            status: RunStatus::Queued,
            fence: 0,
            leased_by: None,
            leased_until: None,
            created_at: now,
            ended_at: None,
        };
        let mut tx = self.storage.begin().await.unwrap();
        let mut stack = tx.lookup_stack(&self.stack.id).await.unwrap().unwrap();
        stack.status = StackStatus::Busy;
        tx.update_stack(&stack).await.unwrap();
        tx.add_request(&request).await.unwrap();
        tx.add_run(&row).await.unwrap();
        tx.commit().await.unwrap();
        run
    }

    async fn lease(&self) -> Option<Run> {
        let now = self.clock.now();
        let mut tx = self.storage.begin().await.unwrap();
        let run = tx.lease_run(&self.runner.holder, now, now + TimeDelta::seconds(20)).await.unwrap();
        tx.commit().await.unwrap();
        run
    }

    /// Works until the run waits for a person or has ended.
    pub async fn work(&self, run: &RunId) -> RunStatus {
        let worked = async {
            loop {
                let row = self.storage.begin_read().await.unwrap().lookup_run(run).await.unwrap().unwrap();
                if !row.status.is_active() {
                    return row.status;
                }
                let leased = self.lease().await.expect("nobody else holds it");
                self.runner.clone().work_on(leased, self.shutdown.subscribe()).await;
            }
        };
        let ended = tokio::time::timeout(Duration::from_secs(120), worked).await;
        match ended {
            Ok(status) => status,
            Err(_) => panic!("{run} does not end: {:#?}", self.log(run).await),
        }
    }

    /// From now on every step that changes something is taken twice.
    pub fn stutter(&self) {
        self.stutter.store(true, Ordering::Relaxed);
    }

    /// Works until the log has `events` entries, and then is no more: every task is dropped where it stands. True when
    /// it was dropped, false when the run was through before.
    pub async fn work_and_die_after(&self, run: &RunId, events: usize) -> bool {
        let leased = self.lease().await.expect("nobody holds it");
        let mut changes = self.runner.changes.subscribe();
        let task = {
            let (runner, shutdown) = (self.runner.clone(), self.shutdown.subscribe());
            tokio::spawn(async move { runner.work_on(leased, shutdown).await })
        };
        let died = loop {
            if self.log(run).await.len() >= events {
                break true;
            }
            if task.is_finished() {
                break false;
            }
            // A missed message only means another look.
            let _ = tokio::time::timeout(Duration::from_millis(20), changes.recv()).await;
        };
        task.abort();
        let _ = task.await;
        // The lease of the dead one runs out.
        self.clock.forward(TimeDelta::seconds(3600));
        died
    }

    /// What a person chooses.
    pub async fn choose(&self, run: &RunId, choice: Choice) {
        let mut tx = self.storage.begin().await.unwrap();
        let event = Event::Chosen { choice, by: "Ada".to_owned() };
        tx.append_choice(run, &event, self.clock.now()).await.unwrap();
        let status = if choice == Choice::Undo { RunStatus::Undoing } else { RunStatus::Running };
        tx.set_run_status(run, status, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn log(&self, run: &RunId) -> Vec<LoggedEvent> {
        self.storage.begin_read().await.unwrap().list_events(run, 0).await.unwrap()
    }

    /// Whether nothing has to be done for what a wish asked for.
    pub async fn settled(&self, wish: Wish) -> bool {
        let inputs = if wish == Wish::Update { &self.wanted.second } else { &self.wanted.first };
        let plan = self.plan(wish, &self.desired(inputs)).await;
        for step in plan.steps.iter().filter(|step| step.act != domain::plan::Act::None) {
            eprintln!("{} {}: {} {:?}", step.act, step.id, step.reason, step.changed);
        }
        plan.is_empty()
    }

    /// The kind of every resource that is recorded as being there, in the order of the enumeration.
    pub async fn kinds(&self) -> Vec<Kind> {
        let recorded = self.storage.begin_read().await.unwrap().list_resources(&self.stack.id).await.unwrap();
        let mut kinds: Vec<_> = recorded.iter().filter(|one| one.live).map(|one| one.kind).collect();
        kinds.sort();
        kinds
    }

    /// Resources, log and audit history of a run, as text.
    pub async fn everything_on_record(&self, run: &RunId) -> String {
        let mut tx = self.storage.begin_read().await.unwrap();
        let resources = tx.list_resources(&self.stack.id).await.unwrap();
        let audit = tx.list_audit(&AuditFilter::default(), 1000).await.unwrap();
        assert!(!resources.is_empty() && !audit.is_empty());
        format!("{resources:?} {audit:?} {:?}", self.log(run).await)
    }
}
