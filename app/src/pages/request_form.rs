//! The form that asks for a new stack or a change of one.

use leptos::prelude::*;

use crate::{
    Crumb, FieldError, Page, Preview,
    components::{CsrfField, ErrorSummary, FormField, PageHeader, field_of},
    document::Breadth,
    islands::RequestPreview,
    routes,
};

/// Posts all its fields, and `environment_id` when there is a choice, to `post_to`.
#[derive(Clone, Debug, Default)]
pub struct RequestFormPage {
    /// "Request a web service", "Change orders".
    pub heading: String,
    /// "web-service".
    pub template: String,
    /// "Web service".
    pub template_title: String,
    /// "3".
    pub revision: String,
    /// Where the form goes.
    pub post_to: String,
    /// Where the live preview goes.
    pub preview_to: String,
    /// Where "Cancel" leads.
    pub back_to: String,
    /// Sections in order.
    pub sections: Vec<FormSection>,
    /// All that is wrong, after a post.
    pub errors: Vec<FieldError>,
    /// What is known of cost, plan and approvers.
    pub preview: Preview,
    /// On the button: "Plan this request".
    pub submit_label: String,
}

/// One step of the form.
#[derive(Clone, Debug, Default)]
pub struct FormSection {
    /// Unique; a fragment of the address.
    pub id: String,
    /// "Traffic".
    pub title: String,
    /// What it is about.
    pub help: String,
    /// In order.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// Name of the form field and path of its errors: "container_port".
    pub name: String,
    /// "Container port".
    pub label: String,
    /// One sentence below.
    pub help: String,
    /// Whether it must be given.
    pub required: bool,
    /// For people without scripts: "Only when load balancer is shared." Nothing when it always counts.
    pub only_when: Option<String>,
    /// What is typed.
    pub control: Control,
}

/// How a field is filled in. Values are what to show now.
#[derive(Clone, Debug)]
pub enum Control {
    /// One line of text.
    Text {
        value: String,
        placeholder: String,
        /// Pattern without anchors, as in HTML.
        pattern: Option<String>,
        max_length: Option<u32>,
        /// Fixed-width letters: names, images, paths.
        code: bool,
    },
    /// A whole number.
    Number {
        value: String,
        min: Option<i64>,
        max: Option<i64>,
        /// "MiB", "tasks".
        unit: Option<String>,
    },
    /// Yes or no; posts "true" when ticked and nothing else when not.
    Toggle { checked: bool },
    /// One of few: shown as cards up to four, as a list otherwise.
    Choice { value: String, options: Vec<ChoiceOption> },
    /// Any number of many; posts the name once for each that is ticked.
    Several { values: Vec<String>, options: Vec<ChoiceOption> },
    /// A value that is never shown again; leaving it empty keeps what is there.
    Secret { already_set: bool },
    /// Names and values; posts `{name}.name` and `{name}.value` once per row, in order. Empty rows are ignored.
    Pairs {
        rows: Vec<PairRow>,
        /// Whether the values are secrets.
        secret: bool,
        name_label: String,
        value_label: String,
    },
    /// Several lines, one item each.
    Lines { value: String, placeholder: String },
}

impl Default for Control {
    fn default() -> Self {
        Self::Text { value: String::new(), placeholder: String::new(), pattern: None, max_length: None, code: false }
    }
}

/// One row of names and values.
#[derive(Clone, Debug, Default)]
pub struct PairRow {
    /// "LOG_LEVEL".
    pub name: String,
    /// Shown unless it is a secret.
    pub value: String,
    /// A secret that is stored already: an empty value keeps it.
    pub already_set: bool,
}

/// One of the possible values.
#[derive(Clone, Debug, Default)]
pub struct ChoiceOption {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A sentence; empty for none.
    pub help: String,
}

impl Page for RequestFormPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![
            Crumb::new("Catalogue", routes::CATALOGUE),
            Crumb::new(self.template_title.clone(), routes::template(&self.template)),
        ]
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let errors = self.errors;
        let visible = self.preview.visible.clone();
        let is_away = move |field: &Field| !visible.is_empty() && !visible.contains(&field.name);
        let wrong_in = |section: &FormSection| {
            section.fields.iter().any(|field| errors.iter().any(|error| field_of(&error.path) == field.name))
        };
        let steps = self
            .sections
            .iter()
            .enumerate()
            .map(|(at, section)| {
                view! {
                    <li>
                        <a href=format!("#section-{}", section.id) data-wrong=wrong_in(section).then_some("true")>
                            <span class="form-step" aria-hidden="true">{at + 1}</span>{section.title.clone()}
                            {wrong_in(section).then(|| view! { <span class="visually-hidden">" has something to put right"</span> })}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <PageHeader title=self.heading
                below=view! { {format!("{}, revision {}. You see the plan before anything happens.", self.template_title, self.revision)} }.into_any()/>
            <div class="request-layout">
                <nav class="form-steps" aria-label="Sections of the form"><ol>{steps}</ol></nav>
                <form class="request-form" id="request-form" method="post" action=self.post_to novalidate>
                    <CsrfField/>
                    <ErrorSummary errors=errors.clone()/>
                    {self.sections.into_iter().map(|section| {
                        let errors = errors.clone();
                        let is_away = is_away.clone();
                        view! {
                            <section class="form-section" id=format!("section-{}", section.id) aria-labelledby=format!("title-{}", section.id)>
                                <h2 id=format!("title-{}", section.id)>{section.title}</h2>
                                {(!section.help.is_empty()).then(|| view! { <p class="form-section-help">{section.help}</p> })}
                                {section.fields.into_iter().map(|field| view! { <FormField away=is_away(&field) field=field errors=errors.clone()/> }).collect_view()}
                            </section>
                        }
                    }).collect_view()}
                    <div class="form-actions">
                        <button class="button" data-tone="primary">{self.submit_label}</button>
                        <a class="button" data-tone="quiet" href=self.back_to>"Cancel"</a>
                    </div>
                </form>
                <aside class="request-summary" aria-label="What this comes to">
                    <RequestPreview preview_to=self.preview_to initial=self.preview/>
                </aside>
            </div>
        }
        .into_any()
    }
}
