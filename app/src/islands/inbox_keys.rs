//! The inbox by keyboard.

use leptos::prelude::*;

/// Says which keys there are, and listens to them: the next and the previous request, approve, ask for changes, reject,
/// open. The panels in which one decides are opened, not sent: what is signed stands in them.
#[island]
pub fn InboxKeys() -> impl IntoView {
    #[cfg(target_arch = "wasm32")]
    live::start();
    let key = |key: &'static str, what: &'static str| view! { <span><kbd>{key}</kbd>" "{what}</span> };
    view! {
        <span class="keys scripted-only" aria-label="Keys">
            <span><kbd>"J"</kbd>" "<kbd>"K"</kbd>" next, previous"</span>
            {key("A", "approve")}
            {key("C", "ask for changes")}
            {key("R", "reject")}
            {key("O", "open")}
        </span>
    }
}

#[cfg(target_arch = "wasm32")]
mod live {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

    use crate::islands::{
        browser::{is_typing, listen},
        live_tab,
    };

    pub fn start() {
        listen(&document(), "keydown", |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) || in_dialog() {
                return;
            }
            let known = match event.key().as_str() {
                "j" => step(1),
                "k" => step(-1),
                "a" => panel("inbox-approve", "button.button"),
                "c" => panel("inbox-changes", "textarea"),
                "r" => panel("inbox-reject", "textarea"),
                "o" => found::<HtmlElement>("#inbox-open").map(|link| link.click()),
                _ => None,
            };
            if known.is_some() {
                event.prevent_default();
            }
        });
        listen(&document(), "click", |event: MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let link = target.and_then(|target| target.closest("a.inbox-item").ok().flatten());
            if let Some(link) = link
                && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.default_prevented())
            {
                event.prevent_default();
                open(&link);
            }
        });
    }

    fn found<T: JsCast>(selector: &str) -> Option<T> {
        document().query_selector(selector).ok()??.dyn_into().ok()
    }

    fn in_dialog() -> bool {
        found::<Element>("dialog[open]").is_some()
    }

    fn step(by: i32) -> Option<()> {
        let items = document().query_selector_all("a.inbox-item").ok()?;
        let items: Vec<Element> = (0..items.length()).filter_map(|at| items.get(at)?.dyn_into().ok()).collect();
        let current = items.iter().position(|item| item.has_attribute("aria-current"))?;
        let next = usize::try_from(i32::try_from(current).ok()? + by).ok()?;
        open(items.get(next)?);
        Some(())
    }

    /// Shows the request of a line without leaving the page; the address is that of the line.
    fn open(link: &Element) {
        let Some(address) = link.get_attribute("href") else { return };
        leptos::task::spawn_local(async move {
            let preview = found::<Element>(".inbox-preview");
            if let Some(preview) = &preview {
                let _ = preview.set_attribute("aria-busy", "true");
            }
            let shown = live_tab::show(&address).await;
            if let Some(preview) = &preview {
                let _ = preview.remove_attribute("aria-busy");
            }
            if shown {
                if let Some(current) = found::<HtmlElement>("a.inbox-item[aria-current]") {
                    let _ = current.focus();
                }
            } else {
                let _ = window().location().assign(&address);
            }
        });
    }

    fn panel(id: &str, focus: &str) -> Option<()> {
        for other in ["inbox-approve", "inbox-changes", "inbox-reject"] {
            let details = document().get_element_by_id(other)?;
            let _ = if other == id { details.set_attribute("open", "") } else { details.remove_attribute("open") };
        }
        let target: HtmlElement = found(&format!("#{id} form {focus}"))?;
        target.focus().ok()
    }
}
