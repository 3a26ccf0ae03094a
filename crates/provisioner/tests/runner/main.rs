//! The runner against a database and an AWS in memory: the whole way, failure and its exits, and being killed after
//! every single event.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod left;
mod world;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    Clock as _,
    ids::RunId,
    kinds::Kind,
    observation::Lookup,
    plan::{Act, Wish},
    run::{Choice, Event, LoggedEvent, RunStatus, StepEvent, Wait, fold},
    stack::StackStatus,
};
use gantry_provisioner::{
    cloud::Class,
    fake::refusal,
    runner::{Journal, Runner, Timing},
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;
use storage::{AuditFilter, Storage as _, Transaction};
use tokio::sync::watch;

use crate::world::{Hand, IMAGE, PATIENCE, World};

#[tokio::test]
async fn created_changed_and_destroyed_nothing_is_left_and_the_history_tells_it() {
    let world = World::new().await;
    let create = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&create).await, RunStatus::Succeeded);
    let stack = world.stack().await;
    assert_eq!(stack.status, StackStatus::Live);
    assert!(stack.outputs["url"].starts_with("https://"), "{:?}", stack.outputs);
    assert!(world.plan(Wish::Update, IMAGE).await.is_empty());
    let update = world.approve(2, Wish::Update, "registry.example.com/shop:2").await;
    assert_eq!(world.work(&update).await, RunStatus::Succeeded);
    let destroy = world.approve(3, Wish::Destroy, IMAGE).await;
    assert_eq!(world.work(&destroy).await, RunStatus::Succeeded);
    assert_eq!(world.stack().await.status, StackStatus::Gone);
    assert!(world.cloud.objects().is_empty(), "{:?}", world.cloud.objects());
    let audit = world.storage.begin_read().await.unwrap().list_audit(&AuditFilter::default(), 500).await.unwrap();
    let calls = audit.iter().filter(|event| event.entry.action == "aws.call").count();
    assert_eq!(calls, world.cloud.calls().len());
    assert!(audit.iter().all(|event| event.entry.action != "run.taken_up"), "nobody died");
    assert!(!serde_json::to_string(&audit).unwrap().contains("hunter2"));
}

#[tokio::test]
async fn a_run_that_was_stopped_before_it_began_is_checked_when_it_is_tried_again() {
    let world = World::new().await;
    let logs = world.plan(Wish::Create, IMAGE).await.step("logs").unwrap().clone();
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.choose(&run, Choice::Abort).await;
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    let taken = Lookup {
        kind: logs.kind,
        name: logs.name,
        spec: json!({}),
        outputs: BTreeMap::new(),
        stack: String::new(),
        resource: String::new(),
        installation: String::new(),
    };
    world.cloud.put_foreign(&taken);
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Stale);
    assert_eq!(world.cloud.calls(), [], "nothing was changed");
}

#[tokio::test]
async fn a_run_that_could_not_look_at_aws_is_checked_when_it_is_tried_again() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.close(Some(refusal(Class::Denied, "UnrecognizedClientException")));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.cloud.close(None);
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let audit = world.storage.begin_read().await.unwrap().list_audit(&AuditFilter::default(), 500).await.unwrap();
    assert_eq!(audit.iter().filter(|event| event.entry.action == "run.started").count(), 1);
}

/// It has touched nothing, so there is nothing to take back, not even for a run that destroys.
#[tokio::test]
async fn a_run_that_could_not_look_at_aws_is_undone_without_a_call() {
    let world = World::new().await;
    let create = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&create).await, RunStatus::Succeeded);
    let before = world.cloud.calls();
    let destroy = world.approve(2, Wish::Destroy, IMAGE).await;
    world.cloud.close(Some(refusal(Class::Denied, "UnrecognizedClientException")));
    assert_eq!(world.work(&destroy).await, RunStatus::NeedsChoice);
    world.choose(&destroy, Choice::Undo).await;
    assert_eq!(world.work(&destroy).await, RunStatus::Undone);
    assert_eq!((world.stack().await.status, world.cloud.calls()), (StackStatus::Live, before));
}

