//! The fault matrix: every built-in template with the real kinds over HTTP, where every call that changes something
//! goes wrong in every way once, and the process dies after every event. The end is what was wanted, or an empty
//! account; never an orphan.

use domain::{
    environment::SharedLoadBalancer,
    ids::RunId,
    kinds::Kind,
    plan::Wish,
    run::{Choice, Event, RunStatus},
};
use futures::{StreamExt, stream};
use gantry_aws::testing::{Fault, Rule};
use serde_json::{Value as Json, json};

use crate::{
    account::Account,
    house::{House, SECRET, Wanted},
    leftovers::Thing,
};

const WEB: &str = include_str!("../../../../catalog/templates/web-service.yaml");
const CLUSTER: &str = include_str!("../../../../catalog/templates/fargate-cluster.yaml");

/// How many stacks are worked on at once.
const AT_ONCE: usize = 6;

fn secret(version: u32) -> Json {
    json!({"id": "sec-7F3K2M9Q", "version": version})
}

/// A cluster; the update changes it in place.
fn cluster(_: &Ground) -> Wanted {
    Wanted {
        template: CLUSTER,
        first: json!({"spot_share": "none", "container_insights": false}),
        second: json!({"spot_share": "some", "container_insights": true}),
    }
}

/// A load balancer of its own, HTTPS, parameters, a secret, autoscaling; the update changes the port, the image and the
/// secret, so that firewall and role first hold the old and the new.
fn own_load_balancer(_: &Ground) -> Wanted {
    let inputs = |image: &str, port: u16, version: u32| {
        json!({"image": image, "port": port, "count": 1, "load_balancer": "own", "https": true, "health_check_path": "/up",
            "config": {"MODE": "test"}, "secrets": {"TOKEN": secret(version)}, "autoscaling": "cpu", "max_count": 3})
    };
    Wanted { template: WEB, first: inputs("nginx:1", 8080, 1), second: inputs("nginx:2", 9090, 2) }
}

/// A rule on the shared load balancer, in a cluster that is there already, with a sidecar and scaled by requests; the
/// update changes the image and the path.
fn shared_load_balancer(ground: &Ground) -> Wanted {
    let inputs = |image: &str, path: &str| {
        json!({"image": image, "port": 8080, "count": 1, "load_balancer": "shared", "host": "*", "path": path,
            "cluster": "existing", "cluster_arn": ground.cluster, "sidecar_image": "nginx:1", "autoscaling": "requests",
            "max_count": 3})
    };
    Wanted { template: WEB, first: inputs("nginx:1", "/a/*"), second: inputs("nginx:2", "/b/*") }
}

/// A network with a load balancer and a cluster that stacks share.
struct Ground {
    account: Account,
    shared: SharedLoadBalancer,
    /// A cluster that services may run in.
    cluster: String,
}

impl Ground {
    async fn prepare(test: &str) -> Self {
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
        Self { account, shared, cluster: cluster["arn"].clone() }
    }

    async fn house(&self, wanted: &Wanted) -> House {
        House::build(&self.account, &self.shared, wanted).await
    }

    /// The kind of everything in the account that is of the house's stack.
    async fn belongings(&self, house: &House) -> Vec<Kind> {
        let all = self.account.belongings(house.stack.id.as_str(), &house.stack.name).await;
        all.into_iter().map(|thing| thing.kind).collect()
    }

    async fn is_empty(&self, house: &House, what: &str) {
        let left = self.account.belongings(house.stack.id.as_str(), &house.stack.name).await;
        assert!(
            left.is_empty(),
            "{what}: orphans: {}",
            left.iter().map(Thing::to_string).collect::<Vec<_>>().join(", ")
        );
    }

    /// The most calls that change something, and the most events, that one wish of a life takes when all goes well.
    async fn measure(&self, wanted: &Wanted) -> (usize, usize) {
        let house = self.house(wanted).await;
        let (mut calls, mut events) = (0, 0);
        for wish in LIFE {
            let run = house.submit(wish).await;
            house.wire.take_calls();
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
            calls = calls.max(house.wire.take_mutations().len());
            events = events.max(house.log(&run).await.len());
            self.arrived(&house, wish, "all well").await;
        }
        (calls, events)
    }

    /// How many calls that change something a create makes, or an update after it.
    async fn mutations(&self, wanted: &Wanted, wish: Wish) -> usize {
        let house = self.house(wanted).await;
        let mut calls = 0;
        for next in LIFE {
            let run = house.submit(next).await;
            house.wire.take_calls();
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
            if next == wish {
                calls = house.wire.take_mutations().len();
            }
        }
        calls
    }

