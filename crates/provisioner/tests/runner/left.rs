//! What a run bears, for how long, and how it is left when it cannot go on.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    environment::Environment,
    kinds::Kind,
    observation::{Lookup, Observed, Outputs},
    plan::{Act, Wish},
    run::{Choice, Event, Failure, RunStatus, StepEvent},
};
use gantry_provisioner::{
    cloud::{Answer, Class, Cloud, CloudError, Clouds, Inventory, InventoryItem, Progress, Target},
    fake::{FakeCloud, Object, refusal},
    runner::Timing,
};
use serde_json::Value as Json;
use storage::{AuditFilter, Storage as _};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

use crate::world::{IMAGE, PATIENCE, World};

const HOUR: Duration = Duration::from_secs(3600);
const MOMENT: Duration = Duration::from_millis(50);

/// Everything is borne for an hour.
fn patient() -> Timing {
    Timing { unavailable: HOUR, propagating: HOUR, busy: HOUR, ..Timing::fast() }
}

impl World {
    /// Works until a person is asked, and says for what failure.
    async fn fails(&self, run: &domain::ids::RunId) -> Failure {
        let worked = tokio::time::timeout(PATIENCE, self.work(run)).await.expect("it does not bear it for an hour");
        assert_eq!(worked, RunStatus::NeedsChoice);
        let failure = |event| match event {
            Event::Step { event: StepEvent::Failed { failure }, .. } => Some(failure),
            _ => None,
        };
        self.log(run).await.into_iter().rev().find_map(failure).expect("a step has failed")
    }
}

#[tokio::test]
async fn what_is_deleted_although_that_was_refused_is_not_left() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    for kind in [Kind::LoadBalancer, Kind::SecurityGroup, Kind::IamRole] {
        world.cloud.fail_next_although_done(kind, refusal(Class::Refused, "AccessDenied"));
    }
    world.choose(&run, Choice::Undo).await;
    assert_eq!(world.work(&run).await, RunStatus::Undone);
    assert!(world.cloud.objects().is_empty());
    let rows = world.storage.begin_read().await.unwrap().list_resources(&world.stack).await.unwrap();
    assert!(rows.iter().all(|row| !row.live), "{rows:?}");
}

#[tokio::test]
async fn what_is_changed_back_although_that_was_refused_is_not_left() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let before = world.cloud.objects();
    let run = world.approve(2, Wish::Update, "registry.example.com/shop:2").await;
    world.cloud.never_ready(Some(Kind::EcsService));
    let leased = world.lease(&run).await;
    let stop = async {
        let exists =
            |event: &Event| matches!(event, Event::Step { step, event: StepEvent::Exists { .. } } if step == "service");
        while !world.log(&run).await.iter().any(exists) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.stop(&run).await;
    };
    tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), stop);
    assert_eq!(world.status(&run).await, RunStatus::NeedsChoice);
    world.cloud.never_ready(None);
    world.cloud.fail_next_although_done(Kind::EcsService, refusal(Class::Refused, "AccessDenied"));
    world.choose(&run, Choice::Undo).await;
    assert_eq!(world.work(&run).await, RunStatus::Undone);
    let service =
        |objects: &[Object]| objects.iter().find(|one| one.kind == Kind::EcsService).map(|one| one.spec.clone());
    assert_eq!(service(&world.cloud.objects()), service(&before));
}

/// What AWS tells apart by where it stands, not by its name: two generations of it are one.
#[tokio::test]
async fn what_could_not_be_made_is_not_deleted_once_it_is_made_after_all() {
    for kind in [Kind::Listener, Kind::ScalableTarget] {
        let world = World::new().await;
        let run = world.approve(1, Wish::Create, IMAGE).await;
        world.cloud.fail_next(kind, refusal(Class::Refused, "ValidationException"));
        assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
        world.choose(&run, Choice::Keep).await;
        assert_eq!(world.work(&run).await, RunStatus::Kept);

        let plan = world.plan(Wish::Update, IMAGE).await;
        let old = plan.steps.iter().find(|step| step.kind == kind && step.act == Act::Delete).unwrap();
        assert!(old.reason.ends_with("is not there any more; its record is closed."), "{}", old.reason);
        let run = world.approve(2, Wish::Update, IMAGE).await;
        assert_eq!(world.work(&run).await, RunStatus::Succeeded);
        assert!(world.cloud.objects().iter().any(|object| object.kind == kind), "{kind}");
        let again = world.plan(Wish::Update, IMAGE).await;
        let steps: Vec<_> = again.steps.iter().filter(|step| step.act != Act::None).collect();
        assert!(steps.is_empty(), "{steps:?}");

        let run = world.approve(3, Wish::Destroy, IMAGE).await;
        assert_eq!(world.work(&run).await, RunStatus::Succeeded);
        assert!(world.cloud.objects().is_empty());
    }
}

