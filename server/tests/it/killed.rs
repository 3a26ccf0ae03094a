//! Processes that are killed in the middle of a run, at any of its calls: another one, or the same once it is started again,
//! goes on when the lease is over, and what was asked for is what is there in the end.

use std::{collections::BTreeSet, io::Write as _, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{RequestId, RunId, StackId},
    people::Actor,
    plan::Act,
    request::Verdict,
    run::{Choice, Phase, Run, RunStatus},
    stack::StackStatus,
};
use gantry_server::{
    config::Config,
    metrics::{METRICS, Metric},
    serve,
};
use serde_json::json;
use service::{Portal, accounts::Seed, requests::Draft};
use storage::AuditFilter;
use storage_postgres::temporary::TemporaryDatabase;
use tokio::time::{Duration, sleep, timeout};

use crate::{
    house,
    operations::{Serving, get},
    wire::{self, Wire},
};

/// What is waited for is a condition, this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The shortest there is.
const LEASE_SECONDS: &str = "10";

/// Names of this process's own: whatever is tested beside it is in the same account.
fn name(what: &str) -> String {
    format!("{what}-{}", domain::ids::readable(&gantry_server::sources::SystemEntropy, 5).to_lowercase())
}

/// Any of them; `GANTRY_TEST_KILL_AT` says which.
fn any(what: &str, most: usize) -> usize {
    let given = std::env::var("GANTRY_TEST_KILL_AT").ok().and_then(|given| given.parse::<usize>().ok());
    let n = given.unwrap_or_else(|| rand::random_range(0..most)) % most + 1;
    println!("{what}: GANTRY_TEST_KILL_AT={} kills at call {n} of {most}", n - 1);
    n
}

struct Scene {
    portal: Arc<Portal>,
    wire: Wire,
    settings: Vec<(String, String)>,
    serving: Vec<Serving>,
    developer: Actor,
    owner: Actor,
    _home: Home,
}

/// Where the database is while the test lasts.
enum Home {
    Folder(tempfile::TempDir),
    Server(Box<TemporaryDatabase>),
}

