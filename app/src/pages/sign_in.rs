//! Sign in.

use leptos::prelude::*;

use crate::{
    Page,
    components::{Banner, BannerTone, CsrfField},
    routes,
};

/// Posts `email`, `password`, `return_to` to `routes::SIGN_IN`.
#[derive(Clone, Debug, Default)]
pub struct SignInPage {
    /// What was typed before.
    pub email: String,
    /// Why it did not work: "That e-mail and password do not go together." or "Too many tries; wait 30 seconds."
    pub error: Option<String>,
    /// Path to go to afterwards.
    pub return_to: String,
    /// Who can sign in here; only `demo` fills it.
    pub hints: Vec<SignInHint>,
}

/// A person of the demo.
#[derive(Clone, Debug, Default)]
pub struct SignInHint {
    /// E-mail.
    pub email: String,
    /// "Developer in Payments".
    pub role: String,
}

impl Page for SignInPage {
    fn title(&self) -> String {
        "Sign in".into()
    }

    fn view(self) -> AnyView {
        let wrong = self.error.is_some().then_some("true");
        view! {
            <h1>"Sign in"</h1>
            {self.error.map(|error| view! { <Banner tone=BannerTone::Danger announce=true>{error}</Banner> })}
            <form class="stacked-form" method="post" action=routes::SIGN_IN>
                <CsrfField/>
                <input type="hidden" name="return_to" value=self.return_to/>
                <div class="field">
                    <label class="field-label" for="email">"E-mail"</label>
                    <input class="input" type="email" id="email" name="email" value=self.email autocomplete="username" required aria-invalid=wrong/>
                </div>
                <div class="field">
                    <label class="field-label" for="password">"Password"</label>
                    <input class="input" type="password" id="password" name="password" autocomplete="current-password" required aria-invalid=wrong/>
                </div>
                <button class="button button-block" data-tone="primary">"Sign in"</button>
            </form>
            {(!self.hints.is_empty()).then(|| view! {
                <section class="hints" aria-label="People of this demo">
                    <h2>"People of this demo"</h2>
                    <ul>
                        {self.hints.into_iter().map(|hint| view! { <li><code>{hint.email}</code><span class="muted">{hint.role}</span></li> }).collect_view()}
                    </ul>
                </section>
            })}
        }
        .into_any()
    }
}
