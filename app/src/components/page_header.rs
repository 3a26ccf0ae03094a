//! The head of every page: what it is, how it stands, what to do.

use leptos::prelude::*;

/// Title, status and id beside it, a line below, actions at the end.
#[component]
pub fn PageHeader(
    /// The page's one `h1`.
    #[prop(into)]
    title: String,
    /// Beside the title: status, id.
    #[prop(optional, into)]
    beside: Option<AnyView>,
    /// Below the title: who, when, where.
    #[prop(optional, into)]
    below: Option<AnyView>,
    /// One primary action, and others.
    #[prop(optional, into)]
    actions: Option<AnyView>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="page-heading">
                <div class="page-title"><h1>{title}</h1>{beside}</div>
                {below.map(|below| view! { <div class="page-below">{below}</div> })}
            </div>
            {actions.map(|actions| view! { <div class="page-actions">{actions}</div> })}
        </header>
    }
}