#[tokio::test]
async fn each_class_of_refusals_has_a_time_of_its_own() {
    for (class, timing) in [
        (Class::Throttled, Timing { unavailable: MOMENT, ..patient() }),
        (Class::Unavailable, Timing { unavailable: MOMENT, ..patient() }),
        (Class::Propagating, Timing { propagating: MOMENT, ..patient() }),
        (Class::Busy, Timing { busy: MOMENT, ..patient() }),
        (Class::Denied, patient()),
        (Class::Refused, patient()),
        (Class::Stale, patient()),
    ] {
        let mut world = World::new().await;
        world.runner.timing = timing;
        let run = world.approve(1, Wish::Create, IMAGE).await;
        (0..1000).for_each(|_| world.cloud.fail_next(Kind::LogGroup, refusal(class, "Refusal")));
        assert_eq!(world.fails(&run).await.code, "Refusal", "{class:?}");
        world.cloud.forgive();
        world.choose(&run, Choice::Retry).await;
        assert_eq!(world.work(&run).await, RunStatus::Succeeded, "{class:?}");
    }
}

/// Two tries may lie far apart in Gantry's own queue.
#[tokio::test]
async fn one_call_too_many_for_aws_is_made_a_few_times_whatever_the_time() {
    let mut world = World::new().await;
    world.runner.timing = Timing { unavailable: Duration::ZERO, ..patient() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    (0..3).for_each(|_| world.cloud.fail_next(Kind::LogGroup, refusal(Class::Throttled, "ThrottlingException")));
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
}

/// What it made is still found by what AWS called it, also after a second try that did not come so far.
#[tokio::test]
async fn what_does_not_get_ready_in_time_leaves_the_choice_and_stays_known() {
    let mut world = World::new().await;
    world.runner.timing = Timing { busy: MOMENT, ..patient() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.never_ready(Some(Kind::LoadBalancer));
    assert_eq!(world.fails(&run).await.code, "took-too-long");
    world.choose(&run, Choice::Retry).await;
    world.cloud.fail_next(Kind::LoadBalancer, refusal(Class::Denied, "AccessDenied"));
    assert_eq!(world.fails(&run).await.code, "AccessDenied");
    let rows = world.storage.begin_read().await.unwrap().list_resources(&world.stack).await.unwrap();
    let row = rows.iter().find(|row| row.kind == Kind::LoadBalancer).unwrap();
    let found = world.storage.begin_read().await.unwrap().find_stack_by_output(&row.outputs["arn"]).await.unwrap();
    assert_eq!(found.unwrap().id, world.stack);
    world.cloud.never_ready(None);
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
}

/// Holds the calls that make something of two kinds until it is told to let one through.
#[derive(Clone)]
struct Held {
    cloud: FakeCloud,
    groups: Arc<Semaphore>,
    clusters: Arc<Semaphore>,
    entered: Arc<Semaphore>,
}

#[async_trait]
impl Clouds for Held {
    async fn connect(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        self.cloud.connect(environment).await?;
        Ok(Arc::new(self.clone()))
    }
}

impl Held {
    async fn inner(&self) -> Arc<dyn Cloud> {
        self.cloud.connect(&domain::template::check::sample_environment()).await.unwrap()
    }
}

#[async_trait]
impl Cloud for Held {
    async fn observe(&self, lookup: &Lookup) -> Result<Observed, CloudError> {
        self.inner().await.observe(lookup).await
    }

    async fn create(&self, target: &Target, spec: &Json) -> Answer<Outputs> {
        let held = match target.kind() {
            Kind::LogGroup => Some(&self.groups),
            Kind::EcsCluster => Some(&self.clusters),
            _ => None,
        };
        if let Some(held) = held {
            self.entered.add_permits(1);
            held.acquire().await.unwrap().forget();
        }
        self.inner().await.create(target, spec).await
    }

    async fn update(&self, target: &Target, before: &Json, after: &Json) -> Answer<Outputs> {
        self.inner().await.update(target, before, after).await
    }

    async fn ready(&self, target: &Target, spec: &Json) -> Result<Progress, CloudError> {
        self.inner().await.ready(target, spec).await
    }

    async fn delete(&self, target: &Target) -> Answer<()> {
        self.inner().await.delete(target).await
    }

    async fn gone(&self, target: &Target) -> Result<Progress, CloudError> {
        self.inner().await.gone(target).await
    }

    async fn inventory(&self, what: Inventory, parent: Option<&str>) -> Result<Vec<InventoryItem>, CloudError> {
        self.inner().await.inventory(what, parent).await
    }
}

/// One step's writing fails while another's call is on its way: that call comes back and is in the history before
/// anybody else has the run.
#[tokio::test]
async fn a_run_that_is_left_waits_for_its_calls() {
    let mut world = World::new().await;
    let none = || Arc::new(Semaphore::new(0));
    let held = Held { cloud: world.cloud.clone(), groups: none(), clusters: none(), entered: none() };
    world.runner.clouds = Arc::new(held.clone());
    let run = world.approve(1, Wish::Create, IMAGE).await;
    let leased = world.lease(&run).await;
    let others = async {
        held.entered.acquire_many(2).await.unwrap().forget();
        let refuses = "CREATE TRIGGER refuses BEFORE UPDATE ON resources WHEN NEW.kind = 'LogGroup'
            BEGIN SELECT RAISE(ABORT, 'not now'); END";
        world.storage.tamper(refuses).await.unwrap();
        held.groups.add_permits(1);
        // The group is made, and cannot be written down.
        while world.cloud.calls().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(MOMENT).await;
        assert!(world.row(&run).await.leased_by.is_some(), "given back with a call on its way");
        held.clusters.add_permits(1);
    };
    let both = async { tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), others) };
    tokio::time::timeout(PATIENCE, both).await.expect("it lets go");
    let row = world.row(&run).await;
    assert_eq!((row.status, row.leased_by), (RunStatus::Running, None));
    let audit = world.storage.begin_read().await.unwrap().list_audit(&AuditFilter::default(), 500).await.unwrap();
    assert!(audit.iter().any(|event| event.entry.summary.contains("ECS cluster")), "{audit:#?}");
    world.storage.tamper("SELECT 1").await.unwrap();
    held.clusters.add_permits(1);
    held.groups.add_permits(1);
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
}

