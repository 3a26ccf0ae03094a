//! A table that never widens its page.

use leptos::prelude::*;

/// Scrolls in a box of its own, by finger and by keyboard.
#[component]
pub fn Table(
    /// What is in it, for screen readers: "Table of requests".
    label: &'static str,
    /// Its columns: heading, and the class of all its cells.
    heads: Vec<(&'static str, &'static str)>,
    /// Whether each row becomes a card on a phone; its cells then name their column in `data-label`.
    #[prop(optional)]
    cards: bool,
    /// Rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table class="table" data-cards=cards.then_some("true")>
                <thead><tr>
                    {heads.into_iter().map(|(head, class)| view! {
                        <th scope="col" class=(!class.is_empty()).then_some(class)>{head}</th>
                    }).collect_view()}
                </tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}
