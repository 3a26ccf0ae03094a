//! A Chromium for the tests: the one on this machine, or Debian's.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::process;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The browser's program. `$GANTRY_CHROMIUM` names another one.
pub fn install() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("GANTRY_CHROMIUM") {
        return Ok(named.into());
    }
    let find = || NAMES.iter().find_map(|name| process::find(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    process::apt_install(&["chromium"])?;
    find().context("chromium was installed but is not on the PATH")
}
