//! Gantry's mark: the crane that lifts containers.

use leptos::prelude::*;

/// The mark; its name stands beside it.
#[component]
pub fn CraneMark() -> impl IntoView {
    view! {
        <svg class="crane-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <path class="crane-frame" d="M2 5.5h20M5.5 5.5 4 20.5M18.5 5.5 20 20.5M4.9 11.5h2.6M16.5 11.5h2.6"/>
            <path class="crane-rope" d="M10 5.5v6M14 5.5v6"/>
            <rect class="crane-load" x="7.5" y="11.5" width="9" height="6" rx="1.2"/>
        </svg>
    }
}
