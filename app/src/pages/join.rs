//! The end of a link: choosing a password.

use leptos::prelude::*;

use crate::{
    FieldError, Page,
    components::{CsrfField, EmptyState, ErrorSummary, IconName, Message},
    routes,
};

/// Posts `token`, `password`, `password_again` to `routes::JOIN`.
#[derive(Clone, Debug, Default)]
pub struct JoinPage {
    /// The one-time token from the link.
    pub token: String,
    /// Name and e-mail address of whom it lets in; nothing when it leads nowhere.
    pub person: Option<(String, String)>,
    /// By field: `password`, `password_again`.
    pub errors: Vec<FieldError>,
}

impl Page for JoinPage {
    fn title(&self) -> String {
        if self.person.is_some() { "Choose a password".into() } else { "This link leads nowhere".into() }
    }

    fn view(self) -> AnyView {
        let Some((name, email)) = self.person else {
            return view! {
                <h1 class="visually-hidden">"This link leads nowhere"</h1>
                <EmptyState icon=IconName::Clock title="This link leads nowhere any more"
                    text="It was used already, is too old, or there is a newer one. Ask an administrator for another.">
                    <a class="button" href=routes::SIGN_IN>"Sign in"</a>
                </EmptyState>
            }
            .into_any();
        };
        let errors = self.errors.clone();
        let field = move |name: &'static str, label: &'static str, help: &'static str| {
            let wrong: Vec<String> =
                errors.iter().filter(|error| error.path == name).map(|error| error.message.clone()).collect();
            let invalid = (!wrong.is_empty()).then_some("true");
            view! {
                <div class="field">
                    <label class="field-label" for=format!("field-{name}")>{label}</label>
                    <input class="input" type="password" id=format!("field-{name}") name=name autocomplete="new-password" required
                        aria-describedby=format!("help-{name} error-{name}") aria-invalid=invalid/>
                    <p class="field-help" id=format!("help-{name}")>{(!help.is_empty()).then_some(help)}</p>
                    <p class="field-error" id=format!("error-{name}")>{(!wrong.is_empty()).then(|| view! { <Message text=wrong.join(" ")/> })}</p>
                </div>
            }
        };
        view! {
            <h1>"Choose a password"</h1>
            <p class="muted">{format!("Welcome, {name}. You sign in as {email}.")}</p>
            <ErrorSummary errors=self.errors/>
            <form class="stacked-form" method="post" action=routes::JOIN>
                <CsrfField/>
                <input type="hidden" name="token" value=self.token/>
                <input class="visually-hidden" type="text" name="username" value=email autocomplete="username" tabindex="-1" aria-hidden="true" readonly/>
                {field("password", "Password", "At least 12 characters. A sentence is easier to keep than a riddle.")}
                {field("password_again", "Password, once more", "")}
                <button class="button button-block" data-tone="primary">"Save and sign in"</button>
            </form>
        }
        .into_any()
    }
}
