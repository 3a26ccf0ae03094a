//! The gallery of pages: every page with nothing, one, a hundred and the longest names in it, as the browser tests look at
//! it and as one looks at it oneself. It is not part of what ships.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{paths, process};

/// Writes the gallery into `dist/gallery/`.
pub fn render() -> anyhow::Result<PathBuf> {
    let folder = paths::dist().join("gallery");
    // A page that is no more must not stay.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // Out of the whole workspace: then it is made of what the Rust tests have built.
    process::run(&mut process::cargo([
        "build",
        "--quiet",
        "--workspace",
        "--exclude",
        "gantry-frontend",
        "--example",
        "gallery",
    ]))?;
    process::quietly(Command::new(paths::target().join("debug/examples/gallery")).arg(&folder))?;
    Ok(folder)
}
