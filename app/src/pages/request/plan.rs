//! The plan of a request, and what is different about it.

use leptos::prelude::*;

use super::{Difference, EditNote, Stale};
use crate::{
    PlanView, StepAction, StepView,
    components::{Banner, BannerTone, ChangesTable, EmptyState, Icon, IconName, Message, StepList, When},
    duration_text,
    islands::PlanExplorer,
};

pub(super) fn plan_tab(plan: Option<PlanView>) -> AnyView {
    let Some(plan) = plan else {
        return view! {
            <EmptyState icon=IconName::Seal title="No plan yet" text="Gantry looks at AWS, decides every name and value, and shows the plan here before anybody is asked."/>
        }
        .into_any();
    };
    view! { <PlanPart plan=plan/> }.into_any()
}

/// A plan: warnings, how long, the graph, the list.
#[component]
pub(super) fn PlanPart(
    /// The plan.
    plan: PlanView,
) -> impl IntoView {
    let head = plan_head(&plan);
    let steps = signals(&plan.steps);
    view! {
        <section class="section section-first" aria-label="Plan">
            {head}
            <PlanExplorer steps=plan.steps layout=plan.layout/>
            <StepList steps=steps/>
        </section>
    }
}

/// A plan without its graph, as it is printed below another tab.
pub(super) fn plan_list(plan: PlanView) -> AnyView {
    view! { {plan_head(&plan)}<StepList steps=signals(&plan.steps)/> }.into_any()
}

fn signals(steps: &[StepView]) -> Vec<Signal<StepView>> {
    steps.iter().cloned().map(|step| RwSignal::new(step).into()).collect()
}

fn plan_head(plan: &PlanView) -> impl IntoView + use<> {
    let seal: String = plan.seal.chars().take(12).collect();
    view! {
        {plan.warnings.clone().into_iter().map(|text| view! { <Banner tone=BannerTone::Warning><Message text=text/></Banner> }).collect_view()}
        <p class="plan-counts">
            <span>{counts(&plan.steps)}</span>
            {plan.expected_seconds.map(|expected| view! { <span class="muted">{format!("about {}", duration_text(expected))}</span> })}
            {(!seal.is_empty()).then(|| view! { <span class="muted" title="An approval signs exactly this plan"><Icon name=IconName::Seal/><code>{seal}</code></span> })}
        </p>
    }
}

/// "14 to create, 1 to replace".
fn counts(steps: &[StepView]) -> String {
    use StepAction as Action;
    let parts: Vec<String> = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Replace, "to replace"),
        (Action::Adopt, "to adopt"),
        (Action::Delete, "to delete"),
        (Action::None, "unchanged"),
    ]
    .into_iter()
    .filter_map(|(action, words)| {
        let count = steps.iter().filter(|step| step.action == action).count();
        (count > 0).then(|| format!("{count} {words}"))
    })
    .collect();
    if parts.is_empty() { "Nothing to do".into() } else { parts.join(", ") }
}

pub(super) fn stale_panel(stale: Stale) -> impl IntoView {
    view! {
        <Banner tone=BannerTone::Warning>
            <p><strong>"The plan is stale. "</strong>{stale.why}</p>
            {differences(stale.differences)}
        </Banner>
    }
}

/// Sentences about a plan, each with its fields.
pub(super) fn differences(differences: Vec<Difference>) -> Option<impl IntoView> {
    (!differences.is_empty()).then(|| view! {
        <ul class="differences">
            {differences.into_iter().map(|one| view! {
                <li><Message text=one.sentence/>{(!one.changes.is_empty()).then(|| view! { <ChangesTable changes=one.changes/> })}</li>
            }).collect_view()}
        </ul>
    })
}

/// What edits changed, for whoever has looked at the request before.
pub(in crate::pages) fn edit_panel(note: EditNote) -> impl IntoView {
    let plan = note.plan.len();
    let nothing = note.changes.is_empty() && plan == 0;
    view! {
        <section class="edit-note" aria-labelledby="edited-heading">
            <h2 id="edited-heading"><Icon name=IconName::Pencil/>{note.heading}<span class="muted">{note.who}", "<When moment=note.when/></span></h2>
            {if nothing {
                view! { <p class="muted">"Nothing: what was edited was taken back. It has another seal, so it is decided about anew."</p> }.into_any()
            } else {
                view! { <ChangesTable changes=note.changes/> }.into_any()
            }}
            {(plan > 0).then(|| view! {
                <details>
                    <summary>"In the plan "<span class="count">{plan}</span></summary>
                    {differences(note.plan)}
                </details>
            })}
        </section>
    }
}
