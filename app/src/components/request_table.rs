//! Requests as a table.

use leptos::prelude::*;

use super::{Sort, StatusBadge, Table, When};
use crate::{pages::requests::RequestRow, routes};

/// One row each.
#[component]
pub fn RequestTable(
    /// Rows.
    rows: Vec<RequestRow>,
    /// The columns that it can be sorted by.
    #[prop(optional)]
    sorts: Vec<Sort>,
) -> impl IntoView {
    view! {
        <Table label="Table of requests" sorts=sorts heads=vec![("Request", ""), ("Status", ""), ("Asked by", "wide-only"), ("A month", "number wide-only"), ("When", "number wide-only")]>
            {rows.into_iter().map(|row| view! {
                <tr data-key=row.id.clone()>
                    <th scope="row"><a class="row-link" href=routes::request(&row.id)>{row.title}</a><code class="row-id">{row.id.clone()}</code></th>
                    <td><StatusBadge status=row.status/></td>
                    <td class="wide-only">{row.requester}<span class="muted">{format!(", {}", row.team)}</span></td>
                    <td class="number wide-only">{row.cost.unwrap_or_else(|| "–".into())}</td>
                    <td class="number muted wide-only"><When moment=row.when/></td>
                </tr>
            }).collect_view()}
        </Table>
    }
}