    /// Whether the stack is as the wish had it.
    async fn arrived(&self, house: &House, wish: Wish, what: &str) {
        match wish {
            Wish::Destroy => self.is_empty(house, what).await,
            wish => assert!(house.settled(wish).await, "{what}: not as wanted"),
        }
    }

    /// A stack is made, changed and destroyed, and each of the three meets the trouble once.
    async fn life(&self, wanted: &Wanted, trouble: Trouble) {
        let house = self.house(wanted).await;
        for wish in LIFE {
            let what = format!("{wish} with {trouble:?}");
            let run = house.submit(wish).await;
            match trouble {
                Trouble::Fault { call, fault } => house.wire.inject(Rule::nth(call, fault)),
                Trouble::Refusal { call, .. } => house.wire.inject(Rule::nth(call, Fault::Refused)),
                Trouble::Death { event } => {
                    house.work_and_die_after(&run, event).await;
                }
                Trouble::Twice => house.stutter(),
            }
            let mut status = house.work(&run).await;
            house.wire.heal();
            if let Trouble::Refusal { choice, .. } = trouble
                && status != RunStatus::Succeeded
            {
                assert_eq!(status, RunStatus::NeedsChoice, "{what}: {:#?}", house.log(&run).await);
                status = self.decide(&house, wish, &run, choice, &what).await;
            }
            assert_eq!(status, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
            self.arrived(&house, wish, &what).await;
        }
    }

    /// A run is refused its call number `call` and undone; the process dies `event` events into the undo, and another one
    /// finishes it. How many events the undo had, or nothing when the run made no such call.
    async fn undo(&self, wanted: &Wanted, wish: Wish, call: usize, event: Option<usize>) -> Option<usize> {
        let what = format!("{wish}, undone from call {call}, with a death after {event:?}");
        let house = self.house(wanted).await;
        if wish == Wish::Update {
            let run = house.submit(Wish::Create).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}");
        }
        let run = house.submit(wish).await;
        house.wire.inject(Rule::nth(call, Fault::Refused));
        let refused = house.work(&run).await;
        house.wire.heal();
        let mut events = None;
        if refused == RunStatus::NeedsChoice && has_deleted(&house, &run).await {
            house.choose(&run, Choice::Retry).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        } else if refused == RunStatus::NeedsChoice {
            house.choose(&run, Choice::Undo).await;
            let before = house.log(&run).await.len();
            if let Some(event) = event {
                house.work_and_die_after(&run, before + event).await;
            }
            assert_eq!(house.work(&run).await, RunStatus::Undone, "{what}: {:#?}", house.log(&run).await);
            events = Some(house.log(&run).await.len() - before);
        }
        if wish == Wish::Update {
            assert!(events.is_none() || house.settled(Wish::Create).await, "{what}: not as before");
            let run = house.submit(Wish::Destroy).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}");
        }
        self.is_empty(&house, &what).await;
        events
    }

    /// A person decides about a run that was refused something, and a reply gets lost while that is carried out. After
    /// an undo all is as before, and the wish is made anew.
    async fn decide(&self, house: &House, wish: Wish, run: &RunId, choice: Choice, what: &str) -> RunStatus {
        let choice = if has_deleted(house, run).await { Choice::Retry } else { choice };
        house.choose(run, choice).await;
        house.wire.inject(Rule { fault: Fault::ReplyLost, operation: None, after: 1, times: 1 });
        let status = house.work(run).await;
        house.wire.heal();
        if choice != Choice::Undo {
            return status;
        }
        assert_eq!(status, RunStatus::Undone, "{what}: {:#?}", house.log(run).await);
        match wish {
            Wish::Create => self.is_empty(house, what).await,
            _ => assert!(house.settled(Wish::Create).await, "{what}: not as before"),
        }
        let again = house.submit(wish).await;
        house.work(&again).await
    }
}

/// There is no undo once something was deleted.
async fn has_deleted(house: &House, run: &RunId) -> bool {
    house.log(run).await.iter().any(|logged| matches!(&logged.event, Event::Step { step, .. } if step.contains('@')))
}

/// What a stack lives through.
const LIFE: [Wish; 3] = [Wish::Create, Wish::Update, Wish::Destroy];

