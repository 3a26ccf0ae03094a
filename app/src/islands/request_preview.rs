//! The living summary beside the request form: cost, plan, approvers; and the form's live errors, its draft, its link.

use leptos::prelude::*;

use crate::{
    Preview,
    components::{Icon, IconName, MiniPlan, MiniStep},
};

/// What the form comes to. With scripts it asks the server while one types, shows errors at the
/// fields that were left, puts away the fields that do not count, and saves the draft; the form itself stays plain HTML.
#[island]
pub fn RequestPreview(
    /// Where to post the form for a preview.
    preview_to: String,
    /// Where to post the form to be saved as a draft.
    draft_to: String,
    /// Where a link to the filled form makes sense: the fields that it leaves out.
    share: Option<Vec<String>>,
    /// What is known when the page is rendered.
    initial: Preview,
) -> impl IntoView {
    let preview = RwSignal::new(initial);
    let asking = RwSignal::new(false);
    let saved = RwSignal::new(None::<bool>);
    let copied = RwSignal::new(false);
    #[cfg(target_arch = "wasm32")]
    {
        live::watch(preview_to, preview, asking);
        super::form_draft::watch(draft_to, saved);
    }
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (preview_to, draft_to);
    let link = share.map(|private| {
        let copy = move |_| {
            #[cfg(target_arch = "wasm32")]
            super::form_draft::copy_link(&private, copied);
            #[cfg(not(target_arch = "wasm32"))]
            let _ = &private;
        };
        view! {
            <button class="button button-small scripted-only" type="button" on:click=copy>
                {move || if copied.get() { "Copied" } else { "Copy a link to this form" }}
            </button>
        }
    });

    view! {
        <div class="preview" aria-busy=move || asking.get().to_string()>
            <div class="preview-part">
                <h2>"Cost"</h2>
                {move || preview.with(|preview| match &preview.cost_monthly {
                    Some(cost) => view! {
                        <p class="preview-cost"><span>{cost.clone()}</span>" a month"</p>
                        <ul class="preview-lines">
                            {preview.cost_lines.iter().map(|line| view! { <li><span>{line.label.clone()}</span><span>{line.amount.clone()}</span></li> }).collect_view()}
                        </ul>
                    }.into_any(),
                    None => view! { <p class="muted">"Known once the required fields are filled in."</p> }.into_any(),
                })}
            </div>
            <div class="preview-part">
                <h2>"What will be made"</h2>
                {move || preview.with(|preview| {
                    if preview.steps.is_empty() {
                        return view! { <p class="muted">"The plan appears here, in the order it will happen."</p> }.into_any();
                    }
                    let label = format!("{} resources, left to right in the order they are made", preview.steps.len());
                    let steps = preview.steps.iter().map(|step| MiniStep {
                        title: format!("{} {}", step.kind, step.name),
                        glyph: step.glyph,
                        wave: step.wave,
                        action: step.action,
                        status: None,
                    }).collect::<Vec<_>>();
                    let count = steps.len();
                    view! {
                        <MiniPlan steps=steps label=label/>
                        <p class="muted">{if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") }}</p>
                    }.into_any()
                })}
            </div>
            <div class="preview-part">
                <h2>"Who will be asked"</h2>
                {move || preview.with(|preview| {
                    if preview.approvers.is_empty() {
                        view! { <p class="muted">"Shown with the plan, before anything happens."</p> }.into_any()
                    } else {
                        view! {
                            <ul class="preview-people">
                                {preview.approvers.iter().map(|one| view! { <li><Icon name=IconName::Person/>{one.clone()}</li> }).collect_view()}
                            </ul>
                        }.into_any()
                    }
                })}
            </div>
            <p class="fine-print">"Nothing is made in AWS until the plan has been approved."</p>
            <p class="fine-print draft-state" role="status">{move || match saved.get() {
                None => "",
                Some(true) => "Your draft is saved.",
                Some(false) => "Your draft could not be saved; it is tried again when you go on.",
            }}</p>
            {link}
        </div>
    }
}

#[cfg(target_arch = "wasm32")]
mod live {
    use std::{cell::Cell, collections::HashSet, rc::Rc, time::Duration};

    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement};

    use crate::{
        FieldError, Preview,
        components::{Span, spans},
        islands::browser::{listen, url_encoded},
    };

    const QUIET: Duration = Duration::from_millis(250);

    /// Hooks the form up. The form is not part of the island: it is found by its id.
    pub fn watch(preview_to: String, preview: RwSignal<Preview>, asking: RwSignal<bool>) {
        let Some(form) =
            document().get_element_by_id("request-form").and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
        else {
            return;
        };
        let newest = Rc::new(Cell::new(0_u32));
        let ask = {
            let form = form.clone();
            Rc::new(move || {
                let turn = newest.get() + 1;
                newest.set(turn);
                let (form, newest, address) = (form.clone(), newest.clone(), preview_to.clone());
                set_timeout(
                    move || {
                        // Somebody is still typing.
                        if newest.get() != turn {
                            return;
                        }
                        asking.set(true);
                        leptos::task::spawn_local(async move {
                            let answer = post(&address, &form).await;
                            if newest.get() == turn {
                                asking.set(false);
                                if let Some(next) = answer {
                                    show_errors(&form, &next.errors);
                                    show_visible(&form, &next.visible);
                                    preview.set(next);
                                }
                            }
                        });
                    },
                    QUIET,
                );
            })
        };
        for name in ["input", "change"] {
            let ask = ask.clone();
            listen(&form, name, move |_: Event| ask());
        }
        for name in ["change", "focusout"] {
            listen(&form, name, |event: Event| touch(&event));
        }
        {
            let ask = ask.clone();
            listen(&form, "click", move |event: Event| add_row(&event, &ask));
        }
        // After a refused post all errors are on show already.
        if document().get_element_by_id("errors").is_some() {
            touch_all(&form);
        }
        ask();
    }

    async fn post(address: &str, form: &HtmlFormElement) -> Option<Preview> {
        let body = url_encoded(form)?;
        let options = web_sys::RequestInit::new();
        options.set_method("POST");
        options.set_body(&body);
        let answer = JsFuture::from(window().fetch_with_str_and_init(address, &options)).await.ok()?;
        let answer: web_sys::Response = answer.dyn_into().ok()?;
        if !answer.ok() {
            return None;
        }
        let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
        serde_json::from_str(&text).ok()
    }

    fn field_of(event: &Event) -> Option<Element> {
        let target: Element = event.target()?.dyn_into().ok()?;
        target.closest("[data-field]").ok()?
    }

    /// An error is shown once its field was left, not while one is on the way to it.
    fn touch(event: &Event) {
        if let Some(field) = field_of(event) {
            let _ = field.set_attribute("data-touched", "true");
            sync(&field);
        }
    }

    fn fields(form: &HtmlFormElement) -> Vec<Element> {
        let Ok(found) = form.query_selector_all("[data-field]") else {
            return Vec::new();
        };
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
    }

    fn touch_all(form: &HtmlFormElement) {
        for field in fields(form) {
            let _ = field.set_attribute("data-touched", "true");
        }
    }

    fn show_errors(form: &HtmlFormElement, errors: &[FieldError]) {
        for field in fields(form) {
            let Some(name) = field.get_attribute("data-field") else {
                continue;
            };
            let within = format!("{name}.");
            let own: Vec<&str> = errors
                .iter()
                .filter(|error| error.path == name || error.path.starts_with(&within))
                .map(|error| error.message.as_str())
                .collect();
            let _ = field.set_attribute("data-wrong", &own.join(" "));
            sync(&field);
        }
    }

    /// Writes what is known of a field to where people see it.
    fn sync(field: &Element) {
        let Some(wrong) = field.get_attribute("data-wrong") else {
            return;
        };
        let shown = if field.has_attribute("data-touched") { wrong.as_str() } else { "" };
        if let Ok(Some(place)) = field.query_selector("[data-error-for]") {
            write(&place, shown);
        }
        // The server marked the rows it meant.
        if shown.is_empty()
            && let Ok(marked) = field.query_selector_all(".pair [aria-invalid]")
        {
            for at in 0..marked.length() {
                if let Some(control) = marked.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
                    let _ = control.remove_attribute("aria-invalid");
                }
            }
        }
        if let Ok(Some(control)) =
            field.query_selector(":scope > .input, :scope > .with-unit > .input, :scope > .toggle > input")
        {
            let _ = if shown.is_empty() {
                control.remove_attribute("aria-invalid")
            } else {
                control.set_attribute("aria-invalid", "true")
            };
        }
    }

    /// As [`Message`](crate::components::Message) renders it; what stands there already is left, so that nobody hears it twice.
    fn write(place: &Element, message: &str) {
        let spans = spans(message);
        let words: String = spans.iter().map(Span::text).collect();
        if place.text_content().as_deref() == Some(&words) {
            return;
        }
        place.set_text_content(None);
        for span in spans {
            let _ = match span {
                Span::Plain(text) => place.append_with_str_1(text),
                Span::Code(text) => document().create_element("code").and_then(|code| {
                    code.set_class_name("in-message");
                    code.set_text_content(Some(text));
                    place.append_with_node_1(&code)
                }),
            };
        }
    }

    /// Puts away what does not count; the server drops what such a field may still hold.
    fn show_visible(form: &HtmlFormElement, visible: &[String]) {
        if visible.is_empty() {
            return;
        }
        let visible: HashSet<&str> = visible.iter().map(String::as_str).collect();
        for field in fields(form) {
            let Some(name) = field.get_attribute("data-field") else {
                continue;
            };
            let _ = if visible.contains(name.as_str()) {
                field.remove_attribute("data-away")
            } else {
                field.set_attribute("data-away", "true")
            };
        }
    }

    fn add_row(event: &Event, ask: &Rc<impl Fn() + 'static>) {
        let Some(button) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|target| target.closest("[data-add-row]").ok().flatten())
        else {
            return;
        };
        let Some(last) = button.previous_element_sibling() else {
            return;
        };
        let Ok(row) = last.clone_node_with_deep(true) else {
            return;
        };
        let Ok(row) = row.dyn_into::<Element>() else {
            return;
        };
        if let Ok(inputs) = row.query_selector_all("input") {
            for at in 0..inputs.length() {
                if let Some(input) = inputs.get(at).and_then(|node| node.dyn_into::<HtmlInputElement>().ok()) {
                    input.set_value("");
                    input.set_placeholder("");
                    if let Some(label) = input.get_attribute("aria-label") {
                        let _ = input.set_attribute("aria-label", &next_label(&label));
                    }
                }
            }
        }
        let _ = last.after_with_node_1(&row);
        if let Ok(Some(first)) = row.query_selector("input")
            && let Ok(first) = first.dyn_into::<HtmlElement>()
        {
            let _ = first.focus();
        }
        ask();
    }

    /// "Name 3" becomes "Name 4".
    fn next_label(label: &str) -> String {
        match label.rsplit_once(' ').and_then(|(text, number)| Some((text, number.parse::<u32>().ok()?))) {
            Some((text, number)) => format!("{text} {}", number + 1),
            None => label.to_owned(),
        }
    }
}
