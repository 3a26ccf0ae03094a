//! What happened lately.

use leptos::prelude::*;

use super::{Avatar, When};
use crate::{frame::initials, pages::home::Activity};

/// Sentences, newest first.
#[component]
pub fn ActivityList(
    /// What happened.
    items: Vec<Activity>,
) -> impl IntoView {
    view! {
        <ul class="activity">
            {items.into_iter().map(|item| view! {
                <li>
                    <Avatar initials=initials(&item.who)/>
                    <p>
                        <strong>{item.who}</strong>" "{item.did}" "
                        {match item.href {
                            Some(href) => view! { <a href=href>{item.what}</a> }.into_any(),
                            None => item.what.into_any(),
                        }}
                    </p>
                    <When moment=item.when/>
                </li>
            }).collect_view()}
        </ul>
    }
}
