//! A point in time.

use leptos::prelude::*;

use crate::Moment;

/// Relative, with the exact one on hover; in UTC until `LocaliseTimes` has seen it.
#[component]
pub fn When(
    /// The point in time.
    moment: Moment,
) -> impl IntoView {
    view! { <time class="when" datetime=moment.iso title=moment.exact data-local="true">{moment.relative}</time> }
}
