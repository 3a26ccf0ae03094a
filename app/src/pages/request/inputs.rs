//! What was asked for, beside what runs now and what was asked for before.

use leptos::prelude::*;

use super::InputValue;

pub(super) fn inputs_tab(inputs: Vec<InputValue>) -> AnyView {
    let differs = inputs.iter().any(|input| input.now.is_some());
    let edited = inputs.iter().any(|input| input.before.is_some());
    view! {
        <section class="section section-first">
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of inputs">
                <table class="table">
                    <thead><tr>
                        <th scope="col">"Input"</th>
                        <th scope="col">"Asked for"</th>
                        {edited.then(|| view! { <th scope="col">"Before the edit"</th> })}
                        {differs.then(|| view! { <th scope="col">"Runs now"</th> })}
                    </tr></thead>
                    <tbody>
                        {inputs.into_iter().map(|input| {
                            let changed = input.now.is_some() || input.before.is_some();
                            view! {
                                <tr data-changed=changed.then_some("true")>
                                    <th scope="row">{input.title}<code class="row-id">{input.name}</code></th>
                                    <td><code class="value">{input.value}</code></td>
                                    {edited.then(|| view! { <td>{other(input.before)}</td> })}
                                    {differs.then(|| view! { <td>{other(input.now)}</td> })}
                                </tr>
                            }
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
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
