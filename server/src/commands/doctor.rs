//! `gantry doctor`: looks at everything that Gantry needs, changes nothing, and says for each part whether it is fine,
//! or what to do. To add a check: a function that returns a [`Finding`], and a line in [`Doctor::run`].

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use aws::Greeting;
use domain::{Clock as _, environment::Environment, ids};
use provisioner::cloud::{CloudError, Clouds as _};
use rustix::fs::Access;
use serde::Serialize;
use service::{KeySource, Vault};
use storage::Storage;
use storage_postgres::PostgresStorage;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    config::{BadConfig, Config},
    database::{Database, OpenError},
    edge::{address::TrustedProxies, site},
    serve,
    sources::{SystemClock, SystemEntropy},
};

/// AWS refuses calls that are signed five minutes off.
const SKEW_FAILS: Duration = Duration::from_secs(240);
/// More than a clock that is kept can be off, replies included.
const SKEW_WARNS: Duration = Duration::from_secs(10);
/// Below this a database may stand still any hour.
const DISK_FAILS: u64 = 100 << 20;
/// Below this somebody should look.
const DISK_WARNS: u64 = 1 << 30;
/// Whoever is at work at our address answers sooner.
const PATIENCE: Duration = Duration::from_secs(2);
/// Where AWS is asked who we are when no environment names a region.
const ANY_REGION: &str = "us-east-1";

#[derive(clap::Args)]
pub struct Doctor {
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// Nothing is wrong, and somebody may want to know.
    Note,
    Warn,
    Fail,
}

/// What one check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: String,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Ok, found: found.into(), remedy: None }
    }

    fn note(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Note, ..Self::ok(check, found) }
    }

    fn warn(check: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into()).filter(|remedy| !remedy.is_empty());
        Self { check: check.into(), verdict: Verdict::Warn, found: found.into(), remedy }
    }

    fn fail(check: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, ..Self::warn(check, found, remedy) }
    }
}

