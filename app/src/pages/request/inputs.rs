//! What was asked for, beside what runs now and what was asked for before.

use leptos::prelude::*;

use super::InputValue;
use crate::components::{EmptyState, IconName, Table};

pub(super) fn inputs_tab(inputs: Vec<InputValue>) -> AnyView {
    let differs = inputs.iter().any(|input| input.now.is_some());
    let edited = inputs.iter().any(|input| input.before.is_some());
    if inputs.is_empty() {
        return view! { <EmptyState icon=IconName::Request title="No inputs" text="This template asks for nothing beyond a name and a place."/> }.into_any();
    }
    let heads = [
        Some(("Input", "")),
        Some(("Asked for", "")),
        edited.then_some(("Before the edit", "")),
        differs.then_some(("Runs now", "")),
    ];
    view! {
        <section class="section section-first" aria-label="Inputs">
            <Table label="Table of inputs" heads=heads.into_iter().flatten().collect() cards=true>
                {inputs.into_iter().map(|input| {
                    let changed = input.now.is_some() || input.before.is_some();
                    view! {
                        <tr data-changed=changed.then_some("true")>
                            <th scope="row"><span>{input.title}<code class="row-id">{input.name}</code></span></th>
                            <td data-label="Asked for"><code class="value">{input.value}</code></td>
                            {edited.then(|| view! { <td data-label="Before the edit">{other(input.before)}</td> })}
                            {differs.then(|| view! { <td data-label="Runs now">{other(input.now)}</td> })}
                        </tr>
                    }
                }).collect_view()}
            </Table>
        </section>
    }
    .into_any()
}

fn other(value: Option<String>) -> AnyView {
    match value {
        Some(value) => view! { <del><code class="value">{value}</code></del> }.into_any(),
        None => view! { <span class="muted">"the same"</span> }.into_any(),
    }
}
