//! Stacks as a table.

use leptos::prelude::*;

use super::{StatusBadge, When};
use crate::{pages::stacks::StackRow, routes};

/// One row each.
#[component]
pub fn StackTable(
    /// Rows.
    rows: Vec<StackRow>,
) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of stacks">
            <table class="table">
                <thead><tr>
                    <th scope="col">"Stack"</th>
                    <th scope="col">"Health"</th>
                    <th scope="col" class="wide-only">"Environment"</th>
                    <th scope="col" class="wide-only">"Endpoint"</th>
                    <th scope="col" class="number">"A month"</th>
                    <th scope="col" class="number wide-only">"Changed"</th>
                </tr></thead>
                <tbody>
                    {rows.into_iter().map(|row| view! {
                        <tr data-key=row.id.clone()>
                            <th scope="row"><a class="row-link" href=routes::stack(&row.id)>{row.name}</a><span class="row-id">{row.template}</span></th>
                            <td><StatusBadge status=row.status word=row.word/></td>
                            <td class="wide-only">{row.environment}<span class="row-id">{row.team}</span></td>
                            <td class="wide-only">{row.endpoint.map(|url| view! { <a class="endpoint" href=url.clone()>{shown(&url)}</a> })}</td>
                            <td class="number">{row.cost.unwrap_or_else(|| "–".into())}</td>
                            <td class="number muted wide-only"><When moment=row.changed/></td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

fn shown(url: &str) -> String {
    url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/').to_owned()
}
