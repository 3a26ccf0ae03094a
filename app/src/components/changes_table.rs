//! Fields that change, before and after.

use leptos::prelude::*;

use crate::Change;

/// Before and after, field by field.
#[component]
pub fn ChangesTable(
    /// What changes.
    changes: Vec<Change>,
) -> impl IntoView {
    view! {
        <dl class="changes">
            {changes.into_iter().map(|change| {
                let created = change.before.is_none();
                view! {
                    <div class="change">
                        <dt>{change.field}{change.replaces.then(|| view! { <span class="change-note">"needs a new one"</span> })}</dt>
                        <dd>
                            {change.before.map(|before| view! { <del>{before}</del> })}
                            {change.after.map(|after| if created {
                                view! { <span>{after}</span> }.into_any()
                            } else {
                                view! { <ins>{after}</ins> }.into_any()
                            })}
                        </dd>
                    </div>
                }
            }).collect_view()}
        </dl>
    }
}
