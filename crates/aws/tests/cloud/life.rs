//! The life of a stack in which things go wrong, with a person who answers whenever a run asks. However it goes, each run
//! ends as asked, or undone, or with a list of exactly what is left.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ids::RunId,
    kinds::Kind,
    observation::Observed,
    plan::{Act, Step, Wish},
    run::{Choice, Event, LoggedEvent, Phase, RunStatus, StepEvent, choices, left_in_aws},
};
use gantry_aws::testing::{Fault, Rule};

use crate::{
    death::{Death, Moment},
    ground::{Ground, LIFE, with_each},
    house::{House, Wanted, known_as},
    tally::{self, Outcome},
};

/// No run makes so many calls, or writes so many events.
const ENDLESS: usize = 400;

/// Something that goes wrong in a run.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub what: What,
    /// With which call that changes something, or after which event.
    pub first: usize,
    /// And then with every so manyeth.
    pub every: Option<usize>,
    /// Only what comes after a person has chosen: the undo, say.
    pub later: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum What {
    /// A call fails in passing: the run goes on by itself. Calls are counted from 0.
    Passing(Fault),
    /// A call that only reads fails in passing. They are counted for themselves.
    Unread(Fault),
    /// A call is refused, and a person chooses.
    Refused(Fault, Choice),
    /// The process dies, and another one finishes. Events are counted from 1.
    Death(Moment),
    /// Every step is taken twice.
    Twice,
}

impl Trouble {
    pub fn at(first: usize, what: What) -> Self {
        Self { what, first, every: None, later: false }
    }

    pub fn every(self, every: usize) -> Self {
        Self { every: Some(every), ..self }
    }

    pub fn later(self) -> Self {
        Self { later: true, ..self }
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        (self.first..ENDLESS).step_by(self.every.unwrap_or(ENDLESS))
    }

    fn fault(&self) -> Option<Fault> {
        match self.what {
            What::Passing(fault) | What::Unread(fault) | What::Refused(fault, _) => Some(fault),
            What::Death(_) | What::Twice => None,
        }
    }

    /// When the process dies by it, if by it.
    fn death(&self) -> Option<Moment> {
        match self.what {
            What::Death(moment) => Some(moment),
            _ => None,
        }
    }

    fn is_unread(&self) -> bool {
        matches!(self.what, What::Unread(_))
    }

    fn is_twice(&self) -> bool {
        matches!(self.what, What::Twice)
    }

    /// What is chosen when a run stops for it.
    fn choice(&self) -> Option<Choice> {
        match self.what {
            What::Refused(_, choice) => Some(choice),
            _ => None,
        }
    }
}

/// What a person does about what could not be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    /// Has it tried again.
    Retry,
    /// Says that it was dealt with.
    Handled,
    /// Leaves it, and asks anew.
    Keep,
}

/// What goes wrong in one run, and who sees to it.
#[derive(Clone, Debug)]
pub struct Case {
    pub troubles: Vec<Trouble>,
    pub hands: Hands,
}

impl Case {
    pub fn of(trouble: Trouble) -> Self {
        Self { troubles: vec![trouble], hands: Hands::Retry }
    }

    pub fn and(mut self, trouble: Trouble) -> Self {
        self.troubles.push(trouble);
        self
    }

    pub fn seen_to(self, hands: Hands) -> Self {
        Self { hands, ..self }
    }

    /// Whether it may come to a list of what is left: when what takes it back is refused, too.
    fn may_leave_something(&self) -> bool {
        self.troubles.iter().filter(|one| matches!(one.what, What::Refused(..))).count() > 1
    }

    /// Those that come before a person has chosen, or those that come later.
    fn troubles(&self, later: bool) -> impl Iterator<Item = &Trouble> {
        self.troubles.iter().filter(move |one| one.later == later)
    }

    fn inject(&self, house: &House, later: bool) {
        for (trouble, fault) in self.troubles(later).filter_map(|one| Some((one, one.fault()?))) {
            let rule = if trouble.is_unread() { Rule::nth_read } else { Rule::nth };
            trouble.places().for_each(|call| house.wire.inject(rule(call, fault)));
        }
    }