/// Whoever slept through the end of the lease must not write how the run ended: someone else may be at it.
#[tokio::test]
async fn who_has_lost_the_lease_does_not_settle_the_run() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.choose(&run, Choice::Abort).await;
    let sleeper = world.lease(&run).await;
    let later = world.runner.clock.now() + Duration::from_secs(120);
    let mut tx = world.storage.begin().await.unwrap();
    tx.lease_run("another", later, later + Duration::from_secs(60)).await.unwrap().expect("the lease has run out");
    tx.commit().await.unwrap();
    world.runner.work_on(sleeper.clone(), world.shutdown.clone()).await;
    let kept = world.storage.begin_read().await.unwrap().lookup_run(&run).await.unwrap().unwrap();
    assert_eq!((kept.status, kept.fence), (RunStatus::Running, sleeper.fence + 1));
}

/// All that a runner writes about a run, but for the history of calls that were made.
async fn written(tx: &mut dyn Transaction, run: &RunId) -> String {
    let row = tx.lookup_run(run).await.unwrap().unwrap();
    let request = tx.lookup_request(&row.request).await.unwrap();
    let stack = tx.lookup_stack(&row.stack).await.unwrap();
    let resources = tx.list_resources(&row.stack).await.unwrap();
    let log = tx.list_events(run, 0).await.unwrap();
    format!("{log:#?} {row:#?} {request:#?} {stack:#?} {resources:#?}")
}

/// In the middle of a step, or of taking one back: nothing of it is in the database.
#[tokio::test]
async fn who_has_lost_the_lease_in_the_middle_writes_nothing() {
    for undoing in [false, true] {
        let world = World::new().await;
        let run = world.approve(1, Wish::Create, IMAGE).await;
        let mut until = Event::Step { step: "load_balancer".into(), event: StepEvent::Started };
        if undoing {
            world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
            assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
            world.choose(&run, Choice::Undo).await;
            until = Event::Step { step: "load_balancer".into(), event: StepEvent::UndoStarted };
        }
        // Until then AWS holds it back, so that it is in the middle.
        let held = Duration::from_secs(3600);
        let sleeping = Runner { timing: Timing { busy: held, ..Timing::fast() }, ..world.runner.clone() };
        (0..10_000).for_each(|_| world.cloud.fail_next(Kind::LoadBalancer, refusal(Class::Busy, "ResourceInUse")));
        let sleeper = world.lease(&run).await;
        let others = async {
            while !world.log(&run).await.contains(&until) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let later = world.runner.clock.now() + Duration::from_secs(120);
            let mut tx = world.storage.begin().await.unwrap();
            let taken = tx.lease_run("two", later, later + Duration::from_secs(60)).await.unwrap().unwrap();
            let before = written(&mut *tx, &run).await;
            tx.commit().await.unwrap();
            (taken, before)
        };
        let both = async { tokio::join!(sleeping.work_on(sleeper, world.shutdown.clone()), others) };
        let ((), (taken, before)) = tokio::time::timeout(PATIENCE, both).await.expect("it lets go");
        let mut tx = world.storage.begin_read().await.unwrap();
        assert!(written(&mut *tx, &run).await == before, "it wrote something; undoing: {undoing}");
        drop(tx);
        world.cloud.forgive();
        world.runner.work_on(taken, world.shutdown.clone()).await;
        let end = if undoing { RunStatus::Undone } else { RunStatus::Succeeded };
        assert_eq!(world.status(&run).await, end);
    }
}

