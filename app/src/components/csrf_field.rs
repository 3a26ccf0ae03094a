//! The token that proves that a form came from our page.

use leptos::prelude::*;

/// Hidden field of every form. Rendered on the server only; an island takes the token as a prop.
#[component]
pub fn CsrfField() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let token = use_context::<crate::Csrf>().unwrap_or_default().0;
    #[cfg(not(feature = "ssr"))]
    let token = String::new();
    view! { <input type="hidden" name="csrf" value=token/> }
}
