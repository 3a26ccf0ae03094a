//! A person, as initials.

use leptos::prelude::*;

/// Initials in a circle; the name stands elsewhere, so it is hidden from screen readers.
#[component]
pub fn Avatar(
    /// "AL"
    initials: String,
) -> impl IntoView {
    view! { <span class="avatar" aria-hidden="true">{initials}</span> }
}