impl Doctor {
    pub async fn run(self, config: Result<Config, Vec<BadConfig>>) -> anyhow::Result<ExitCode> {
        let findings = match config {
            Ok(config) => examine(&config).await,
            Err(problems) => {
                problems.into_iter().map(|bad| Finding::fail(bad.variable, "cannot be used", bad.problem)).collect()
            }
        };
        let healthy = findings.iter().all(|finding| finding.verdict != Verdict::Fail);
        let report = if self.json {
            serde_json::to_string_pretty(&serde_json::json!({"healthy": healthy, "checks": findings}))? + "\n"
        } else {
            findings.iter().map(line).collect()
        };
        print!("{report}");
        Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// `warn  public URL  http://… : what is wrong` and the remedy below it.
fn line(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Note => "note",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    let remedy = finding.remedy.as_ref().map(|remedy| format!("{:6}{:22}{remedy}\n", "", "")).unwrap_or_default();
    format!("{verdict:6}{:22}{}\n{remedy}", finding.check, finding.found)
}

async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![settings(config), public_url(config)];
    findings.extend(proxies(config));
    findings.extend(addresses(config).await);
    findings.extend([site(&config.site_dir), key(&config.key)]);
    let (finding, database) = database(config).await;
    findings.push(finding);
    findings.extend(migration_database(config, database.as_ref()).await);
    let mut environments = vec![];
    if let Some(database) = database {
        let storage = database.storage();
        findings.extend(database.file().map(|file| disk(&file)));
        if storage.schema().await.is_ok_and(|schema| schema.found.is_some()) {
            findings.extend(secrets(config, Arc::clone(&storage)).await);
            match list(&*storage).await {
                Ok((users, found)) => {
                    findings.extend((users == 0).then(no_account));
                    environments = found;
                }
                Err(error) => findings.push(Finding::fail(
                    "environments",
                    chain(&error),
                    "Run `gantry migrate`, then look again.",
                )),
            }
        }
        database.close().await;
    }
    let clouds = serve::clouds(config);
    let region = environments.first().map_or(ANY_REGION, |environment| environment.region.as_str());
    findings.extend(aws(&clouds.greet(region).await, &environments));
    for environment in &environments {
        findings.push(in_aws(environment, clouds.connect(environment).await.err()));
    }
    findings
}

fn settings(config: &Config) -> Finding {
    let check = "configuration";
    let file = match config.in_file {
        0 => "from the environment and defaults".to_owned(),
        count => format!("{count} settings from the file, the rest from the environment and defaults"),
    };
    if let Some(path) = config.secrets_in.as_deref().filter(|path| others_may_read(path, 0o007).unwrap_or(false)) {
        let name = path.display();
        let found = format!("everybody on this machine can read `{name}`, in which a key or a password stands");
        return Finding::warn(check, found, format!("chmod o-rwx {name}"));
    }
    match config.unknown.as_slice() {
        [] => Finding::ok(check, file),
        unknown => {
            let names = unknown.join(", ");
            Finding::warn(
                check,
                format!("not settings of Gantry: {names}"),
                "They are not read; take them away if you meant something by them.",
            )
        }
    }
}

fn public_url(config: &Config) -> Finding {
    let (check, url) = ("public URL", &config.public_url);
    if config.is_secure() {
        return Finding::ok(check, format!("{url}; cookies travel over HTTPS only"));
    }
    let host = url.trim_start_matches("http://");
    if ["localhost", "127.", "[::1]"].iter().any(|own| host.starts_with(own)) {
        return Finding::ok(check, format!("{url}, for this machine only"));
    }
    Finding::warn(
        check,
        format!("{url} is not https: passwords and cookies can be read on the way"),
        "Put a proxy that speaks TLS in front (docs/deploy.md) and set GANTRY_PUBLIC_URL to its https:// address.",
    )
}

/// Where TLS ends in front of Gantry there is a proxy, and everybody comes from its address.
fn proxies(config: &Config) -> Option<Finding> {
    let check = "proxies";
    if !config.is_secure() {
        return None;
    }
    if config.trusted_proxies != TrustedProxies::default() {
        return Some(Finding::ok(check, "their word on who asks is believed"));
    }
    Some(Finding::warn(
        check,
        "none is trusted, so that everybody seems to ask from the proxy's address",
        "Set GANTRY_TRUSTED_PROXIES to its address: wrong passwords are counted for each address, and those of one person \
         would shut out everybody.",
    ))
}

/// Whether `gantry serve` could listen where it is told to.
async fn addresses(config: &Config) -> Vec<Finding> {
    let (pages, _held) = address("GANTRY_LISTEN", config.listen, "/healthz", "\r\n\r\nok\n").await;
    let mut findings = vec![pages];
    if let Some(metrics) = config.metrics_listen {
        findings.push(address("GANTRY_METRICS_LISTEN", metrics, "/metrics", "gantry_build_info").await.0);
    }
    findings
}

/// The listener is there to be held until the next one is tried: two cannot be at one address.
async fn address(setting: &str, at: SocketAddr, path: &str, says: &str) -> (Finding, Option<TcpListener>) {
    let error = match TcpListener::bind(at).await {
        Ok(listener) => return (Finding::ok(setting, format!("{at} can be listened on")), Some(listener)),
        Err(error) => error,
    };
    let is_ours =
        async { error.kind() == io::ErrorKind::AddrInUse && ask(at, path).await.is_ok_and(|it| it.contains(says)) };
    let finding = if tokio::time::timeout(PATIENCE, is_ours).await.unwrap_or(false) {
        Finding::note(setting, format!("a Gantry is at work at {at}"))
    } else {
        let remedy = format!("End what listens there, or set {setting} to another address of this machine.");
        Finding::fail(setting, format!("{at} cannot be listened on: {error}"), remedy)
    };
    (finding, None)
}

/// What is answered at an address of this machine.
async fn ask(at: SocketAddr, path: &str) -> io::Result<String> {
    let host = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        given => given,
    };
    let mut stream = TcpStream::connect((host, at.port())).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn site(folder: &Path) -> Finding {
    let (check, name) = ("site", folder.display());
    let remedy = "Copy the folder `site` that was built with this program beside it, or name it with GANTRY_SITE_DIR.";
    match site::missing(folder) {
        Ok(missing) if missing.is_empty() => Finding::ok(check, format!("{name}")),
        Ok(missing) => Finding::fail(
            check,
            format!("`{name}` has not all that pages load: {} is missing", missing.join(", ")),
            remedy,
        ),
        Err(problem) => Finding::fail(check, format!("`{name}` is not of this program: {problem}"), remedy),
    }
}

fn key(source: &KeySource) -> Finding {
    let check = "key";
    let KeySource::File(path) = source else { return Finding::ok(check, "from GANTRY_KEY") };
    let name = path.display();
    if source.to_be_made().is_some() {
        let found = format!("there is no `{name}` yet");
        return match cannot_make(path) {
            Some(problem) => no_folder(check, &found, &problem),
            None => Finding::warn(
                check,
                format!("{found}; the first start makes it"),
                "After the first start keep a copy of it, apart from the database's backups.",
            ),
        };
    }
    match others_may_read(path, 0o077) {
        Ok(false) => Finding::ok(check, format!("{name}")),
        Ok(true) => {
            Finding::warn(check, format!("others on this machine can read `{name}`"), format!("chmod 600 {name}"))
        }
        Err(error) => Finding::fail(check, format!("{name}: {error}"), "This process must be able to read it."),
    }
}

/// Whether somebody among these (the last bits of a mode) may do something with a file.
#[cfg(unix)]
fn others_may_read(path: &Path, these: u32) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(fs::metadata(path)?.mode() & these != 0)
}

