//! `gantry doctor`: looks at everything that Gantry needs, changes nothing, and says for each part whether it is fine,
//! or what to do. To add a check: a function that returns a [`Finding`], and a line in [`Doctor::run`].

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use aws::Greeting;
use domain::{Clock as _, environment::Environment};
use provisioner::cloud::{CloudError, Clouds as _};
use serde::Serialize;
use service::{KeySource, Vault};
use storage::Storage;

use crate::{
    config::{BadConfig, Config},
    database::{Database, OpenError},
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
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    let remedy = finding.remedy.as_ref().map(|remedy| format!("{:6}{:22}{remedy}\n", "", "")).unwrap_or_default();
    format!("{verdict:6}{:22}{}\n{remedy}", finding.check, finding.found)
}

async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![settings(config), public_url(config), site(&config.site_dir), key(&config.key)];
    let (finding, database) = database(config).await;
    findings.push(finding);
    let mut environments = vec![];
    if let Some(database) = database {
        let storage = database.storage();
        findings.extend(database.file().map(|file| disk(&file)));
        if storage.schema().await.is_ok_and(|schema| schema.found.is_some()) {
            findings.extend(secrets(config, Arc::clone(&storage)).await);
            match list_environments(&*storage).await {
                Ok(found) => environments = found,
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

fn site(folder: &Path) -> Finding {
    let (check, name) = ("site", folder.display());
    if folder.join("pkg").is_dir() {
        Finding::ok(check, format!("{name}"))
    } else {
        Finding::fail(
            check,
            format!("`{name}` has no script and style of Gantry"),
            "Copy the folder `site` that was built with this program beside it, or name it with GANTRY_SITE_DIR.",
        )
    }
}

fn key(source: &KeySource) -> Finding {
    let check = "key";
    let KeySource::File(path) = source else { return Finding::ok(check, "from GANTRY_KEY") };
    let name = path.display();
    if source.to_be_made().is_some() {
        return Finding::warn(
            check,
            format!("there is no `{name}` yet; the first start makes it"),
            "After the first start keep a copy of it, apart from the database's backups.",
        );
    }
    match others_may_read(path) {
        Ok(false) => Finding::ok(check, format!("{name}")),
        Ok(true) => {
            Finding::warn(check, format!("others on this machine can read `{name}`"), format!("chmod 600 {name}"))
        }
        Err(error) => Finding::fail(check, format!("{name}: {error}"), "This process must be able to read it."),
    }
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(fs::metadata(path)?.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| false)
}

async fn database(config: &Config) -> (Finding, Option<Database>) {
    let check = "database";
    let database = match Database::open_as_is(config).await {
        Ok(database) => database,
        Err(OpenError::Sqlite(storage_sqlite::OpenError::Missing { path })) => {
            let found = format!("there is no file `{}` yet", path.display());
            let remedy = "`gantry serve` and `gantry migrate` make it. If there should be one, correct GANTRY_DATABASE_URL or the working folder.";
            return (Finding::warn(check, found, remedy), None);
        }
        Err(error) => {
            return (
                Finding::fail(check, chain(&error), "Correct GANTRY_DATABASE_URL, or the rights to what it names."),
                None,
            );
        }
    };
    let (name, storage) = (database.name(), database.storage());
    let finding = match storage.schema().await {
        Err(error) => Finding::fail(
            check,
            format!("{name}: {}", chain(&error)),
            "Is it a database of Gantry? Restore it from a backup.",
        ),
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
        // Taking the writer's place is all that a write needs beforehand.
        Ok(schema) => match storage.begin().await {
            Ok(_) => Finding::ok(check, format!("{name}, schema {}, can be written", schema.known)),
            Err(error) => Finding::fail(
                check,
                format!("{name} cannot be written: {}", chain(&error)),
                "Correct the rights (to the file and its folder, or to the tables), or end what holds it.",
            ),
        },
    };
    (finding, Some(database))
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

async fn list_environments(storage: &dyn Storage) -> storage::Result<Vec<Environment>> {
    storage.begin_read().await?.list_environments().await
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