    /// After which events the process dies; they are counted from those that were there `before`.
    fn deaths(&self, later: bool, before: usize) -> BTreeMap<usize, Moment> {
        let deaths = self.troubles(later).filter_map(|one| Some((one, one.death()?)));
        deaths.flat_map(|(one, moment)| one.places().map(move |event| (before + event, moment))).collect()
    }

    /// Whether every fault has fired that could: of so many calls that change something or read, and so many after a person has chosen. Where two may
    /// meet in one call, one of them is lost.
    fn has_happened(&self, (calls, reads): (usize, usize), calls_later: usize, fired: usize, what: &str) {
        let faults = || self.troubles.iter().filter(|one| one.fault().is_some());
        if let Some(unread) = faults().find(|one| one.is_unread()) {
            if faults().count() == 1 && !unread.later {
                let could = unread.places().filter(|read| *read < reads).count();
                assert_eq!(fired, could, "{what}: faults in {reads} reads");
            }
            return;
        }
        let of_time = |later| faults().filter(move |one| one.later == later).count();
        let goes_on = faults().any(|one| !one.later && one.every.is_some());
        if of_time(false) > 1 || of_time(true) > usize::from(!goes_on) {
            return;
        }
        let could =
            |one: &Trouble| one.places().filter(|call| *call < if one.later { calls_later } else { calls }).count();
        assert_eq!(
            fired,
            faults().map(could).sum::<usize>(),
            "{what}: faults in {calls} calls, {calls_later} of them later"
        );
    }
}

/// What AWS showed before a run.
type Before = BTreeMap<(String, u32), Observed>;

/// What a run that is over has come to.
pub struct Ended {
    pub status: RunStatus,
    /// How many calls that change something were made after the first choice of a person.
    pub calls_later: usize,
}