/// What goes wrong, once in every run.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// A call that changes something (counted from 0) fails in passing: the run arrives by itself.
    Fault { call: usize, fault: Fault },
    /// Such a call is refused, and a person chooses.
    Refusal { call: usize, choice: Choice },
    /// The process dies after an event; another one finishes.
    Death { event: usize },
    /// Every step is taken twice.
    Twice,
}

/// A life for each trouble, some at once.
async fn lives(ground: &Ground, wanted: &Wanted, troubles: impl IntoIterator<Item = Trouble>) {
    stream::iter(troubles).for_each_concurrent(AT_ONCE, |trouble| ground.life(wanted, trouble)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_stays_secret_through_a_whole_life() {
    let ground = Ground::prepare("secret").await;
    let house = ground.house(&own_load_balancer(&ground)).await;
    let run = house.submit(Wish::Create).await;
    assert_eq!(house.work(&run).await, RunStatus::Succeeded);
    assert!(!house.everything_on_record(&run).await.contains(SECRET));
    let run = house.submit(Wish::Destroy).await;
    assert_eq!(house.work(&run).await, RunStatus::Succeeded);
}

/// Prints how many calls were made since the last time; whether any of them changed something.
fn tally(house: &House, what: &str) -> bool {
    let (changes, reads): (Vec<_>, Vec<_>) = house.wire.take_calls().into_iter().partition(|call| call.mutates);
    println!("{what}: {} calls that change something, {} that read", changes.len(), reads.len());
    !changes.is_empty()
}

async fn prepared(test: &str, wanted: fn(&Ground) -> Wanted) -> (Ground, Wanted) {
    let ground = Ground::prepare(test).await;
    let wanted = wanted(&ground);
    (ground, wanted)
}

macro_rules! matrix {
    ($($name:ident: $wanted:path;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn lives_and_is_left_alone_by_a_plan() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let house = ground.house(&wanted).await;
                for wish in LIFE {
                    let run = house.submit(wish).await;
                    assert!(!tally(&house, &format!("plan of a {wish}")), "planning only reads");
                    assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
                    assert!(tally(&house, &format!("run of a {wish}")));
                    ground.arrived(&house, wish, "all well").await;
                    assert!(!tally(&house, "a second plan"), "planning only reads");
                    assert_eq!(ground.belongings(&house).await, house.kinds().await, "what lives is what is recorded");
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_fail_in_passing() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let (calls, _) = ground.measure(&wanted).await;
                // The lost reply is the hard one and hits every call; the others, after which nothing has happened,
                // take turns.
                let faults = [Fault::Throttled, Fault::ServerError, Fault::TimedOut];
                let turns = (0..calls).step_by(2).zip(faults.into_iter().cycle());
                let lost = (0..calls).map(|call| (call, Fault::ReplyLost));
                let troubles = lost.chain(turns).map(|(call, fault)| Trouble::Fault { call, fault });
                lives(&ground, &wanted, troubles).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_be_refused_and_undone_or_tried_again() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let (calls, _) = ground.measure(&wanted).await;
                let undone = (0..calls).map(|call| (call, Choice::Undo));
                let again = (0..calls).step_by(3).map(|call| (call, Choice::Retry));
                let troubles = undone.chain(again).map(|(call, choice)| Trouble::Refusal { call, choice });
                lives(&ground, &wanted, troubles).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_process_can_die_after_every_event() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                let (_, events) = ground.measure(&wanted).await;
                lives(&ground, &wanted, (1..=events).map(|event| Trouble::Death { event })).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_step_can_be_taken_twice() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                ground.life(&wanted, Trouble::Twice).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_process_can_die_after_every_event_of_an_undo() {
                let (ground, wanted) = prepared(stringify!($name), $wanted).await;
                for wish in [Wish::Create, Wish::Update] {
                    let calls = ground.mutations(&wanted, wish).await;
                    // The last call that can be taken back: all before it has to be.
                    let mut last = None;
                    for call in (0..calls).rev() {
                        if let Some(events) = ground.undo(&wanted, wish, call, None).await {
                            last = Some((call, events));
                            break;
                        }
                    }
                    let (call, events) = last.expect("no call of the run can be undone");
                    stream::iter(1..=events)
                        .for_each_concurrent(AT_ONCE, |event| {
                            let (ground, wanted) = (&ground, &wanted);
                            async move {
                                ground.undo(wanted, wish, call, Some(event)).await;
                            }
                        })
                        .await;
                }
            }
        }
    )*};
}

matrix! {
    fargate_cluster: cluster;
    web_service_with_its_own_load_balancer: own_load_balancer;
    web_service_on_the_shared_load_balancer: shared_load_balancer;
}
