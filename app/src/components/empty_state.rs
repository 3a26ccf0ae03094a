//! Nothing here yet, and what to do about it.

use leptos::prelude::*;

use super::{Icon, IconName};

/// An empty list: what would be here, and the next thing to do as children.
#[component]
pub fn EmptyState(
    /// Its picture.
    icon: IconName,
    /// "Nothing waits for you".
    #[prop(into)]
    title: String,
    /// A sentence.
    #[prop(into)]
    text: String,
    /// Links or buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <span class="empty-icon"><Icon name=icon/></span>
            <p class="empty-title">{title}</p>
            <p class="empty-text">{text}</p>
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
