//! First start: the first administrator.

use leptos::prelude::*;

use crate::{
    FieldError, Page,
    components::{CsrfField, ErrorSummary, Message},
    routes,
};

/// Posts `token`, `name`, `email`, `password`, `password_again` to `routes::SET_UP`.
#[derive(Clone, Debug, Default)]
pub struct SetUpPage {
    /// The one-time token from the link.
    pub token: String,
    /// What was typed before.
    pub name: String,
    /// What was typed before.
    pub email: String,
    /// By field: `name`, `email`, `password`, `password_again`; empty path for the whole.
    pub errors: Vec<FieldError>,
}

impl Page for SetUpPage {
    fn title(&self) -> String {
        "Set up Gantry".into()
    }

    fn view(self) -> AnyView {
        let errors = self.errors.clone();
        let field = move |name: &'static str,
                          label: &'static str,
                          kind: &'static str,
                          complete: &'static str,
                          value: String,
                          help: &'static str| {
            let wrong: Vec<String> =
                errors.iter().filter(|error| error.path == name).map(|error| error.message.clone()).collect();
            let invalid = (!wrong.is_empty()).then_some("true");
            view! {
                <div class="field">
                    <label class="field-label" for=format!("field-{name}")>{label}</label>
                    <input class="input" type=kind id=format!("field-{name}") name=name value=value autocomplete=complete required
                        aria-describedby=format!("help-{name} error-{name}") aria-invalid=invalid/>
                    <p class="field-help" id=format!("help-{name}")>{(!help.is_empty()).then_some(help)}</p>
                    <p class="field-error" id=format!("error-{name}")>{(!wrong.is_empty()).then(|| view! { <Message text=wrong.join(" ")/> })}</p>
                </div>
            }
        };
        view! {
            <h1>"Set up Gantry"</h1>
            <p class="muted">"This makes the first administrator. The link works once; afterwards people are invited from inside."</p>
            <ErrorSummary errors=self.errors/>
            <form class="stacked-form" method="post" action=routes::SET_UP>
                <CsrfField/>
                <input type="hidden" name="token" value=self.token/>
                {field("name", "Name", "text", "name", self.name, "")}
                {field("email", "E-mail", "email", "username", self.email, "")}
                {field("password", "Password", "password", "new-password", String::new(), "At least 12 characters. A sentence is easier to keep than a riddle.")}
                {field("password_again", "Password, once more", "password", "new-password", String::new(), "")}
                <button class="button button-block" data-tone="primary">"Make the administrator"</button>
            </form>
        }
        .into_any()
    }
}
