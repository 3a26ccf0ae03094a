//! Runs, live and afterwards.

use app::{
    AwsCall, Choice, Failure, GraphLayout, Handed, Handing, Moment, Question, RunView, StepView, Tone, Waited,
    pages::run::RunPage, routes,
};
use domain::{
    DateTime, Utc,
    plan::{Act, Plan, Step},
    run::{
        self, Choice as Chosen, Hands, Phase, Run, RunState, RunStatus, StepState, Wait, Why, left_in_aws, to_undo,
        unmet,
    },
};
use provisioner::cloud::Call;
use service::{
    ServiceError,
    runs::{self, RunCard, RunDetail},
};

use super::{
    form,
    left::{left, the, waits_for},
    plan, status,
};

/// What it does, and what it did, before the thing's name.
fn verbs(step: &Step) -> (&'static str, &'static str) {
    match step.act {
        Act::Create => ("Creating", "Created"),
        Act::Replace => ("Making the successor:", "Made the successor:"),
        Act::Update if step.sheds() => ("Taking what is no longer used from", "Took what is no longer used from"),
        Act::Update => ("Updating", "Updated"),
        Act::Delete => ("Deleting", "Deleted"),
        Act::None => ("Looking at", "Left"),
    }
}

/// What a step does, did, or will do, as a sentence.
fn sentence(step: &Step, state: &StepState, run: &RunState) -> String {
    let what = the(step);
    if step.act == Act::None {
        return format!("Left {what} as it is.");
    }
    let (doing, done) = verbs(step);
    if let Some(Wait { why, .. }) = &state.waits {
        return why.clone();
    }
    match state.phase {
        Phase::Waiting => match unmet(run, step) {
            Some(need) => need.why.clone(),
            None if step.act == Act::Delete => "It starts when everything else is done.".to_owned(),
            None if step.needs.is_empty() => "It starts at once.".to_owned(),
            None => "What it needs is there.".to_owned(),
        },
        Phase::Started => format!("{doing} {what}…"),
        Phase::Exists => format!("AWS has {what} and is making it ready…"),
        Phase::Done => format!("{done} {what}."),
        Phase::Failed => match &state.failure {
            Some(failure) => format!("{} ({})", failure.message, failure.code),
            None => format!("{what} failed."),
        },
        Phase::Undoing => format!("Taking back {what}…"),
        Phase::Undone => match &state.by_hand {
            Some(by) => format!("{by} dealt with {what} by hand."),
            None => format!("Took back {what}."),
        },
        Phase::UndoFailed => match &state.failure {
            Some(failure) => format!("Could not take it back: {}", failure.message),
            None => format!("Could not take back {what}."),
        },
    }
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_seconds()).unwrap_or(0)
}

fn steps(plan: &Plan, state: &RunState, now: DateTime<Utc>) -> Vec<StepView> {
    let mut views = plan::steps(plan);
    for (view, step) in views.iter_mut().zip(&plan.steps) {
        let Some(of_step) = state.steps.get(&step.id) else { continue };
        view.status = status::of_step(of_step.phase);
        view.sentence = sentence(step, of_step, state);
        view.waited = of_step
            .waits
            .as_ref()
            .map(|wait| Waited { seconds: seconds(wait.since, now), at_most: wait.at_most_seconds });
        view.elapsed_seconds = of_step.started_at.map(|from| seconds(from, of_step.ended_at.unwrap_or(now)));
    }
    for left in left_in_aws(plan, state).into_iter().filter(|left| left.state.phase == Phase::Done) {
        if let (Why::WaitsFor(steps), Some(view)) = (left.why, views.iter_mut().find(|view| view.id == left.step.id)) {
            view.sentence = format!("{} {}", view.sentence, waits_for(&steps));
        }
    }
    views
}

/// Until when its time counts: a run that waits for a person does nothing.
fn until(run: &Run, state: &RunState, now: DateTime<Utc>) -> DateTime<Utc> {
    let last = state.steps.values().filter_map(|step| step.ended_at).max();
    if run.status.is_active() { now } else { run.ended_at.or(last).unwrap_or(now) }
}

