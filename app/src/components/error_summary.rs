//! All that is wrong with a form, at its head.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::FieldError;

/// Links to each field that has something wrong; takes focus when the page opens.
#[component]
pub fn ErrorSummary(
    /// What is wrong.
    errors: Vec<FieldError>,
) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        let heading = match errors.len() {
            1 => "One thing to put right".to_owned(),
            count => format!("{count} things to put right"),
        };
        view! {
            <div class="error-summary" role="alert" tabindex="-1" autofocus=true id="errors">
                <h2><Icon name=IconName::Warning/>{heading}</h2>
                <ul>
                    {errors.into_iter().map(|error| if error.path.is_empty() {
                        view! { <li>{error.message}</li> }.into_any()
                    } else {
                        view! { <li><a href=format!("#field-{}", field_of(&error.path))>{error.message}</a></li> }.into_any()
                    }).collect_view()}
                </ul>
            </div>
        }
    })
}

/// The field that holds what a path points into: "environment" for "environment.2.name".
fn field_of(path: &str) -> String {
    path.split('.').next().unwrap_or(path).to_owned()
}
