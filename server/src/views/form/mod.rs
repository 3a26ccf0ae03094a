//! The request form: a template's inputs as fields, and what a browser posts as a draft.
//!
//! Fields of the template are named like the paths of problems (`inputs.port`), so an error finds its field. Names and
//! values of a list are posted side by side (`inputs.config.name`, `inputs.config.value`). Secrets that were typed once
//! are kept in an envelope; the saved draft has the references, and an empty field means "the one that is there". An
//! address fills fields by the same names.

mod fields;
pub mod posted;

use app::{
    Crumb, FieldError, Moment, Preview,
    pages::request_form::{ChoiceOption, Control, DraftNote, Field, FormSection, RequestFormPage},
    routes,
};
use axum::http::StatusCode;
use domain::{
    DateTime, Problem, Utc, cost::dollars, draft::FormOf, plan::Wish, request::title, template::schema::InputType,
};
use service::{
    ServiceError,
    requests::{Draft, Form},
};

use self::fields::field;
use super::{plan, request};
use crate::error::status;

/// `512/1024` for people: `0.5 vCPU, 1 GB`.
pub fn cpu_memory(pair: &str) -> String {
    let sizes =
        pair.split_once('/').and_then(|(cpu, memory)| Some((cpu.parse::<f64>().ok()?, memory.parse::<f64>().ok()?)));
    match sizes {
        Some((cpu, memory)) => format!("{} vCPU, {} GB", cpu / 1024.0, memory / 1024.0),
        None => pair.to_owned(),
    }
}

/// Problems at their fields. A problem with one name of a list belongs to the list.
pub fn errors(problems: &[Problem]) -> Vec<FieldError> {
    problems
        .iter()
        .map(|problem| FieldError {
            path: problem.path.clone(),
            code: problem.code.clone(),
            message: problem.message.clone(),
        })
        .collect()
}

/// The status of a form that comes back as it was typed, and what is told on it: what is wrong with its fields, or that
/// somebody was quicker. Refusals that have a page of their own are handed back.
pub fn told(refused: Option<ServiceError>) -> Result<(StatusCode, Vec<FieldError>), ServiceError> {
    match refused {
        None => Ok((StatusCode::OK, vec![])),
        Some(ServiceError::Invalid(problems)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, errors(&problems))),
        Some(error @ ServiceError::Conflict { .. }) => Ok((status(&error), vec![in_the_way(&error)])),
        Some(error) => Err(error),
    }
}

/// What stands in the way of a form whose fields are right.
pub fn in_the_way(error: &ServiceError) -> FieldError {
    FieldError { path: String::new(), code: error.code().to_owned(), message: error.to_string() }
}

/// What was posted for a choice is none of its options.
pub fn not_an_option(path: &str) -> ServiceError {
    ServiceError::Invalid(vec![Problem::new("not-an-option", path, "Pick one of these.")])
}

/// What the summary beside the form shows.
pub fn preview(form: &Form, preview: &service::requests::Preview, draft: &Draft) -> Preview {
    let team = form.teams.iter().find(|team| Some(&team.id) == draft.team.as_ref()).map(|team| team.title.as_str());
    let approvers = preview.approval.iter().map(|rule| request::rule_in_words(rule, team.unwrap_or("the team")));
    let own = ["team", "environment", "stack_name", "reason"].map(str::to_owned);
    let mut visible: Vec<String> = own.to_vec();
    visible.extend(preview.visible.iter().map(|name| format!("inputs.{name}")));
    let mut errors = errors(&preview.problems);
    if let Some(why) = &preview.unavailable {
        errors.push(FieldError { path: String::new(), code: "unavailable".to_owned(), message: why.clone() });
    }
    Preview {
        errors,
        cost_monthly: preview
            .cost
            .as_ref()
            .filter(|cost| cost.unpriced.is_none())
            .map(|cost| dollars(cost.monthly_micros)),
        cost_lines: preview.cost.as_ref().map(plan::cost_lines).unwrap_or_default(),
        steps: preview.plan.as_ref().map(plan::preview_steps).unwrap_or_default(),
        visible,
        approvers: approvers.collect(),
    }
}

/// Where a form is, where it asks for a preview, and where it is saved as a draft.
struct Addresses {
    form: String,
    preview: String,
    draft: String,
}

impl Addresses {
    fn of(of: &FormOf) -> Self {
        let below = |form: String| Self { preview: format!("{form}/preview"), draft: format!("{form}/draft"), form };
        match of {
            FormOf::Template(name) => Self {
                form: routes::template_request(name),
                preview: routes::template_preview(name),
                draft: routes::template_draft(name),
            },
            FormOf::Stack(id) => below(routes::stack_change(id.as_str())),
            FormOf::Request(id) => below(routes::request_edit(id.as_str())),
        }
    }
}

/// Where a form is.
pub fn address(of: &FormOf) -> String {
    Addresses::of(of).form
}

/// What the form says of the draft that was saved of it. `restored` is whether the form shows it.
pub fn draft_note(form: &Form, restored: bool, now: DateTime<Utc>) -> Option<DraftNote> {
    let saved = form.saved.as_ref()?;
    Some(DraftNote {
        form: form.of.to_string(),
        href: address(&form.of),
        saved: Moment::new(saved.saved_at, now),
        restored,
    })
}

