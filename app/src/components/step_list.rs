//! The same steps as a list: for phones, for screen readers, and for the details.

use leptos::prelude::*;

use super::{ChangesTable, CopyText, GlyphIcon, Message, plan_figure::step_time};
use crate::{AwsCall, StepView, components::StatusBadge};

/// Steps in the order they start; each opens to its details.
#[component]
pub fn StepList(
    /// Steps; live ones change in place.
    steps: Vec<Signal<StepView>>,
    /// Whether state and time spent are shown; else it is a plan.
    #[prop(optional)]
    live: bool,
    /// Seconds since the steps were told last, to count on.
    #[prop(optional, into)]
    since: Signal<u64>,
) -> impl IntoView {
    let names: Vec<(String, String)> = steps
        .iter()
        .map(|step| step.with_untracked(|step| (step.id.clone(), format!("{} {}", step.kind, step.name))))
        .collect();
    view! {
        <ol class="step-list" data-live=live.then_some("true")>
            {steps.into_iter().map(|step| row(step, live, since, &names)).collect_view()}
        </ol>
    }
}

fn row(step: Signal<StepView>, live: bool, since: Signal<u64>, names: &[(String, String)]) -> impl IntoView + use<> {
    let first = step.get_untracked();
    let status = Memo::new(move |_| step.with(|step| step.status));
    let needs: Vec<String> = first
        .needs
        .iter()
        .filter_map(|need| names.iter().find(|(id, _)| id == need).map(|(_, name)| name.clone()))
        .collect();
    let sentence = {
        let reason = first.reason.clone();
        move || {
            let said =
                step.with(
                    |step| if live && !step.sentence.is_empty() { step.said(|| since.get()) } else { reason.clone() },
                );
            view! { <Message text=said/> }
        }
    };
    let calls = Memo::new(move |_| step.with(|step| step.calls.clone()));
    let physical = Memo::new(move |_| step.with(|step| step.physical.clone()));
    let time = move || step.with(|step| step_time(step, live, since.get()));
    view! {
        <li class="step" data-status=move || live.then(|| status.get().key()) data-action=first.action.key()
            data-critical=first.critical.then_some("true")>
            <details>
                <summary>
                    <span class="sign" aria-hidden="true">{first.action.sign()}</span>
                    <GlyphIcon glyph=first.glyph/>
                    <span class="step-what">
                        <span class="step-name"><span class="visually-hidden">{first.action.word()}" "</span>{first.name}</span>
                        <span class="step-kind">{first.kind}</span>
                    </span>
                    <span class="step-sentence">{sentence}</span>
                    {live.then(|| view! { <span class="step-status"><StatusBadge status=status/></span> })}
                    <span class="step-time">{time}{first.critical.then(|| view! { <span class="step-path">"longest path"</span> })}</span>
                </summary>
                <div class="step-details" id=format!("step-{}", first.id)>
                    <dl class="facts">
                        <div><dt>"Action"</dt><dd>{first.action.word()}</dd></div>
                        {(!first.reason.is_empty()).then(|| view! { <div><dt>"Why then"</dt><dd><Message text=first.reason/></dd></div> })}
                        {(!needs.is_empty()).then(|| view! { <div><dt>"After"</dt><dd>{needs.join(", ")}</dd></div> })}
                        {move || physical.get().map(|physical| view! { <div><dt>"In AWS"</dt><dd><code>{physical}</code></dd></div> })}
                    </dl>
                    {(!first.changes.is_empty()).then(|| view! { <ChangesTable changes=first.changes/> })}
                    {move || {
                        let calls = calls.get();
                        (!calls.is_empty()).then(|| call_list(calls))
                    }}
                </div>
            </details>
        </li>
    }
}

fn call_list(calls: Vec<AwsCall>) -> impl IntoView {
    view! {
        <details class="calls">
            <summary>"AWS calls "<span class="count">{calls.len()}</span></summary>
            <ol>
                {calls.into_iter().map(|call| view! {
                    <li>
                        <code>{call.operation}</code>
                        {call.error.map(|error| view! { <span class="call-error">"refused: "<code>{error}</code></span> })}
                        {call.request_id.map(|id| view! { <span class="object-id"><code>{id.clone()}</code><CopyText text=id/></span> })}
                    </li>
                }).collect_view()}
            </ol>
        </details>
    }
}
