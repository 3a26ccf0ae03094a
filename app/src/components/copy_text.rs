//! Copies a text.

use leptos::prelude::*;

use crate::assets::sprite;

/// A button that copies; without scripts it is not shown, and the text beside it can be selected. Only an island
/// wakes it: elsewhere take [`CopyButton`](crate::islands::CopyButton).
#[component]
pub fn CopyText(
    /// What is copied.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let label = format!("Copy {text}");
    let copy = move |_| {
        #[cfg(target_arch = "wasm32")]
        {
            let clipboard = window().navigator().clipboard();
            let done = clipboard.write_text(&text);
            leptos::task::spawn_local(async move {
                if wasm_bindgen_futures::JsFuture::from(done).await.is_ok() {
                    copied.set(true);
                    set_timeout(move || copied.set(false), std::time::Duration::from_millis(1_600));
                }
            });
        }
        #[cfg(not(target_arch = "wasm32"))]
        let _ = &text;
    };
    let sprite = sprite();
    view! {
        <button class="copy scripted-only" type="button" aria-label=label data-copied=move || copied.get().then_some("true") on:click=copy>
            <svg class="icon" width="16" height="16" aria-hidden="true">
                <use href=move || format!("{sprite}#{}", if copied.get() { "check" } else { "copy" })></use>
            </svg>
            <span class="visually-hidden" aria-live="polite">{move || if copied.get() { "Copied" } else { "" }}</span>
        </button>
    }
}