fn headline(run: RunStatus, plan: &Plan, state: &RunState) -> String {
    let total = plan.steps.iter().filter(|step| step.act != Act::None).count();
    let done = plan
        .steps
        .iter()
        .filter(|step| step.act != Act::None && state.steps.get(&step.id).is_some_and(|s| s.phase == Phase::Done))
        .count();
    match run {
        RunStatus::Queued => "Waiting for its turn.".to_owned(),
        RunStatus::Running if state.aborted => {
            "Stopping: what is in hand is finished, nothing more is started.".to_owned()
        }
        RunStatus::Running => format!("{done} of {total} steps are done."),
        RunStatus::NeedsChoice if state.aborted => "It was stopped. Choose how to go on.".to_owned(),
        RunStatus::NeedsChoice => {
            format!("{done} of {total} steps are done, and something failed. Choose how to go on.")
        }
        RunStatus::Undoing => "Taking back what this run has done.".to_owned(),
        RunStatus::NeedsAttention if state.aborted => "It was stopped before everything was taken back.".to_owned(),
        RunStatus::NeedsAttention if state.steps.values().all(|step| step.phase != Phase::UndoFailed) => {
            "Gantry could not go on with it. Try again, or leave it as it is.".to_owned()
        }
        RunStatus::NeedsAttention => "Not everything could be taken back. A person has to look.".to_owned(),
        RunStatus::Succeeded => format!("All {total} steps are done."),
        RunStatus::Undone if state.handled => {
            "What this run had done was taken back; what could not be was dealt with by hand.".to_owned()
        }
        RunStatus::Undone => "Everything that this run had done was taken back.".to_owned(),
        RunStatus::Kept => "It was left as it is. Mend it with another request.".to_owned(),
        RunStatus::Stale => "AWS had changed since the plan was made, so nothing was started.".to_owned(),
    }
}

fn choice(chosen: Chosen, run: &str, refused: Option<String>) -> Choice {
    let (label, tone, explain) = match chosen {
        Chosen::Retry => ("Try again", Tone::Primary, "Tries what failed once more, and goes on from there."),
        Chosen::Undo => ("Undo", Tone::Danger, "Takes back what this run has done, in reverse order."),
        Chosen::Keep => ("Keep as it is", Tone::Plain, "Ends the run here; mend it with another request."),
        Chosen::Abort => ("Stop", Tone::Plain, "Finishes what is in hand, starts nothing more, then asks."),
        Chosen::Handled => (
            "Dealt with by hand…",
            Tone::Plain,
            "For what you have mended in AWS yourself: Gantry lets go of it and takes back the rest.",
        ),
    };
    let asks = (chosen == Chosen::Handled).then(|| Question {
        label: "What was done in AWS?".to_owned(),
        button: "It is dealt with".to_owned(),
        ..Question::default()
    });
    Choice {
        label: label.to_owned(),
        post_to: routes::run_choice(run, chosen.as_str()),
        tone,
        explain: explain.to_owned(),
        refused,
        asks,
    }
}

fn handing(run: &str, handing: &runs::Handing) -> Handing {
    let platform = handing.platform.then(|| (Hands::Platform.to_string(), "The platform team".to_owned()));
    let people = handing.to.iter().map(|user| (user.id.to_string(), user.name.clone()));
    Handing {
        post_to: routes::run_choice(run, "hand-over"),
        back_to: routes::run_choice(run, "hand-back"),
        people: platform.into_iter().chain(people).collect(),
        refused: handing.may.as_ref().err().map(|denied| denied.reason.clone()),
        ..Handing::default()
    }
}

fn call(call: &Call) -> AwsCall {
    AwsCall {
        operation: format!("{}:{}", call.service, call.operation),
        request_id: call.request_id.clone(),
        error: call.error.clone(),
    }
}

/// "Creating the ECS service orders failed".
fn what_failed(step: &Step, phase: Phase, failure: &run::Failure) -> String {
    let doing = if phase == Phase::UndoFailed { "Taking back" } else { verbs(step).0 };
    let end = if failure.code == run::Failure::STOPPED { "was stopped" } else { "failed" };
    format!("{doing} the {} {} {end}", step.kind.def().label, step.name)
}

