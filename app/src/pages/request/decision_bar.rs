//! What the reader can do about a request now, and why not.

use leptos::prelude::*;

use super::{DecisionBar, Refused, Said, decision_panel::Panel};
use crate::{
    Tone,
    components::{Banner, BannerTone, CsrfField, Icon, IconName},
    routes,
};

pub(super) fn decision_bar(bar: DecisionBar, id: &str) -> Option<AnyView> {
    let DecisionBar {
        approve,
        seal,
        reject,
        ask_for_changes,
        edit,
        my_turn,
        plan_again,
        withdraw,
        refused,
        error,
        mut typed,
    } = bar;
    let can_do =
        approve.is_some() || reject || ask_for_changes || edit.is_some() || plan_again.is_some() || withdraw.is_some();
    if !can_do && refused.is_empty() && error.is_none() {
        return None;
    }
    let approves = approve.is_some();
    let mut typed_for = |said: Said| typed.take_if(|(about, _)| *about == said).map(|(_, text)| text);
    let panels = [
        withdraw.map(|explain| Panel::withdraw(id, explain).typed(typed_for(Said::Withdraw))),
        ask_for_changes.then(|| Panel::changes(id, &seal).typed(typed_for(Said::Changes))),
        reject.then(|| Panel::reject(id, &seal).typed(typed_for(Said::Reject))),
        approve.map(|signs| Panel::approve(id, &seal, &signs).typed(typed_for(Said::Approve))),
    ];
    // What was typed where nothing can be said any more is not lost either.
    let unsaid = typed.map(|(_, text)| text).filter(|text| !text.trim().is_empty());
    let notes = notes(plan_again.is_some(), edit.is_some() && !my_turn, refused);
    Some(
        view! {
            <section class="decision-bar" aria-label="Your decision">
                {error.map(|error| view! {
                    <Banner tone=BannerTone::Danger announce=true>
                        <p>{error}</p>
                        {unsaid.map(|text| view! { <p class="comment-text">{format!("You wrote: {text}")}</p> })}
                    </Banner>
                })}
                {approves.then(|| view! { <p class="decision-why"><Icon name=IconName::Seal/>"Approving signs exactly this plan; any change voids it."</p> })}
                {my_turn.then(|| view! { <p class="decision-why"><Icon name=IconName::Pencil/>"It is your turn: edit it, or answer in a comment."</p> })}
                <div class="decision-actions">
                    {plan_again.map(|tone| view! {
                        <form method="post" action=routes::request_plan(id)>
                            <CsrfField/>
                            <button class="button" data-tone=(tone == Tone::Primary).then_some("primary")>"Plan again"</button>
                        </form>
                    })}
                    {edit.map(|href| view! { <a class="button" data-tone=my_turn.then_some("primary") href=href><Icon name=IconName::Pencil/>"Edit"</a> })}
                    {panels.into_iter().flatten().map(|panel| panel.view(None)).collect_view()}
                </div>
                {notes}
            </section>
        }
        .into_any(),
    )
}

/// What a button does that does it at once, and why there is none.
fn notes(may_plan_again: bool, may_edit: bool, refused: Vec<Refused>) -> Option<impl IntoView> {
    let note = |icon: IconName, what: String, text: String| view! { <li><Icon name=icon/><span><strong>{what}</strong>{text}</span></li> };
    let plan_again = (IconName::Seal, "Plan again", " looks at AWS anew. Approvals stand if the same plan comes out.");
    let edit = (IconName::Pencil, "Edit", " plans it anew for what is different. Approvals so far do not count then.");
    let (plan_again, edit) = (may_plan_again.then_some(plan_again), may_edit.then_some(edit));
    let does = [plan_again, edit].into_iter().flatten().map(|(icon, what, text)| note(icon, what.into(), text.into()));
    let refused = refused.into_iter().map(|one| note(IconName::Lock, one.what, format!(": {}", one.why)));
    let notes: Vec<_> = does.chain(refused).collect();
    (!notes.is_empty()).then(|| view! { <ul class="decision-notes">{notes}</ul> })
}