fn about(form: &Form, draft: &Draft) -> FormSection {
    let text = |value: &str, label: &str, help: &str| ChoiceOption {
        value: value.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
    };
    let mut fields = vec![];
    if form.wish == Wish::Create {
        fields.push(Field {
            name: "stack_name".to_owned(),
            label: "Name".to_owned(),
            help: "Lower-case letters, digits and -, beginning with a letter. Everything in AWS begins with it."
                .to_owned(),
            required: true,
            only_when: None,
            control: Control::Text {
                value: draft.stack_name.clone(),
                placeholder: "orders".to_owned(),
                pattern: None,
                max_length: Some(31),
                code: true,
            },
        });
        if form.request.is_none() {
            fields.push(Field {
                name: "team".to_owned(),
                label: "Team".to_owned(),
                help: "Who owns it and pays for it.".to_owned(),
                required: true,
                only_when: None,
                control: Control::Choice {
                    value: draft.team.as_ref().map(ToString::to_string).unwrap_or_default(),
                    options: form.teams.iter().map(|team| text(team.id.as_str(), &team.title, "")).collect(),
                },
            });
        }
        fields.push(Field {
            name: "environment".to_owned(),
            label: "Environment".to_owned(),
            help: match form.left_out.as_slice() {
                [] => "The account, region and network it will live in.".to_owned(),
                names => format!(
                    "The account, region and network it will live in. {} {} nothing new of this.",
                    names.join(", "),
                    if names.len() == 1 { "takes" } else { "take" }
                ),
            },
            required: true,
            only_when: None,
            control: Control::Choice {
                value: draft.environment.as_ref().map(ToString::to_string).unwrap_or_default(),
                options: form
                    .environments
                    .iter()
                    .map(|one| text(one.id.as_str(), &format!("{} ({})", one.name, one.region), &one.summary))
                    .collect(),
            },
        });
    }
    fields.push(Field {
        name: "reason".to_owned(),
        label: "Reason".to_owned(),
        help: "What it is for, or why it changes. Approvers read this.".to_owned(),
        required: false,
        only_when: None,
        control: Control::Lines { value: draft.reason.clone(), placeholder: String::new() },
    });
    FormSection { id: "about".to_owned(), title: "About".to_owned(), help: String::new(), fields }
}

fn sections(form: &Form, draft: &Draft) -> Vec<FormSection> {
    let mut sections = vec![about(form, draft)];
    if form.wish == Wish::Destroy {
        return sections;
    }
    let template = &form.shelved.template;
    for section in &template.sections {
        let is_asked = |fixed: bool| !(form.wish == Wish::Update && fixed);
        let inputs = template.inputs.iter().filter(|input| input.section == section.name && is_asked(input.fixed));
        let fields: Vec<Field> = inputs.map(|input| field(input, form, draft)).collect();
        if !fields.is_empty() {
            sections.push(FormSection {
                id: section.name.clone(),
                title: section.title.clone(),
                help: section.summary.clone(),
                fields,
            });
        }
    }
    sections
}

/// The fields that a link to the filled form leaves out.
fn private(form: &Form) -> Vec<String> {
    let secrets = form.shelved.template.inputs.iter().filter(|input| matches!(input.kind, InputType::Secrets { .. }));
    let parts = secrets.flat_map(|input| ["name", "value"].map(|part| format!("inputs.{}.{part}", input.name)));
    parts.chain(["csrf".to_owned()]).collect()
}

/// The page. `problems` are shown where there are any; `summary` stands beside the form.
pub fn page(form: &Form, draft: &Draft, problems: &[Problem], summary: Preview) -> RequestFormPage {
    let template = &form.shelved.template;
    let to_template = Crumb::new(template.title.clone(), routes::template(&template.name));
    let (heading, trail, submit_label) = match (&form.request, &form.stack) {
        (Some(asked), Some(card)) => {
            let title = title(asked.wish, &card.stack.name, &card.environment.name);
            let back = Crumb::new(title.clone(), routes::request(asked.id.as_str()));
            (format!("Edit: {title}"), vec![Crumb::new("Requests", routes::REQUESTS), back], "Submit the edit")
        }
        (_, Some(card)) => {
            let back = Crumb::new(card.stack.name.clone(), routes::stack(card.stack.id.as_str()));
            let trail = vec![Crumb::new("Stacks", routes::STACKS), back];
            (format!("Change {}", card.stack.name), trail, "Submit for approval")
        }
        (_, None) => {
            let trail = vec![Crumb::new("Catalogue", routes::CATALOGUE), to_template];
            (format!("Request a {}", template.title.to_lowercase()), trail, "Submit for approval")
        }
    };
    let addresses = Addresses::of(&form.of);
    RequestFormPage {
        heading,
        below: format!("{}, revision {}. You see the plan before anything happens.", template.title, template.version),
        trail,
        post_to: addresses.form,
        preview_to: addresses.preview,
        draft_to: addresses.draft,
        draft: None,
        share: matches!(form.of, FormOf::Template(_)).then(|| private(form)),
        sections: sections(form, draft),
        errors: errors(problems),
        preview: summary,
        submit_label: submit_label.to_owned(),
    }
}
