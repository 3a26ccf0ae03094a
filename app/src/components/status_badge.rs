//! A state: a word, an icon and a colour, everywhere the same.

use leptos::prelude::*;

use crate::{Status, assets::sprite};

/// Icon and word.
#[component]
pub fn StatusBadge(
    /// The state.
    #[prop(into)]
    status: Signal<Status>,
    /// Another word for the same state, as a stack's "Live".
    #[prop(optional, into)]
    word: String,
) -> impl IntoView {
    let text = move || {
        if word.is_empty() { status.get().word().to_owned() } else { word.clone() }
    };
    view! {
        <span class="status" data-status=move || status.get().key()>
            <StatusIcon status=status/>
            <span class="status-word">{text}</span>
        </span>
    }
}

/// The icon alone, beside words that say the state.
#[component]
pub fn StatusIcon(
    /// The state.
    #[prop(into)]
    status: Signal<Status>,
) -> impl IntoView {
    let sprite = sprite();
    view! {
        <svg class="icon status-icon" width="16" height="16" aria-hidden="true" data-status=move || status.get().key()>
            <use href=move || format!("{sprite}#status-{}", status.get().key())></use>
        </svg>
    }
}