#[cfg(not(unix))]
fn others_may_read(path: &Path, _: u32) -> io::Result<bool> {
    fs::metadata(path).map(|_| false)
}

/// Why a file that is not there cannot be made, if it cannot.
fn cannot_make(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let refused = rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).err()?;
    Some(format!("`{}`: {refused}", folder.display()))
}

fn no_folder(check: &str, found: &str, problem: &str) -> Finding {
    let remedy = "Make that folder and let the user of this process write to it, or name another one.";
    Finding::fail(check, format!("{found}, and none can be made in {problem}"), remedy)
}

async fn database(config: &Config) -> (Finding, Option<Database>) {
    let check = "database";
    let database = match Database::open_as_is(config).await {
        Ok(database) => database,
        Err(OpenError::Sqlite(storage_sqlite::OpenError::Missing { path })) => {
            let found = format!("there is no file `{}` yet", path.display());
            let remedy = "`gantry serve` and `gantry migrate` make it. If there should be one, correct GANTRY_DATABASE_URL or the working folder.";
            let finding = match cannot_make(&path) {
                Some(problem) => no_folder(check, &found, &problem),
                None => Finding::warn(check, found, remedy),
            };
            return (finding, None);
        }
        Err(error) => {
            return (
                Finding::fail(check, chain(&error), "Correct GANTRY_DATABASE_URL, or the rights to what it names."),
                None,
            );
        }
    };
    let (name, storage) = (database.name(), database.storage());
    let (broken, rights) = match &database {
        Database::Sqlite(_) => (
            "Is it a database of Gantry? Restore it from a backup.",
            "Correct the rights to the file and its folder, or end what holds it.",
        ),
        Database::Postgres(_) => (
            "If it is a database of Gantry, run `gantry migrate` with the tables' owner in GANTRY_MIGRATION_DATABASE_URL: it \
             grants what serving needs. If not, correct GANTRY_DATABASE_URL.",
            "Run `gantry migrate` with the tables' owner in GANTRY_MIGRATION_DATABASE_URL: it grants what serving needs.",
        ),
    };
    let finding = match storage.schema().await {
        Err(error) => Finding::fail(check, format!("{name}: {}", chain(&error)), broken),
        Ok(schema) if schema.found.is_some_and(|found| found > schema.known) => Finding::fail(
            check,
            format!("{name} has schema {}, this program knows {}", schema.found.unwrap_or_default(), schema.known),
            "A newer Gantry wrote it: start that one.",
        ),
        Ok(schema) if !schema.is_usable() => Finding::warn(
            check,
            format!("{name} has an older schema than this program"),
            "Make a backup, then run `gantry migrate`; `gantry serve` does it, too.",
        ),
        Ok(schema) => match try_to_write(&*storage).await {
            Ok(()) => Finding::ok(check, format!("{name}, schema {}, can be written", schema.known)),
            Err(error) => Finding::fail(check, format!("{name} cannot be written: {}", chain(&error)), rights),
        },
    };
    (finding, Some(database))
}

/// Writes something and takes all of it back.
async fn try_to_write(storage: &dyn Storage) -> storage::Result<()> {
    let mut tx = storage.begin().await?;
    let (word, now) = (ids::readable(&SystemEntropy, 32), SystemClock.now());
    tx.add_one_time_token(&word, "doctor", now).await?;
    tx.take_one_time_token(&word, "doctor", now).await.map(drop)
}

/// Whether the one who changes the schema gets in, and to the same place.
async fn migration_database(config: &Config, served: Option<&Database>) -> Option<Finding> {
    let (check, url) = ("migration database", config.migration_database_url.as_deref()?);
    let opened = match PostgresStorage::open_as_is(url).await {
        Ok(opened) => opened,
        Err(error) => return Some(Finding::fail(check, chain(&error), "Correct GANTRY_MIGRATION_DATABASE_URL.")),
    };
    let name = opened.name();
    opened.close().await;
    Some(match served.map(Database::name) {
        Some(served) if served != name => Finding::warn(
            check,
            format!("{name}, while {served} is served"),
            "If these are two databases, correct GANTRY_MIGRATION_DATABASE_URL.",
        ),
        _ => Finding::ok(check, name),
    })
}

