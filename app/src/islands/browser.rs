//! The few things that islands ask of the browser.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};

/// Listens to a stream of server-sent events until the island goes away. Reconnecting is the browser's job;
/// when the stream cannot be had at all the page simply stays as it was rendered.
pub fn listen(address: &str, mut on_message: impl FnMut(String) + 'static) {
    let Ok(source) = web_sys::EventSource::new(address) else {
        return;
    };
    let handler = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        if let Some(text) = event.data().as_string() {
            on_message(text);
        }
    });
    source.set_onmessage(Some(handler.as_ref().unchecked_ref()));
    let held = leptos::__reexports::send_wrapper::SendWrapper::new((source, handler));
    on_cleanup(move || held.0.close());
}

/// Calls back every so many milliseconds until the island goes away.
pub fn every(milliseconds: u64, callback: impl Fn() + 'static) {
    if let Ok(handle) = set_interval_with_handle(callback, std::time::Duration::from_millis(milliseconds)) {
        on_cleanup(move || handle.clear());
    }
}
