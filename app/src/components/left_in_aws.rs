//! What a run has left in AWS.

use leptos::prelude::*;

use super::{CopyText, GlyphIcon, Message};
use crate::Left;

/// What still stands, with why; and what somebody dealt with by hand. Only an island wakes its buttons that copy.
#[component]
pub fn LeftInAws(
    /// Both, in the order of the steps.
    left: Vec<Left>,
    /// Whether there may be more.
    in_part: bool,
) -> impl IntoView {
    let (by_hand, stands): (Vec<Left>, Vec<Left>) = left.into_iter().partition(|one| one.by_hand);
    let note = if in_part {
        "This run has made or changed these and not taken them back. Its log cannot be read to the end: there may be more."
    } else {
        "This run has made or changed these and not taken them back."
    };
    view! {
        {(!stands.is_empty()).then(|| view! {
            <section class="section" aria-labelledby="left-heading">
                <h2 id="left-heading">"Left in AWS "<span class="count">{stands.len()}</span></h2>
                <p class="left-note muted">{note}</p>
                {list(stands)}
            </section>
        })}
        {(!by_hand.is_empty()).then(|| view! {
            <section class="section" aria-labelledby="by-hand-heading">
                <h2 id="by-hand-heading">"Dealt with by hand "<span class="count">{by_hand.len()}</span></h2>
                <p class="left-note muted">
                    "Gantry has let go of these and does not know whether they are still there. What was done about them \
                     stands in the activity of the request."
                </p>
                {list(by_hand)}
            </section>
        })}
    }
}

fn list(left: Vec<Left>) -> impl IntoView {
    view! {
        <ul class="rows">
            {left.into_iter().map(|one| view! {
                <li class="row left-row" data-key=one.step_id>
                    <GlyphIcon glyph=one.glyph/>
                    <div class="left-what">
                        <p class="left-head">
                            <span>{one.kind}</span>
                            <code>{one.name.clone()}</code>
                            {one.identifier.is_none().then(|| view! { <CopyText text=one.name/> })}
                            <span class="tag">{one.did}</span>
                        </p>
                        {one.identifier.map(|id| view! { <p class="left-id"><code>{id.clone()}</code><CopyText text=id/></p> })}
                        {(!one.why.is_empty()).then(|| view! { <p class="left-why"><Message text=one.why/></p> })}
                    </div>
                </li>
            }).collect_view()}
        </ul>
    }
}
