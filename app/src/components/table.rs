//! A table that never widens its page.

use leptos::prelude::*;

/// Which way a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From A to Z, oldest first.
    Ascending,
    /// From Z to A, newest first.
    Descending,
}

impl Direction {
    fn arrow(self) -> &'static str {
        match self {
            Self::Ascending => "↑",
            Self::Descending => "↓",
        }
    }

    /// The value of `aria-sort`.
    fn aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// How a table can be sorted by one of its columns.
#[derive(Clone, Debug)]
pub struct Sort {
    /// The heading of the column.
    pub head: &'static str,
    /// Where the table is sorted by it; if it is already, the other way round where there is one.
    pub href: String,
    /// How it is sorted by this column now.
    pub now: Option<Direction>,
}

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
    /// The columns that it can be sorted by.
    #[prop(optional)]
    sorts: Vec<Sort>,
    /// Rows.
    children: Children,
) -> impl IntoView {
    let sorted = (!sorts.is_empty()).then(|| sorted(&sorts));
    view! {
        {sorted}
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table class="table" data-cards=cards.then_some("true")>
                <thead><tr>
                    {heads.into_iter().map(|(head, class)| {
                        let class = (!class.is_empty()).then_some(class);
                        match sorts.iter().find(|sort| sort.head == head) {
                            None => view! { <th scope="col" class=class>{head}</th> }.into_any(),
                            Some(sort) => view! {
                                <th scope="col" class=class aria-sort=sort.now.map(Direction::aria)>
                                    <a class="sort" href=sort.href.clone()>{head}</a>
                                </th>
                            }
                            .into_any(),
                        }
                    }).collect_view()}
                </tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The same links for a phone, where not every column is there, or none.
fn sorted(sorts: &[Sort]) -> impl IntoView + use<> {
    let links = sorts.iter().cloned().map(|Sort { head, href, now }| {
        let way = now.map(|now| {
            let word = if now == Direction::Ascending { ", ascending" } else { ", descending" };
            view! { <span aria-hidden="true">" "{now.arrow()}</span><span class="visually-hidden">{word}</span> }
        });
        view! { <a class="button button-small" href=href aria-current=now.map(|_| "true")>{head}{way}</a> }
    });
    view! { <p class="sorts narrow-only"><span>"Sort by"</span>{links.collect_view()}</p> }
}
