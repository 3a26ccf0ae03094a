//! A thing to do, as a button that posts; or why it cannot be done.

use leptos::prelude::*;

use super::{CsrfField, Message};
use crate::{Choice, Question, Tone};

/// One choice.
#[component]
pub fn ChoiceButton(
    /// What it does.
    choice: Choice,
    /// Token for the form; taken from the page when not given, which islands must.
    #[prop(optional, into)]
    csrf: Option<String>,
) -> impl IntoView {
    let Choice { label, post_to, tone, explain, refused, asks } = choice;
    let tone = match tone {
        Tone::Primary => "primary",
        Tone::Plain => "plain",
        Tone::Danger => "danger",
    };
    let field = match csrf {
        Some(token) => view! { <input type="hidden" name="csrf" value=token/> }.into_any(),
        None => view! { <CsrfField/> }.into_any(),
    };
    let text = (!explain.is_empty()).then(|| view! { <p class="choice-text">{explain}</p> });
    match (refused, asks) {
        (Some(why), _) => view! {
            <div class="choice">
                <span class="button" data-tone="off" aria-disabled="true">{label}</span>
                <p class="choice-text"><Message text=why/></p>
            </div>
        }
        .into_any(),
        (None, Some(asks)) => {
            let Question { label: question, button, typed, wrong } = asks;
            let invalid = wrong.is_some().then_some("true");
            view! {
                <div class="choice">
                    <details class="choice-question" open=typed.is_some()>
                        <summary class="button" data-tone=tone>{label}</summary>
                        <form class="stacked-form" method="post" action=post_to>
                            {field}
                            <div class="field">
                                <label class="field-label" for="choice-reason">{question}</label>
                                <input class="input" type="text" id="choice-reason" name="reason" value=typed.clone() required
                                    maxlength="2000" aria-invalid=invalid aria-describedby=invalid.map(|_| "error-reason")/>
                                {wrong.map(|wrong| view! { <p class="field-error" id="error-reason" role="alert"><Message text=wrong/></p> })}
                            </div>
                            <button class="button" data-tone="primary">{button}</button>
                        </form>
                    </details>
                    {text}
                </div>
            }
            .into_any()
        }
        (None, None) => view! {
            <form class="choice" method="post" action=post_to>
                {field}
                <button class="button" data-tone=tone>{label}</button>
                {text}
            </form>
        }
        .into_any(),
    }
}
