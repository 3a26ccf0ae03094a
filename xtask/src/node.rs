//! Node and the npm packages that the build uses, in a folder of the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::{paths, process, progress};

/// `wasm-opt` (Debian's is too old) and the bundler for the style sheets.
const PACKAGES: [&str; 2] = ["binaryen@132.0.0", "lightningcss@1.33.0"];

/// Installs what the build needs, unless these very versions were installed before.
pub fn install() -> anyhow::Result<()> {
    let folder = folder();
    let mark = folder.join("installed.txt");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return require();
    }
    require()?;
    progress::say(&format!("    npm packages {} in {}", PACKAGES.join(", "), folder.display()));
    fs::create_dir_all(&folder)?;
    process::quietly(npm(&folder).args(["install", "--save-exact"]).args(PACKAGES))?;
    fs::write(&mark, wanted).with_context(|| format!("{} cannot be written", mark.display()))
}

/// Installs the packages of a folder that has a `package.json`, unless that very file was installed before.
pub fn install_folder(folder: &Path) -> anyhow::Result<()> {
    require()?;
    let wanted = fs::read_to_string(folder.join("package.json"))
        .with_context(|| format!("{} has no package.json", folder.display()))?;
    let mark = folder.join("node_modules/.installed-package.json");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    progress::say(&format!("    npm packages of {}", folder.display()));
    process::quietly(npm(folder).args(["install", "--no-package-lock"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    fs::write(&mark, wanted).with_context(|| format!("{} cannot be written", mark.display()))
}

/// `node` and its arguments.
pub fn node() -> Command {
    Command::new("node")
}

/// The folder to resolve the packages of [`install`] from.
pub fn modules() -> PathBuf {
    folder().join("node_modules")
}

/// `wasm-opt`
pub fn wasm_opt() -> Command {
    Command::new(modules().join(".bin/wasm-opt"))
}

fn folder() -> PathBuf {
    paths::cache().join("npm")
}

fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.args(["--no-fund", "--no-audit", "--loglevel=error"]).current_dir(folder);
    command
}

fn require() -> anyhow::Result<()> {
    if process::exists("node") && process::exists("npm") {
        return Ok(());
    }
    process::apt_install(&["nodejs", "npm"])
}
