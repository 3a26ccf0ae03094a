//! Choosing: stop, try again, undo, say that what is left was dealt with by hand, or leave it as it is.

use domain::{
    authz::{Action, Object, may},
    ids::{RunId, StackId},
    people::Actor,
    plan::Plan,
    run::{Choice, Event, LoggedEvent, Phase, RunState, RunStatus, decide},
};
use provisioner::{
    runner::{settle, taken_back},
    wake::Change,
};
use storage::Transaction;

use super::{
    read_log::{Log, read_log},
    show_run::{choices_now, seen_run},
};
use crate::{Portal, Result, ServiceError, requests::refuse_long_reason};

impl Portal {
    /// Steers a run (problem at `reason`, which [`Choice::Handled`] needs). Returns where it stands now.
    pub async fn steer(&self, actor: &Actor, id: &RunId, choice: Choice, reason: &str) -> Result<RunStatus> {
        let now = self.now();
        let mut tx = self.storage.begin().await?;
        let (run, request) = seen_run(&mut *tx, actor, id).await?;
        may(actor, Action::SteerRun, Object { team: Some(&request.team), requester: None })?;
        refuse_long_reason(reason)?;
        let Log { mut state, unreadable, .. } = read_log(&mut *tx, id, &request.plan).await?;
        if !choices_now(&run, &request.plan, &state, unreadable.is_some()).contains(&choice) {
            return Err(ServiceError::conflict(match choice {
                Choice::Abort if run.status.is_waiting() => {
                    "The run has stopped already. Choose how to go on.".to_owned()
                }
                _ => format!(
                    "The run is {} now and cannot take `{choice}`. Look at it again.",
                    run.status.as_str().replace('_', " ")
                ),
            }));
        }
        if choice == Choice::Handled && reason.trim().is_empty() {
            let message = "Say what was done about it in AWS: whoever reads the history has nothing else to go by.";
            return Err(ServiceError::invalid("required", "reason", message));
        }
        let handled = match choice {
            Choice::Handled => forget_what_is_left(&mut *tx, &run.stack, &request.plan, &state).await?,
            _ => vec![],
        };
        let event = Event::Chosen { choice, by: actor.user.name.clone() };
        let position = tx.append_choice(id, &event, now).await?;
        if unreadable.is_none() {
            state.apply(&LoggedEvent { position, at: now, event }).map_err(|bad| ServiceError::conflict(bad.why))?;
        }
        let did = match choice {
            Choice::Retry => "had what failed tried again",
            Choice::Undo => "had what the run did undone",
            Choice::Keep => "left the run as it is",
            Choice::Abort => "stopped the run",
            Choice::Handled => "dealt by hand with what could not be undone",
        };
        let summary = format!("{} {did}", actor.user.name);
        let mut entry = self.entry(actor, &format!("run.{choice}"), id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({"reason": reason.trim(), "before": run.status});
        if choice == Choice::Handled {
            entry.detail["resources"] = handled.into();
        }
        tx.append_audit(&entry).await?;
        let status = if unreadable.is_some() { RunStatus::Kept } else { decide(&request.plan, &state).status };
        let status = match status {
            RunStatus::Kept => {
                settle(&mut *tx, &run, &state, status, now).await?;
                status
            }
            // The runner has the last word about an end, also where nothing is left to do.
            _ if choice == Choice::Abort && run.status.is_active() => run.status,
            _ => {
                let status = if state.undoing { RunStatus::Undoing } else { RunStatus::Running };
                tx.set_run_status(id, status, None).await?;
                status
            }
        };
        tx.commit().await?;
        self.changes.publish(Change { request: Some(run.request), run: Some(run.id), stack: Some(run.stack) });
        self.wake.notify();
        Ok(status)
    }
}

/// What a person has dealt with counts as taken back: records it and returns the names.
async fn forget_what_is_left(
    tx: &mut dyn Transaction,
    stack: &StackId,
    plan: &Plan,
    state: &RunState,
) -> Result<Vec<String>> {
    let rows = tx.list_resources(stack).await?;
    let mut names = vec![];
    for step in plan.steps.iter().filter(|step| state.steps[&step.id].phase == Phase::UndoFailed) {
        let row = rows.iter().find(|row| row.logical == step.resource && row.generation == step.generation);
        if let Some(row) = row {
            tx.set_resource(stack, &taken_back(step, row.clone())).await?;
        }
        names.push(format!("{} {}", step.kind.def().label, step.name));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use domain::{audit::AuditEvent, kinds::Kind, request::RequestStatus, run::StepEvent, stack::StackStatus};
    use provisioner::{cloud::Class, fake::refusal};

    use super::*;
    use crate::{
        live::Reader,
        testing::{House, house, houses},
    };

    async fn failed(house: &House) -> RunId {
        house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&id).await;
        let run = house.request(&id).await.run.unwrap();
        assert_eq!(house.portal.run(&house.dev, &run).await.unwrap().run.status, RunStatus::NeedsChoice);
        run
    }

    /// A log that no runner could have written: the run is out of the way, the pages show it, and a person can end it.
    #[tokio::test]
    async fn a_run_whose_log_cannot_be_read_can_be_left_as_it_is() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.approve(&id).await;
        let run = house.request(&id).await.run.unwrap();
        let mut tx = house.portal.storage.begin().await.unwrap();
        let stray = Event::Step { step: "nobody".to_owned(), event: StepEvent::Started };
        tx.append_choice(&run, &stray, house.portal.now()).await.unwrap();
        tx.commit().await.unwrap();
        house.work().await;
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!(detail.run.status, RunStatus::NeedsAttention);
        assert!(detail.unreadable.unwrap().contains("position 1"), "it says where");
        assert_eq!(detail.choices.iter().map(|one| one.choice).collect::<Vec<_>>(), [Choice::Keep]);
        let reader = Reader { actor: house.dev.clone(), in_team: house.dev.clone() };
        assert_eq!(house.portal.home(&reader).await.unwrap().choices.len(), 1);

        // Everything else goes on.
        house.live(&house.draft("shop")).await;
        let refused = house.portal.steer(&house.dev, &run, Choice::Retry, "").await.unwrap_err();
        assert_eq!(refused.code(), "conflict");
        let kept = house.portal.steer(&house.dev, &run, Choice::Keep, "I looked").await.unwrap();
        assert_eq!(kept, RunStatus::Kept);
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!((detail.request.status, detail.stack.status), (RequestStatus::Failed, StackStatus::NeedsAttention));
        assert!(detail.choices.is_empty());
    }

