//! Tabs that are links: each has an address.

use leptos::prelude::*;

/// One tab.
#[derive(Clone, Debug)]
pub struct Tab {
    /// "Plan"
    pub label: String,
    /// Its address.
    pub href: String,
    /// How many things are behind it.
    pub count: Option<usize>,
    /// Whether it is open.
    pub current: bool,
}

/// A row of tabs.
#[component]
pub fn Tabs(
    /// What they are parts of, for screen readers.
    #[prop(into)]
    label: String,
    /// In order.
    tabs: Vec<Tab>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            <ul>
                {tabs.into_iter().map(|tab| view! {
                    <li>
                        <a href=tab.href aria-current=tab.current.then_some("page")>
                            {tab.label}
                            {tab.count.map(|count| view! { <span class="count">{count}</span> })}
                        </a>
                    </li>
                }).collect_view()}
            </ul>
        </nav>
    }
}
