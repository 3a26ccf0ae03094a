//! What the reader can do about a request now, and why not.

use leptos::prelude::*;

use super::DecisionBar;
use crate::{
    components::{Banner, BannerTone, ChoiceButton, CsrfField, Icon, IconName},
    routes,
};

pub(super) fn decision_bar(bar: DecisionBar, id: &str) -> Option<AnyView> {
    let DecisionBar { approve, seal, reject, ask_for_changes, refused, edit, my_turn, others, error, reason, wanted } =
        bar;
    let can_do = approve || reject || ask_for_changes || edit.is_some() || !others.is_empty();
    if !can_do && refused.is_none() && error.is_none() {
        return None;
    }
    let ask = Objection {
        label: "Ask for changes…",
        post_to: routes::request_changes(id),
        field: "wanted",
        question: "What should be different?",
        help: "The requester reads this and can edit the request. It is planned and approved anew then.",
        button: "Ask for these changes",
        tone: "primary",
        typed: wanted,
    };
    let no = Objection {
        label: "Reject…",
        post_to: routes::request_reject(id),
        field: "reason",
        question: "Why not?",
        help: "The requester reads this. A rejected request is over.",
        button: "Reject this request",
        tone: "danger",
        typed: reason,
    };
    Some(
        view! {
            <section class="decision-bar" aria-label="Your decision">
                {error.map(|error| view! { <Banner tone=BannerTone::Danger announce=true>{error}</Banner> })}
                {approve.then(|| view! { <p class="decision-why"><Icon name=IconName::Seal/>"Approving signs exactly this plan; any change voids it."</p> })}
                {my_turn.then(|| view! { <p class="decision-why"><Icon name=IconName::Pencil/>"It is your turn: edit it, or answer in a comment."</p> })}
                {refused.map(|why| view! { <p class="decision-why"><Icon name=IconName::Lock/>{why}</p> })}
                <div class="decision-actions">
                    {others.into_iter().map(|choice| view! { <ChoiceButton choice=choice/> }).collect_view()}
                    {edit.map(|href| view! { <a class="button" data-tone=my_turn.then_some("primary") href=href><Icon name=IconName::Pencil/>"Edit"</a> })}
                    {ask_for_changes.then(|| objection(ask, &seal))}
                    {reject.then(|| objection(no, &seal))}
                    {approve.then(|| view! {
                        <form method="post" action=routes::request_approve(id)>
                            <CsrfField/>
                            <input type="hidden" name="seal" value=seal.clone()/>
                            <button class="button" data-tone="primary"><Icon name=IconName::Check/>"Approve this plan"</button>
                        </form>
                    })}
                </div>
            </section>
        }
        .into_any(),
    )
}

/// A no that needs words.
struct Objection {
    label: &'static str,
    post_to: String,
    /// Unique on the page.
    field: &'static str,
    question: &'static str,
    help: &'static str,
    button: &'static str,
    tone: &'static str,
    /// What was typed, after a post that was refused.
    typed: Option<String>,
}

fn objection(one: Objection, seal: &str) -> impl IntoView {
    let help = format!("{}-help", one.field);
    let was_refused = one.typed.is_some();
    view! {
        <details class="menu decision-objection" open=was_refused>
            <summary class="button">{one.label}</summary>
            <form class="menu-panel stacked-form" method="post" action=one.post_to>
                <CsrfField/>
                <input type="hidden" name="seal" value=seal.to_owned()/>
                <div class="field">
                    <label class="field-label" for=one.field>{one.question}</label>
                    <textarea class="input" id=one.field name="reason" rows="3" required aria-describedby=help.clone()>{one.typed}</textarea>
                    <p class="field-help" id=help>{one.help}</p>
                </div>
                <button class="button" data-tone=one.tone>{one.button}</button>
            </form>
        </details>
    }
}
