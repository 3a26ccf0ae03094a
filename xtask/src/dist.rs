//! `cargo xtask build`: `dist/gantry` and `dist/site/`, which is all that a machine needs to run Gantry.
//!
//! The module for the browser is always built small; it is worked on again only when the compiler's output changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::progress::{Progress, seconds};
use crate::{node, paths, process, progress, wasm};

#[derive(clap::Args)]
pub struct Build {
    /// Optimise the server too: what ships
    #[arg(long)]
    release: bool,
}

impl Build {
    pub fn run(self) -> anyhow::Result<()> {
        let mut progress = Progress::new(PARTS);
        let profile = if self.release { Profile::Release } else { Profile::Dev };
        build(profile, &mut progress)?;
        progress::say(&format!("{} in {}", paths::dist().display(), seconds(progress.elapsed())));
        Ok(())
    }
}

/// How many parts of the progress [`build`] takes.
pub const PARTS: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What the tests and the demo run: quick to build.
    Dev,
    /// What ships.
    Release,
}

/// Builds everything into `dist/`.
pub fn build(profile: Profile, progress: &mut Progress) -> anyhow::Result<()> {
    let site = paths::dist().join("site");
    let package = site.join("pkg");
    fs::create_dir_all(&package)?;
    progress.part("tools for the browser's side", || {
        wasm::install()?;
        node::install()
    })?;
    progress.part("server", || build_server(profile))?;
    let module = progress.part("module for the browser", wasm::compile)?;
    progress.part("glue and size of the module", || place_module(&module, &package))?;
    progress.part("style, assets, compression", || {
        copy_folder(&paths::root().join("style/public"), &site)?;
        let style = paths::root().join("style/main.css");
        process::quietly(
            node::node()
                .arg(paths::root().join("xtask/site/style.mjs"))
                .arg(node::modules())
                .arg(style)
                .arg(package.join("gantry.css")),
        )?;
        process::quietly(node::node().arg(paths::root().join("xtask/site/compress.mjs")).arg(&site))?;
        Ok(())
    })
}

fn build_server(profile: Profile) -> anyhow::Result<()> {
    let mut command = process::cargo(["build", "--quiet", "--package", "gantry-server", "--bin", "gantry"]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            command.arg("--release");
            "release"
        }
    };
    process::run(&mut command)?;
    let binary = paths::dist().join("gantry");
    // A running server holds the old file: a new one under its name does not disturb it.
    let fresh = paths::dist().join(".gantry-new");
    fs::copy(paths::target().join(folder).join("gantry"), &fresh).context("the server's binary cannot be copied")?;
    fs::rename(&fresh, &binary)?;
    Ok(())
}

/// Glue and module, taken from the cache when this very module was worked on before.
fn place_module(module: &Path, package: &Path) -> anyhow::Result<()> {
    let made = paths::cache().join("site").join(fingerprint(module)?);
    if !made.join("gantry_bg.wasm").exists() {
        let fresh = made.with_extension(format!("{}.part", std::process::id()));
        fs::create_dir_all(&fresh)?;
        wasm::bind(module, &fresh)?;
        wasm::shrink(&fresh.join("gantry_bg.wasm"))?;
        process::quietly(node::node().arg(paths::root().join("xtask/site/compress.mjs")).arg(&fresh))?;
        if fs::rename(&fresh, &made).is_err() {
            // Somebody else was quicker with the same module.
            fs::remove_dir_all(&fresh)?;
        }
    }
    copy_folder(&made, package)
}

/// Of all that decides what the module becomes.
fn fingerprint(module: &Path) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    let recipe =
        ["tools/wasm-bindgen/Cargo.toml", "tools/wasm-bindgen/src/main.rs", "xtask/src/wasm.rs", "xtask/src/node.rs"];
    let recipe = recipe.iter().map(|file| paths::root().join(file));
    for file in std::iter::once(module.to_owned()).chain(recipe) {
        hash.update(fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?);
    }
    Ok(hex::encode(&hash.finalize()[..16]))
}

/// Copies what is new or changed, so that the times of unchanged files (and their compressed twins) stay.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            let wanted = fs::read(entry.path())?;
            if fs::read(&target).ok().as_ref() != Some(&wanted) {
                fs::write(&target, wanted)?;
            }
        }
    }
    Ok(())
}
