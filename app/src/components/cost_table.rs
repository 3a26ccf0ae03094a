//! A monthly estimate, item by item.

use leptos::prelude::*;

use crate::CostView;

/// The items, the sum, where the prices come from and what they leave out.
#[component]
pub fn CostTable(
    /// The estimate.
    cost: CostView,
) -> impl IntoView {
    view! {
        <table class="cost-table">
            <thead><tr><th scope="col">"Item"</th><th scope="col" class="wide-only">"Basis"</th><th scope="col" class="number">"A month"</th></tr></thead>
            <tbody>
                {cost.lines.into_iter().map(|line| view! {
                    <tr>
                        <th scope="row">{line.label}</th>
                        <td class="muted wide-only">{line.detail}</td>
                        <td class="number">{line.amount}</td>
                    </tr>
                }).collect_view()}
            </tbody>
            <tfoot>
                <tr>
                    <th scope="row">"Together"</th>
                    <td class="wide-only"></td>
                    <td class="number">{cost.monthly}</td>
                </tr>
                {cost.delta.map(|delta| view! {
                    <tr>
                        <th scope="row">"Against now"</th>
                        <td class="wide-only"></td>
                        <td class="number">{delta}</td>
                    </tr>
                })}
            </tfoot>
        </table>
        <p class="fine-print">
            {cost.source}
            {cost.notes.into_iter().map(|note| format!(" {note}")).collect_view()}
        </p>
    }
}
