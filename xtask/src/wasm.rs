//! A compiler that can build for the browser, and the steps from its output to what the browser loads.
//!
//! rustup's `wasm32-unknown-unknown` is the usual way. Where it cannot be downloaded, Debian's Rust (the one that builds
//! its browsers) does the same job: its packages carry the library's source, from which the target's library is built
//! once. Then everything is built by that compiler, the server too, so that there is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

use crate::{node, paths, process, progress};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";
/// Beside the library: the compiler it was built with.
const BUILT_WITH: &str = "built-with.txt";
const LINKER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";

static TOOLCHAIN: OnceLock<Toolchain> = OnceLock::new();

/// Which compiler every child cargo uses.
#[derive(Clone, Debug)]
enum Toolchain {
    /// The one that `cargo` finds by itself.
    Default,
    /// Debian's, with a linker for WebAssembly, which it does not bring.
    Debian { linker: PathBuf },
}

/// Finds or installs the compiler. Asks the network only when this machine has none.
pub fn install() -> anyhow::Result<()> {
    if TOOLCHAIN.get().is_none() {
        let found = find()?;
        drop(TOOLCHAIN.set(found));
    }
    Ok(())
}

/// Sets the compiler that [`install`] found; the default one before that.
pub fn choose_compiler(command: &mut Command) {
    if let Some(Toolchain::Debian { linker }) = TOOLCHAIN.get() {
        if process::exists("rustup") {
            command.env("RUSTUP_TOOLCHAIN", "debian");
        }
        command.env(LINKER, linker);
    }
}

fn find() -> anyhow::Result<Toolchain> {
    if has_library(&sysroot()?.join("lib/rustlib").join(TARGET).join("lib")) {
        return Ok(Toolchain::Default);
    }
    if has_library(Path::new(DEBIAN_LIBRARY)) && library_fits()? {
        return Ok(Toolchain::Debian { linker: linker()? });
    }
    progress::say(&format!("    rustup target add {TARGET}"));
    // Without a network rustup tries for long: two minutes are enough for 20 MB.
    if process::quietly(Command::new("timeout").args(["120", "rustup", "target", "add", TARGET])).is_ok() {
        return Ok(Toolchain::Default);
    }
    progress::say(
        "    that failed: taking Debian's compiler and building its library for the browser (about 3 minutes)",
    );
    install_debian()?;
    Ok(Toolchain::Debian { linker: linker()? })
}

fn sysroot() -> anyhow::Result<PathBuf> {
    let output = process::quietly(Command::new("rustc").args(["--print", "sysroot"]).current_dir(paths::root()))?;
    Ok(PathBuf::from(output.trim()))
}

fn has_library(folder: &Path) -> bool {
    let Ok(files) = fs::read_dir(folder) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Whether the library that was built here is of the compiler that is installed now. Debian's security updates move it.
fn library_fits() -> anyhow::Result<bool> {
    let Ok(built_with) = fs::read_to_string(Path::new(DEBIAN_LIBRARY).join(BUILT_WITH)) else {
        // Not built by us: then a package brought it, and keeps it in step.
        return Ok(true);
    };
    Ok(built_with == debian_version()?)
}

fn debian_version() -> anyhow::Result<String> {
    process::quietly(Command::new("/usr/bin/rustc").arg("-vV"))
}

fn install_debian() -> anyhow::Result<()> {
    let mut packages = vec!["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "rustfmt-web"];
    if linker().is_err() {
        packages.push("lld");
    }
    process::apt_install(&packages)?;
    if process::exists("rustup") {
        process::quietly(Command::new("rustup").args(["toolchain", "link", "debian", "/usr"]))?;
    }
    let folder = paths::cache().join("wasm-library");
    // What an older compiler left there would be copied too.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\n")?;
    fs::write(
        folder.join("Cargo.toml"),
        "[workspace]\n[package]\nname = \"wasm-library\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
    )?;
    process::quietly(
        Command::new("/usr/bin/cargo")
            .args(["build", "--release", "--target", TARGET])
            .arg("-Zbuild-std=std,panic_abort,panic_unwind,test")
            .current_dir(&folder)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", "/usr/bin/rustc")
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env_remove("RUSTUP_TOOLCHAIN"),
    )
    .context("the library for WebAssembly could not be built from Debian's source")?;
    let into = Path::new(DEBIAN_LIBRARY);
    fs::create_dir_all(into).with_context(|| format!("{} cannot be made: run this once as root", into.display()))?;
    for old in fs::read_dir(into)? {
        fs::remove_file(old?.path())?;
    }
    for file in fs::read_dir(folder.join("target").join(TARGET).join("release/deps"))? {
        let file = file?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libwasm_library") {
            fs::copy(&file, into.join(&name))?;
        }
    }
    if !has_library(into) {
        bail!("no library for {TARGET} in {} after building it", into.display());
    }
    fs::write(into.join(BUILT_WITH), debian_version()?)?;
    Ok(())
}

/// rustup's `rust-lld`, or one from Debian.
fn linker() -> anyhow::Result<PathBuf> {
    let of_rustup = sysroot()
        .unwrap_or_default()
        .join("lib/rustlib")
        .join(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
        .join("bin/rust-lld");
    if of_rustup.exists() {
        return Ok(of_rustup);
    }
    process::find("wasm-ld").or_else(|| process::find("rust-lld")).context("no linker for WebAssembly: install lld")
}

/// The frontend's module as the compiler made it.
pub fn compile() -> anyhow::Result<PathBuf> {
    process::run(&mut process::cargo([
        "build",
        "--quiet",
        "--package",
        "gantry-frontend",
        "--target",
        TARGET,
        "--profile",
        "wasm-release",
    ]))?;
    Ok(paths::target().join(TARGET).join("wasm-release/gantry_frontend.wasm"))
}

/// The glue for JavaScript, by wasm-bindgen as a library, in a tool that is built when it is needed.
pub fn bind(module: &Path, into: &Path) -> anyhow::Result<()> {
    let version = locked_version(&paths::root().join("Cargo.lock"), "wasm-bindgen")?;
    let folder = paths::root().join("tools/wasm-bindgen");
    let of_tool = locked_version(&folder.join("Cargo.lock"), "wasm-bindgen-cli-support")?;
    if version != of_tool {
        bail!(
            "Cargo.lock has wasm-bindgen {version}, tools/wasm-bindgen has {of_tool}: they must be the same. \
             Change the version in tools/wasm-bindgen/Cargo.toml"
        );
    }
    process::run(
        process::cargo(["run", "--quiet", "--release", "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .arg("--")
            .arg(module)
            .arg(into),
    )
}

/// Makes the module small.
pub fn shrink(module: &Path) -> anyhow::Result<()> {
    // Compact imports are a proposal that browsers do not read yet.
    process::quietly(
        node::wasm_opt().args(["-Oz", "--all-features", "--disable-compact-imports"]).arg(module).arg("-o").arg(module),
    )?;
    Ok(())
}

/// The version of a package in a `Cargo.lock`.
fn locked_version(lock: &Path, package: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    let head = format!("name = \"{package}\"\nversion = \"");
    let after = text.split_once(&head).with_context(|| format!("{package} is not in {}", lock.display()))?.1;
    Ok(after.split('"').next().unwrap_or_default().to_owned())
}