#[tokio::test]
async fn people_are_told_what_aws_says_while_it_is_waited_for() {
    let mut world = World::new().await;
    world.runner.timing = Timing { tell: Duration::ZERO, ..Timing::fast() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.fail_next(Kind::LogGroup, refusal(Class::Busy, "OperationAbortedException"));
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let log = world.storage.begin_read().await.unwrap().list_events(&run, 0).await.unwrap();
    let waits: Vec<&Wait> = log
        .iter()
        .filter_map(|logged| match &logged.event {
            Event::Step { step, event: StepEvent::Waits { wait } } if step == "logs" => Some(wait),
            _ => None,
        })
        .collect();
    let said = "AWS refuses for now: OperationAbortedException was asked for (OperationAbortedException)";
    assert!(waits.iter().any(|wait| wait.why == said && wait.at_most_seconds == 60), "{waits:?}");
    let request = world.storage.begin_read().await.unwrap().lookup_run(&run).await.unwrap().unwrap().request;
    let plan = world.storage.begin_read().await.unwrap().lookup_request(&request).await.unwrap().unwrap().plan;
    assert!(fold(&plan, &log).unwrap().steps.values().all(|step| step.waits.is_none()), "it is over");
}

/// However long AWS stays away before the first step, nobody else takes the run. Time goes on only once the lease was
/// renewed: a machine that is busy with something else makes this slow, not wrong.
#[tokio::test]
async fn a_run_that_waits_for_aws_to_begin_keeps_its_lease() {
    let mut world = World::new().await;
    let clock = Arc::new(Hand::default());
    world.runner.clock = clock.clone();
    let (lease, unavailable) = (Duration::from_millis(400), Duration::from_secs(3600));
    world.runner.timing = Timing { lease, unavailable, ..Timing::fast() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
    let mut tx = world.storage.begin().await.unwrap();
    let leased = tx.lease_run("one", clock.now(), clock.now() + lease).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let worked = world.runner.work_on(leased, world.shutdown.clone());
    let others = async {
        for _ in 0..6 {
            clock.forward(lease / 2);
            while world.row(&run).await.leased_until != Some(clock.now() + lease) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let mut tx = world.storage.begin().await.unwrap();
            assert_eq!(tx.lease_run("two", clock.now(), clock.now() + lease).await.unwrap(), None);
        }
        world.cloud.close(None);
    };
    let both = async { tokio::join!(worked, others) };
    tokio::time::timeout(PATIENCE, both).await.expect("the lease is renewed");
    assert_eq!(world.status(&run).await, RunStatus::Succeeded);
}

#[tokio::test]
async fn a_run_that_waits_for_aws_to_begin_can_be_aborted() {
    let mut world = World::new().await;
    world.runner.timing = Timing { unavailable: Duration::from_secs(3600), ..Timing::fast() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
    let leased = world.lease(&run).await;
    let choose = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.choose(&run, Choice::Abort).await;
        world.runner.wake.notify();
    };
    tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), choose);
    assert_eq!(world.status(&run).await, RunStatus::NeedsChoice);
    assert_eq!(world.cloud.calls(), []);
}

#[tokio::test]
async fn word_of_an_abort_may_be_lost_while_a_run_waits_for_aws_to_begin() {
    let mut world = World::new().await;
    let (lease, unavailable) = (Duration::from_millis(400), Duration::from_secs(3600));
    world.runner.timing = Timing { lease, unavailable, ..Timing::fast() };
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
    let leased = world.lease(&run).await;
    let choose = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.choose(&run, Choice::Abort).await;
    };
    let both = async { tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), choose) };
    tokio::time::timeout(Duration::from_secs(30), both).await.expect("it looks by itself");
    assert_eq!(world.status(&run).await, RunStatus::NeedsChoice);
    assert_eq!(world.cloud.calls(), []);
}

#[tokio::test]
async fn aws_that_stays_away_in_the_middle_of_a_run_leaves_the_choice_to_a_person() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    let leased = world.lease(&run).await;
    let mut changes = world.runner.changes.subscribe();
    let away = async {
        while world.cloud.calls().is_empty() {
            let _ = changes.recv().await;
        }
        world.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
    };
    tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), away);
    assert_eq!(world.status(&run).await, RunStatus::NeedsChoice);
    let made = world.cloud.objects().len();
    assert!(made > 0, "it was in the middle");
    world.cloud.close(None);
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    assert!(world.plan(Wish::Update, IMAGE).await.is_empty());
    assert_eq!(world.cloud.objects().len(), world.plan(Wish::Update, IMAGE).await.steps.len(), "nothing twice");
}

#[tokio::test]
async fn what_nobody_approved_is_not_carried_out() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    let mut tx = world.storage.begin().await.unwrap();
    let mut request = tx.lookup_request(&"req-1".parse().unwrap()).await.unwrap().unwrap();
    request.plan.steps[0].name.push_str("-other");
    tx.update_request(&request).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.work(&run).await, RunStatus::Stale);
    assert_eq!(world.cloud.calls(), []);
}

