//! Adding an environment and changing one: how to get into the account first, then what was found there.

use leptos::prelude::*;

use super::request_form::FormSection;
use crate::{
    Crumb, FieldError, Page,
    components::{Banner, BannerTone, PageHeader, SettingsForm},
    routes,
};

/// Posts its fields, `version`, and `do`: `look` or `save`.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentFormPage {
    /// "Add an environment", "Change production".
    pub heading: String,
    /// Name and id of the environment that is changed; nothing for a new one.
    pub of: Option<(String, String)>,
    /// Where it is posted.
    pub post_to: String,
    /// Version that the form changes.
    pub version: String,
    /// Whether the account was looked into, so that all fields are there.
    pub looked: bool,
    /// Why AWS could not be asked; then everything is typed.
    pub unavailable: Option<String>,
    /// In order.
    pub sections: Vec<FormSection>,
    /// All that is wrong, after a post.
    pub errors: Vec<FieldError>,
}

impl Page for EnvironmentFormPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        let mut trail = vec![Crumb::new("Environments", routes::ENVIRONMENTS)];
        trail.extend(self.of.as_ref().map(|(name, id)| Crumb::new(name.clone(), routes::environment(id))));
        trail
    }

    fn view(self) -> AnyView {
        let lead = match (self.looked, &self.of) {
            (false, _) => "Say how to get into the account; then pick from what is there. Nothing is changed in AWS.",
            (true, None) => "Everything here can be changed later, but where stacks live stays while they do.",
            (true, Some(_)) => "Stacks that are there stay as they are; the next request is made by these rules.",
        };
        let (save, back) = match &self.of {
            Some((_, id)) => ("Save", routes::environment(id)),
            None => ("Add the environment", routes::ENVIRONMENTS.to_owned()),
        };
        let buttons = if self.looked {
            view! {
                <button class="button" data-tone="primary" name="do" value="save">{save}</button>
                <button class="button" name="do" value="look">"Look into the account again"</button>
            }
            .into_any()
        } else {
            view! { <button class="button" data-tone="primary" name="do" value="look">"Look into the account"</button> }
                .into_any()
        };
        view! {
            <PageHeader title=self.heading below=view! { {lead} }.into_any()/>
            {self.unavailable.map(|why| view! {
                <Banner tone=BannerTone::Warning announce=true>{format!("{why} Type what AWS calls things, and check it afterwards.")}</Banner>
            })}
            <SettingsForm post_to=self.post_to sections=self.sections errors=self.errors hidden=vec![("version", self.version)]>
                {buttons}
                <a class="button" data-tone="quiet" href=back>"Cancel"</a>
            </SettingsForm>
        }
        .into_any()
    }
}