/// A database that refuses is asked again, but not without end and without pause.
#[tokio::test]
async fn what_the_database_refuses_for_now_is_tried_again_after_a_pause() {
    let mut world = World::new().await;
    world.runner.timing = Timing { backoff: (Duration::from_millis(5), Duration::from_millis(200)), ..Timing::fast() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    let refuses = "CREATE TRIGGER refuses BEFORE INSERT ON resources BEGIN SELECT RAISE(ABORT, 'not now'); END";
    world.storage.tamper(refuses).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let since = Instant::now();
    let work = tokio::spawn(world.runner.clone().run(stopped));
    while world.row(&run).await.fence < 4 {
        assert!(since.elapsed() < PATIENCE, "it is not tried again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(since.elapsed() >= 3 * world.runner.timing.backoff.1, "without a pause");
    world.storage.tamper("SELECT 1").await.unwrap();
    while world.status(&run).await != RunStatus::Succeeded {
        assert!(since.elapsed() < PATIENCE, "it does not go on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(true).unwrap();
    work.await.unwrap();
}

#[tokio::test]
async fn what_the_database_can_never_take_parks_the_run() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.storage.tamper("CREATE UNIQUE INDEX one_of_each ON resources (live)").await.unwrap();
    assert_eq!(world.work(&run).await, RunStatus::NeedsAttention);
    let audit = world.storage.begin_read().await.unwrap().list_audit(&AuditFilter::default(), 500).await.unwrap();
    let parked = &audit.iter().find(|event| event.entry.action == "run.parked").unwrap().entry;
    let why = parked.detail["why"].as_str().unwrap();
    assert!(why.contains("UNIQUE constraint failed: resources.live"), "{why}");
    assert!(parked.summary.ends_with(why), "{}", parked.summary);
}
