//! What `docs/` says of the code is written from the code: `GANTRY_WRITE_DOCS=1 cargo test -p gantry-domain --test docs`
//! writes it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

#[path = "../common/mod.rs"]
mod common;
mod exits;
mod reference;
mod states;

/// A file in `docs/` says this.
fn assert_written(name: &str, text: &str) {
    let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("GANTRY_WRITE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, text, "{name} is out of date; see the head of this file");
}
