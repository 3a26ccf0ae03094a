//! The portal from `dist/`, with a database of its own: a file in a folder that is gone afterwards, or one that is named.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::emulators::Emulators;
use crate::folder::{Folder, free_port};
use crate::process::{self, Beside};
use crate::{http, interrupt, paths};

/// The running portal. Dropping it ends it and removes its data.
pub struct Server {
    /// What a browser is given.
    pub url: String,
    /// `127.0.0.1:8080`
    address: String,
    settings: Vec<(String, String)>,
    // Fields are dropped in this order: the process first, then what it writes to.
    process: Beside,
    _folder: Folder,
}

impl Server {
    /// Fills a fresh database with `seed`, starts the portal on `port` (0 takes a free one) and waits until it answers.
    pub fn start(emulators: &Emulators, seed: &Value, port: u16) -> anyhow::Result<Self> {
        Self::start_with(emulators, seed, port, &[])
    }

    /// The same on an empty PostgreSQL.
    pub fn start_on_postgres(emulators: &Emulators, seed: &Value, url: &str) -> anyhow::Result<Self> {
        Self::start_with(emulators, seed, 0, &[("GANTRY_DATABASE_URL", url.to_owned())])
    }

    fn start_with(emulators: &Emulators, seed: &Value, port: u16, database: &[(&str, String)]) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let port = if port == 0 { free_port()? } else { port };
        let address = format!("127.0.0.1:{port}");
        require_free(port)?;
        let settings = settings(folder.path(), &address, database);
        let seed_file = folder.path().join("seed.json");
        fs::write(&seed_file, serde_json::to_string_pretty(seed)?)?;
        let binary = binary();
        process::quietly(emulators.point(Command::new(&binary).arg("seed").arg(&seed_file).envs(settings.clone())))
            .context("the first people and environments could not be put into a fresh database")?;
        let point = |command: &mut Command| {
            emulators.point(command);
        };
        Self::serve(folder, address, settings, point)
    }

    /// Starts the portal on a database that is there already, with an AWS that nobody asks.
    pub fn start_on(database: &[(&str, String)]) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let settings = settings(folder.path(), &address, database);
        Self::serve(folder, address, settings, |_| ())
    }

    fn serve(
        folder: Folder,
        address: String,
        settings: Vec<(String, String)>,
        prepare: impl FnOnce(&mut Command),
    ) -> anyhow::Result<Self> {
        let process = Beside::start("the portal", &binary(), |command| {
            prepare(command.arg("serve").envs(settings.clone()).stdin(Stdio::null()));
        })?;
        let mut server = Self { url: format!("http://{address}"), address, settings, process, _folder: folder };
        server.wait_until_it_answers()?;
        Ok(server)
    }

    /// How much of the machine's memory it holds, in MiB.
    pub fn memory(&mut self) -> anyhow::Result<u64> {
        let file = format!("/proc/{}/status", self.process.child().id());
        let status = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.with_context(|| format!("{file} has no VmRSS"))? / 1024)
    }

    /// What another program needs to work on the same database (`gantry seed` for more people).
    pub fn settings(&self) -> Vec<(String, String)> {
        self.settings.clone()
    }

    fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let patience = Duration::from_secs(30);
        let started = Instant::now();
        while http::status(&self.address, "/healthz") != Some(200) {
            self.check()?;
            if interrupt::asked() {
                bail!("interrupted");
            }
            if started.elapsed() > patience {
                bail!("{}/healthz did not answer 200 within {} s", self.url, patience.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// An error if it has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.process.ended()? {
            Some(status) => bail!("the portal ended with {status}"),
            None => Ok(()),
        }
    }
}

/// An error that says what to do when somebody else listens on the port.
pub fn require_free(port: u16) -> anyhow::Result<()> {
    let address = format!("127.0.0.1:{port}");
    TcpListener::bind(&address)
        .with_context(|| format!("{address} is taken: name another port with --port, or end what listens there"))?;
    Ok(())
}

/// The portal's binary in `dist/`.
pub fn binary() -> PathBuf {
    paths::dist().join("gantry")
}

/// A seed file of the repository with every `"$network.field"` replaced by that field.
pub fn seed(file: &str, network: &Value) -> anyhow::Result<Value> {
    let file = paths::root().join(file);
    let mut seed =
        serde_json::from_str(&fs::read_to_string(&file)?).with_context(|| format!("{} is not JSON", file.display()))?;
    fill(&mut seed, network)?;
    Ok(seed)
}

fn fill(value: &mut Value, network: &Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            if let Some(field) = text.strip_prefix("$network.") {
                let found = network.get(field).with_context(|| format!("the network has no field {field}"))?;
                *value = found.clone();
            }
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, network))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|field| fill(field, network))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// Of two settings with one name the last one counts.
fn settings(folder: &Path, address: &str, database: &[(&str, String)]) -> Vec<(String, String)> {
    let site = paths::dist().join("site");
    let own = [
        ("GANTRY_LISTEN", address.to_owned()),
        ("GANTRY_PUBLIC_URL", format!("http://{address}")),
        ("GANTRY_DATABASE_URL", format!("sqlite:{}", folder.join("gantry.db").display())),
        ("GANTRY_KEY_FILE", folder.join("gantry.key").display().to_string()),
        ("GANTRY_SITE_DIR", site.display().to_string()),
    ];
    own.iter().chain(database).map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
