//! A form of settings: sections with their heading beside their fields.

use leptos::prelude::*;

use super::{CsrfField, ErrorSummary, FormField};
use crate::{FieldError, pages::request_form::FormSection};

/// The whole form: what is wrong, sections, buttons.
#[component]
pub fn SettingsForm(
    /// Where it is posted.
    #[prop(into)]
    post_to: String,
    /// In order.
    sections: Vec<FormSection>,
    /// All that is wrong, after a post.
    errors: Vec<FieldError>,
    /// Fields that nobody sees, by name.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// Its buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <form class="settings" method="post" action=post_to novalidate>
            <CsrfField/>
            {hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <ErrorSummary errors=errors.clone()/>
            {sections.into_iter().map(|section| view! {
                <section class="settings-section" id=format!("section-{}", section.id) aria-labelledby=format!("title-{}", section.id)>
                    <div class="settings-about">
                        <h2 id=format!("title-{}", section.id)>{section.title}</h2>
                        {(!section.help.is_empty()).then(|| view! { <p>{section.help}</p> })}
                    </div>
                    <div class="settings-fields">
                        {section.fields.into_iter().map(|field| view! { <FormField field=field errors=errors.clone() away=false/> }).collect_view()}
                    </div>
                </section>
            }).collect_view()}
            <div class="settings-actions">{children()}</div>
        </form>
    }
}
