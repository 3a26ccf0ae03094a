//! Where stacks are made in these tests, which, and whether what is in the account is what should be.

use std::{panic::AssertUnwindSafe, sync::Mutex};

use domain::{
    environment::SharedLoadBalancer,
    kinds::Kind,
    plan::{Act, Wish},
    run::RunStatus,
};
use futures::{FutureExt as _, StreamExt as _, stream};
use serde_json::{Value as Json, json};

use crate::{
    account::Account,
    house::{House, Wanted},
    tally::Tally,
};

const WEB: &str = include_str!("../../../../catalog/templates/web-service.yaml");
const CLUSTER: &str = include_str!("../../../../catalog/templates/fargate-cluster.yaml");

/// How many stacks are worked on at once.
const AT_ONCE: usize = 6;

/// Does it with all of them, some at once, and tells of every one with which it failed.
pub async fn with_each<T, F: Future<Output = ()>>(all: impl IntoIterator<Item = T>, what: impl Fn(T) -> F) {
    let tries = stream::iter(all).map(|one| AssertUnwindSafe(what(one)).catch_unwind());
    let (well, badly): (Vec<_>, Vec<_>) =
        tries.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().partition(Result::is_ok);
    assert!(badly.is_empty(), "{} went well, {} failed: see above", well.len(), badly.len());
}

/// What a stack lives through.
pub const LIFE: [Wish; 3] = [Wish::Create, Wish::Update, Wish::Destroy];

fn secret(version: u32) -> Json {
    json!({"id": "sec-7F3K2M9Q", "version": version})
}

/// A cluster; the update changes it in place.
pub fn cluster(_: &Ground) -> Wanted {
    Wanted {
        template: CLUSTER,
        first: json!({"spot_share": "none", "container_insights": false}),
        second: json!({"spot_share": "some", "container_insights": true}),
    }
}

/// A load balancer of its own, HTTPS, parameters, a secret, autoscaling; the update changes the port, the image and the
/// secret, so that firewall and role first hold the old and the new.
pub fn own_load_balancer(_: &Ground) -> Wanted {
    let inputs = |image: &str, port: u16, version: u32| {
        json!({"image": image, "port": port, "count": 1, "load_balancer": "own", "https": true, "health_check_path": "/up",
            "config": {"MODE": "test"}, "secrets": {"TOKEN": secret(version)}, "autoscaling": "cpu", "max_count": 3})
    };
    Wanted { template: WEB, first: inputs("nginx:1", 8080, 1), second: inputs("nginx:2", 9090, 2) }
}

/// A rule on the shared load balancer, in a cluster that is there already, with a sidecar and scaled by requests; the
/// update changes the image and the path.
pub fn shared_load_balancer(ground: &Ground) -> Wanted {
    let inputs = |image: &str, path: &str| {
        json!({"image": image, "port": 8080, "count": 1, "load_balancer": "shared", "host": "*", "path": path,
            "cluster": "existing", "cluster_arn": ground.cluster, "sidecar_image": "nginx:1", "autoscaling": "requests",
            "max_count": 3})
    };
    Wanted { template: WEB, first: inputs("nginx:1", "/a/*"), second: inputs("nginx:2", "/b/*") }
}

/// A network with a load balancer and a cluster that stacks share.
pub struct Ground {
    account: Account,
    shared: SharedLoadBalancer,
    /// A cluster that services may run in.
    cluster: String,
    test: String,
    /// What went wrong here.
    pub tally: Mutex<Tally>,
}

/// How long a wish takes when all goes well.
#[derive(Clone, Copy, Debug, Default)]
pub struct Length {
    /// Calls that change something.
    pub calls: usize,
    /// How many of them come before the first delete, after which there is no undo.
    pub undoable: usize,
    /// Entries of the log.
    pub events: usize,
}

impl Ground {
    pub async fn prepare(test: &str) -> Self {
        let account = Account::open(test).await;
        let group = account.security_group("alb").await;
        let balancer = account.load_balancer(&group).await;
        let spec = json!({"load_balancer": balancer["arn"], "port": 80, "protocol": "HTTP",
            "default_action": {"fixed_response": {"status": 404}}});
        let listener = account.create(Kind::Listener, "http", &spec).await;
        let shared = SharedLoadBalancer {
            arn: balancer["arn"].clone(),
            dns_name: balancer["dns_name"].clone(),
            full_name: balancer["full_name"].clone(),
            listener_arn: listener["arn"].clone(),
            https: false,
            security_group: group,
        };
        let cluster = account.create(Kind::EcsCluster, "common", &json!({})).await;
        let (cluster, test, tally) = (cluster["arn"].clone(), test.to_owned(), Mutex::default());
        Self { account, shared, cluster, test, tally }
    }

    pub async fn house(&self, wanted: &Wanted) -> House {
        House::build(&self.account, &self.shared, wanted).await
    }

    /// Everything in the account that is of the house's stack, as [`House::live`] names it.
    pub async fn belongings(&self, house: &House) -> Vec<String> {
        let all = self.account.belongings(house.stack.id.as_str(), &house.stack.name).await;
        let mut all: Vec<_> = all.iter().map(|thing| format!("{} {}", thing.kind, thing.own_name())).collect();
        all.sort();
        all
    }

    /// How long each wish of a life takes; on the way every one of them arrives.
    pub async fn measure(&self, wanted: &Wanted) -> [Length; 3] {
        let house = self.house(wanted).await;
        let mut lengths = [Length::default(); 3];
        for (wish, length) in LIFE.into_iter().zip(&mut lengths) {
            let run = house.submit(wish).await;
            house.wire.take_calls();
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
            let calls = house.wire.take_mutations().len();
            let deleting = house.calls(&run, |step| step.act == Act::Delete).await;
            *length = Length { calls, undoable: calls - deleting, events: house.log(&run).await.len() };
        }
        self.arrived(&house, Wish::Destroy, "all well").await;
        lengths
    }

    /// Whether the stack is as the wish had it, and whether what is in the account of it is what is on record.
    pub async fn arrived(&self, house: &House, wish: Wish, what: &str) {
        if wish != Wish::Destroy {
            assert_eq!(house.amiss(wish).await, Vec::<String>::new(), "{what}: not as wanted");
        }
        self.is_all_on_record(house, &[], what).await;
    }

    /// Whether there is nothing in the account that is neither on record nor in `beside`, and all of that is there; nothing
    /// is there twice.
    pub async fn is_all_on_record(&self, house: &House, beside: &[String], what: &str) {
        let mut recorded = house.live().await;
        recorded.extend_from_slice(beside);
        recorded.sort();
        assert_eq!(self.belongings(house).await, recorded, "{what}: left is what is there, right what is known");
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.tally.get_mut().expect("nothing has panicked").print(&self.test);
        }
    }
}