/// What the run's page and its event stream show.
pub fn view(detail: &RunDetail, now: DateTime<Utc>) -> RunView {
    let RunDetail { run, request, stack, state, calls, choices, .. } = detail;
    let plan = &request.plan;
    let started = state.steps.values().filter_map(|step| step.started_at).min();
    let failures = plan
        .steps
        .iter()
        .filter_map(|step| {
            let state = state.steps.get(&step.id)?;
            let failure =
                state.failure.as_ref().filter(|_| matches!(state.phase, Phase::Failed | Phase::UndoFailed))?;
            Some(Failure {
                step_id: step.id.clone(),
                what: what_failed(step, state.phase, failure),
                code: failure.code.clone(),
                aws_said: failure.message.clone(),
                meaning: failure.advice.clone(),
                request_id: failure.request_id.clone(),
            })
        })
        .collect();
    let mut steps = steps(plan, state, now);
    for step in &mut steps {
        step.calls = calls.iter().filter(|made| made.step == step.id).map(|made| call(&made.call)).collect();
    }
    RunView {
        id: run.id.to_string(),
        status: status::of_run(run.status),
        sentence: match (&detail.unreadable, &detail.parked) {
            (Some(why), _) if !run.status.is_final() => format!(
                "Its log cannot be read: {why}. Look at what AWS has, leave it as it is, and mend it with another request."
            ),
            (_, Some(why)) => format!("Gantry could not go on with it: {why}. Try again, or leave it as it is."),
            _ => headline(run.status, plan, state),
        },
        steps,
        elapsed_seconds: started.map(|from| seconds(from, until(run, state, now))),
        expected_seconds: Some(u64::from(plan.longest_path().1)),
        started: started.map(|at| Moment::new(at, now)),
        failures,
        left: if run.status.leaves() { left(plan, state) } else { vec![] },
        left_in_part: detail.unreadable.is_some(),
        to_undo: to_undo(plan, state),
        choices: choices
            .iter()
            .map(|one| choice(one.choice, run.id.as_str(), one.may.as_ref().err().map(|denied| denied.reason.clone())))
            .collect(),
        handed: state.handed.as_ref().filter(|_| run.status.is_waiting()).map(|handed| Handed {
            who: beginning_a_sentence(&handed.name),
            by: handed.by.clone(),
            since: Moment::new(handed.since, now),
            note: handed.note.clone(),
            is_lost: detail.handing.as_ref().is_some_and(|handing| handing.is_lost),
        }),
        handing: detail.handing.as_ref().map(|one| handing(run.id.as_str(), one)),
        endpoint: stack.outputs.get("url").filter(|_| run.status == RunStatus::Succeeded).cloned(),
        finished: run.status.is_final(),
        mark: detail.mark.clone(),
    }
}

/// "The platform team" for "the platform team".
fn beginning_a_sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The page.
pub fn page(detail: &RunDetail, now: DateTime<Utc>) -> RunPage {
    let run = view(detail, now);
    let layout = GraphLayout::of(&run.steps);
    RunPage {
        heading: detail.title.clone(),
        request_id: detail.request.id.to_string(),
        stack: Some((detail.stack.name.clone(), detail.stack.id.to_string())),
        started_by: detail.approved_by.join(" and "),
        run,
        layout,
    }
}

/// The page after a choice that was refused for what was said with it.
pub fn refused(detail: &RunDetail, chosen: Chosen, typed: String, error: &ServiceError, now: DateTime<Utc>) -> RunPage {
    let mut page = page(detail, now);
    let post_to = routes::run_choice(&page.run.id, chosen.as_str());
    if let Some(asks) =
        page.run.choices.iter_mut().find(|choice| choice.post_to == post_to).and_then(|one| one.asks.as_mut())
    {
        asks.typed = Some(typed);
        asks.wrong = Some(error.to_string());
    }
    page
}

/// The page after it could not be handed to whom it was to be.
pub fn not_handed(detail: &RunDetail, to: String, note: String, error: &ServiceError, now: DateTime<Utc>) -> RunPage {
    let mut page = page(detail, now);
    if let Some(handing) = &mut page.run.handing {
        handing.typed = Some((to, note));
        handing.errors = form::errors(error.problems());
    }
    page
}

/// In miniature, for home.
pub fn card(card: &RunCard, now: DateTime<Utc>) -> app::pages::home::RunCard {
    let plan = &card.card.request.plan;
    let run = RunView {
        id: card.run.id.to_string(),
        status: status::of_run(card.run.status),
        sentence: headline(card.run.status, plan, &card.state),
        steps: steps(plan, &card.state, now),
        to_undo: to_undo(plan, &card.state),
        expected_seconds: Some(u64::from(plan.longest_path().1)),
        elapsed_seconds: card
            .state
            .steps
            .values()
            .filter_map(|step| step.started_at)
            .min()
            .map(|from| seconds(from, until(&card.run, &card.state, now))),
        ..RunView::default()
    };
    app::pages::home::RunCard { title: card.card.title(), run }
}
