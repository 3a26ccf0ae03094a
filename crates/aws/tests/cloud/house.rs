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
    plan::{Act, Desired, Plan, Resource, Step, Wish, build::Site},
    request::{Request, RequestStatus},
    run::{Choice, Event, LoggedEvent, Phase, Run, RunState, RunStatus, fold},
    seal::{SecretRef, seal},
    stack::{Stack, StackStatus},
    template::{
        Inputs, check,
        inputs::validate,
        render::{Surroundings, render},
        schema::Template,
    },
    value::Value,
};
use gantry_aws::{
    AwsClouds, AwsOptions,
    testing::{
        Wire,
        ledger::{Scene, complaints},
    },
};
use provisioner::{
    cloud::{Answer, Cloud, CloudError, Clouds, Inventory, InventoryItem, Progress, Secret, Target},
    planning,
    runner::{Journal, Runner, SecretSource, Timing, settle, taken_back},
    wake::{Changes, Wake},
};
use serde_json::{Value as Json, json};
use storage::{AuditFilter, Storage, StorageError};
use storage_sqlite::SqliteStorage;
use tokio::sync::watch;

use crate::{
    account::{self, Account},
    death::{Death, Mortal},
};

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

/// The account as a stutterer meets it: asked to, it takes every step that changes something twice. Every refusal is
/// overheard.
struct Stutter {
    clouds: Arc<AwsClouds>,
    life: Arc<Mortal>,
    on: Arc<AtomicBool>,
    refusals: Refusals,
}

type Refusals = Arc<Mutex<Vec<CloudError>>>;

#[async_trait]
impl Clouds for Stutter {
    async fn connect(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        let cloud = self.clouds.connect(environment).await?;
        let cloud = Arc::new(Overheard { cloud, life: self.life.clone(), refusals: self.refusals.clone() });
        Ok(if self.on.load(Ordering::Relaxed) { Arc::new(Twice(cloud)) } else { cloud })
    }
}

struct Overheard {
    cloud: Arc<dyn Cloud>,
    life: Arc<Mortal>,
    refusals: Refusals,
}

impl Overheard {
    fn hear<T>(&self, result: &Result<T, CloudError>) {
        if let Err(refusal) = result {
            self.refusals.lock().unwrap().push(refusal.clone());
        }
    }
}

#[async_trait]
impl Cloud for Overheard {
    async fn observe(&self, lookup: &Lookup) -> Result<Observed, CloudError> {
        self.cloud.observe(lookup).await
    }

    async fn create(&self, target: &Target, spec: &Json) -> Answer<Outputs> {
        self.life.live_to_call().await;
        let answer = self.cloud.create(target, spec).await;
        self.hear(&answer.result);
        answer
    }

    async fn update(&self, target: &Target, before: &Json, after: &Json) -> Answer<Outputs> {
        self.life.live_to_call().await;
        let answer = self.cloud.update(target, before, after).await;
        self.hear(&answer.result);
        answer
    }

    async fn ready(&self, target: &Target, spec: &Json) -> Result<Progress, CloudError> {
        self.life.live_to_call().await;
        let progress = self.cloud.ready(target, spec).await;
        self.hear(&progress);
        progress
    }

    async fn delete(&self, target: &Target) -> Answer<()> {
        self.life.live_to_call().await;
        let answer = self.cloud.delete(target).await;
        self.hear(&answer.result);
        answer
    }

    async fn gone(&self, target: &Target) -> Result<Progress, CloudError> {
        self.life.live_to_call().await;
        let progress = self.cloud.gone(target).await;
        self.hear(&progress);
        progress
    }

