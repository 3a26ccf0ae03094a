//! Pages for when something is not as wished, each with the next thing to do.

use leptos::prelude::*;

use crate::{
    Page,
    components::{EmptyState, IconName},
    routes,
};

/// 403: signed in, and not allowed.
#[derive(Clone, Debug, Default)]
pub struct ForbiddenPage {
    /// "Only owners of Payments may see this stack."
    pub why: String,
}

/// 404.
#[derive(Clone, Debug, Default)]
pub struct NotFoundPage {
    /// What was looked for: "req-7F3K2M"; empty when unknown.
    pub what: String,
}

/// 500: our fault.
#[derive(Clone, Debug, Default)]
pub struct InternalErrorPage {
    /// What to tell the people who run Gantry.
    pub reference: String,
}

/// Any other refusal: a conflict, an expired form, a database that is away.
#[derive(Clone, Debug, Default)]
pub struct ErrorPage {
    /// "Somebody else was faster".
    pub heading: String,
    /// What happened.
    pub what: String,
    /// What the reader can do.
    pub next: String,
    /// A link to go on with: label and address.
    pub link: Option<(String, String)>,
}

fn message(code: &'static str, icon: IconName, title: String, text: String, actions: AnyView) -> AnyView {
    view! {
        <section class="error-page">
            {(!code.is_empty()).then(|| view! { <p class="error-code">{code}</p> })}
            <h1 class="visually-hidden">{title.clone()}</h1>
            <EmptyState icon=icon title=title text=text>{actions}</EmptyState>
        </section>
    }
    .into_any()
}

impl Page for ForbiddenPage {
    fn title(&self) -> String {
        "Not allowed".into()
    }

    fn view(self) -> AnyView {
        let why = if self.why.is_empty() {
            "Your role does not reach this far. An owner of the team can change that.".to_owned()
        } else {
            self.why
        };
        message(
            "403",
            IconName::Lock,
            "You may not see this".into(),
            why,
            view! { <a class="button" data-tone="primary" href=routes::HOME>"Go home"</a> }.into_any(),
        )
    }
}

impl Page for NotFoundPage {
    fn title(&self) -> String {
        "Not found".into()
    }

    fn view(self) -> AnyView {
        let text = if self.what.is_empty() {
            "The address may be mistyped, or it belongs to another team.".to_owned()
        } else {
            format!("Nothing called {} is here. It may be mistyped, or it belongs to another team.", self.what)
        };
        message(
            "404",
            IconName::Search,
            "There is nothing here".into(),
            text,
            view! {
                <a class="button" data-tone="primary" href=routes::HOME>"Go home"</a>
                <a class="button" href=routes::STACKS>"Stacks"</a>
            }
            .into_any(),
        )
    }
}

impl Page for InternalErrorPage {
    fn title(&self) -> String {
        "Something went wrong".into()
    }

    fn view(self) -> AnyView {
        let reference = if self.reference.is_empty() {
            String::new()
        } else {
            format!(" Tell those who run Gantry this reference: {}.", self.reference)
        };
        message(
            "500",
            IconName::Warning,
            "Something went wrong on our side".into(),
            format!("Runs that are under way go on. Load the page again in a moment.{reference}"),
            view! { <a class="button" data-tone="primary" href=routes::HOME>"Go home"</a> }.into_any(),
        )
    }
}

impl Page for ErrorPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn view(self) -> AnyView {
        let (label, href) = self.link.unwrap_or_else(|| ("Go home".into(), routes::HOME.into()));
        message(
            "",
            IconName::Info,
            self.heading,
            format!("{} {}", self.what, self.next),
            view! { <a class="button" data-tone="primary" href=href>{label}</a> }.into_any(),
        )
    }
}
