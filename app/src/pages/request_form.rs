//! The form that asks for a new stack or a change of one, or edits what was asked for.

use leptos::prelude::*;

use crate::{
    Crumb, FieldError, Moment, Page, Preview,
    components::{Banner, BannerTone, CsrfField, ErrorSummary, FormField, PageHeader, When, field_of},
    document::Breadth,
    islands::RequestPreview,
    routes,
};

/// Posts all its fields, and `environment_id` when there is a choice, to `post_to`.
#[derive(Clone, Debug, Default)]
pub struct RequestFormPage {
    /// "Request a web service", "Change orders".
    pub heading: String,
    /// "Web service, revision 3. You see the plan before anything happens."
    pub below: String,
    /// The way here; its last step is where "Cancel" leads.
    pub trail: Vec<Crumb>,
    /// Where the form goes.
    pub post_to: String,
    /// Where the live preview goes.
    pub preview_to: String,
    /// Where the form goes to be gone on with later.
    pub draft_to: String,
    /// The draft that was saved of it, if there is one.
    pub draft: Option<DraftNote>,
    /// Where a link to the filled form makes sense: the fields that such a link leaves out.
    pub share: Option<Vec<String>>,
    /// Sections in order.
    pub sections: Vec<FormSection>,
    /// All that is wrong, after a post.
    pub errors: Vec<FieldError>,
    /// What is known of cost, plan and approvers.
    pub preview: Preview,
    /// On the button: "Plan this request".
    pub submit_label: String,
}

/// A draft that was saved of this form.
#[derive(Clone, Debug, Default)]
pub struct DraftNote {
    /// What the form is called where a draft is discarded.
    pub form: String,
    /// The form without anything filled in by an address.
    pub href: String,
    /// When it was saved last.
    pub saved: Moment,
    /// Whether the form shows it.
    pub restored: bool,
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
        self.trail.clone()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let errors = self.errors;
        let back_to = self.trail.last().map_or_else(|| routes::CATALOGUE.to_owned(), |last| last.href.clone());
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
            <PageHeader title=self.heading below=view! { {self.below} }.into_any()/>
            {self.draft.map(draft_note)}
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
                        <button class="button" formaction=self.draft_to.clone()>"Save draft"</button>
                        <a class="button" data-tone="quiet" href=back_to>"Cancel"</a>
                    </div>
                </form>
                <aside class="request-summary" aria-label="What this comes to">
                    <RequestPreview preview_to=self.preview_to draft_to=self.draft_to share=self.share initial=self.preview/>
                </aside>
            </div>
        }
        .into_any()
    }
}

fn draft_note(note: DraftNote) -> impl IntoView {
    view! {
        <Banner tone=BannerTone::Note announce=true>
            <div class="draft-note">
                {if note.restored {
                    view! { <p>"Restored your draft of "<strong><When moment=note.saved/></strong>"."</p> }.into_any()
                } else {
                    view! { <p>"You have a draft of this form from "<strong><When moment=note.saved/></strong>"; what you type here replaces it. "<a href=note.href.clone()>"Open the draft"</a></p> }.into_any()
                }}
                {note.restored.then(|| view! { <DiscardDraft form=note.form return_to=note.href/> })}
            </div>
        </Banner>
    }
}

/// Forgets what was typed into a form.
#[component]
pub(super) fn DiscardDraft(
    /// What the form is called.
    form: String,
    /// Where to go then.
    return_to: String,
) -> impl IntoView {
    view! {
        <form method="post" action=routes::DISCARD_DRAFT>
            <CsrfField/>
            <input type="hidden" name="form" value=form/>
            <input type="hidden" name="return_to" value=return_to/>
            <button class="button button-small">"Discard"</button>
        </form>
    }
}
