//! Copies a text.

use leptos::prelude::*;

use crate::components::CopyText;

/// [`CopyText`] on a page that is otherwise still.
#[island]
pub fn CopyButton(
    /// What is copied.
    text: String,
) -> impl IntoView {
    view! { <CopyText text=text/> }
}