#[tokio::test]
async fn killed_after_every_event_another_goes_on_and_makes_nothing_twice() {
    let mut world = World::new().await;
    // Every event in a commit of its own, so that there is something between any two of them.
    world.runner.journal = Arc::new(Journal::new(1));
    let run = world.approve(1, Wish::Create, IMAGE).await;
    let mut leases = 0;
    while !world.status(&run).await.is_final() {
        leases += 1;
        assert!(leases < 200, "the run never ended");
        let leased = world.lease(&run).await;
        let mut changes = world.runner.changes.subscribe();
        let fence = leased.fence;
        // Dropping the future in the middle is what a SIGKILL leaves behind: the log, and a lease to run out.
        tokio::select! {
            () = world.runner.work_on(leased, world.shutdown.clone()) => {}
            // Every change is what a step has done, and what begins with it.
            () = async { for _ in 0..=(leases % 2) { let _ = changes.recv().await; } } => {}
        }
        if !world.status(&run).await.is_final() {
            let mut tx = world.storage.begin().await.unwrap();
            let _ = tx.release_lease(&run, fence).await;
            tx.commit().await.unwrap();
        }
    }
    assert_eq!(world.status(&run).await, RunStatus::Succeeded);
    assert!(leases > 10, "it was killed {leases} times");
    assert_eq!(world.cloud.objects().len(), world.plan(Wish::Update, IMAGE).await.steps.len());
    assert!(world.plan(Wish::Update, IMAGE).await.is_empty());

    // Every call is in the history, or the step for which it was made when somebody died.
    let audit = world.storage.begin_read().await.unwrap().list_audit(&AuditFilter::default(), 500).await.unwrap();
    let of = |action: &str| audit.iter().filter(|event| event.entry.action == action).collect::<Vec<_>>();
    let (written, taken_up) = (of("aws.call"), of("run.taken_up"));
    let steps: Vec<_> = taken_up.iter().flat_map(|event| event.entry.detail["steps"].as_array().unwrap()).collect();
    let missing = world.cloud.calls().len() - written.len();
    assert!(!steps.is_empty() && missing <= steps.len(), "{missing} are missing: {steps:?}");
}

#[tokio::test]
async fn what_needs_a_service_to_exist_does_not_wait_until_it_is_ready() {
    let mut world = World::new().await;
    // Nothing but its existence lets the run go on: no look at the lease, and no word from elsewhere.
    world.runner.timing.lease = Duration::from_secs(24 * 60 * 60);
    world.runner.timing.busy = world.runner.timing.lease;
    world.cloud.never_ready(Some(Kind::EcsService));
    let run = world.approve(1, Wish::Create, IMAGE).await;
    let leased = world.lease(&run).await;
    let scales = async {
        let mut changes = world.runner.changes.subscribe();
        let is_scaled = |event: &Event| matches!(event, Event::Step { step, event: StepEvent::Done { .. } } if step == "scaling_policy");
        while !world.log(&run).await.iter().any(is_scaled) {
            changes.recv().await.unwrap();
        }
        world.cloud.never_ready(None);
    };
    let work = world.runner.work_on(leased, world.shutdown.clone());
    let both = async { tokio::join!(work, scales) };
    tokio::time::timeout(Duration::from_secs(60), both).await.expect("what hangs on the service begins");
    assert_eq!(world.status(&run).await, RunStatus::Succeeded);
}

#[tokio::test]
async fn what_was_borne_and_taken_up_is_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    for (kind, class) in
        [(Kind::LogGroup, Class::Busy), (Kind::EcsCluster, Class::Busy), (Kind::IamRole, Class::Throttled)]
    {
        world.cloud.fail_next(kind, refusal(class, "Refused"));
    }
    // Somebody began a step and died.
    let dead = world.lease(&run).await;
    let mut tx = world.storage.begin().await.unwrap();
    for event in [Event::Begun, Event::Step { step: "logs".into(), event: StepEvent::Started }] {
        tx.append_event(&run, dead.fence, &event, world.runner.clock.now()).await.unwrap();
    }
    tx.release_lease(&run, dead.fence).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    // A person has it tried again: that is nobody's death.
    let run = world.approve(2, Wish::Update, "registry.example.com/shop:2").await;
    world.cloud.fail_next(Kind::TaskDefinition, refusal(Class::Denied, "AccessDeniedException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.choose(&run, Choice::Retry).await;
    // Somebody died while all that was left was to wait.
    world.cloud.never_ready(Some(Kind::EcsService));
    let leased = world.lease(&run).await;
    let fence = leased.fence;
    let waits = async {
        let waits =
            |event: &Event| matches!(event, Event::Step { step, event: StepEvent::Exists { .. } } if step == "service");
        while !world.log(&run).await.iter().any(waits) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = world.runner.work_on(leased, world.shutdown.clone()) => panic!("the service is never ready"),
        () = waits => {}
    }
    let mut tx = world.storage.begin().await.unwrap();
    tx.release_lease(&run, fence).await.unwrap();
    tx.commit().await.unwrap();
    world.cloud.never_ready(None);
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let mut counted = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        if let DebugValue::Counter(count) = value {
            let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            counted.insert(format!("{} {}", key.key().name(), labels.join(" ")), count);
        }
    }
    assert_eq!(counted["gantry_aws_retries_total busy"], 2);
    assert_eq!(counted["gantry_aws_retries_total throttled"], 1);
    assert_eq!(counted["gantry_lease_takeovers_total "], 2);
    assert_eq!(counted["gantry_runs_total succeeded"], 2);
    assert_eq!(counted["gantry_steps_total log group create do done"], 1);
}

