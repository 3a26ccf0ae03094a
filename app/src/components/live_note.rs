//! What a page says about its connection: nothing, as long as it is up to date.

use leptos::prelude::*;

/// What the reader is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// All is well.
    Nothing,
    /// The event stream is being opened again.
    Reconnecting,
    /// The browser has no network.
    Offline,
    /// The session has ended.
    SignedOut,
    /// What was missed is no longer known.
    Gone,
    /// The page is old, and somebody types or decides on it.
    Changed,
    /// Somebody would go on to another one, and what they typed would be lost.
    Unsent,
}

/// A word over the page, and a link where there is something to do.
#[component]
pub fn LiveNote(
    /// What to say.
    #[prop(into)]
    note: Signal<Note>,
) -> impl IntoView {
    let link = move |text: &'static str| view! { <a class="button" href="">{text}</a> };
    let said = move || match note.get() {
        Note::Nothing => None,
        Note::Reconnecting => Some(view! { <span class="live-pulse"></span>"Reconnecting…" }.into_any()),
        Note::Offline => Some("You are offline. What you see may be old.".into_any()),
        Note::SignedOut => Some(view! { "Your session has ended." {link("Sign in again")} }.into_any()),
        Note::Gone => Some(view! { "What this page shows has changed." {link("Look again")} }.into_any()),
        Note::Unsent => Some("What you typed has not been sent. Send it, or clear it, to go on.".into_any()),
        Note::Changed => {
            Some(view! { "This has changed since you opened it." {link("Show it as it is now")} }.into_any())
        }
    };
    move || said().map(|said| view! { <p class="live-note">{said}</p> })
}
