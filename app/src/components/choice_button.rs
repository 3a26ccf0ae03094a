//! A thing to do, as a button that posts; or why it cannot be done.

use leptos::prelude::*;

use super::CsrfField;
use crate::{Choice, Tone};

/// One choice.
#[component]
pub fn ChoiceButton(
    /// What it does.
    choice: Choice,
    /// Token for the form; taken from the page when not given, which islands must.
    #[prop(optional, into)]
    csrf: Option<String>,
) -> impl IntoView {
    let Choice { label, post_to, tone, explain, refused } = choice;
    match refused {
        Some(why) => view! {
            <div class="choice">
                <span class="button" data-tone="off" aria-disabled="true">{label}</span>
                <p class="choice-text">{why}</p>
            </div>
        }
        .into_any(),
        None => {
            let tone = match tone {
                Tone::Primary => "primary",
                Tone::Plain => "plain",
                Tone::Danger => "danger",
            };
            let field = match csrf {
                Some(token) => view! { <input type="hidden" name="csrf" value=token/> }.into_any(),
                None => view! { <CsrfField/> }.into_any(),
            };
            view! {
                <form class="choice" method="post" action=post_to>
                    {field}
                    <button class="button" data-tone=tone>{label}</button>
                    {(!explain.is_empty()).then(|| view! { <p class="choice-text">{explain}</p> })}
                </form>
            }
            .into_any()
        }
    }
}
