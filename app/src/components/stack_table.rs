//! Stacks as a table.

use leptos::prelude::*;

use super::{Sort, StatusBadge, Table, When};
use crate::{pages::stacks::StackRow, routes};

/// One row each.
#[component]
pub fn StackTable(
    /// Rows.
    rows: Vec<StackRow>,
    /// The columns that it can be sorted by.
    #[prop(optional)]
    sorts: Vec<Sort>,
) -> impl IntoView {
    view! {
        <Table label="Table of stacks" sorts=sorts heads=vec![("Stack", ""), ("Health", ""), ("Environment", "wide-only"), ("Endpoint", "wide-only"), ("A month", "number"), ("Changed", "number wide-only")]>
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
        </Table>
    }
}

fn shown(url: &str) -> String {
    url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/').to_owned()
}
