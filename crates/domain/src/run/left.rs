//! What a run has left in AWS. Whoever has to see to it must not have to put it together from the log.

use super::{
    Failure,
    decide::{holds, still_need},
    fold::{Phase, RunState, StepState},
};
use crate::plan::{Plan, Step};

/// Something that a run has made or changed in AWS and not taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Left<'a> {
    /// The step that did it: kind, name, and whether it makes or changes something.
    pub step: &'a Step,
    /// Where that stands: its outputs, and whether AWS took what was wanted.
    pub state: &'a StepState,
    /// Why it still stands.
    pub why: Why<'a>,
}

/// Why something that a run has done still stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Why<'a> {
    /// Nothing has begun to take it back, and nothing is in the way of that.
    NotUndone,
    /// It is being taken back; how that ended is not known yet.
    Undoing,
    /// It could not be taken back.
    UndoFailed(Option<&'a Failure>),
    /// These need it, so they are taken back before it.
    WaitsFor(Vec<&'a Step>),
}

/// Something that could not be taken back and that a person dealt with by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHand<'a> {
    /// The step that did it.
    pub step: &'a Step,
    /// Where that stood; its failure is why it could not be taken back.
    pub state: &'a StepState,
    /// Who said that it was dealt with, by name.
    pub by: &'a str,
}

/// What a run has made or changed in AWS and not taken back, in the order of the plan. A step whose call may have been
/// made counts: nobody knows better. What a run has deleted is not there any more, and what a person dealt with by hand
/// is [`dealt_with_by_hand`].
pub fn left_in_aws<'a>(plan: &'a Plan, state: &'a RunState) -> Vec<Left<'a>> {
    let left = |step: &'a Step| {
        let of_step = state.steps.get(&step.id).filter(|_| holds(state, step))?;
        Some(Left { step, state: of_step, why: why(plan, state, step, of_step) })
    };
    plan.steps.iter().filter_map(left).collect()
}

fn why<'a>(plan: &'a Plan, state: &'a RunState, step: &'a Step, of_step: &'a StepState) -> Why<'a> {
    match of_step.phase {
        Phase::UndoFailed => Why::UndoFailed(of_step.failure.as_ref()),
        Phase::Undoing => Why::Undoing,
        _ if !state.undoing => Why::NotUndone,
        _ => match still_need(plan, state, step).collect::<Vec<_>>() {
            none if none.is_empty() => Why::NotUndone,
            steps => Why::WaitsFor(steps),
        },
    }
}

/// What could not be taken back and was dealt with by hand, in the order of the plan. Whether it is still there is not
/// known: Gantry has let go of it.
pub fn dealt_with_by_hand<'a>(plan: &'a Plan, state: &'a RunState) -> Vec<ByHand<'a>> {
    let by_hand = |step: &'a Step| {
        let of_step = state.steps.get(&step.id)?;
        Some(ByHand { step, state: of_step, by: of_step.by_hand.as_deref()? })
    };
    plan.steps.iter().filter_map(by_hand).collect()
}