impl Scene {
    /// One process on a file, or two on a server.
    async fn open(home: Home) -> Self {
        let (url, processes) = match &home {
            Home::Folder(folder) => (format!("sqlite:{}", folder.path().join("gantry.db").display()), 1),
            Home::Server(database) => (database.url(), 2),
        };
        let wire = Wire::new();
        let own = [
            ("GANTRY_DATABASE_URL", url.as_str()),
            ("GANTRY_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("GANTRY_AWS_RATE_PERCENT", "100000"),
            ("GANTRY_LEASE_SECONDS", LEASE_SECONDS),
        ];
        let aws = wire::aws();
        let set = own.iter().copied().chain([("AWS_ENDPOINT_URL", aws.as_str())]);
        let config = Config::read(set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        let config = config.unwrap_or_else(|problems| panic!("{problems:?}"));
        let (portal, _) = serve::portal(&config).await.unwrap();
        portal.seed(seed()).await.unwrap();
        let others = [
            ("AWS_ENDPOINT_URL", wire.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "gantry"),
            ("AWS_SECRET_ACCESS_KEY", "gantry"),
            ("GANTRY_METRICS_LISTEN", "127.0.0.1:0"),
        ];
        let settings =
            own.iter().chain(&others).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (developer, owner) = (house::actor(&portal, "developer").await, house::actor(&portal, "owner").await);
        let mut scene = Self { portal, wire, settings, serving: vec![], developer, owner, _home: home };
        (0..processes).for_each(|_| scene.start());
        scene
    }

    fn start(&mut self) {
        let settings: Vec<(&str, &str)> = self.settings.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.serving.push(Serving::start(&settings));
    }

    /// A request for something new.
    async fn asks(&self, template: &str, name: &str) -> RequestId {
        let environment = self.portal.environments(&self.developer).await.unwrap().remove(0).id;
        let inputs = [
            ("image".to_owned(), json!("registry.example.com/orders:1")),
            // There is no certificate.
            ("https".to_owned(), json!(false)),
        ];
        let draft = Draft {
            template: template.to_owned(),
            team: Some(self.developer.teams[0].0.id.clone()),
            environment: Some(environment),
            stack_name: name.to_owned(),
            inputs: if template == "web-service" { inputs.into() } else { Default::default() },
            ..Draft::default()
        };
        self.portal.submit(&self.developer, &draft).await.unwrap()
    }

    /// Approves it; its run.
    async fn approves(&self, id: &RequestId) -> RunId {
        let seal = self.portal.request(&self.owner, id).await.unwrap().card.request.seal;
        self.portal.decide(&self.owner, id, Verdict::Approve, &seal, "").await.unwrap().run.unwrap()
    }

    /// How many steps of a request change something: it takes at least so many calls.
    async fn steps(&self, id: &RequestId) -> usize {
        let request = self.portal.request(&self.owner, id).await.unwrap().card.request;
        request.plan.steps.iter().filter(|step| step.act != Act::None).count()
    }

    async fn row(&self, run: &RunId) -> Run {
        self.portal.storage.begin_read().await.unwrap().lookup_run(run).await.unwrap().unwrap()
    }

    async fn stack(&self, run: &RunId) -> (StackId, StackStatus) {
        let mut tx = self.portal.storage.begin_read().await.unwrap();
        let stack = tx.lookup_run(run).await.unwrap().unwrap().stack;
        let status = tx.lookup_stack(&stack).await.unwrap().unwrap().status;
        (stack, status)
    }

    /// Waits until it has nothing to do any more.
    async fn stopped(&self, run: &RunId) -> RunStatus {
        let stops = async {
            loop {
                let status = self.row(run).await.status;
                if !status.is_active() {
                    return status;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, stops).await.expect("the run does not end")
    }

    /// Whoever carries the run out, once the wire is closed.
    async fn holder(&mut self, run: &RunId) -> Serving {
        let closes = async {
            while !self.wire.is_closed() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, closes).await.expect("fewer calls are made");
        let held = self.row(run).await;
        assert!(held.status.is_active(), "it is in the middle: {held:?}");
        let by = held.leased_by.unwrap();
        let at = self.serving.iter().position(|one| by.starts_with(&format!("{}-", one.id()))).expect("the holder");
        self.serving.remove(at)
    }

    /// Kills whoever carries the run out; another goes on, and the run ends.
    async fn kills_and_waits(&mut self, what: &str, run: &RunId) -> RunStatus {
        self.holder(run).await.kill();
        let killed = self.portal.clock.now();
        // As the dead process left it.
        let left = self.row(run).await;
        let until = left.leased_until.expect("it had the lease to its end");
        self.wire.open();
        if self.serving.is_empty() {
            self.start();
        }
        let status = self.stopped(run).await;
        assert!(self.row(run).await.fence > left.fence, "somebody else has ended it");
        let taken = self.taken_up(run, killed).await;
        assert!(taken >= until, "taken over at {taken}, and the lease lasted until {until}");
        // Whoever is free looks for work every two seconds; a machine that is busy with something else takes longer.
        assert!(taken < until + TimeDelta::seconds(15), "taken over at {taken}, and the lease was over at {until}");
        // Past the test runner, which keeps to itself what a test prints that passes.
        let _ = writeln!(
            std::io::stderr().lock(),
            "{what}: killed with {} of its lease left; taken over {} after it was killed, {} after the lease was over",
            seconds(until - killed),
            seconds(taken - killed),
            seconds(taken - until)
        );
        assert_eq!(self.wire.made_twice(), Vec::<String>::new());
        status
    }

    /// When somebody else went on after this moment, as the history tells it.
    async fn taken_up(&self, run: &RunId, after: DateTime<Utc>) -> DateTime<Utc> {
        let filter = AuditFilter {
            object: Some(run.to_string()),
            action: Some("run.taken_up".to_owned()),
            ..AuditFilter::default()
        };
        let found = self.portal.storage.begin_read().await.unwrap().list_audit(&filter, 10).await.unwrap();
        found.iter().map(|event| event.entry.at).filter(|at| *at > after).min().expect("it is in the history")
    }

    /// Whoever carries a run out stands still until another has ended it, and then goes on where it was: in the middle of
    /// a call.
    async fn slept_through(&mut self) {
        let id = self.asks("web-service", &name("slept")).await;
        self.wire.close_at(any("standing still", self.steps(&id).await));
        let run = self.approves(&id).await;
        let sleeper = self.holder(&run).await;
        sleeper.signal("STOP");
        // What it had sent by then is not made, either.
        sleep(Duration::from_secs(1)).await;
        self.wire.open();
        assert_eq!(self.stopped(&run).await, RunStatus::Succeeded);
        let told = async || {
            let mut tx = self.portal.storage.begin_read().await.unwrap();
            let log = tx.list_events(&run, 0).await.unwrap();
            let row = tx.lookup_run(&run).await.unwrap().unwrap();
            let resources = tx.list_resources(&row.stack).await.unwrap();
            format!("{row:?} {log:?} {resources:?}")
        };
        let (ended, made) = (told().await, self.wire.made());
        sleeper.signal("CONT");
        // The second where it slept in the middle of a transaction: the database has closed that connection.
        let lost = ["the lease was lost; someone else goes on", "the lease was not released and will run out"];
        sleeper.says_one_of(&lost);
        assert_eq!(self.wire.made(), made, "it has made another call");
        assert_eq!(told().await, ended, "it has written");
        assert_eq!(self.wire.made_twice(), Vec::<String>::new());
    }

    async fn created(&mut self) {
        let id = self.asks("web-service", &name("made")).await;
        self.wire.close_at(any("making", self.steps(&id).await));
        let run = self.approves(&id).await;
        assert_eq!(self.kills_and_waits("making", &run).await, RunStatus::Succeeded);
        assert_eq!(self.stack(&run).await.1, StackStatus::Live);
    }

    async fn destroyed(&mut self) {
        let name = name("gone");
        let made = self.approves(&self.asks("web-service", &name).await).await;
        assert_eq!(self.stopped(&made).await, RunStatus::Succeeded);
        let (stack, _) = self.stack(&made).await;
        let id = self.portal.submit_destroy(&self.developer, &stack, &name, "").await.unwrap();
        self.wire.close_at(any("destroying", self.steps(&id).await));
        let run = self.approves(&id).await;
        assert_eq!(self.kills_and_waits("destroying", &run).await, RunStatus::Succeeded);
        assert_eq!(self.stack(&run).await.1, StackStatus::Gone);
    }

    async fn undone(&mut self) {
        self.wire.refuse("CreateService", "InvalidParameterException");
        let run = self.approves(&self.asks("web-service", &name("undone")).await).await;
        assert_eq!(self.stopped(&run).await, RunStatus::NeedsChoice);
        let state = self.portal.run(&self.developer, &run).await.unwrap().state;
        self.wire.close_at(any("undoing", state.steps.values().filter(|step| step.phase == Phase::Done).count()));
        self.portal.steer(&self.developer, &run, Choice::Undo, "").await.unwrap();
        assert_eq!(self.kills_and_waits("undoing", &run).await, RunStatus::Undone);
        assert_eq!(self.stack(&run).await.1, StackStatus::Gone);
    }
}

fn seconds(time: TimeDelta) -> String {
    format!("{:.1?}", time.to_std().unwrap_or_default())
}

/// As [`house::seed`], in a network that is there.
fn seed() -> Seed {
    let mut seed = house::seed();
    let vpc = wire::ec2("CreateVpc", &[("CidrBlock", "10.20.0.0/16")], "vpcId");
    let subnets: Vec<String> = ["a", "b"]
        .iter()
        .zip(["10.20.0.0/24", "10.20.1.0/24"])
        .map(|(zone, block)| {
            let zone = format!("eu-central-1{zone}");
            let parameters = [("VpcId", &*vpc), ("CidrBlock", block), ("AvailabilityZone", &*zone)];
            wire::ec2("CreateSubnet", &parameters, "subnetId")
        })
        .collect();
    let environment = &mut seed.environments[0];
    (environment.name, environment.assign_public_ip) = (name("here"), true);
    (environment.public_subnets, environment.private_subnets) = (subnets.clone(), subnets);
    (environment.vpc_id, environment.certificate_arn, environment.shared_load_balancer) = (vpc, None, None);
    seed
}

async fn on_a_file() -> Scene {
    Scene::open(Home::Folder(tempfile::tempdir().unwrap())).await
}

async fn on_a_server() -> Scene {
    Scene::open(Home::Server(Box::new(TemporaryDatabase::make().await.unwrap()))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_ends_what_a_killed_one_was_at() {
    let (mut one, mut two, mut three) = (on_a_server().await, on_a_server().await, on_a_server().await);
    tokio::join!(one.created(), two.destroyed(), three.undone());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_slept_while_another_went_on_makes_and_writes_nothing() {
    on_a_server().await.slept_through().await;
}

/// And whatever is told of the engine is told of these runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_started_again_ends_what_it_was_at_and_every_metric_is_told() {
    let (mut scene, mut two, mut three) = (on_a_file().await, on_a_file().await, on_a_file().await);
    tokio::join!(scene.created(), two.destroyed(), three.undone());
    scene.wire.refuse("CreateCluster", "ThrottlingException");
    let run = scene.approves(&scene.asks("fargate-cluster", &name("cluster")).await).await;
    assert_eq!(scene.stopped(&run).await, RunStatus::Succeeded);

    let address = scene.serving[0].address("metrics are served");
    get(scene.serving[0].address("gantry is ready"), "/sign-in", "");
    // A line of a run's end is counted just after the database has it.
    let told = loop {
        let told = get(address, "/metrics", "");
        if told.contains("gantry_runs_total{status=\"succeeded\"} 2") {
            break told;
        }
        sleep(Duration::from_millis(50)).await;
    };
    for series in [
        r#"gantry_lease_takeovers_total 1"#,
        r#"gantry_aws_retries_total{class="throttled"} 1"#,
        r#"gantry_runs{status="queued"} 0"#,
        r#"gantry_runs{status="needs_attention"} 0"#,
        r#"gantry_oldest_queued_run_seconds 0"#,
        r#"gantry_steps_total{kind="ECS cluster",act="create",verb="do",outcome="done"} "#,
        r#"gantry_step_seconds_count{kind="ECS cluster",act="create",verb="do"} "#,
        r#"gantry_aws_calls_total{service="ecs",operation="CreateCluster",outcome="throttled"} 1"#,
        r#"gantry_aws_turn_seconds_count{bucket="ecs cluster modify"} "#,
    ] {
        assert!(told.contains(series), "{series} is not in\n{told}");
    }
    // And each has the labels that its table says.
    let mut seen = BTreeSet::new();
    for line in told.lines().filter(|line| line.starts_with("gantry_")) {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let parts = ["", "_bucket", "_sum", "_count"];
        let of = |metric: &&Metric| parts.iter().any(|part| name.strip_suffix(part) == Some(metric.name));
        let metric = METRICS.iter().find(of).unwrap_or_else(|| panic!("{line} is in no table"));
        let labels = labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once("=\""));
        let labels: BTreeSet<&str> = labels.map(|(label, _)| label).filter(|label| *label != "le").collect();
        assert_eq!(labels, metric.labels.iter().copied().collect(), "{line}");
        seen.insert(metric.name);
    }
    assert_eq!(seen, METRICS.iter().map(|metric| metric.name).collect());
}
