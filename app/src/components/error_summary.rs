//! All that is wrong with a form, at its head.

use leptos::prelude::*;

use super::{Icon, IconName, Message};
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
                        view! { <li><Message text=error.message/></li> }.into_any()
                    } else {
                        view! { <li><a href=format!("#field-{}", field_of(&error.path))><Message text=error.message/></a></li> }.into_any()
                    }).collect_view()}
                </ul>
            </div>
        }
    })
}

/// The field that holds what a path points into: "inputs.config" for "inputs.config.LOG_LEVEL", "team" for "team".
pub fn field_of(path: &str) -> &str {
    let inside = if path.starts_with("inputs.") { 1 } else { 0 };
    path.match_indices('.').nth(inside).map_or(path, |(end, _)| &path[..end])
}

#[cfg(test)]
mod tests {
    use super::field_of;

    #[test]
    fn a_path_leads_to_the_field_that_it_points_into() {
        assert_eq!(field_of("team"), "team");
        assert_eq!(field_of("inputs.port"), "inputs.port");
        assert_eq!(field_of("inputs.config.LOG_LEVEL"), "inputs.config");
        assert_eq!(field_of("environment.tags.x"), "environment");
    }
}
