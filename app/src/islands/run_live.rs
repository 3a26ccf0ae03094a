//! A run, live: its state, graph, failures and steps.

use leptos::prelude::*;

use crate::{
    Choice, Failure, GraphLayout, Progress, RunView, Status, StepView,
    components::{
        ChoiceButton, CopyText, HandOver, Icon, IconName, LeftInAws, Message, PlanFigure, StatusBadge, StepList, When,
    },
    duration_text,
};

/// The whole of a run. Each message of the tab's stream about it is the whole [`RunView`]; the graph never moves.
#[island]
pub fn RunLive(
    /// As the page was rendered.
    run: RunView,
    /// Where each step stands.
    layout: GraphLayout,
    /// Token for the forms that the choices post.
    csrf: String,
) -> impl IntoView {
    let count = run.steps.len();
    let started = run.started.clone();
    let run = RwSignal::new(run);
    // Counts on between two messages, so that time passes even when nothing else happens.
    let since = RwSignal::new(0_u64);

    #[cfg(target_arch = "wasm32")]
    if !run.with_untracked(|run| run.finished) {
        #[derive(serde::Deserialize)]
        struct Message {
            state: RunView,
        }
        let (id, mark) = run.with_untracked(|run| (run.id.clone(), run.mark.clone()));
        super::stream::follow(&id, &mark, move |text| {
            if let Ok(Message { state }) = serde_json::from_str(text)
                && state.steps.len() == count
            {
                since.set(0);
                run.update(|run| *run = state.after(run));
            }
        });
        super::browser::every(1_000, move || {
            if run.with_untracked(|run| run.status == Status::Running) {
                since.update(|seconds| *seconds += 1);
            }
        });
    }

    let steps: Vec<Signal<StepView>> =
        (0..count).map(|at| Memo::new(move |_| run.with(|run| run.steps[at].clone())).into()).collect();
    let status = Memo::new(move |_| run.with(|run| run.status));
    let sentence = Memo::new(move |_| run.with(|run| run.sentence.clone()));
    let progress = Memo::new(move |_| run.with(RunView::progress));
    let failures = Memo::new(move |_| run.with(|run| run.failures.clone()));
    let choices = Memo::new(move |_| run.with(|run| run.choices.clone()));
    let left = Memo::new(move |_| run.with(|run| (run.left.clone(), run.left_in_part)));
    let handed = Memo::new(move |_| run.with(|run| run.handed.clone()));
    let handing = Memo::new(move |_| run.with(|run| run.handing.clone()));
    let endpoint = Memo::new(move |_| run.with(|run| run.endpoint.clone().filter(|_| run.status == Status::Succeeded)));
    let elapsed = move || {
        let since = if status.get() == Status::Running { since.get() } else { 0 };
        run.with(|run| run.elapsed_seconds.map(|elapsed| duration_text(elapsed + since)))
            .unwrap_or_else(|| "not started".to_owned())
    };
    let expected = run.with_untracked(|run| run.expected_seconds);
    let csrf = StoredValue::new(csrf);

    view! {
        <section class="run-summary" aria-label="State of the run">
            <div class="run-state">
                <StatusBadge status=status/>
                <p class="run-sentence" aria-live="polite">{move || view! { <Message text=sentence.get()/> }}</p>
                {move || endpoint.get().map(|url| view! {
                    <a class="button" data-tone="primary" href=url.clone()>"Open the service"<Icon name=IconName::External/></a>
                })}
            </div>
            <div class="run-progress">
                <progress max=move || progress.get().all.max(1).to_string() value=move || progress.get().done.to_string()
                    aria-label=move || if progress.get().undoing { "Steps taken back" } else { "Steps done" } data-status=move || status.get().key()></progress>
                <dl class="run-figures">
                    <div>
                        <dt>{move || if progress.get().undoing { "Taken back" } else { "Steps" }}</dt>
                        <dd>{move || { let Progress { done, all, .. } = progress.get(); format!("{done} of {all}") }}</dd>
                    </div>
                    <div><dt>"Time"</dt><dd>{elapsed}</dd></div>
                    {expected.map(|expected| view! { <div><dt>"Expected"</dt><dd>{format!("~{}", duration_text(expected))}</dd></div> })}
                    {started.map(|moment| view! { <div><dt>"Started"</dt><dd><When moment=moment/></dd></div> })}
                </dl>
            </div>
        </section>
        <div class="run-trouble" aria-live="polite">
            {move || {
                let failures = failures.get();
                let choices = choices.get();
                (!failures.is_empty()).then(|| failure_panel(failures, choices, csrf.get_value()))
            }}
        </div>
        {move || {
            let (left, in_part) = left.get();
            let choices = choices.get();
            // With what failed, if anything did.
            let is_here = failures.with(Vec::is_empty) && !choices.is_empty();
            (!left.is_empty()).then(|| view! {
                <LeftInAws left=left in_part=in_part/>
                {is_here.then(|| choice_section(choices, csrf.get_value()))}
            })
        }}
        {move || handing.get().map(|handing| view! { <HandOver handed=handed handing=handing csrf=csrf.get_value()/> })}
        <section class="run-graph" aria-label="Graph">
            <PlanFigure steps=steps.clone() layout=layout live=true since=since/>
        </section>
        <section class="section" aria-labelledby="steps-heading">
            <h2 id="steps-heading">"Steps"</h2>
            <StepList steps=steps live=true since=since/>
        </section>
        {move || {
            let choices = choices.get();
            let is_here = failures.with(Vec::is_empty) && left.with(|(left, _)| left.is_empty()) && !choices.is_empty();
            is_here.then(|| choice_section(choices, csrf.get_value()))
        }}
    }
}

fn failure_panel(failures: Vec<Failure>, choices: Vec<Choice>, csrf: String) -> impl IntoView {
    view! {
        <section class="failure" aria-labelledby="failure-heading">
            {failures.into_iter().enumerate().map(|(at, failure)| view! {
                <div class="failure-part">
                    <h2 id=(at == 0).then_some("failure-heading")><Icon name=IconName::Warning/>{failure.what}</h2>
                    <dl class="facts">
                        {(!failure.aws_said.is_empty()).then(|| view! {
                            <div>
                                // All that AWS says bears the id of a request; the rest is what we have seen.
                                <dt>{if failure.request_id.is_some() { "AWS said" } else { "What happened" }}</dt>
                                <dd><blockquote><code>{failure.code}</code><Message text=failure.aws_said/></blockquote></dd>
                            </div>
                        })}
                        {(!failure.meaning.is_empty()).then(|| view! { <div><dt>"What it means"</dt><dd><Message text=failure.meaning/></dd></div> })}
                        {failure.request_id.map(|id| view! { <div><dt>"AWS request"</dt><dd><span class="object-id"><code>{id.clone()}</code><CopyText text=id/></span></dd></div> })}
                    </dl>
                </div>
            }).collect_view()}
            {(!choices.is_empty()).then(|| view! {
                <h3>"What you can do now"</h3>
                {choice_buttons(choices, csrf)}
            })}
        </section>
    }
}

fn choice_section(choices: Vec<Choice>, csrf: String) -> impl IntoView {
    view! { <section class="section" aria-label="What you can do">{choice_buttons(choices, csrf)}</section> }
}

fn choice_buttons(choices: Vec<Choice>, csrf: String) -> impl IntoView {
    view! {
        <div class="choices">
            {choices.into_iter().map(|choice| view! { <ChoiceButton choice=choice csrf=csrf.clone()/> }).collect_view()}
        </div>
    }
}