#[tokio::test]
async fn a_failure_stops_what_depends_on_it_and_undo_leaves_an_empty_account() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    assert!(!world.cloud.objects().is_empty());
    world.choose(&run, Choice::Undo).await;
    assert_eq!(world.work(&run).await, RunStatus::Undone);
    assert!(world.cloud.objects().is_empty(), "{:?}", world.cloud.objects());
    assert_eq!(world.stack().await.status, StackStatus::Gone);
}

/// The clock goes on with every look: what is of one moment was written at once.
#[tokio::test]
async fn what_can_begin_with_a_step_is_written_together_with_it() {
    let world = World::new().await;
    let plan = world.plan(Wish::Create, IMAGE).await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let log = world.storage.begin_read().await.unwrap().list_events(&run, 0).await.unwrap();
    let at = |step: &str, wanted: fn(&StepEvent) -> bool| {
        let of_step = |logged: &&LoggedEvent| matches!(&logged.event, Event::Step { step: of, event } if of == step && wanted(event));
        log.iter().find(of_step).map(|logged| logged.at).unwrap()
    };
    let mut together = vec![];
    for step in plan.steps.iter().filter(|step| !step.needs.is_empty()) {
        let begun = at(&step.id, |event| *event == StepEvent::Started);
        let needed = step.needs.iter().map(|need| at(&need.step, |event| matches!(event, StepEvent::Exists { .. })));
        together.push((&step.id, Some(begun) == needed.max()));
    }
    // What needs two that get somewhere in one moment, of which neither knows of the other, begins when both are heard.
    assert!(together.iter().filter(|(_, together)| *together).count() * 2 > together.len(), "{together:?}");
    // It is on record before the call that makes it, with whom it was announced.
    assert!(world.plan(Wish::Update, IMAGE).await.is_empty());
}

#[tokio::test]
async fn retry_goes_on_where_it_failed_and_throttling_is_borne() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.fail_next(Kind::TaskDefinition, refusal(Class::Denied, "AccessDeniedException"));
    world.cloud.fail_next(Kind::LogGroup, refusal(Class::Throttled, "ThrottlingException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    assert!(world.plan(Wish::Update, IMAGE).await.is_empty());
}

#[tokio::test]
async fn who_stops_a_run_does_not_wait_for_a_service_to_get_ready() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.never_ready(Some(Kind::EcsService));
    let leased = world.lease(&run).await;
    let mut changes = world.runner.changes.subscribe();
    let stop = async {
        while !world.cloud.calls().iter().any(|(_, of)| of.starts_with("EcsService/")) {
            let _ = changes.recv().await;
        }
        world.stop(&run).await;
    };
    tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), stop);
    assert_eq!(world.status(&run).await, RunStatus::NeedsChoice);
    world.cloud.never_ready(None);
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
}

#[tokio::test]
async fn who_stops_an_undo_does_not_wait_for_what_aws_still_holds() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.choose(&run, Choice::Undo).await;
    for _ in 0..50 {
        world.cloud.fail_next(Kind::LoadBalancer, refusal(Class::Busy, "ResourceInUse"));
    }
    let leased = world.lease(&run).await;
    let stop = async {
        let begun = Event::Step { step: "load_balancer".into(), event: StepEvent::UndoStarted };
        loop {
            let log = world.storage.begin_read().await.unwrap().list_events(&run, 0).await.unwrap();
            if log.iter().any(|logged| logged.event == begun) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.stop(&run).await;
    };
    tokio::join!(world.runner.work_on(leased, world.shutdown.clone()), stop);
    assert_eq!(world.status(&run).await, RunStatus::NeedsAttention);
    assert!(world.cloud.objects().iter().any(|object| object.kind == Kind::LoadBalancer));
    world.choose(&run, Choice::Retry).await;
    assert_eq!(world.work(&run).await, RunStatus::Undone);
    assert!(world.cloud.objects().is_empty());
}