impl Ground {
    /// A stack is made, changed and destroyed, and in each of the three something goes wrong.
    pub async fn life(&self, wanted: &Wanted, cases: &[Case; 3], note: &str) {
        let house = self.house(wanted).await;
        for (wish, case) in LIFE.into_iter().zip(cases) {
            let what = format!("{note}{wish} with {case:?}");
            if self.carry_out(&house, wish, case, &what).await.status != RunStatus::Succeeded {
                let again = house.submit(wish).await;
                assert_eq!(house.work(&again).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&again).await);
            }
            self.arrived(&house, wish, &what).await;
        }
    }

    /// Only a create, or an update after a create that goes well; then all of it goes.
    pub async fn part_of_life(&self, wanted: &Wanted, wish: Wish, case: &Case) -> Ended {
        let what = format!("{wish} with {case:?}");
        let house = self.house(wanted).await;
        if wish == Wish::Update {
            let run = house.submit(Wish::Create).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        }
        let ended = self.carry_out(&house, wish, case, &what).await;
        if wish == Wish::Update || ended.status != RunStatus::Undone {
            let run = house.submit(Wish::Destroy).await;
            assert_eq!(house.work(&run).await, RunStatus::Succeeded, "{what}: {:#?}", house.log(&run).await);
        }
        self.is_all_on_record(&house, &[], &what).await;
        assert_eq!(house.live().await, Vec::<String>::new(), "{what}: still on record");
        ended
    }

    /// A run from its request to its end.
    async fn carry_out(&self, house: &House, wish: Wish, case: &Case, what: &str) -> Ended {
        let before = if case.may_leave_something() { house.observed().await } else { Before::new() };
        let run = house.submit(wish).await;
        house.wire.take_calls();
        case.inject(house, false);
        house.stutter(case.troubles.iter().any(|one| matches!(one.what, What::Twice)));
        let mut deaths = case.deaths(false, 0);
        let mut answers = case.troubles.iter().filter_map(Trouble::choice);
        let (mut died, mut listed, mut left) = (0, false, vec![]);
        // How many calls that change something there were when a person first chose.
        let mut chosen_after = None;
        let status = loop {
            while let Some((events, moment)) = deaths.pop_first() {
                if !house.work_and_die(Death { run: run.clone(), events, moment }).await {
                    deaths.insert(events, moment);
                    break;
                }
                died += 1;
                // What exists and is ready at once, and what begins with that, is written together.
                let log = house.log(&run).await;
                assert!(log.len() >= events, "{what}: it died after {} events, before {events}", log.len());
                let (written, later) = (log.len(), &log[events..]);
                let goes_with_it = |logged: &LoggedEvent| {
                    let Event::Step { event, .. } = &logged.event else { return false };
                    matches!(event, StepEvent::Done { .. } | StepEvent::Started)
                };
                assert!(later.iter().all(goes_with_it), "{what}: it did not die after {events} events: {later:?}");
                deaths.retain(|event, _| *event > written);
            }
            let status = house.work(&run).await;
            if status.is_final() {
                break status;
            }
            let state = house.state(&run).await;
            let offered = choices(&house.plan_of(&run).await, &state);
            let choice = match status {
                RunStatus::NeedsChoice => {
                    let wanted = answers.next().unwrap_or(Choice::Retry);
                    if offered.contains(&wanted) { wanted } else { Choice::Retry }
                }
                RunStatus::NeedsAttention => {
                    listed = true;
                    // Who looks here is not who runs.
                    let rules = house.wire.heal();
                    self.is_listed(house, &run, &before, &left, what).await;
                    rules.into_iter().for_each(|rule| house.wire.inject(rule));
                    self.see_to_what_is_left(house, &run, case.hands, &mut left).await
                }
                other => panic!("{what}: {other}: {:#?}", house.log(&run).await),
            };
            assert!(offered.contains(&choice), "{what}: {choice} is not offered: {offered:?}");
            house.choose(&run, choice).await;
            if chosen_after.is_none() {
                chosen_after = Some(house.wire.mutations());
                case.inject(house, true);
                deaths.append(&mut case.deaths(true, house.log(&run).await.len()));
            }
            if choice == Choice::Keep {
                break RunStatus::Kept;
            }
        };
        house.wire.heal();
        house.stutter(false);
        match status {
            RunStatus::Undone => self.is_as_before(house, wish, &left, what).await,
            RunStatus::Kept => self.is_no_orphan(house, &left, what).await,
            RunStatus::Succeeded => {}
            other => panic!("{what}: {other}: {:#?}", house.log(&run).await),
        }
        let made = house.wire.mutations();
        let ended = Ended { status, calls_later: made - chosen_after.unwrap_or(made) };
        let record = house.wire.take_calls();
        let faults: Vec<_> = record.iter().filter_map(|call| call.fault.as_ref()).collect();
        let calls = record.iter().filter(|call| call.mutates()).count();
        case.has_happened((calls, record.len() - calls), ended.calls_later, faults.len(), what);
        for one in left.iter().filter(|one| one.is_object()) {
            house.remove_by_hand(&one.step).await;
        }
        let outcome = match status {
            _ if listed => Outcome::Listed,
            RunStatus::Succeeded if chosen_after.is_none() => Outcome::ByItself,
            RunStatus::Succeeded => Outcome::Retried,
            RunStatus::Kept => Outcome::Kept,
            _ => Outcome::Undone,
        };
        let mut tally = self.tally.lock().unwrap();
        faults.into_iter().for_each(|fault| tally.add(tally::name(fault), outcome, 1));
        tally.add("death", outcome, died);
        tally.add("run with every step twice", outcome, case.troubles.iter().filter(|one| one.is_twice()).count());
        ended
    }

    /// A run has stopped and shows a person what it could not take back. All of that is there, and nothing else but what
    /// was there before the run, as it was.
    async fn is_listed(&self, house: &House, run: &RunId, before: &Before, left: &[Left], what: &str) {
        let state = house.state(run).await;
        let plan = house.plan_of(run).await;
        let left_by_run = left_in_aws(&plan, &state);
        let shown: BTreeSet<_> = left_by_run.iter().map(|one| (step_known_as(one.step), one.step.generation)).collect();
        assert!(!shown.is_empty(), "{what}: nothing is listed");
        self.is_all_on_record(house, &objects(left), what).await;
        let now = house.observed().await;
        let known: BTreeSet<_> = before.keys().chain(&shown).collect();
        assert_eq!(
            now.keys().collect::<BTreeSet<_>>(),
            known,
            "{what}: left is what is there, right what is shown or older"
        );
        let changed = |(one, seen): &(&(String, u32), &Observed)| {
            let is_left = left.iter().any(|left| (&left.name, left.step.generation) == (&one.0, one.1));
            before.contains_key(one) && !shown.contains(one) && !is_left && before[one] != **seen
        };
        let changed: Vec<_> = now.iter().filter(changed).collect();
        assert!(changed.is_empty(), "{what}: changed, and not listed: {changed:?}");
    }

    async fn see_to_what_is_left(&self, house: &House, run: &RunId, hands: Hands, left: &mut Vec<Left>) -> Choice {
        if hands != Hands::Handled {
            return if hands == Hands::Retry { Choice::Retry } else { Choice::Keep };
        }
        let state = house.state(run).await;
        for step in house.plan_of(run).await.steps {
            if state.steps[&step.id].phase == Phase::UndoFailed {
                let one = Left { name: step_known_as(&step), step };
                if one.stands_in_the_way() {
                    house.remove_by_hand(&one.step).await;
                } else {
                    left.push(one);
                }
            }
        }
        Choice::Handled
    }

    /// Whether a stack is as it was before the wish, but for what is left: exactly that.
    async fn is_as_before(&self, house: &House, wish: Wish, left: &[Left], what: &str) {
        self.is_all_on_record(house, &objects(left), what).await;
        let before = match wish {
            Wish::Create => {
                assert_eq!(house.live().await, Vec::<String>::new(), "{what}: still on record");
                return;
            }
            Wish::Update => Wish::Create,
            Wish::Destroy => Wish::Update,
        };
        let amiss: BTreeSet<String> = house.amiss(before).await.into_iter().collect();
        let changed = || left.iter().filter(|one| !one.is_object());
        let may: BTreeSet<String> = changed().map(|one| one.name.clone()).collect();
        // What a later step leaves, the undo of the one before it takes back.
        let must: BTreeSet<String> =
            changed().filter(|one| !one.step.id.contains('@')).map(|one| one.name.clone()).collect();
        assert!(must.is_subset(&amiss) && amiss.is_subset(&may), "{what}: not as before: {amiss:?}, left: {may:?}");
    }

    /// Whether all that is in the account is on record; what could not be made is on record, too.
    async fn is_no_orphan(&self, house: &House, left: &[Left], what: &str) {
        let mut recorded = house.live().await;
        recorded.extend(objects(left));
        for one in self.belongings(house).await {
            let place = recorded.iter().position(|known| *known == one);
            recorded.swap_remove(place.unwrap_or_else(|| panic!("{what}: an orphan, or twice: {one}")));
        }
    }
}

/// What a person left in the account and calls handled.
struct Left {
    step: Step,
    name: String,
}

impl Left {
    /// Whether it is there and should not be; else it is only not as it was.
    fn is_object(&self) -> bool {
        self.step.act != Act::Update
    }

    /// Whether AWS lets nothing go that it uses.
    fn stands_in_the_way(&self) -> bool {
        let uses = [
            Kind::EcsService,
            Kind::LoadBalancer,
            Kind::Listener,
            Kind::ListenerRule,
            Kind::SecurityGroup,
            Kind::ScalableTarget,
            Kind::ScalingPolicy,
        ];
        self.is_object() && uses.contains(&self.step.kind)
    }
}

fn objects(left: &[Left]) -> Vec<String> {
    left.iter().filter(|one| one.is_object()).map(|one| one.name.clone()).collect()
}

fn step_known_as(step: &Step) -> String {
    known_as(step.kind, &step.resource, &step.name)
}

/// A life for each case, some at once.
pub async fn lives(ground: &Ground, wanted: &Wanted, cases: impl IntoIterator<Item = [Case; 3]>) {
    with_each(cases, |cases| async move { ground.life(wanted, &cases, "").await }).await;
}
