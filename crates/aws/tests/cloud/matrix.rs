//! The fault matrix: every built-in template with the real kinds over HTTP, where every call that changes something
//! goes wrong in every way once, and the process dies after every event. The end is what was wanted, or an empty
//! account; never an orphan.

use domain::{
    environment::SharedLoadBalancer,
    plan::Wish,
    run::{Choice, Event, RunStatus},
};
use futures::{StreamExt, stream};
use gantry_aws::testing::{Fault, Rule};
use serde_json::{Value as Json, json};

use crate::{
    account::Account,
    house::{House, SECRET, Wanted},
};

const WEB: &str = include_str!("../../../../catalog/templates/web-service.yaml");
const CLUSTER: &str = include_str!("../../../../catalog/templates/fargate-cluster.yaml");

/// How many stacks are worked on at once.
const AT_ONCE: usize = 6;

fn secret(version: u32) -> Json {
    json!({"id": "sec-7F3K2M9Q", "version": version})
}

/// A cluster; the update changes it in place.
fn cluster() -> Wanted {
    Wanted {
        template: CLUSTER,
        first: json!({"spot_share": "none", "container_insights": false}),
        second: json!({"spot_share": "some", "container_insights": true}),
    }
}

/// A load balancer of its own, HTTPS, parameters, a secret, autoscaling; the update changes the port (which replaces
/// the target group), the image and the secret.
fn own_load_balancer() -> Wanted {
    let inputs = |image: &str, port: u16, version: u32| {
        json!({"image": image, "port": port, "count": 1, "load_balancer": "own", "https": true, "health_check_path": "/up",
            "config": {"MODE": "test"}, "secrets": {"TOKEN": secret(version)}, "autoscaling": "cpu", "max_count": 3})
    };
    Wanted { template: WEB, first: inputs("nginx:1", 8080, 1), second: inputs("nginx:2", 9090, 2) }
}

/// A rule on the shared load balancer; the update changes the image and the path.
fn shared_load_balancer() -> Wanted {
    let inputs = |image: &str, path: &str| json!({"image": image, "port": 8080, "count": 1, "load_balancer": "shared", "host": "*", "path": path});
    Wanted { template: WEB, first: inputs("nginx:1", "/a/*"), second: inputs("nginx:2", "/b/*") }
}

/// A network with a load balancer that stacks share.
struct Ground {
    account: Account,
    shared: SharedLoadBalancer,
}

impl Ground {
    async fn prepare(test: &str) -> Self {
        let account = Account::open(test).await;
        let group = account.security_group("alb").await;
        let balancer = account.load_balancer(&group).await;
        let spec = json!({"load_balancer": balancer["arn"], "port": 80, "protocol": "HTTP",
            "default_action": {"fixed_response": {"status": 404}}});
        let listener = account.create(domain::kinds::Kind::Listener, "http", &spec).await;
        let shared = SharedLoadBalancer {
            arn: balancer["arn"].clone(),
            dns_name: balancer["dns_name"].clone(),
            full_name: balancer["full_name"].clone(),
            listener_arn: listener["arn"].clone(),
            https: false,
            security_group: group,
        };
        Self { account, shared }
    }

    async fn house(&self, wanted: &Wanted) -> House {
        House::build(&self.account, &self.shared, wanted).await
    }

    /// A stack that lives already.
    async fn inhabited(&self, wanted: &Wanted) -> House {
        let house = self.house(wanted).await;
        let run = house.submit(Wish::Create).await;
        assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
        house.wire.take_calls();
        house
    }

    async fn is_empty(&self, house: &House, what: &str) {
        let left =
            self.account.leftovers(&house.stack.name, house.stack_id().as_str(), &self.shared.listener_arn).await;
        assert_eq!(left, Vec::<String>::new(), "{what}: orphans");
    }

    /// How many calls that change something, and how many events, a wish takes when all goes well.
    async fn measure(&self, wanted: &Wanted, wish: Wish) -> (usize, usize) {
        let house = if wish == Wish::Create { self.house(wanted).await } else { self.inhabited(wanted).await };
        let run = house.submit(wish).await;
        house.wire.take_calls();
        assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
        let calls = house.wire.take_mutations().len();
        match wish {
            Wish::Destroy => self.is_empty(&house, "destroyed").await,
            wish => {
                assert!(house.settled(wish).await, "a second plan has nothing to do");
                let run = house.submit(Wish::Destroy).await;
                assert_eq!(house.work(&run).await, RunStatus::Succeeded);
                self.is_empty(&house, "destroyed").await;
            }
        }
        (calls, house.log(&run).await.len())
    }

    /// Whether the stack is as the wish had it.
    async fn arrived(&self, house: &House, wish: Wish, what: &str) {
        match wish {
            Wish::Destroy => self.is_empty(house, what).await,
            wish => assert!(house.settled(wish).await, "{what}: not as wanted"),
        }
    }

    /// Destroys, and looks for orphans.
    async fn clear(&self, house: &House, what: &str) {
        house.wire.heal();
        let run = house.submit(Wish::Destroy).await;
        assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        self.is_empty(house, what).await;
    }

    async fn start(&self, wanted: &Wanted, wish: Wish) -> House {
        if wish == Wish::Create { self.house(wanted).await } else { self.inhabited(wanted).await }
    }

    /// Faults that must not stop a run: it arrives by itself.
    async fn bears(&self, wanted: &Wanted, wish: Wish, n: usize, fault: Fault) {
        let what = format!("{wish} with {fault:?} at call {n}");
        let house = self.start(wanted, wish).await;
        let run = house.submit(wish).await;
        house.wire.inject(Rule::nth(n, fault));
        assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        house.wire.heal();
        self.arrived(&house, wish, &what).await;
        if wish != Wish::Destroy {
            self.clear(&house, &what).await;
        }
    }