/// Where the file grows.
fn disk(file: &Path) -> Finding {
    let check = "disk";
    let folder =
        fs::canonicalize(file).ok().and_then(|file| file.parent().map(PathBuf::from)).unwrap_or_else(|| ".".into());
    let free = match rustix::fs::statvfs(&folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::warn(check, format!("{}: {error}", folder.display()), ""),
    };
    let found = format!("{} MiB free in {}", free >> 20, folder.display());
    let remedy = "Make room: without any, nothing can be asked for, approved or carried out.";
    match free {
        free if free < DISK_FAILS => Finding::fail(check, found, remedy),
        free if free < DISK_WARNS => Finding::warn(check, found, remedy),
        _ => Finding::ok(check, found),
    }
}

/// Whether the key is the one of this database; nothing to say where that cannot be told.
async fn secrets(config: &Config, storage: Arc<dyn Storage>) -> Option<Finding> {
    if config.key.to_be_made().is_some() {
        return None;
    }
    let check = "secrets";
    let vault = Vault::open(config.key.clone(), storage, Arc::new(SystemEntropy)).ok()?;
    match vault.fits(SystemClock.now()).await {
        Ok(None) => None,
        Ok(Some(true)) => Some(Finding::ok(check, "the key opens what is kept in the database")),
        Ok(Some(false)) => Some(Finding::fail(
            check,
            "the key is not the one that the secrets in the database were sealed with",
            "Put the copy of the key back that belongs to this database. Without it waiting requests need their secrets typed again.",
        )),
        Err(error) => Some(Finding::fail(check, chain(&error), "Restore the database from a backup.")),
    }
}

/// How many accounts there are, and the environments.
async fn list(storage: &dyn Storage) -> storage::Result<(u64, Vec<Environment>)> {
    let mut tx = storage.begin_read().await?;
    Ok((tx.count_users().await?, tx.list_environments().await?))
}

fn no_account() -> Finding {
    let found = "nobody has one yet; `gantry serve` prints a link for the first one, `gantry user add` makes it";
    Finding::note("accounts", found)
}

/// Who we are in AWS, and whether our clock is right.
fn aws(greeting: &Greeting, environments: &[Environment]) -> Vec<Finding> {
    let check = "AWS credentials";
    let who = match &greeting.identity {
        Ok(identity) => Finding::ok(check, format!("{} in account {}", identity.arn, identity.account)),
        // Nothing is asked of AWS before there is an environment.
        Err(error) if environments.is_empty() => Finding::warn(check, refusal(error), error.advice.clone()),
        Err(error) => Finding::fail(check, refusal(error), error.advice.clone()),
    };
    let clock = greeting.time.map(|there| skew((SystemClock.now() - there).num_seconds()));
    [Some(who), clock].into_iter().flatten().collect()
}

fn skew(seconds: i64) -> Finding {
    let check = "clock";
    let off = Duration::from_secs(seconds.unsigned_abs());
    let found = format!("{} s {} AWS", off.as_secs(), if seconds < 0 { "behind" } else { "ahead of" });
    let remedy =
        "Let the machine keep its time (chrony, systemd-timesyncd); AWS refuses calls that are five minutes off.";
    match off {
        off if off > SKEW_FAILS => Finding::fail(check, found, remedy),
        off if off > SKEW_WARNS => Finding::warn(check, found, remedy),
        _ => Finding::ok(check, "agrees with AWS"),
    }
}

/// Whether the environment's account lets us in.
fn in_aws(environment: &Environment, refused: Option<CloudError>) -> Finding {
    let check = format!("environment {}", environment.name);
    let place = format!("account {}, {}", environment.account, environment.region);
    match (refused, &environment.launch_role) {
        (None, Some(role)) => Finding::ok(check, format!("{place}, as {}", role.arn)),
        (None, None) => Finding::ok(check, format!("{place}, with the process's own credentials")),
        (Some(error), _) => Finding::fail(check, format!("{place}: {}", refusal(&error)), error.advice),
    }
}

fn refusal(error: &CloudError) -> String {
    format!("{} ({})", error.message.trim_end_matches('.'), error.code)
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    std::iter::once(error).chain(causes).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_off_a_little() {
        for (seconds, verdict) in [(0, Verdict::Ok), (-3, Verdict::Ok), (60, Verdict::Warn), (-299, Verdict::Fail)] {
            assert_eq!(skew(seconds).verdict, verdict, "{seconds}");
        }
        assert_eq!(skew(-60).found, "60 s behind AWS");
    }

    #[test]
    fn what_is_wrong_has_its_remedy_below() {
        let finding = Finding::warn("key", "others can read it", "chmod 600 it");
        assert_eq!(
            line(&finding),
            "warn  key                   others can read it\n                            chmod 600 it\n"
        );
        assert_eq!(line(&Finding::ok("site", "here")), "ok    site                  here\n");
    }
}
