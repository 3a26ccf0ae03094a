//! A house to test in: a database of its own, an AWS in memory, a clock that stands still, people with every role.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Clock, Entropy,
    audit::AuditEvent,
    draft::FormOf,
    environment::{Environment, SharedLoadBalancer},
    ids::{EnvironmentId, RequestId, RunId, StackId, TeamId},
    people::{Actor, PlatformRole, TeamRole},
    request::{Request, RequestStatus, Verdict},
    stack::Stack,
};
use provisioner::{
    cloud::Secret,
    fake::FakeCloud,
    runner::{Runner, SecretSource, Timing},
    wake::{Changes, Wake},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use storage::AuditFilter;
use storage_postgres::PostgresStorage;
use storage_sqlite::SqliteStorage;

use crate::{
    KeySource, Memory, Portal, Vault,
    accounts::{Seed, SeedEnvironment, SeedMembership, SeedPerson, SeedTeam},
    catalogue::{Shelf, builtin_prices},
    requests::Draft,
};

/// Everybody's.
pub(crate) const PASSWORD: &str = "lift-that-container";

/// A clock that only moves when it is told to.
#[derive(Default)]
pub(crate) struct Stopped(AtomicI64);

impl Stopped {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that look random and are the same every time.
pub(crate) struct Numbers(AtomicU64);

impl From<u64> for Numbers {
    fn from(first: u64) -> Self {
        Self(AtomicU64::new(first << 32))
    }
}

impl Entropy for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

pub(crate) struct House {
    pub(crate) portal: Portal,
    pub(crate) cloud: FakeCloud,
    pub(crate) clock: Arc<Stopped>,
    pub(crate) team: TeamId,
    pub(crate) other_team: TeamId,
    pub(crate) environment: EnvironmentId,
    /// Developer of Payments.
    pub(crate) dev: Actor,
    /// Owner of Payments.
    pub(crate) owner: Actor,
    /// Developer of Storefront.
    pub(crate) other_dev: Actor,
    pub(crate) platform: Actor,
    pub(crate) auditor: Actor,
    pub(crate) admin: Actor,
}

pub(crate) struct Empty {
    pub(crate) portal: Portal,
    cloud: FakeCloud,
    pub(crate) clock: Arc<Stopped>,
}

pub(crate) fn seed() -> Seed {
    let team = |name: &str, title: &str| SeedTeam { name: name.to_owned(), title: title.to_owned() };
    let person = |name: &str, role: Option<PlatformRole>, teams: &[(&str, TeamRole)]| SeedPerson {
        name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase().replace(' ', "-")),
        // Only one of them signs in; hashes take their time.
        password: (name == "Dev").then(|| PASSWORD.to_owned()),
        role,
        teams: teams.iter().map(|(team, role)| SeedMembership { team: (*team).to_owned(), role: *role }).collect(),
    };
    let lb = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
    Seed {
        teams: vec![team("payments", "Payments"), team("storefront", "Storefront")],
        people: vec![
            person("Dev", None, &[("payments", TeamRole::Developer)]),
            person("Owner", None, &[("payments", TeamRole::Owner)]),
            person("Other Dev", None, &[("storefront", TeamRole::Developer)]),
            person("Platform", Some(PlatformRole::Platform), &[]),
            person("Auditor", Some(PlatformRole::Auditor), &[]),
            person("Admin", Some(PlatformRole::Admin), &[]),
        ],
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
                arn: format!("{lb}:loadbalancer/app/shared/1"),
                dns_name: "shared.example.com".to_owned(),
                full_name: "app/shared/1".to_owned(),
                listener_arn: format!("{lb}:listener/app/shared/1/2"),
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

/// A portal without anybody in it.
pub(crate) async fn empty_house() -> Empty {
    empty_house_on(Arc::new(SqliteStorage::temporary().await.unwrap()))
}

fn empty_house_on(storage: Arc<dyn storage::Storage>) -> Empty {
    let (cloud, clock) = (FakeCloud::default(), Arc::new(Stopped::default()));
    let entropy: Arc<dyn Entropy> = Arc::new(Numbers::from(0));
    let key = KeySource::Text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
    let vault = Arc::new(Vault::open(key, Arc::clone(&storage), Arc::clone(&entropy)).unwrap());
    let portal = Portal {
        storage,
        clouds: Arc::new(cloud.clone()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy,
        vault,
        prices: builtin_prices().unwrap(),
        installation: "test".to_owned(),
        wake: Arc::new(Wake::default()),
        changes: Arc::new(Changes::default()),
        request_days: 14,
        shelf: Shelf::default(),
        memory: Memory::default(),
    };
    Empty { portal, cloud, clock }
}

impl Empty {
    pub(crate) async fn actions(&self) -> Vec<String> {
        history(&self.portal).await.into_iter().map(|event| event.entry.action).collect()
    }
}

async fn history(portal: &Portal) -> Vec<AuditEvent> {
    let mut tx = portal.storage.begin_read().await.unwrap();
    let mut events = tx.list_audit(&AuditFilter::default(), 100_000).await.unwrap();
    events.reverse();
    events
}

/// A portal with people, an environment and the built-in templates.
pub(crate) async fn house() -> House {
    settle(empty_house().await).await
}

/// One on each database: for what happens at the same time, which is the database's to sort out.
pub(crate) async fn houses() -> [House; 2] {
    let postgres = Arc::new(PostgresStorage::temporary().await.unwrap());
    [house().await, settle(empty_house_on(postgres)).await]
}

async fn settle(Empty { portal, cloud, clock }: Empty) -> House {
    portal.publish_builtin().await.unwrap();
    portal.seed(seed()).await.unwrap();
    let mut tx = portal.storage.begin_read().await.unwrap();
    let mut actors = vec![];
    for name in ["dev", "owner", "other-dev", "platform", "auditor", "admin"] {
        let user = tx.find_user_by_email(&format!("{name}@example.com")).await.unwrap().unwrap();
        let teams = tx.list_memberships(&user.id).await.unwrap();
        actors.push(Actor { user, teams, address: None });
    }
    let environment = tx.list_environments().await.unwrap().remove(0).id;
    drop(tx);
    let [dev, owner, other_dev, platform, auditor, admin] = <[Actor; 6]>::try_from(actors).unwrap();
    let (team, other_team) = (dev.teams[0].0.id.clone(), other_dev.teams[0].0.id.clone());
    House { portal, cloud, clock, team, other_team, environment, dev, owner, other_dev, platform, auditor, admin }
}

impl House {
    pub(crate) async fn history(&self) -> Vec<AuditEvent> {
        history(&self.portal).await
    }

    pub(crate) async fn actions(&self) -> Vec<String> {
        self.history().await.into_iter().map(|event| event.entry.action).collect()
    }

    pub(crate) fn draft(&self, name: &str) -> Draft {
        Draft {
            template: "web-service".to_owned(),
            team: Some(self.team.clone()),
            environment: Some(self.environment.clone()),
            stack_name: name.to_owned(),
            inputs: [("image".to_owned(), json!("registry.example.com/orders:1"))].into(),
            ..Draft::default()
        }
    }

    pub(crate) fn cluster(&self, name: &str) -> Draft {
        Draft { template: "fargate-cluster".to_owned(), inputs: BTreeMap::new(), ..self.draft(name) }
    }

    pub(crate) fn shared(&self, name: &str, path: &str) -> Draft {
        let mut draft = self.draft(name);
        draft.inputs.insert("load_balancer".to_owned(), json!("shared"));
        draft.inputs.insert("host".to_owned(), json!("shop.example.com"));
        draft.inputs.insert("path".to_owned(), json!(path));
        draft
    }

    pub(crate) fn draft_with_secret(&self, name: &str, clear: &str) -> Draft {
        let secrets = [("TOKEN".to_owned(), Secret(clear.to_owned()))].into();
        Draft { secrets: [("secrets".to_owned(), secrets)].into(), ..self.draft(name) }
    }

    /// What becomes of a draft that the developer saves: its secrets are references.
    pub(crate) async fn saved(&self, draft: Draft) -> Draft {
        let form = FormOf::Template(draft.template.clone());
        self.portal.save_draft(&self.dev, &form, draft).await.unwrap()
    }

    /// What the form would post that edits a request and changes nothing.
    pub(crate) async fn edit(&self, id: &RequestId) -> Draft {
        let request = self.request(id).await;
        let stack = self.stack(&request.stack).await;
        Draft {
            request: Some(request.id),
            environment: Some(request.environment),
            stack_name: stack.name,
            inputs: request.inputs,
            reason: request.reason,
            ..Draft::default()
        }
    }

    /// What a form would post that changes nothing.
    pub(crate) async fn change(&self, stack: &StackId) -> Draft {
        let stack = self.stack(stack).await;
        Draft { template: "web-service".to_owned(), stack: Some(stack.id), inputs: stack.inputs, ..Draft::default() }
    }

    /// As if the platform team had changed it.
    pub(crate) async fn change_environment(&self, change: impl FnOnce(&mut Environment)) {
        let mut tx = self.portal.storage.begin().await.unwrap();
        let mut environment = tx.lookup_environment(&self.environment).await.unwrap().unwrap();
        change(&mut environment);
        tx.update_environment(&environment).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn approvals_needed(&self, count: u32) {
        self.change_environment(|environment| environment.approvals_needed = count).await;
    }

    pub(crate) async fn move_to(&self, region: &str) {
        self.change_environment(|environment| environment.region = region.to_owned()).await;
    }

    pub(crate) async fn request(&self, id: &RequestId) -> Request {
        self.portal.storage.begin_read().await.unwrap().lookup_request(id).await.unwrap().unwrap()
    }

    pub(crate) async fn stack(&self, id: &StackId) -> Stack {
        self.portal.storage.begin_read().await.unwrap().lookup_stack(id).await.unwrap().unwrap()
    }

    /// Approves by as many as are needed, except those who cannot.
    pub(crate) async fn approve(&self, id: &RequestId) -> RunId {
        let request = self.request(id).await;
        let needed = usize::try_from(request.approvals_needed).unwrap();
        for actor in [&self.owner, &self.platform].into_iter().take(needed) {
            self.portal.decide(actor, id, Verdict::Approve, &request.seal, "").await.unwrap();
        }
        self.request(id).await.run.unwrap()
    }

    /// Works on every run that can be worked on.
    pub(crate) async fn work(&self) {
        let secrets = Arc::clone(&self.portal.vault) as Arc<dyn SecretSource>;
        let runner = Runner {
            storage: Arc::clone(&self.portal.storage),
            clouds: Arc::clone(&self.portal.clouds),
            secrets,
            clock: Arc::clone(&self.portal.clock),
            entropy: Arc::clone(&self.portal.entropy),
            wake: Arc::clone(&self.portal.wake),
            changes: Arc::clone(&self.portal.changes),
            journal: Arc::default(),
            installation: self.portal.installation.clone(),
            holder: "test".to_owned(),
            timing: Timing::fast(),
            at_once: 1,
        };
        let (_end, shutdown) = tokio::sync::watch::channel(false);
        loop {
            let now = self.portal.clock.now();
            let mut tx = self.portal.storage.begin().await.unwrap();
            let leased = tx.lease_run("test", now, now + TimeDelta::minutes(1)).await.unwrap();
            tx.commit().await.unwrap();
            match leased {
                Some(run) => runner.work_on(run, shutdown.clone()).await,
                None => return,
            }
        }
    }

    pub(crate) async fn carry_out(&self, id: &RequestId) {
        self.approve(id).await;
        self.work().await;
    }

    /// A stack that was asked for, approved and made.
    pub(crate) async fn live(&self, draft: &Draft) -> StackId {
        let id = self.portal.submit(&self.dev, draft).await.unwrap();
        self.carry_out(&id).await;
        let request = self.request(&id).await;
        assert_eq!(request.status, RequestStatus::Succeeded);
        request.stack
    }
}
