//! A private PostgreSQL for tests and developers: a fresh cluster in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::folder::{Folder, free_port};
use crate::process::{self, Beside};
use crate::progress::{self, Progress};
use crate::{interrupt, server};

/// Where tests look for it.
pub const VARIABLE: &str = "GANTRY_TEST_POSTGRES_URL";

/// The user that Debian makes for it: PostgreSQL does not run as root.
const USER: &str = "postgres";

#[derive(clap::Args)]
pub struct Start {
    /// Port on 127.0.0.1 (default: a free one)
    #[arg(long, default_value_t = 0)]
    port: u16,
}

impl Start {
    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let mut progress = Progress::new(2);
        let programs = progress.part("PostgreSQL: installed", install)?;
        let mut postgres =
            progress.part("PostgreSQL: started", || Postgres::start(&programs, self.port, Care::None))?;
        println!("{VARIABLE}={}", postgres.url);
        progress::say("Ctrl-C ends it; nothing is kept.");
        interrupt::wait(|| postgres.check())
    }
}

/// The folder of its programs: the newest on this machine, or Debian's.
pub fn install() -> anyhow::Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    process::apt_install(&["postgresql"])?;
    find().context("postgresql was installed, but its program `initdb` is nowhere")
}

fn find() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|folder| folder.path());
    let newest = versions
        .filter(|folder| folder.join("bin/initdb").exists())
        .max_by_key(|folder| folder.file_name()?.to_str()?.parse::<u32>().ok())
        .map(|folder| folder.join("bin"));
    newest.or_else(|| process::find("initdb")?.parent().map(Path::to_owned))
}

/// Whether a commit is on disk when it is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// No: nobody pulls the plug of a test.
    None,
    /// Yes, as in earnest.
    ForPowerCuts,
}

impl Care {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::None => &["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
            Self::ForPowerCuts => &[],
        }
    }
}

/// The running server. Dropping it ends it and removes its data.
pub struct Postgres {
    /// For somebody who may do everything there.
    pub url: String,
    programs: PathBuf,
    // Fields are dropped in this order: the process first, then what it writes to.
    process: Beside,
    _folder: Folder,
}

impl Postgres {
    /// Makes a cluster, starts it and waits until it answers.
    pub fn start(programs: &Path, port: u16, care: Care) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let port = if port == 0 { free_port()? } else { port };
        server::require_free(port)?;
        let data = folder.path().join("data");
        let is_root = process::quietly(Command::new("id").arg("-u"))?.trim() == "0";
        if is_root {
            process::quietly(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        let mut initdb = command(&programs.join("initdb"), is_root);
        // A collation that does not sort by bytes: what Gantry sorts must not depend on it.
        initdb
            .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync"])
            .args(["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US"])
            .arg("--pgdata")
            .arg(&data);
        process::quietly(initdb.current_dir(folder.path())).context("PostgreSQL 15 or later is needed")?;
        let log = fs::File::create(folder.path().join("log"))?;
        let server = command(&programs.join("postgres"), is_root);
        let process = Beside::start("PostgreSQL", server.get_program().as_ref(), |command| {
            command
                .args(server.get_args())
                .arg("-D")
                .arg(&data)
                .arg("-k")
                .arg(folder.path())
                .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "max_connections=300"])
                .args(care.settings())
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log);
        })?;
        let url = format!("postgres://{USER}@127.0.0.1:{port}/{USER}");
        let mut postgres = Self { url, programs: programs.to_owned(), process, _folder: folder };
        postgres.wait_until_it_answers()?;
        Ok(postgres)
    }

    /// Makes one more database and returns its address.
    pub fn make_database(&self, name: &str) -> anyhow::Result<String> {
        let mut createdb = Command::new(self.programs.join("createdb"));
        process::quietly(createdb.args(["--maintenance-db", &self.url, name]))?;
        let (server, _) = self.url.rsplit_once('/').context("the address of PostgreSQL names no database")?;
        Ok(format!("{server}/{name}"))
    }

    fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let ready = self.programs.join("pg_isready");
        let patience = Duration::from_secs(30);
        let started = Instant::now();
        while process::quietly(Command::new(&ready).args(["--dbname", &self.url])).is_err() {
            self.check()?;
            if interrupt::asked() {
                bail!("interrupted");
            }
            if started.elapsed() > patience {
                bail!("PostgreSQL did not answer within {} s", patience.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// An error if it has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.process.ended()? {
            Some(status) => bail!("PostgreSQL ended with {status}"),
            None => Ok(()),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The usual signal would make it wait for clients that are still there.
        let ended = Command::new("kill").arg("-INT").arg(self.process.child().id().to_string()).status();
        drop(ended);
    }
}

/// A program of PostgreSQL; as root, under its own user's name, and on a leash of its own, which a change of user cuts.
fn command(program: &Path, is_root: bool) -> Command {
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new(process::find("setpriv").unwrap_or_else(|| "setpriv".into()));
    command.args(["--reuid", USER, "--regid", USER, "--init-groups", "--pdeathsig", "TERM", "--"]).arg(program);
    command
}
