//! The short id of an object, to copy.

use leptos::prelude::*;

use crate::islands::CopyButton;

/// `req-7F3K2M` and a button that copies it.
#[component]
pub fn ObjectId(
    /// The id.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    view! { <span class="object-id"><code>{id.clone()}</code><CopyButton text=id/></span> }
}