    /// Whatever is wrong with it: the history names the run and the place, for its team, too.
    #[tokio::test]
    async fn an_impossible_log_stops_its_run_and_nothing_else() {
        for house in houses().await {
            let started = |step: &str| Event::Step { step: step.to_owned(), event: StepEvent::Started };
            let undone = |step: &str| Event::Step { step: step.to_owned(), event: StepEvent::Undone };
            let back = Event::HandedBack { by: "Ada".to_owned() };
            let cases: [(&str, Vec<Event>, &str); 4] = [
                ("twice", vec![Event::Begun, Event::Begun], "position 2: it had already begun"),
                ("early", vec![Event::Begun, started("cluster"), undone("cluster")], "position 3: step `cluster` is"),
                ("strange", vec![started("nobody")], "position 1: there is no step `nobody`"),
                ("back", vec![back], "position 1: it was in nobody's hands"),
            ];
            let mut parked = vec![];
            for (name, strays, place) in cases {
                let id = house.portal.submit(&house.dev, &house.draft(name)).await.unwrap();
                let run = house.approve(&id).await;
                let mut tx = house.portal.storage.begin().await.unwrap();
                for stray in strays {
                    tx.append_choice(&run, &stray, house.portal.now()).await.unwrap();
                }
                tx.commit().await.unwrap();
                parked.push((run, place));
            }
            // It works on what was enqueued before, and on this.
            house.live(&house.draft("shop")).await;
            let history = house.history().await;
            for (run, place) in parked {
                let detail = house.portal.run(&house.dev, &run).await.unwrap();
                assert_eq!(detail.run.status, RunStatus::NeedsAttention);
                assert!(detail.unreadable.as_ref().unwrap().contains(place), "{:?}", detail.unreadable);
                let told =
                    |event: &&AuditEvent| event.entry.action == "run.parked" && event.entry.object == run.as_str();
                let told = &history.iter().find(told).unwrap().entry;
                assert!(told.summary.contains(place), "{}", told.summary);
                assert_eq!(told.team.as_deref(), Some(house.team.as_str()));
                assert_eq!(house.portal.steer(&house.dev, &run, Choice::Keep, "").await.unwrap(), RunStatus::Kept);
            }
        }
    }

