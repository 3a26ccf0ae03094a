//! A portal of a test's own: database, people, an environment, an AWS in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::Router;
use chrono::TimeDelta;
use domain::{
    Clock, DateTime, Utc,
    environment::SharedLoadBalancer,
    ids::{RequestId, RunId, StackId},
    people::{Actor, PlatformRole, TeamRole},
    request::Verdict,
    run::{Run, RunStatus},
};
use gantry_server::{
    config::Config,
    database::Database,
    serve,
    sources::{SystemClock, SystemEntropy},
    state::Portals,
};
use provisioner::{cloud::Clouds, fake::FakeCloud, runner::Timing, wake::Change};
use serde_json::json;
use service::{
    Portal,
    accounts::{Seed, SeedEnvironment, SeedMembership, SeedPerson, SeedTeam},
    requests::Draft,
};
use storage_sqlite::SqliteStorage;
use tokio::{sync::watch, task::AbortHandle};

use crate::browser::Browser;

/// Everybody's.
pub const PASSWORD: &str = "lift-that-container";

/// Name, role across teams, memberships.
type Person = (&'static str, Option<PlatformRole>, &'static [(&'static str, TeamRole)]);

/// One person for every role, and one of another team.
pub const PEOPLE: &[Person] = &[
    ("viewer", None, &[("payments", TeamRole::Viewer)]),
    ("developer", None, &[("payments", TeamRole::Developer)]),
    ("owner", None, &[("payments", TeamRole::Owner)]),
    ("both", None, &[("payments", TeamRole::Developer), ("storefront", TeamRole::Developer)]),
    ("stranger", None, &[("storefront", TeamRole::Developer)]),
    ("platform", Some(PlatformRole::Platform), &[]),
    ("auditor", Some(PlatformRole::Auditor), &[]),
    ("admin", Some(PlatformRole::Admin), &[]),
];

pub struct House {
    pub router: Router,
    pub portal: Arc<Portal>,
    pub cloud: FakeCloud,
    clock: Arc<Ahead>,
    database: Database,
    /// Ends event streams and the runner.
    stop: watch::Sender<bool>,
}

impl Drop for House {
    fn drop(&mut self) {
        // Nobody listening is no error.
        let _ = self.stop.send(true);
    }
}

/// The address of a portal that nobody reaches from outside.
const PLAIN: &str = "http://127.0.0.1:8080";

/// The system's clock, so many hours ahead.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::hours(self.0.load(Ordering::Relaxed))
    }
}

/// The network whose `X-Forwarded-For` is believed.
const PROXIES: &str = "10.0.0.0/8";

fn config(public_url: &str) -> Config {
    let set = [
        ("GANTRY_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("GANTRY_PUBLIC_URL", public_url),
        ("GANTRY_SITE_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../style/public")),
        ("GANTRY_TRUSTED_PROXIES", PROXIES),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::read(set.into()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A portal without anybody in it, whose runner is at work.
pub async fn empty_house() -> House {
    house_on(SqliteStorage::temporary().await.unwrap().into()).await
}

/// A process on this database, whose runner is at work and which talks to others on it.
pub async fn house_on(database: Database) -> House {
    let house = silent_house_on(database).await;
    tokio::spawn(serve::neighbours(&house.portal).talk());
    house
}

/// The same, but it tells the others nothing and hears nothing of them.
pub async fn silent_house_on(database: Database) -> House {
    let (config, cloud, clock) = (config(PLAIN), FakeCloud::default(), Arc::new(Ahead::default()));
    let clouds = Arc::new(cloud.clone());
    let portal = serve::assemble(&config, &database, clouds, clock.clone(), Arc::new(SystemEntropy)).unwrap();
    portal.publish_builtin().await.unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve::runner(&portal, Timing::fast()).run(stopped.clone()));
    let state = Portals::new(Arc::clone(&portal), config, stopped);
    House { router: serve::router(state, database.sessions()), portal, cloud, clock, database, stop }
}

/// A portal with everybody of [`PEOPLE`] and an environment.
pub async fn house() -> House {
    let house = empty_house().await;
    house.portal.seed(seed()).await.unwrap();
    house
}

pub fn seed() -> Seed {
    let team = |name: &str, title: &str| SeedTeam { name: name.to_owned(), title: title.to_owned() };
    let member = |(team, role): &(&str, TeamRole)| SeedMembership { team: (*team).to_owned(), role: *role };
    let balancer = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
    Seed {
        teams: vec![team("payments", "Payments"), team("storefront", "Storefront")],
        people: PEOPLE
            .iter()
            .map(|(name, role, teams)| SeedPerson {
                name: format!("The {name}"),
                email: format!("{name}@example.com"),
                password: Some(PASSWORD.to_owned()),
                role: *role,
                teams: teams.iter().map(member).collect(),
            })
            .collect(),
        environments: vec![SeedEnvironment {
            name: "staging".to_owned(),
            summary: "A test".to_owned(),
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
            launch_role: None,
            vpc_id: "vpc-1".to_owned(),
            public_subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
            private_subnets: vec!["subnet-3".to_owned(), "subnet-4".to_owned()],
            assign_public_ip: false,
            certificate_arn: Some("arn:aws:acm:eu-central-1:123456789012:certificate/1".to_owned()),
            shared_load_balancer: Some(SharedLoadBalancer {
                arn: format!("{balancer}:loadbalancer/app/shared/1"),
                dns_name: "shared.example.com".to_owned(),
                full_name: "app/shared/1".to_owned(),
                listener_arn: format!("{balancer}:listener/app/shared/1/2"),
                https: true,
                security_group: "sg-1".to_owned(),
            }),
            permissions_boundary: None,
            tags: BTreeMap::new(),
            approvals_needed: 1,
            rules: Default::default(),
        }],
    }
}

/// Somebody of [`PEOPLE`].
pub async fn actor(portal: &Portal, name: &str) -> Actor {
    let mut tx = portal.storage.begin_read().await.unwrap();
    let user = tx.find_user_by_email(&format!("{name}@example.com")).await.unwrap().unwrap();
    let teams = tx.list_memberships(&user.id).await.unwrap();
    Actor { user, teams, address: None }
}

impl House {
    /// A browser in which this person has signed in.
    pub async fn browser(&self, name: &str) -> Browser {
        let mut browser = self.nobody();
        browser.sign_in(name).await;
        browser
    }

    /// A browser in which nobody has signed in.
    pub fn nobody(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// Ends event streams and the runner, as when the process is asked to end.
    pub fn end(&self) {
        self.stop.send(true).unwrap();
    }

    /// Another process on the same database.
    pub fn another_process(&self) -> Router {
        self.another_process_with(Arc::new(self.cloud.clone()))
    }

    /// The same before another AWS.
    pub fn another_process_with(&self, clouds: Arc<dyn Clouds>) -> Router {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let config = config(PLAIN);
        let portal = serve::assemble(&config, &self.database, clouds, clock, entropy).unwrap();
        serve::router(Portals::new(portal, config, self.stop.subscribe()), self.database.sessions())
    }

    /// The same portal as people reach it over HTTPS.
    pub fn over_https(&self) -> Router {
        let config = config("https://gantry.example.com");
        let state = Portals::new(Arc::clone(&self.portal), config, self.stop.subscribe());
        serve::router(state, self.database.sessions())
    }

    /// The same portal, in a process whose runner this is.
    pub fn with_runner(&self, runner: AbortHandle) -> Router {
        let state = Portals::new(Arc::clone(&self.portal), config(PLAIN), self.stop.subscribe());
        serve::router(state.with_runner(runner), self.database.sessions())
    }

    /// Lets so many hours pass.
    pub fn later(&self, hours: i64) {
        self.clock.0.fetch_add(hours, Ordering::Relaxed);
    }

    /// The database goes away.
    pub async fn lose_database(&self) {
        self.database.close().await;
    }

    pub async fn actor(&self, name: &str) -> Actor {
        actor(&self.portal, name).await
    }

    pub async fn environment(&self) -> String {
        let mut tx = self.portal.storage.begin_read().await.unwrap();
        tx.list_environments().await.unwrap().remove(0).id.to_string()
    }

    /// A request of the developer for a new web service.
    pub async fn submitted(&self, name: &str) -> RequestId {
        let developer = self.actor("developer").await;
        let draft = Draft {
            template: "web-service".to_owned(),
            team: Some(developer.teams[0].0.id.clone()),
            environment: Some(self.environment().await.parse().unwrap()),
            stack_name: name.to_owned(),
            inputs: [("image".to_owned(), json!("registry.example.com/orders:1"))].into(),
            ..Draft::default()
        };
        self.portal.submit(&developer, &draft).await.unwrap()
    }

    /// The owner approves it; its run.
    pub async fn approved(&self, id: &RequestId) -> RunId {
        let owner = self.actor("owner").await;
        let seal = self.portal.request(&owner, id).await.unwrap().card.request.seal;
        self.portal.decide(&owner, id, Verdict::Approve, &seal, "").await.unwrap().run.unwrap()
    }

    /// A web service that was asked for, approved and made.
    pub async fn live(&self, name: &str) -> (RequestId, RunId, StackId) {
        let id = self.submitted(name).await;
        let run = self.approved(&id).await;
        assert_eq!(self.stopped(&run).await, RunStatus::Succeeded);
        let stack = self.row(&run).await.stack;
        (id, run, stack)
    }

    async fn row(&self, run: &RunId) -> Run {
        self.portal.storage.begin_read().await.unwrap().lookup_run(run).await.unwrap().unwrap()
    }

    /// Waits until the log of a run has come so far.
    pub async fn reaches(&self, run: &RunId, position: u64) {
        while self.portal.storage.begin_read().await.unwrap().last_event_position(run).await.unwrap() < position {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until nobody holds a run any more.
    pub async fn handed_over(&self, run: &RunId) {
        while self.row(run).await.leased_by.is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until a run has nothing to do any more, and says where it stands.
    pub async fn stopped(&self, run: &RunId) -> RunStatus {
        let mut changes = self.portal.changes.subscribe();
        loop {
            let status = self.row(run).await.status;
            if !status.is_active() {
                return status;
            }
            let Change { .. } = changes.recv().await.unwrap();
        }
    }
}
