//! A database and an AWS in memory, one stack, and a runner between them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Clock, DateTime, Entropy, Utc,
    cost::Estimate,
    environment::Environment,
    ids::{RequestId, RunId, StackId},
    people::{Team, User},
    plan::{Desired, Plan, Wish, build::Site},
    request::{Request, RequestStatus},
    run::{Choice, Event, Run, RunStatus},
    seal::{SecretRef, seal},
    stack::{Stack, StackStatus},
    template::{
        Inputs, check,
        inputs::validate,
        render::{Surroundings, render},
    },
};
use gantry_provisioner::{
    cloud::{Clouds, Secret},
    fake::FakeCloud,
    planning,
    runner::{Runner, SecretSource, Timing},
    wake::{Changes, Wake},
};
use serde_json::json;
use storage::{Storage as _, StorageError};
use storage_sqlite::SqliteStorage;
use tokio::sync::watch;

/// What is waited for is a condition, this only ends a test that hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Goes on when it is told to.
#[derive(Default)]
pub struct Hand(AtomicU64);

impl Hand {
    pub fn forward(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Every look at this clock is a second later than the one before.
pub struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + self.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = u8::try_from(self.0.fetch_add(7, Ordering::SeqCst) % 251).unwrap();
        }
    }
}

pub struct OneSecret;

#[async_trait]
impl SecretSource for OneSecret {
    async fn reveal(&self, _secret: &SecretRef) -> Result<Option<Secret>, StorageError> {
        Ok(Some(Secret("hunter2".to_owned())))
    }
}

pub struct World {
    pub runner: Runner,
    pub cloud: FakeCloud,
    pub storage: SqliteStorage,
    pub environment: Environment,
    pub team: Team,
    pub stack: StackId,
    pub shutdown: watch::Receiver<bool>,
    pub keep: watch::Sender<bool>,
}

pub const IMAGE: &str = "registry.example.com/shop:1";

impl World {
    pub async fn new() -> Self {
        let storage = SqliteStorage::temporary().await.unwrap();
        let cloud = FakeCloud::default();
        let clock = Arc::new(Ticking(AtomicU64::new(0)));
        let environment = check::sample_environment();
        let team = Team { id: "team-A".parse().unwrap(), name: "store".into(), title: "Store".into(), version: 1 };
        let user = User {
            id: "usr-A".parse().unwrap(),
            name: "Ada".into(),
            email: "ada@example.com".into(),
            platform_role: None,
            disabled: false,
            version: 1,
        };
        let stack = Stack {
            id: "stk-A".parse().unwrap(),
            name: "shop".into(),
            team: team.id.clone(),
            environment: environment.id.clone(),
            revision: "web-service@1.0.0".into(),
            inputs: Inputs::new(),
            status: StackStatus::Pending,
            outputs: BTreeMap::new(),
            monthly_micros: 0,
            created_at: clock.now(),
            updated_at: clock.now(),
            version: 1,
        };
        let mut tx = storage.begin().await.unwrap();
        tx.add_user(&user, clock.now()).await.unwrap();
        tx.add_team(&team).await.unwrap();
        tx.add_environment(&environment).await.unwrap();
        tx.add_stack(&stack).await.unwrap();
        tx.commit().await.unwrap();
        let (keep, shutdown) = watch::channel(false);
        let runner = Runner {
            storage: Arc::new(storage.clone()),
            clouds: Arc::new(cloud.clone()),
            secrets: Arc::new(OneSecret),
            clock,
            entropy: Arc::new(Counting(AtomicU64::new(0))),
            wake: Arc::new(Wake::default()),
            changes: Arc::new(Changes::default()),
            journal: Arc::default(),
            installation: "test".into(),
            holder: "one".into(),
            timing: Timing::fast(),
            at_once: 4,
        };
        Self { runner, cloud, storage, environment, team, stack: stack.id, shutdown, keep }
    }

    pub async fn desired(&self, image: &str) -> Desired {
        let template = check::parse(include_str!("../../../../catalog/templates/web-service.yaml")).unwrap();
        let typed = serde_json::from_value(json!({"image": image, "config": {"GREETING": "hello"}, "secrets": {"TOKEN": {"id": "sec-A", "version": 1}}, "autoscaling": "cpu"})).unwrap();
        let given = validate(&template, &typed).unwrap();
        let around = Surroundings { environment: &self.environment, stack: "shop", team: "store" };
        render(&template, &given, &around).unwrap().desired
    }