    /// Nobody leases it any more, so nobody would find out and park it.
    #[tokio::test]
    async fn a_run_whose_log_broke_while_it_waited_can_be_left_as_it_is() {
        let house = house().await;
        let run = failed(&house).await;
        let mut tx = house.portal.storage.begin().await.unwrap();
        tx.append_choice(&run, &Event::Begun, house.portal.now()).await.unwrap();
        tx.commit().await.unwrap();
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!(detail.run.status, RunStatus::NeedsChoice);
        assert_eq!(detail.choices.iter().map(|one| one.choice).collect::<Vec<_>>(), [Choice::Keep]);
        assert_eq!(house.portal.steer(&house.dev, &run, Choice::Keep, "").await.unwrap(), RunStatus::Kept);
    }

    /// A step panics each time, say.
    #[tokio::test]
    async fn a_run_that_was_parked_although_its_log_is_whole_can_be_tried_again_or_left() {
        for choice in [Choice::Retry, Choice::Keep] {
            let house = house().await;
            let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
            let run = house.approve(&id).await;
            let mut tx = house.portal.storage.begin().await.unwrap();
            tx.append_choice(&run, &Event::Begun, house.portal.now()).await.unwrap();
            tx.set_run_status(&run, RunStatus::NeedsAttention, None).await.unwrap();
            let mut line = house.portal.entry(&house.dev, "run.parked", &run, "parked the run");
            line.detail = serde_json::json!({"why": "a step ended unexpectedly"});
            tx.append_audit(&line).await.unwrap();
            tx.commit().await.unwrap();
            let detail = house.portal.run(&house.dev, &run).await.unwrap();
            assert_eq!(detail.parked.as_deref(), Some("a step ended unexpectedly"));
            let offered: Vec<_> = detail.choices.iter().map(|one| one.choice).collect();
            assert_eq!(offered, [Choice::Retry, Choice::Keep]);
            house.portal.steer(&house.dev, &run, choice, "").await.unwrap();
            house.work().await;
            let detail = house.portal.run(&house.dev, &run).await.unwrap();
            let ended = match choice {
                Choice::Retry => (RunStatus::Succeeded, StackStatus::Live),
                _ => (RunStatus::Kept, StackStatus::NeedsAttention),
            };
            assert_eq!((detail.run.status, detail.stack.status, detail.parked), (ended.0, ended.1, None));
        }
    }

    #[tokio::test]
    async fn what_failed_can_be_tried_again() {
        let house = house().await;
        let run = failed(&house).await;
        assert_eq!(house.portal.steer(&house.auditor, &run, Choice::Retry, "").await.unwrap_err().code(), "denied");
        assert_eq!(
            house.portal.steer(&house.other_dev, &run, Choice::Retry, "").await.unwrap_err().code(),
            "not-found"
        );
        let long = house.portal.steer(&house.dev, &run, Choice::Retry, &"x".repeat(2001)).await.unwrap_err();
        assert_eq!((long.problems()[0].code.as_str(), long.problems()[0].path.as_str()), ("too-long", "reason"));
        assert_eq!(house.portal.steer(&house.dev, &run, Choice::Retry, "").await.unwrap(), RunStatus::Running);
        house.work().await;
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!((detail.run.status, detail.request.status), (RunStatus::Succeeded, RequestStatus::Succeeded));
        assert_eq!(house.portal.steer(&house.dev, &run, Choice::Undo, "").await.unwrap_err().code(), "conflict");
    }

    #[tokio::test]
    async fn what_was_done_can_be_undone() {
        let house = house().await;
        let run = failed(&house).await;
        house.portal.steer(&house.dev, &run, Choice::Undo, "").await.unwrap();
        house.work().await;
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!((detail.run.status, detail.stack.status), (RunStatus::Undone, StackStatus::Gone));
        assert!(house.cloud.objects().is_empty());
    }

