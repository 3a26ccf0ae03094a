//! `cargo xtask build`: `dist/gantry` and `dist/site/`, which is all that a machine needs to run Gantry.
//!
//! The module for the browser is always built small; it is worked on again only when the compiler's output changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::assets::Site;
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
    fs::create_dir_all(paths::dist())?;
    progress.part("tools for the browser's side", || {
        wasm::install()?;
        node::install()
    })?;
    progress.part("server", || build_server(profile))?;
    let module = progress.part("module for the browser", wasm::compile)?;
    let package = progress.part("glue and size of the module", || finish_module(&module))?;
    progress.part("style, assets, compression", || fill_site(&package))
}

/// `dist/site`: everything under a name with its hash, and what is public under its own name, too.
fn fill_site(package: &Path) -> anyhow::Result<()> {
    let folder = paths::dist().join("site");
    let public = paths::root().join("style/public");
    let mut site = Site::new(folder.clone());
    for name in files_below(&public, "")? {
        site.write(&name, &fs::read(public.join(&name))?)?;
    }
    let font = site.add(FONT, &public.join(FONT))?;
    let style = bundle_style()?.replace(&format!("/{FONT}"), &font);
    let manifest = serde_json::json!({
        "style": site.add_text("pkg/gantry.css", &style)?,
        "boot": site.add("boot.js", &public.join("boot.js"))?,
        "module": site.add("pkg/gantry.js", &package.join("gantry.js"))?,
        "wasm": site.add("pkg/gantry_bg.wasm", &package.join("gantry_bg.wasm"))?,
        "icons": site.add("icons.svg", &public.join("icons.svg"))?,
        "favicon": site.add("favicon.svg", &public.join("favicon.svg"))?,
        "font": font,
    });
    site.write("manifest.json", format!("{manifest:#}\n").as_bytes())?;
    site.prune()?;
    process::quietly(node::node().arg(paths::root().join("xtask/site/compress.mjs")).arg(&folder))?;
    Ok(())
}

/// The one font; the style names it.
const FONT: &str = "fonts/inter-latin-variable.woff2";

/// The style sheets as one text.
fn bundle_style() -> anyhow::Result<String> {
    let bundle = paths::cache().join(format!("style-{}.css", std::process::id()));
    process::quietly(
        node::node()
            .arg(paths::root().join("xtask/site/style.mjs"))
            .arg(node::modules())
            .arg(paths::root().join("style/main.css"))
            .arg(&bundle),
    )?;
    let style = fs::read_to_string(&bundle).context("the style was not bundled")?;
    fs::remove_file(&bundle)?;
    Ok(style)
}

/// The names of all files below a folder, as in an address.
fn files_below(folder: &Path, prefix: &str) -> anyhow::Result<Vec<String>> {
    let mut names = vec![];
    for entry in fs::read_dir(folder.join(prefix))? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            names.extend(files_below(folder, &format!("{name}/"))?);
        } else {
            names.push(name);
        }
    }
    Ok(names)
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

/// A folder with glue and module, in the cache: made once for this very module.
fn finish_module(module: &Path) -> anyhow::Result<PathBuf> {
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
    Ok(made)
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
