//! The rest of a list.

use leptos::prelude::*;

use super::{EmptyState, IconName};

/// Addresses of other pages of a list.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Of the first page, on a later one.
    pub first: Option<String>,
    /// Of what comes after this page.
    pub next: Option<String>,
}

/// Links to them; nothing where all is on one page.
#[component]
pub fn Pager(
    /// Their addresses.
    pages: Pages,
    /// "Newest", "First".
    first: &'static str,
    /// "Older", "More".
    next: &'static str,
) -> impl IntoView {
    let link = |href, label| view! { <a class="button" href=href>{label}</a> };
    let Pages { first: begin, next: on } = pages;
    (begin.is_some() || on.is_some()).then(|| {
        view! { <p class="pager form-actions">{begin.map(|href| link(href, first))}{on.map(|href| link(href, next))}</p> }
    })
}

/// A page on which nothing stands any more: what was there has changed since its address was made.
#[component]
pub fn PastTheEnd() -> impl IntoView {
    view! { <EmptyState icon=IconName::Clock title="Nothing further" text="The list ends before this page. It may have changed since you opened it."/> }
}