#[tokio::test]
async fn a_repair_that_is_undone_or_stale_leaves_what_needed_attention() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.choose(&run, Choice::Keep).await;
    assert_eq!(world.work(&run).await, RunStatus::Kept);
    assert_eq!(world.stack().await.status, StackStatus::NeedsAttention);

    let run = world.approve(2, Wish::Update, IMAGE).await;
    world.cloud.drift(Kind::LogGroup, "retention_days", json!(7));
    assert_eq!(world.work(&run).await, RunStatus::Stale);
    assert_eq!(world.stack().await.status, StackStatus::NeedsAttention);

    let run = world.approve(3, Wish::Update, IMAGE).await;
    world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.choose(&run, Choice::Undo).await;
    assert_eq!(world.work(&run).await, RunStatus::Undone);
    assert_eq!(world.stack().await.status, StackStatus::NeedsAttention);

    let run = world.approve(4, Wish::Update, IMAGE).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    assert_eq!(world.stack().await.status, StackStatus::Live);
}

#[tokio::test]
async fn an_undone_update_is_as_before() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let before = world.cloud.objects().len();
    let run = world.approve(2, Wish::Update, "registry.example.com/shop:2").await;
    world.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    assert_eq!(world.work(&run).await, RunStatus::NeedsChoice);
    world.choose(&run, Choice::Undo).await;
    assert_eq!(world.work(&run).await, RunStatus::Undone);
    assert_eq!(world.cloud.objects().len(), before);
    assert!(world.plan(Wish::Update, IMAGE).await.is_empty());
    assert_eq!(world.stack().await.status, StackStatus::Live);
}

#[tokio::test]
async fn a_plan_that_no_longer_fits_starts_nothing() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    let run = world.approve(2, Wish::Update, "registry.example.com/shop:2").await;
    let calls = world.cloud.calls().len();
    world.cloud.drift(Kind::LogGroup, "retention_days", json!(7));
    assert_eq!(world.work(&run).await, RunStatus::Stale);
    assert_eq!(world.cloud.calls().len(), calls);
    assert_eq!(world.stack().await.status, StackStatus::Live);
}

#[tokio::test]
async fn a_drifted_field_is_planned_back() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    assert_eq!(world.work(&run).await, RunStatus::Succeeded);
    world.cloud.drift(Kind::LogGroup, "retention_days", json!(7));
    let plan = world.plan(Wish::Update, IMAGE).await;
    let changed: Vec<_> = plan.steps.iter().filter(|step| step.act != Act::None).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!((changed[0].changed[0].path.as_str(), &changed[0].changed[0].before), ("retention_days", &json!(7)));
}

#[tokio::test]
async fn a_process_that_ends_hands_its_run_over_at_once() {
    let world = World::new().await;
    let run = world.approve(1, Wish::Create, IMAGE).await;
    world.cloud.never_ready(Some(Kind::EcsService));
    let mut changes = world.runner.changes.subscribe();
    let end = async {
        while !world.cloud.calls().iter().any(|(_, of)| of.starts_with("EcsService/")) {
            let _ = changes.recv().await;
        }
        world.keep.send(true).unwrap();
    };
    tokio::join!(world.runner.clone().run(world.shutdown.clone()), end);
    assert_eq!(world.status(&run).await, RunStatus::Running);
    // Another process takes it without waiting for the lease to run out.
    let mut tx = world.storage.begin().await.unwrap();
    let now = world.runner.clock.now();
    let taken = tx.lease_run("two", now, now + Duration::from_secs(60)).await.unwrap().expect("nobody holds it");
    tx.commit().await.unwrap();
    world.cloud.never_ready(None);
    let (_stay, shutdown) = watch::channel(false);
    world.runner.work_on(taken, shutdown).await;
    assert_eq!(world.status(&run).await, RunStatus::Succeeded);
}