/// How many steps an undo takes back, with those that it has taken back already; none while the run goes forward.
pub fn to_undo(plan: &Plan, state: &RunState) -> Option<usize> {
    let done_by_run = |step: &&Step| {
        let of_step = state.steps.get(&step.id);
        holds(state, step) || of_step.is_some_and(|one| one.phase == Phase::Undone)
    };
    state.undoing.then(|| plan.steps.iter().filter(done_by_run).count())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;
    use crate::{
        kinds::Kind,
        observation::Outputs,
        plan::{Act, Level, Need, Wish},
        run::{Choice, Event, LoggedEvent, RunStatus, StepEvent, decide},
    };

    fn step(id: &str, act: Act, needs: &[&str]) -> Step {
        let need = |step: &&str| Need { step: (*step).to_owned(), level: Level::Done, why: String::new() };
        Step {
            id: id.to_owned(),
            resource: id.to_owned(),
            kind: Kind::LogGroup,
            act,
            name: id.to_owned(),
            generation: 1,
            tags: BTreeMap::new(),
            client_token: String::new(),
            before: None,
            outputs: Outputs::new(),
            after: None,
            changed: vec![],
            needs: needs.iter().map(need).collect(),
            reason: String::new(),
            seconds: 1,
        }
    }

    fn plan(steps: Vec<Step>) -> Plan {
        Plan { wish: Wish::Update, steps, outputs: BTreeMap::new(), observed: String::new() }
    }

    /// A role and a firewall; a service that needs both; something that stays as it is.
    fn service() -> Plan {
        plan(vec![
            step("role", Act::Create, &[]),
            step("firewall", Act::Update, &[]),
            step("cluster", Act::None, &[]),
            step("service", Act::Create, &["role", "firewall", "cluster"]),
        ])
    }

    struct Story<'a> {
        plan: &'a Plan,
        state: RunState,
    }

    impl<'a> Story<'a> {
        fn new(plan: &'a Plan) -> Self {
            let mut story = Self { plan, state: RunState::new(plan) };
            story.push(Event::Begun);
            story
        }

        fn push(&mut self, event: Event) {
            let logged = LoggedEvent { position: self.state.position + 1, at: DateTime::UNIX_EPOCH, event };
            self.state.apply(&logged).unwrap();
        }

        fn choose(&mut self, choice: Choice) {
            self.push(Event::Chosen { choice, by: "Ada".to_owned() });
        }

        fn on(&mut self, step: &str, events: impl IntoIterator<Item = StepEvent>) {
            for event in events {
                self.push(Event::Step { step: step.to_owned(), event });
            }
        }

        fn made(&mut self, step: &str) {
            self.on(step, [StepEvent::Started, StepEvent::Done { outputs: Outputs::new() }]);
        }

        /// Each with why it stands.
        fn left(&self) -> Vec<(&str, String)> {
            let why = |why: &Why| match why {
                Why::NotUndone => "not undone".to_owned(),
                Why::Undoing => "undoing".to_owned(),
                Why::UndoFailed(failure) => failure.unwrap().code.clone(),
                Why::WaitsFor(steps) => steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>().join(" "),
            };
            left_in_aws(self.plan, &self.state).iter().map(|left| (left.step.id.as_str(), why(&left.why))).collect()
        }

        fn by_hand(&self) -> Vec<(&str, &str, &str)> {
            let by_hand = dealt_with_by_hand(self.plan, &self.state);
            by_hand
                .into_iter()
                .map(|one| (one.step.id.as_str(), one.by, one.state.failure.as_ref().unwrap().code.as_str()))
                .collect()
        }

        fn status(&self) -> RunStatus {
            decide(self.plan, &self.state).status
        }
    }

    fn failure(code: &str) -> Failure {
        Failure { code: code.to_owned(), message: String::new(), advice: String::new(), request_id: None }
    }

    fn expect(left: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        left.iter().map(|(step, why)| (*step, (*why).to_owned())).collect()
    }

    #[test]
    fn what_was_done_is_left_until_it_is_taken_back_and_what_was_left_alone_never_is() {
        let plan = service();
        let mut story = Story::new(&plan);
        assert_eq!((story.left(), to_undo(&plan, &story.state)), (vec![], None));
        story.made("role");
        story.on("firewall", [StepEvent::Started]);
        let taken: Vec<bool> = left_in_aws(&plan, &story.state).iter().map(|left| left.state.taken).collect();
        assert_eq!(taken, [true, false], "whether AWS took the call is not known yet");
        story.on("firewall", [StepEvent::Done { outputs: Outputs::new() }]);
        story.on("service", [StepEvent::Started, StepEvent::Failed { failure: failure("refused") }]);
        let all = expect(&[("role", "not undone"), ("firewall", "not undone"), ("service", "not undone")]);
        assert_eq!((story.left(), to_undo(&plan, &story.state)), (all, None));

        story.choose(Choice::Undo);
        assert_eq!(to_undo(&plan, &story.state), Some(3));
        let waiting = |service| expect(&[("role", "service"), ("firewall", "service"), ("service", service)]);
        assert_eq!(story.left(), waiting("not undone"));
        story.on("service", [StepEvent::UndoStarted]);
        assert_eq!(story.left(), waiting("undoing"));
        story.on("service", [StepEvent::Undone]);
        assert_eq!(story.left(), expect(&[("role", "not undone"), ("firewall", "not undone")]));
        for step in ["role", "firewall"] {
            story.on(step, [StepEvent::UndoStarted, StepEvent::Undone]);
        }
        assert_eq!((story.left(), story.by_hand()), (vec![], vec![]));
        assert_eq!((story.status(), to_undo(&plan, &story.state)), (RunStatus::Undone, Some(3)));
    }

    #[test]
    fn what_cannot_be_taken_back_is_left_with_all_that_waits_for_that() {
        let plan = service();
        let mut story = Story::new(&plan);
        ["role", "firewall", "service"].into_iter().for_each(|step| story.made(step));
        story.choose(Choice::Abort);
        story.choose(Choice::Undo);
        let fails = [StepEvent::UndoStarted, StepEvent::UndoFailed { failure: failure("busy") }];
        story.on("service", fails.clone());
        let left = expect(&[("role", "service"), ("firewall", "service"), ("service", "busy")]);
        assert_eq!((story.status(), story.left()), (RunStatus::NeedsAttention, left.clone()));

        // Who leaves it as it is can still read what stands, and why.
        let mut kept = Story { plan: &plan, state: story.state.clone() };
        kept.choose(Choice::Keep);
        assert_eq!((kept.status(), kept.left()), (RunStatus::Kept, left));

        // Who deals with it by hand is named, and the rest goes on; it may come to a stop again.
        story.choose(Choice::Handled);
        assert_eq!(story.left(), expect(&[("role", "not undone"), ("firewall", "not undone")]));
        assert_eq!(story.by_hand(), [("service", "Ada", "busy")]);
        story.on("role", fails);
        story.on("firewall", [StepEvent::UndoStarted, StepEvent::Undone]);
        assert_eq!((story.status(), story.left()), (RunStatus::NeedsAttention, expect(&[("role", "busy")])));
        assert_eq!(to_undo(&plan, &story.state), Some(3));
        story.choose(Choice::Handled);
        assert_eq!((story.status(), story.left()), (RunStatus::Undone, vec![]));
        assert_eq!(story.by_hand(), [("role", "Ada", "busy"), ("service", "Ada", "busy")]);
    }

    #[test]
    fn an_undo_that_was_stopped_leaves_what_it_had_not_come_to() {
        let plan = service();
        let mut story = Story::new(&plan);
        ["role", "firewall", "service"].into_iter().for_each(|step| story.made(step));
        story.choose(Choice::Abort);
        story.choose(Choice::Undo);
        story.on("service", [StepEvent::UndoStarted]);
        story.choose(Choice::Abort);
        story.on("service", [StepEvent::Undone]);
        assert_eq!(story.status(), RunStatus::NeedsAttention);
        assert_eq!(story.left(), expect(&[("role", "not undone"), ("firewall", "not undone")]));
    }

    #[test]
    fn what_was_deleted_is_not_left() {
        let plan = plan(vec![step("new", Act::Replace, &[]), step("old", Act::Delete, &[])]);
        let mut story = Story::new(&plan);
        story.made("new");
        story.on("old", [StepEvent::Started, StepEvent::Failed { failure: failure("in-use") }]);
        assert_eq!(story.left(), expect(&[("new", "not undone")]));
    }
}
