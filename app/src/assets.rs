//! Where the files of the site are. Their names change with their content, as the build's `manifest.json` has them; where
//! there was no build, as in tests, they are plain.

use std::sync::Arc;

use leptos::prelude::*;

/// The addresses of what every page loads.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    /// The style sheet.
    pub style: String,
    /// The script that wakes the islands.
    pub boot: String,
    /// The glue of the WebAssembly module.
    pub module: String,
    /// The module.
    pub wasm: String,
    /// The sprite of all pictures.
    pub icons: String,
    /// The mark in the window's tab.
    pub favicon: String,
    /// The font.
    pub font: String,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            style: "/pkg/gantry.css".to_owned(),
            boot: "/boot.js".to_owned(),
            module: "/pkg/gantry.js".to_owned(),
            wasm: "/pkg/gantry_bg.wasm".to_owned(),
            icons: PLAIN_SPRITE.to_owned(),
            favicon: "/favicon.svg".to_owned(),
            font: "/fonts/inter-latin-variable.woff2".to_owned(),
        }
    }
}

/// What differs from answer to answer in the head of a document.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Where the files are.
    pub assets: Arc<Assets>,
    /// Proves to the browser that a script is ours; the content security policy of the answer has the same.
    pub nonce: String,
}

const PLAIN_SPRITE: &str = "/icons.svg";

/// The address of the sprite: `{sprite}#check` is a picture in it. Islands read it from the document around them.
pub(crate) fn sprite() -> String {
    if cfg!(feature = "ssr") {
        return use_context::<Head>().map_or_else(|| PLAIN_SPRITE.to_owned(), |head| head.assets.icons.clone());
    }
    written_in_document().unwrap_or_else(|| PLAIN_SPRITE.to_owned())
}

#[cfg(target_arch = "wasm32")]
fn written_in_document() -> Option<String> {
    web_sys::window()?.document()?.document_element()?.get_attribute("data-icons")
}

#[cfg(not(target_arch = "wasm32"))]
fn written_in_document() -> Option<String> {
    None
}
