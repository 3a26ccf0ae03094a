//! Times in the reader's own zone, and relative ones that keep up.

use leptos::prelude::*;

/// Once per page: walks every `time[data-local]`. The server renders UTC; only after hydration the
/// browser writes its own, so both sides agree on what is hydrated.
#[island]
pub fn LocaliseTimes() -> impl IntoView {
    #[cfg(target_arch = "wasm32")]
    {
        localise();
        super::browser::every(30_000, localise);
    }
    view! { <span hidden></span> }
}

/// Does it now, for what has just come to the page.
#[cfg(target_arch = "wasm32")]
pub(super) fn localise() {
    use wasm_bindgen::JsCast as _;
    let Ok(times) = document().query_selector_all("time[data-local]") else {
        return;
    };
    let now = js_sys::Date::now();
    for at in 0..times.length() {
        let Some(time) = times.get(at).and_then(|node| node.dyn_into::<web_sys::Element>().ok()) else {
            continue;
        };
        let Some(iso) = time.get_attribute("datetime") else {
            continue;
        };
        let date = js_sys::Date::new(&iso.into());
        if date.get_time().is_nan() {
            continue;
        }
        let exact: String = date.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED).into();
        let _ = time.set_attribute("title", &exact);
        let seconds = ((now - date.get_time()) / 1_000.0) as i64;
        let text = crate::relative_text(seconds);
        // The text node is kept: an island may hold on to it.
        if let Some(node) = time.first_child() {
            node.set_node_value(Some(&text));
        }
    }
}