    #[tokio::test]
    async fn what_could_not_be_undone_can_be_dealt_with_by_hand() {
        let house = house().await;
        let run = failed(&house).await;
        let handle = async |reason: &str| house.portal.steer(&house.dev, &run, Choice::Handled, reason).await;
        assert_eq!(handle("Nothing was undone yet").await.unwrap_err().code(), "conflict");
        house.cloud.fail_next(Kind::LogGroup, refusal(Class::Refused, "OperationAbortedException"));
        house.portal.steer(&house.dev, &run, Choice::Undo, "").await.unwrap();
        house.work().await;
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!(detail.run.status, RunStatus::NeedsAttention);
        let offered: Vec<_> = detail.choices.iter().map(|one| one.choice).collect();
        assert_eq!(offered, [Choice::Retry, Choice::Handled, Choice::Keep]);

        let silent = handle(" ").await.unwrap_err();
        assert_eq!((silent.problems()[0].code.as_str(), silent.problems()[0].path.as_str()), ("required", "reason"));
        handle("Deleted the log group in the console").await.unwrap();
        house.work().await;
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!((detail.run.status, detail.stack.status), (RunStatus::Undone, StackStatus::Gone));
        let mut tx = house.portal.storage.begin().await.unwrap();
        let rows = tx.list_resources(&detail.stack.id).await.unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|row| !row.live), "nothing is looked after any more");
        let told = house.history().await.into_iter().find(|event| event.entry.action == "run.handled").unwrap();
        assert_eq!(told.entry.detail["reason"], "Deleted the log group in the console");
        assert!(told.entry.detail["resources"][0].as_str().unwrap().starts_with("log group "), "{told:?}");
    }

    #[tokio::test]
    async fn what_is_there_can_be_kept_and_fixed_forward() {
        let house = house().await;
        let run = failed(&house).await;
        let status = house.portal.steer(&house.owner, &run, Choice::Keep, "We fix it").await.unwrap();
        assert_eq!(status, RunStatus::Kept);
        let detail = house.portal.run(&house.dev, &run).await.unwrap();
        assert_eq!((detail.request.status, detail.stack.status), (RequestStatus::Failed, StackStatus::NeedsAttention));
        let again = house.change(&detail.stack.id).await;
        let id = house.portal.submit(&house.dev, &again).await.unwrap();
        house.carry_out(&id).await;
        assert_eq!(house.stack(&detail.stack.id).await.status, StackStatus::Live);
    }

    /// Whatever it is at, and what comes then has its exits, too.
    #[tokio::test]
    async fn an_undo_can_be_stopped_and_a_run_that_waits_has_stopped_already() {
        let house = house().await;
        let run = failed(&house).await;
        let steer = async |choice| house.portal.steer(&house.dev, &run, choice, "").await;
        let offered = async || {
            let choices = house.portal.run(&house.dev, &run).await.unwrap().choices;
            choices.iter().map(|one| one.choice).collect::<Vec<_>>()
        };
        let late = steer(Choice::Abort).await.unwrap_err();
        assert!(late.code() == "conflict" && late.to_string().contains("has stopped already"), "{late}");
        steer(Choice::Undo).await.unwrap();
        assert_eq!(offered().await, [Choice::Abort]);
        assert_eq!(steer(Choice::Abort).await.unwrap(), RunStatus::Undoing);
        assert_eq!(offered().await, [], "once is enough");
        house.work().await;
        assert_eq!(house.portal.run(&house.dev, &run).await.unwrap().run.status, RunStatus::NeedsAttention);
        assert_eq!(offered().await, [Choice::Retry, Choice::Keep], "nothing is left that could be dealt with by hand");
        assert_eq!(steer(Choice::Abort).await.unwrap_err().code(), "conflict");
        steer(Choice::Retry).await.unwrap();
        house.work().await;
        assert_eq!(house.portal.run(&house.dev, &run).await.unwrap().run.status, RunStatus::Undone);
        assert!(house.cloud.objects().is_empty());
    }

    #[tokio::test]
    async fn a_queued_run_can_be_stopped() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let run = house.approve(&id).await;
        house.portal.steer(&house.dev, &run, Choice::Abort, "").await.unwrap();
        house.work().await;
        assert_eq!(house.portal.run(&house.dev, &run).await.unwrap().run.status, RunStatus::NeedsChoice);
        assert!(house.cloud.objects().is_empty());
        house.portal.steer(&house.dev, &run, Choice::Undo, "").await.unwrap();
        house.work().await;
        assert_eq!(house.portal.run(&house.dev, &run).await.unwrap().run.status, RunStatus::Undone);
    }
}
