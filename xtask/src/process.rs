//! Running other programs: to their end, or beside us until we end.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::{paths, progress, wasm};

/// `cargo` with the shared target folder, at the repository's root.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(paths::root()).env("CARGO_TARGET_DIR", paths::target());
    // Set for us by `cargo run`: to build scripts that look at it (ring's does) every change between `cargo xtask` and plain
    // `cargo` would be a reason to run again, and to build half of the workspace anew.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|start| begins(&name, start)) {
            command.env_remove(name);
        }
    }
    wasm::choose_compiler(&mut command);
    command
}

fn begins(name: &OsStr, start: &str) -> bool {
    name.as_encoded_bytes().starts_with(start.as_bytes())
}

/// Runs to the end without standard input; an exit code other than zero is an error that names the command.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Runs to the end and hands back how it ended.
pub fn status(command: &mut Command) -> anyhow::Result<ExitStatus> {
    command.stdin(Stdio::null()).status().with_context(|| format!("`{}` could not be started", line(command)))
}

/// Runs to the end without a word, and shows what it said only when it fails.
pub fn quietly(command: &mut Command) -> anyhow::Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("`{}` could not be started", line(command)))?;
    if !output.status.success() {
        bail!(
            "`{}` ended with {}\n{}{}",
            line(command),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of this name is on the PATH.
pub fn exists(name: &str) -> bool {
    find(name).is_some()
}

/// The program of this name on the PATH.
pub fn find(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Installs Debian packages, once per run updating the list first. Says what a person without the rights can do.
pub fn apt_install(packages: &[&str]) -> anyhow::Result<()> {
    let list = packages.join(" ");
    if !exists("apt-get") {
        bail!("{list}: not found, and this machine has no apt-get. Install what these Debian packages contain");
    }
    progress::say(&format!("    apt-get install {list}"));
    static UPDATED: std::sync::Once = std::sync::Once::new();
    let mut outcome = Ok(String::new());
    UPDATED.call_once(|| outcome = quietly(apt_get().args(["update", "-qq"])));
    outcome
        .and_then(|_| quietly(apt_get().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages)))
        .with_context(|| format!("install them yourself, then run this again: apt-get install {list}"))?;
    Ok(())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// The command as one would type it.
fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A program that runs beside us and is ended when this value is dropped, or by the kernel when we die.
pub struct Beside {
    name: String,
    child: Child,
}

impl Beside {
    /// Starts it in a process group of its own, so that Ctrl-C reaches only us and we end things in order.
    pub fn start(name: &str, program: &Path, prepare: impl FnOnce(&mut Command)) -> anyhow::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let mut command = with_leash(program);
        prepare(&mut command);
        command.process_group(0);
        let child = command.spawn().with_context(|| format!("{name} could not be started: `{}`", line(&command)))?;
        Ok(Self { name: name.to_owned(), child })
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The exit status if it has ended by itself.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("{} cannot be asked whether it runs", self.name))
    }
}

/// On Linux the kernel ends the program when we die without a word (`kill -9`).
fn with_leash(program: &Path) -> Command {
    match find("setpriv") {
        Some(setpriv) if cfg!(target_os = "linux") => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        }
        _ => Command::new(program),
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let waited = Duration::from_secs(8);
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let deadline = Instant::now() + waited;
        while asked.is_ok() && Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        progress::say(&format!("{} did not end within {} s: killed", self.name, waited.as_secs()));
        // Already gone is as good as killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
