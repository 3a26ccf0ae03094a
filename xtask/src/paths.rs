//! Where things are: the repository, and the cache folder for what the commands install.

use std::env;
use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    // The variable is set by `cargo run`; the binary itself may have been built from another checkout.
    let manifest =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}

/// `$XDG_CACHE_HOME/gantry` or `~/.cache/gantry`: what outlives a checkout.
pub fn cache() -> PathBuf {
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(|| root().join("target"))
        .join("gantry")
}

/// Cargo's target folder for every child build: `$CARGO_TARGET_DIR`, else one in the cache, which a new checkout reuses.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache().join("target"), PathBuf::from)
}

/// What `cargo xtask build` makes and what ships.
pub fn dist() -> PathBuf {
    root().join("dist")
}
