//! A page that is one form: inviting somebody, a new team.

use leptos::prelude::*;

use super::request_form::FormSection;
use crate::{
    Crumb, FieldError, Page,
    components::{PageHeader, SettingsForm},
};

/// Posts its fields to `post_to`.
#[derive(Clone, Debug, Default)]
pub struct SettingsPage {
    /// "Invite somebody".
    pub heading: String,
    /// What comes of it.
    pub lead: String,
    /// The way here: label and address.
    pub trail: Vec<(String, String)>,
    /// Where it is posted.
    pub post_to: String,
    /// In order.
    pub sections: Vec<FormSection>,
    /// All that is wrong, after a post.
    pub errors: Vec<FieldError>,
    /// On the button.
    pub submit_label: String,
    /// Where "Cancel" leads.
    pub back_to: String,
}

impl Page for SettingsPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        self.trail.iter().map(|(label, href)| Crumb::new(label.clone(), href.clone())).collect()
    }

    fn view(self) -> AnyView {
        view! {
            <PageHeader title=self.heading below=view! { {self.lead} }.into_any()/>
            <SettingsForm post_to=self.post_to sections=self.sections errors=self.errors>
                <button class="button" data-tone="primary">{self.submit_label}</button>
                <a class="button" data-tone="quiet" href=self.back_to>"Cancel"</a>
            </SettingsForm>
        }
        .into_any()
    }
}
