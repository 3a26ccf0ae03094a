//! What the request form remembers: its draft is saved while one types, and a link brings its answers to others.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlFormElement, HtmlInputElement};

use super::browser::{listen, url_encoded};

/// Long enough that a word, or a secret, is saved whole and not letter by letter.
const QUIET: Duration = Duration::from_millis(1_000);

fn form() -> Option<HtmlFormElement> {
    document().get_element_by_id("request-form")?.dyn_into().ok()
}

/// Saves the form whenever it was changed and nothing more is typed for a moment, and at the last moment before the page
/// goes away. `saved` becomes whether that worked; none while there is nothing to save.
pub fn watch(draft_to: String, saved: RwSignal<Option<bool>>) {
    let Some(form) = form() else { return };
    let newest = Rc::new(Cell::new(0_u32));
    // Something was changed that is not saved.
    let dirty = Rc::new(Cell::new(false));
    let changed = {
        let (own, newest, dirty, draft_to) = (form.clone(), newest.clone(), dirty.clone(), draft_to.clone());
        Rc::new(move || {
            dirty.set(true);
            // What the page said of a state before this one does not hold any more.
            if saved.get_untracked() == Some(true) {
                saved.set(None);
            }
            let turn = newest.get() + 1;
            newest.set(turn);
            let (form, newest, dirty, draft_to) = (own.clone(), newest.clone(), dirty.clone(), draft_to.clone());
            let save = move || {
                if newest.get() != turn || !dirty.get() {
                    return;
                }
                leptos::task::spawn_local(async move {
                    let done = post(&draft_to, &form).await;
                    if newest.get() == turn {
                        dirty.set(!done);
                        saved.set(Some(done));
                    }
                });
            };
            set_timeout(save, QUIET);
        })
    };
    for name in ["input", "change"] {
        let changed = changed.clone();
        listen(&form, name, move |_: Event| changed());
    }
    if differs(&form) {
        changed();
    }
    {
        let dirty = dirty.clone();
        listen(&form, "submit", move |_: Event| {
            // What is sent is no draft any more.
            newest.set(newest.get() + 1);
            dirty.set(false);
        });
    }
    listen(&window(), "pagehide", move |_: Event| {
        if dirty.take()
            && let Some(body) = url_encoded(&form)
        {
            let _ = window().navigator().send_beacon_with_opt_url_search_params(&draft_to, Some(&body));
        }
    });
}

/// Whether something stands in the form that the server did not write there: somebody typed before the page was awake,
/// or the browser put back what had been typed.
fn differs(form: &HtmlFormElement) -> bool {
    let text = |form: &HtmlFormElement| url_encoded(form).map(|all| String::from(all.to_string()));
    let Some(written) = form.clone_node_with_deep(true).ok().and_then(|copy| copy.dyn_into::<HtmlFormElement>().ok())
    else {
        return false;
    };
    written.reset();
    text(form) != text(&written)
}

async fn post(address: &str, form: &HtmlFormElement) -> bool {
    let Some(body) = url_encoded(form) else { return false };
    let options = web_sys::RequestInit::new();
    options.set_method("POST");
    options.set_body(&body);
    let Ok(headers) = web_sys::Headers::new() else { return false };
    let _ = headers.set("accept", "application/json");
    options.set_headers(&headers);
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, &options)).await;
    answer.ok().and_then(|answer| answer.dyn_into::<web_sys::Response>().ok()).is_some_and(|answer| answer.ok())
}

/// Copies an address that fills the form as it stands, but for what is private.
pub fn copy_link(private: &[String], copied: RwSignal<bool>) {
    let Some(form) = form() else { return };
    let (Some(all), Ok(shared)) = (url_encoded(&form), web_sys::UrlSearchParams::new()) else { return };
    for entry in js_sys::try_iter(&all).ok().flatten().into_iter().flatten().flatten() {
        let Ok(pair) = entry.dyn_into::<js_sys::Array>() else { continue };
        let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) else { continue };
        if !value.is_empty() && !private.contains(&name) {
            shared.append(&name, &value);
        }
    }
    // A box that is not ticked is not in the form, and may be ticked unless something is said.
    if let Ok(unticked) = form.query_selector_all("input[type=checkbox]:not(:checked)") {
        for at in 0..unticked.length() {
            if let Some(name) = unticked.get(at).and_then(|node| node.dyn_into::<HtmlInputElement>().ok()) {
                shared.append(&name.name(), "false");
            }
        }
    }
    let location = window().location();
    let (Ok(origin), Ok(path)) = (location.origin(), location.pathname()) else { return };
    let link = format!("{origin}{path}?{}", String::from(shared.to_string()));
    let done = window().navigator().clipboard().write_text(&link);
    leptos::task::spawn_local(async move {
        if JsFuture::from(done).await.is_ok() {
            copied.set(true);
            set_timeout(move || copied.set(false), Duration::from_millis(1_600));
        }
    });
}
