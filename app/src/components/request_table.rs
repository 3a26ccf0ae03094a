//! Requests as a table.

use leptos::prelude::*;

use super::{StatusBadge, When};
use crate::{pages::requests::RequestRow, routes};

/// One row each.
#[component]
pub fn RequestTable(
    /// Rows.
    rows: Vec<RequestRow>,
) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of requests">
            <table class="table">
                <thead><tr>
                    <th scope="col">"Request"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col" class="wide-only">"Asked by"</th>
                    <th scope="col" class="number wide-only">"A month"</th>
                    <th scope="col" class="number wide-only">"When"</th>
                </tr></thead>
                <tbody>
                    {rows.into_iter().map(|row| view! {
                        <tr data-key=row.id.clone()>
                            <th scope="row"><a class="row-link" href=routes::request(&row.id)>{row.title}</a><code class="row-id">{row.id.clone()}</code></th>
                            <td><StatusBadge status=row.status/></td>
                            <td class="wide-only">{row.requester}<span class="muted">{format!(", {}", row.team)}</span></td>
                            <td class="number wide-only">{row.cost.unwrap_or_else(|| "–".into())}</td>
                            <td class="number muted wide-only"><When moment=row.when/></td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}