    async fn inventory(&self, what: Inventory, parent: Option<&str>) -> Result<Vec<InventoryItem>, CloudError> {
        self.cloud.inventory(what, parent).await
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

/// A template, read once for all houses.
fn parsed(text: &'static str) -> Arc<Template> {
    static READ: Mutex<BTreeMap<&str, Arc<Template>>> = Mutex::new(BTreeMap::new());
    READ.lock().unwrap().entry(text).or_insert_with(|| Arc::new(check::parse(text).unwrap())).clone()
}

pub struct House {
    pub wire: Wire,
    pub storage: SqliteStorage,
    pub stack: Stack,
    pub environment: Environment,
    clouds: Arc<AwsClouds>,
    stutter: Arc<AtomicBool>,
    refusals: Refusals,
    life: Arc<Mortal>,
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
        // As fast as AWS lets itself be called: the ledger counts.
        let clouds = Arc::new(AwsClouds::new(AwsOptions { rate: 1.0, ..account::options(&wire) }));
        let (stutter, refusals) = (Arc::new(AtomicBool::new(false)), Refusals::default());
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
        let life = Arc::new(Mortal::new(storage.clone()));
        let runner = Runner {
            storage: life.clone(),
            clouds: Arc::new(Stutter {
                clouds: clouds.clone(),
                life: life.clone(),
                on: stutter.clone(),
                refusals: refusals.clone(),
            }),
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
            refusals,
            life,
            runner,
            clock,
            team,
            user,
            wanted: wanted.clone(),
            requests: AtomicU64::new(0),
            shutdown: watch::Sender::new(false),
        }
    }

    /// Whose everything is, and what else it may be attached to.
    fn scene(&self) -> Scene {
        let shared = self.environment.shared_load_balancer.iter().map(|shared| shared.listener_arn.clone());
        let cluster = self.wanted.first["cluster_arn"].as_str().map(str::to_owned);
        Scene {
            installation: "test".to_owned(),
            stack: self.stack.id.to_string(),
            parents: shared.chain(cluster).collect(),
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
        let template = parsed(self.wanted.template);
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
        self.wire.turn_page();
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

    /// Everything that the runner was refused so far.
    pub fn refusals(&self) -> Vec<CloudError> {
        self.refusals.lock().unwrap().clone()
    }

    /// Whether from now on every step that changes something is taken twice.
    pub fn stutter(&self, on: bool) {
        self.stutter.store(on, Ordering::Relaxed);
    }

    /// Works until the process dies: every task is dropped where it stands. False when the run was through before.
    pub async fn work_and_die(&self, death: Death) -> bool {
        // It may have come to its end, or to a question, just before the last one died.
        let Some(leased) = self.lease().await else { return false };
        let dead = self.life.expect(death);
        // Every event in a commit of its own, so that it can die between any two of them.
        let runner = Runner { journal: Arc::new(Journal::new(1)), ..self.runner.clone() };
        let shutdown = self.shutdown.subscribe();
        let mut task = tokio::spawn(async move { runner.work_on(leased, shutdown).await });
        let died = tokio::select! {
            () = dead.notified() => true,
            ended = &mut task => {
                ended.unwrap();
                false
            }
        };
        if died {
            task.abort();
            let _ = task.await;
        }
        self.life.expect_none();
        // The lease of the dead one runs out.
        self.clock.forward(TimeDelta::seconds(3600));
        died
    }

    /// What a person chooses, as the service carries it out.
    pub async fn choose(&self, run: &RunId, choice: Choice) {
        let (plan, state, now) = (self.plan_of(run).await, self.state(run).await, self.clock.now());
        let mut tx = self.storage.begin().await.unwrap();
        if choice == Choice::Handled {
            let rows = tx.list_resources(&self.stack.id).await.unwrap();
            for step in plan.steps.iter().filter(|step| state.steps[&step.id].phase == Phase::UndoFailed) {
                if let Some(row) = row_of(&rows, step) {
                    tx.set_resource(&self.stack.id, &taken_back(step, row.clone())).await.unwrap();
                }
            }
        }
        let event = Event::Chosen { choice, by: "Ada".to_owned() };
        tx.append_choice(run, &event, now).await.unwrap();
        match choice {
            Choice::Keep => {
                let row = tx.lookup_run(run).await.unwrap().unwrap();
                settle(&mut *tx, &row, &state, RunStatus::Kept, now).await.unwrap();
            }
            choice => {
                let back = state.undoing || choice == Choice::Undo;
                let status = if back { RunStatus::Undoing } else { RunStatus::Running };
                tx.set_run_status(run, status, None).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    /// What a run carries out.
    pub async fn plan_of(&self, run: &RunId) -> Plan {
        let mut tx = self.storage.begin_read().await.unwrap();
        let row = tx.lookup_run(run).await.unwrap().unwrap();
        tx.lookup_request(&row.request).await.unwrap().unwrap().plan
    }

    /// Where a run stands.
    pub async fn state(&self, run: &RunId) -> RunState {
        fold(&self.plan_of(run).await, &self.log(run).await).unwrap()
    }

    /// How many calls that change something were made for such steps of a run.
    pub async fn calls(&self, run: &RunId, of: impl Fn(&Step) -> bool) -> usize {
        let plan = self.plan_of(run).await;
        let object = Some(run.to_string());
        let filter = AuditFilter { object, action: Some("aws.call".to_owned()), ..AuditFilter::default() };
        let calls = self.storage.begin_read().await.unwrap().list_audit(&filter, 1000).await.unwrap();
        let step = |detail: &Json| plan.step(detail["step"].as_str().unwrap()).unwrap().clone();
        calls.iter().filter(|call| of(&step(&call.entry.detail))).count()
    }

    fn lookup(&self, row: &Resource) -> Lookup {
        Lookup {
            kind: row.kind,
            name: row.name.clone(),
            spec: row.spec.clone(),
            outputs: row.outputs.clone(),
            stack: self.stack.id.to_string(),
            resource: row.logical.clone(),
            installation: "test".to_owned(),
        }
    }

    /// What AWS shows of every object that is recorded as being there; named as in [`Self::live`], with its generation.
    pub async fn observed(&self) -> BTreeMap<(String, u32), Observed> {
        let recorded = self.storage.begin_read().await.unwrap().list_resources(&self.stack.id).await.unwrap();
        let cloud = self.clouds.connect(&self.environment).await.unwrap();
        let observe = async |row: &Resource| {
            let seen = cloud.observe(&self.lookup(row)).await.unwrap();
            ((known_as(row.kind, &row.logical, &row.name), row.generation), seen)
        };
        futures::future::join_all(recorded.iter().filter(|one| one.live).map(observe)).await.into_iter().collect()
    }

    /// Deletes what a step has made, as somebody would in AWS's console.
    pub async fn remove_by_hand(&self, step: &Step) {
        let rows = self.storage.begin_read().await.unwrap().list_resources(&self.stack.id).await.unwrap();
        let row = row_of(&rows, step).expect("what was made is on record");
        let lookup = self.lookup(row);
        let (tags, client_token) = (step.tags.clone(), step.client_token.clone());
        let target = Target { lookup, tags, client_token, secret: None };
        let removed = async {
            let cloud = self.clouds.connect(&self.environment).await.unwrap();
            // Somebody tries again, whatever AWS says.
            while cloud.delete(&target).await.result.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            while !matches!(cloud.gone(&target).await, Ok(Progress::Done(_))) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), removed).await.expect("it goes within a minute");
    }

    pub async fn log(&self, run: &RunId) -> Vec<LoggedEvent> {
        self.storage.begin_read().await.unwrap().list_events(run, 0).await.unwrap()
    }

    /// What has to be done for what a wish asked for: nothing when it has arrived. Named as in [`Self::live`].
    pub async fn amiss(&self, wish: Wish) -> Vec<String> {
        let inputs = if wish == Wish::Update { &self.wanted.second } else { &self.wanted.first };
        let plan = self.plan(wish, &self.desired(inputs)).await;
        let steps: Vec<_> = plan.steps.iter().filter(|step| step.act != Act::None).collect();
        for step in &steps {
            eprintln!("{} {}: {} {:?}", step.act, step.id, step.reason, step.changed);
        }
        steps.into_iter().map(|step| known_as(step.kind, &step.resource, &step.name)).collect()
    }

    /// Every object that is recorded as being there, in the order of their names.
    pub async fn live(&self) -> Vec<String> {
        let recorded = self.storage.begin_read().await.unwrap().list_resources(&self.stack.id).await.unwrap();
        let live = recorded.iter().filter(|one| one.live);
        let mut live: Vec<_> = live.map(|one| known_as(one.kind, &one.logical, &one.name)).collect();
        live.sort();
        live
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

fn row_of<'a>(rows: &'a [Resource], step: &Step) -> Option<&'a Resource> {
    rows.iter().find(|row| row.logical == step.resource && row.generation == step.generation)
}

/// An object by its kind and by what its tags say that it is; where it bears none, by its name.
pub fn known_as(kind: Kind, resource: &str, name: &str) -> String {
    format!("{kind} {}", if kind.def().tagged { resource } else { name })
}

impl Drop for House {
    /// However a scenario ends: AWS would have put up with every call of it.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let complaints = complaints(&self.wire.record(), &self.scene());
            assert!(complaints.is_empty(), "{}: {complaints:#?}", self.stack.id);
        }
    }
}