    /// A refusal stops the run and asks; `choice` is then what a person says. Replies get lost while it is carried out.
    async fn asks(&self, wanted: &Wanted, wish: Wish, n: usize, choice: Choice) {
        let what = format!("{wish} refused at call {n}, then {choice}");
        let house = self.start(wanted, wish).await;
        let run = house.submit(wish).await;
        house.wire.inject(Rule::nth(n, Fault::Refused));
        let status = house.work(&run).await;
        house.wire.heal();
        if status == RunStatus::Succeeded {
            // The refused call was one that may fail: deleting a task definition that is deregistered already.
            return self.arrived(&house, wish, &what).await;
        }
        assert_eq!(status, RunStatus::NeedsChoice, "{what}: {:#?}", house.log(&run).await);
        let begun_to_delete = house
            .log(&run)
            .await
            .iter()
            .any(|logged| matches!(&logged.event, Event::Step { step, .. } if step.contains('@')));
        let choice = if begun_to_delete { Choice::Retry } else { choice };
        house.choose(&run, choice).await;
        house.wire.inject(Rule { fault: Fault::ReplyLost, operation: None, after: 1, times: 1 });
        let status = house.work(&run).await;
        house.wire.heal();
        if choice == Choice::Undo {
            assert_eq!(status, RunStatus::Undone, "{what}: {:#?}", house.log(&run).await);
            match wish {
                Wish::Create => self.is_empty(&house, &what).await,
                _ => {
                    assert!(house.settled(Wish::Create).await, "{what}: not as before");
                    self.clear(&house, &what).await;
                }
            }
        } else {
            assert_eq!(status, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
            self.arrived(&house, wish, &what).await;
            if wish != Wish::Destroy {
                self.clear(&house, &what).await;
            }
        }
    }

    /// The process dies after an event; the next one finishes.
    async fn survives(&self, wanted: &Wanted, wish: Wish, events: usize) {
        let what = format!("{wish} with a death after event {events}");
        let house = self.start(wanted, wish).await;
        let run = house.submit(wish).await;
        house.work_and_die_after(&run, events).await;
        assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        self.arrived(&house, wish, &what).await;
        if wish != Wish::Destroy {
            self.clear(&house, &what).await;
        }
    }
}

/// Does `case` for each of them, some at once.
async fn each<T: Send>(cases: impl IntoIterator<Item = T>, case: impl AsyncFn(T)) {
    stream::iter(cases).for_each_concurrent(AT_ONCE, |one| case(one)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_stays_secret_through_a_whole_life() {
    let ground = Ground::prepare("secret").await;
    let house = ground.house(&own_load_balancer()).await;
    let run = house.submit(Wish::Create).await;
    assert_eq!(house.work(&run).await, RunStatus::Succeeded);
    assert!(!house.everything_on_record(&run).await.contains(SECRET));
    ground.clear(&house, "secret").await;
}

macro_rules! matrix {
    ($($name:ident: $wanted:expr;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn comes_lives_changes_and_goes() {
                let ground = Ground::prepare(stringify!($name)).await;
                let house = ground.inhabited(&$wanted).await;
                assert!(house.settled(Wish::Create).await);
                let there = ground.account.leftovers(&house.stack.name, house.stack_id().as_str(), &ground.shared.listener_arn).await;
                assert!(!there.is_empty(), "what lives is found, so that what is left would be");
                assert!(house.wire.take_mutations().is_empty(), "planning only reads");
                let run = house.submit(Wish::Update).await;
                assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{:#?}", house.log(&run).await);
                assert!(house.settled(Wish::Update).await);
                ground.clear(&house, "life").await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_fail_in_passing() {
                let ground = Ground::prepare(stringify!($name)).await;
                let wanted = $wanted;
                for wish in [Wish::Create, Wish::Update, Wish::Destroy] {
                    let (calls, _) = ground.measure(&wanted, wish).await;
                    // The lost reply is the hard one and hits every call; the others, after which nothing has
                    // happened, take turns.
                    let faults = [Fault::Throttled, Fault::ServerError, Fault::TimedOut];
                    let turns = (0..calls).step_by(3).zip(faults.into_iter().cycle());
                    let lost = (0..calls).map(|n| (n, Fault::ReplyLost));
                    each(turns.chain(lost), async |(n, fault)| ground.bears(&wanted, wish, n, fault).await).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_call_can_be_refused_and_undone_or_tried_again() {
                let ground = Ground::prepare(stringify!($name)).await;
                let wanted = $wanted;
                for wish in [Wish::Create, Wish::Update, Wish::Destroy] {
                    let (calls, _) = ground.measure(&wanted, wish).await;
                    let cases = (0..calls).map(|n| (n, if wish == Wish::Destroy { Choice::Retry } else { Choice::Undo }));
                    let again = (0..calls).filter(|n| wish != Wish::Destroy && n % 4 == 0).map(|n| (n, Choice::Retry));
                    each(cases.chain(again), async |(n, choice)| ground.asks(&wanted, wish, n, choice).await).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn the_process_can_die_after_every_event() {
                let ground = Ground::prepare(stringify!($name)).await;
                let wanted = $wanted;
                for wish in [Wish::Create, Wish::Update, Wish::Destroy] {
                    let (_, events) = ground.measure(&wanted, wish).await;
                    each(1..=events, async |n| ground.survives(&wanted, wish, n).await).await;
                }
            }
        }
    )*};
}

matrix! {
    fargate_cluster: cluster();
    web_service_with_its_own_load_balancer: own_load_balancer();
    web_service_on_the_shared_load_balancer: shared_load_balancer();
}
