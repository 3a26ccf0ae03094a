//! The WebAssembly entry: wakes the islands that the server rendered. Nothing else belongs here;
//! what an island does is in `app::islands`.
#![cfg(target_arch = "wasm32")]

// Linking the crate is what exports its islands to JavaScript.
use app as _;

/// Called once by `/boot.js`, before it walks the page and wakes each island.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
