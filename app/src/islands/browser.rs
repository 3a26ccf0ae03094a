//! The few things that islands ask of the browser.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event, EventTarget};

/// An answer that takes longer does not come.
const PATIENCE_MILLISECONDS: u32 = 15_000;

/// Gets what is at this address on behalf of the page, not of the person: see `server::edge::session`.
pub async fn fetch(address: &str, accept: &str) -> Option<web_sys::Response> {
    let headers = web_sys::Headers::new().ok()?;
    headers.set("accept", accept).ok()?;
    headers.set("x-gantry-refresh", "1").ok()?;
    let options = web_sys::RequestInit::new();
    options.set_headers(&headers);
    options.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(PATIENCE_MILLISECONDS)));
    JsFuture::from(window().fetch_with_str_and_init(address, &options)).await.ok()?.dyn_into().ok()
}

/// Comes back after this long.
pub async fn sleep(length: std::time::Duration) {
    let over = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(move || drop(resolve.call0(&wasm_bindgen::JsValue::NULL)), length);
    });
    // A promise that nobody rejects.
    let _ = JsFuture::from(over).await;
}

/// Calls back every so many milliseconds until the island goes away.
pub fn every(milliseconds: u64, callback: impl Fn() + 'static) {
    if let Ok(handle) = set_interval_with_handle(callback, std::time::Duration::from_millis(milliseconds)) {
        on_cleanup(move || handle.clear());
    }
}

/// Listens for as long as the page lives.
pub fn listen<E: JsCast + 'static>(target: &EventTarget, name: &str, call: impl Fn(E) + 'static) {
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| call(event.unchecked_into()));
    let _ = target.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    handler.forget();
}

/// Whether a key is part of what somebody types.
pub fn is_typing(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.matches("input, textarea, select, [contenteditable]").unwrap_or(false))
}

/// A form as `fetch` and beacons send it, url-encoded.
pub fn url_encoded(form: &web_sys::HtmlFormElement) -> Option<web_sys::UrlSearchParams> {
    let data = web_sys::FormData::new_with_form(form).ok()?;
    let params = web_sys::UrlSearchParams::new().ok()?;
    for entry in js_sys::try_iter(&data).ok()?? {
        let pair: js_sys::Array = entry.ok()?.dyn_into().ok()?;
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            params.append(&name, &value);
        }
    }
    Some(params)
}