    pub async fn plan(&self, wish: Wish, image: &str) -> Plan {
        let desired = if wish == Wish::Destroy { Desired::default() } else { self.desired(image).await };
        let site = Site {
            installation: "test",
            environment: &self.environment,
            stack: &self.stack,
            stack_name: "shop",
            team: "store",
        };
        let recorded = self.storage.begin_read().await.unwrap().list_resources(&self.stack).await.unwrap();
        let cloud = self.cloud.connect(&self.environment).await.unwrap();
        planning::plan(&*cloud, &site, wish, &desired, &recorded).await.unwrap()
    }

    /// An approved request with its queued run.
    pub async fn approve(&self, number: u32, wish: Wish, image: &str) -> RunId {
        let plan = self.plan(wish, image).await;
        let now = self.runner.clock.now();
        let (request, run): (RequestId, RunId) =
            (format!("req-{number}").parse().unwrap(), format!("run-{number}").parse().unwrap());
        let cost = Estimate::default();
        let request = Request {
            id: request,
            wish,
            stack: self.stack.clone(),
            team: self.team.id.clone(),
            environment: self.environment.id.clone(),
            revision: "web-service@1.0.0".into(),
            revision_hash: "hash".into(),
            inputs: Inputs::new(),
            requester: "usr-A".parse().unwrap(),
            reason: "test".into(),
            status: RequestStatus::Running,
            edition: 1,
            seal: seal(1, "hash", &Inputs::new(), &plan, &cost),
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
            stack: self.stack.clone(),
            status: RunStatus::Queued,
            fence: 0,
            leased_by: None,
            leased_until: None,
            created_at: now,
            ended_at: None,
        };
        let mut tx = self.storage.begin().await.unwrap();
        let mut stack = tx.lookup_stack(&self.stack).await.unwrap().unwrap();
        stack.status = stack.status.on(domain::stack::StackEvent::RunStarted).unwrap();
        tx.update_stack(&stack).await.unwrap();
        tx.add_request(&request).await.unwrap();
        tx.add_run(&row).await.unwrap();
        tx.commit().await.unwrap();
        run
    }

    pub async fn lease(&self, run: &RunId) -> Run {
        let mut tx = self.storage.begin().await.unwrap();
        let now = self.runner.clock.now();
        let leased = tx.lease_run("one", now, now + Duration::from_secs(60)).await.unwrap().expect("there is a run");
        tx.commit().await.unwrap();
        assert_eq!(leased.id, *run);
        leased
    }

    /// Leases and works until the run waits or ends.
    pub async fn work(&self, run: &RunId) -> RunStatus {
        let leased = self.lease(run).await;
        self.runner.work_on(leased, self.shutdown.clone()).await;
        self.status(run).await
    }

    pub async fn row(&self, run: &RunId) -> Run {
        self.storage.begin_read().await.unwrap().lookup_run(run).await.unwrap().unwrap()
    }

    pub async fn status(&self, run: &RunId) -> RunStatus {
        self.row(run).await.status
    }

    pub async fn log(&self, run: &RunId) -> Vec<Event> {
        let log = self.storage.begin_read().await.unwrap().list_events(run, 0).await.unwrap();
        log.into_iter().map(|logged| logged.event).collect()
    }

    pub async fn stack(&self) -> Stack {
        self.storage.begin_read().await.unwrap().lookup_stack(&self.stack).await.unwrap().unwrap()
    }

    /// Stops a run that is in hand.
    pub async fn stop(&self, run: &RunId) {
        let event = Event::Chosen { choice: Choice::Abort, by: "Ada".into() };
        let mut tx = self.storage.begin().await.unwrap();
        tx.append_choice(run, &event, self.runner.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.runner.wake.notify();
    }

    pub async fn choose(&self, run: &RunId, choice: Choice) {
        let mut tx = self.storage.begin().await.unwrap();
        let event = Event::Chosen { choice, by: "Ada".into() };
        tx.append_choice(run, &event, self.runner.clock.now()).await.unwrap();
        let status = if choice == Choice::Undo { RunStatus::Undoing } else { RunStatus::Running };
        tx.set_run_status(run, status, None).await.unwrap();
        tx.commit().await.unwrap();
    }
}
