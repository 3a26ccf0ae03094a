//! The configuration: environment variables and a file, read once. Every problem is named at once, with its remedy. To
//! add a setting: a row in `settings.rs`, a field of [`Config`] and a function that reads it.

mod reader;
pub mod settings;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::Uri;
use service::KeySource;
use tracing_subscriber::EnvFilter;

use self::reader::Reader;
use crate::edge::address::TrustedProxies;

/// What Gantry itself says, and the warnings of everything else.
const DEFAULT_LOG: &str = "warn,gantry_server=info,gantry_service=info,gantry_provisioner=info,gantry_aws=info,\
     gantry_storage_sqlite=info,gantry_storage_postgres=info";

/// What the portal needs to know before it starts.
#[derive(Clone)]
pub struct Config {
    /// `GANTRY_LISTEN`
    pub listen: SocketAddr,
    /// `GANTRY_PUBLIC_URL`, without a slash at the end.
    pub public_url: String,
    /// `GANTRY_DATABASE_URL`
    pub database_url: String,
    /// `GANTRY_MIGRATION_DATABASE_URL`: as whom the schema is changed, if not as the one who serves.
    pub migration_database_url: Option<String>,
    /// `GANTRY_KEY`, or else `GANTRY_KEY_FILE`.
    pub key: KeySource,
    /// `GANTRY_SITE_DIR`: scripts, style, fonts.
    pub site_dir: PathBuf,
    /// `GANTRY_LOG`: what is logged, as [`EnvFilter`] reads it.
    pub log: String,
    /// `GANTRY_LOG_FORMAT`: `text` or `json`.
    pub log_json: bool,
    /// `GANTRY_INSTALLATION`: tells two installations in one AWS account apart.
    pub installation: String,
    /// `AWS_ENDPOINT_URL`: another AWS, for demos and tests.
    pub aws_endpoint: Option<String>,
    /// `GANTRY_TRUSTED_PROXIES`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// `GANTRY_METRICS_LISTEN`: where `/metrics` is served, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// `GANTRY_DRAIN_SECONDS`: how long requests may take to finish at the end.
    pub drain: Duration,
    /// `GANTRY_LEASE_SECONDS`: how long a run stays with a process that died.
    pub lease: Duration,
    /// `GANTRY_REQUEST_DAYS`: how long a request waits for somebody to do something about it.
    pub request_days: u32,
    /// `GANTRY_AWS_RATE_PERCENT`: how much of AWS's published request rates is used.
    pub aws_rate_percent: u32,
    /// How many settings came from the file that `GANTRY_CONFIG` names.
    pub in_file: usize,
    /// That file, if a key or a password stands in it.
    pub secrets_in: Option<PathBuf>,
    /// Variables that look like ours and are not: said at the start, as nobody reads them.
    pub unknown: Vec<String>,
}

/// One thing that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct BadConfig {
    /// The variable.
    pub variable: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl Config {
    /// Reads the variables that are set, and the file that one of them names.
    pub fn read(environment: BTreeMap<String, String>) -> Result<Self, Vec<BadConfig>> {
        let mut reader = Reader::new(environment);
        let config = Self::from(&mut reader);
        if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
    }

    fn from(reader: &mut Reader) -> Self {
        let listen = listen(reader);
        Self {
            listen,
            public_url: public_url(reader, listen),
            database_url: database_url(reader),
            migration_database_url: migration_database_url(reader),
            key: key(reader),
            site_dir: site_dir(reader),
            log: log(reader),
            log_json: log_json(reader),
            installation: installation(reader),
            aws_endpoint: aws_endpoint(reader),
            trusted_proxies: trusted_proxies(reader),
            metrics_listen: metrics_listen(reader),
            drain: drain(reader),
            lease: lease(reader),
            request_days: whole_number(reader, "GANTRY_REQUEST_DAYS", "days", 14, 365),
            aws_rate_percent: whole_number(reader, "GANTRY_AWS_RATE_PERCENT", "per cent", 100, 100_000),
            in_file: reader.in_file(),
            secrets_in: secrets_in(reader),
            unknown: std::mem::take(&mut reader.unknown),
        }
    }

    /// Whether people reach it over HTTPS: decides the cookie.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn listen(reader: &mut Reader) -> SocketAddr {
    address(reader, "GANTRY_LISTEN", 8080).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)))
}

fn metrics_listen(reader: &mut Reader) -> Option<SocketAddr> {
    address(reader, "GANTRY_METRICS_LISTEN", 9090)
}

fn address(reader: &mut Reader, name: &'static str, port: u16) -> Option<SocketAddr> {
    let text = reader.get(name)?;
    let address = text.parse().ok();
    if address.is_none() {
        let problem = format!(
            "`{text}` is no IP address with a port; write for example 127.0.0.1:{port}, or 0.0.0.0:{port} for all."
        );
        reader.wrong(name, problem);
    }
    address
}

fn drain(reader: &mut Reader) -> Duration {
    const NAME: &str = "GANTRY_DRAIN_SECONDS";
    const LONGEST: u64 = 600;
    let text = reader.get(NAME).unwrap_or_else(|| "25".to_owned());
    match text.parse().ok().filter(|seconds| *seconds <= LONGEST) {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            reader.wrong(NAME, format!("`{text}` is no number of seconds from 0 to {LONGEST}."));
            Duration::ZERO
        }
    }
}

fn lease(reader: &mut Reader) -> Duration {
    const NAME: &str = "GANTRY_LEASE_SECONDS";
    /// Half of it is enough for a call to AWS.
    const SHORTEST: u64 = 10;
    const LONGEST: u64 = 600;
    let text = reader.get(NAME).unwrap_or_else(|| "60".to_owned());
    match text.parse().ok().filter(|seconds| (SHORTEST..=LONGEST).contains(seconds)) {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            reader.wrong(NAME, format!("`{text}` is no number of seconds from {SHORTEST} to {LONGEST}."));
            Duration::from_secs(SHORTEST)
        }
    }
}

/// A number of something from 1 to `most`.
fn whole_number(reader: &mut Reader, name: &'static str, what: &str, default: u32, most: u32) -> u32 {
    let Some(text) = reader.get(name) else { return default };
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    if number.is_none() {
        reader.wrong(name, format!("`{text}` is no number of {what} from 1 to {most}."));
    }
    number.unwrap_or(default)
}

/// The scheme and host of an address, if that is all it has.
fn is_origin(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some()
            && uri.path_and_query().is_none_or(|path| path.as_str() == "/")
    })
}

/// What somebody at this machine types: all of its addresses are none that can be typed.
fn here(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

fn public_url(reader: &mut Reader, listen: SocketAddr) -> String {
    let url = reader.get("GANTRY_PUBLIC_URL").unwrap_or_else(|| here(listen));
    if !is_origin(&url) {
        reader.wrong(
            "GANTRY_PUBLIC_URL",
            format!(
                "`{url}` must be https:// (or http:// for a try on one machine) and a host, with no path: for example \
                 https://gantry.example.com."
            ),
        );
    }
    url.trim_end_matches('/').to_owned()
}

fn database_url(reader: &mut Reader) -> String {
    const NAME: &str = "GANTRY_DATABASE_URL";
    let url = reader.get(NAME).unwrap_or_else(|| "sqlite:gantry.db".to_owned());
    // The address of a database may hold a password, so it is not repeated.
    if storage_postgres::is_address(&url) {
        postgres_address(reader, NAME, &url);
    } else if !url.starts_with("sqlite:") {
        reader.wrong(
            NAME,
            "must be sqlite: and a file, for example sqlite:/var/lib/gantry/gantry.db, or the address of a PostgreSQL, \
             for example postgres://gantry:password@db.example.com:5432/gantry.",
        );
    }
    url
}

fn migration_database_url(reader: &mut Reader) -> Option<String> {
    const NAME: &str = "GANTRY_MIGRATION_DATABASE_URL";
    let url = reader.get(NAME)?;
    let served = reader.get("GANTRY_DATABASE_URL").unwrap_or_default();
    if storage_postgres::is_address(&served) {
        postgres_address(reader, NAME, &url);
    } else {
        reader.wrong(NAME, "goes with a GANTRY_DATABASE_URL that is the address of a PostgreSQL; leave it out.");
    }
    Some(url)
}

fn postgres_address(reader: &mut Reader, name: &'static str, url: &str) {
    if let Err(error) = storage_postgres::read_address(url) {
        reader.wrong(name, format!("{error}."));
    }
}

fn key(reader: &mut Reader) -> KeySource {
    let file = reader.get("GANTRY_KEY_FILE").unwrap_or_else(|| "gantry.key".to_owned());
    let (variable, key) = match reader.get("GANTRY_KEY") {
        Some(text) => ("GANTRY_KEY", KeySource::Text(text)),
        None => ("GANTRY_KEY_FILE", KeySource::File(file.into())),
    };
    if let Err(error) = key.check() {
        reader.wrong(variable, error.to_string());
    }
    key
}

/// The file of settings, if it must be kept from others.
fn secrets_in(reader: &Reader) -> Option<PathBuf> {
    let key = reader.in_which_file("GANTRY_KEY").map(|(_, file)| file);
    let urls = ["GANTRY_DATABASE_URL", "GANTRY_MIGRATION_DATABASE_URL"];
    let mut urls = urls.into_iter().filter_map(|name| reader.in_which_file(name));
    key.or_else(|| urls.find(|(url, _)| has_password(url)).map(|(_, file)| file)).map(PathBuf::from)
}

/// `postgres://gantry:secret@…` or `…?password=secret`
fn has_password(url: &str) -> bool {
    let user = url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    url.contains("password=") || user.is_some_and(|(user, _)| user.contains(':'))
}

fn site_dir(reader: &mut Reader) -> PathBuf {
    match reader.get("GANTRY_SITE_DIR").map(PathBuf::from) {
        Some(given) => {
            if !given.is_dir() {
                let problem = format!("`{}` is no folder; name the `site` that came with gantry.", given.display());
                reader.wrong("GANTRY_SITE_DIR", problem);
            }
            given
        }
        None => {
            let binary = std::env::current_exe().unwrap_or_default();
            binary.parent().unwrap_or_else(|| Path::new(".")).join("site")
        }
    }
}

fn log(reader: &mut Reader) -> String {
    let log = reader.get("GANTRY_LOG").unwrap_or_else(|| DEFAULT_LOG.to_owned());
    if let Err(error) = EnvFilter::try_new(&log) {
        reader.wrong("GANTRY_LOG", format!("`{log}`: {error}; write for example warn,gantry_server=debug."));
    }
    log
}

fn log_json(reader: &mut Reader) -> bool {
    let format = reader.get("GANTRY_LOG_FORMAT").unwrap_or_else(|| "text".to_owned());
    if format != "text" && format != "json" {
        reader.wrong("GANTRY_LOG_FORMAT", format!("`{format}` is not text or json."));
    }
    format == "json"
}

fn installation(reader: &mut Reader) -> String {
    let name = reader.get("GANTRY_INSTALLATION").unwrap_or_else(|| "gantry".to_owned());
    if name.len() > 32 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        reader.wrong("GANTRY_INSTALLATION", format!("`{name}` may have letters, digits and -, 32 at most."));
    }
    name
}

fn aws_endpoint(reader: &mut Reader) -> Option<String> {
    let url = reader.get("AWS_ENDPOINT_URL")?;
    if !is_origin(&url) {
        let problem = format!("`{url}` must be http:// or https:// and a host; leave it out for AWS itself.");
        reader.wrong("AWS_ENDPOINT_URL", problem);
    }
    Some(url)
}

fn trusted_proxies(reader: &mut Reader) -> TrustedProxies {
    let text = reader.get("GANTRY_TRUSTED_PROXIES").unwrap_or_default();
    text.parse().unwrap_or_else(|part| {
        let problem = format!("`{part}` is no address or network; write for example 10.0.0.0/8, 192.0.2.1.");
        reader.wrong("GANTRY_TRUSTED_PROXIES", problem);
        TrustedProxies::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Config, Vec<BadConfig>> {
        Config::read(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn problems(set: &[(&str, &str)]) -> Vec<BadConfig> {
        read(set).err().unwrap_or_default()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let bad = [
            ("GANTRY_LISTEN", "here"),
            ("GANTRY_PUBLIC_URL", "gantry.example.com"),
            ("GANTRY_DATABASE_URL", "mysql://x"),
            ("GANTRY_MIGRATION_DATABASE_URL", "postgres://x"),
            ("GANTRY_KEY", "short"),
            ("GANTRY_SITE_DIR", "/nowhere/at/all"),
            ("GANTRY_LOG", "gantry=loud"),
            ("GANTRY_LOG_FORMAT", "xml"),
            ("GANTRY_INSTALLATION", "a b"),
            ("AWS_ENDPOINT_URL", "localhost:4566"),
            ("GANTRY_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.com"),
            ("GANTRY_METRICS_LISTEN", "9090"),
            ("GANTRY_DRAIN_SECONDS", "soon"),
            ("GANTRY_LEASE_SECONDS", "9"),
            ("GANTRY_REQUEST_DAYS", "0"),
            ("GANTRY_AWS_RATE_PERCENT", "none"),
        ];
        let problems = problems(&bad);
        let named: Vec<_> = problems.iter().map(|problem| problem.variable.as_str()).collect();
        assert_eq!(named, bad.map(|(name, _)| name));
    }

    #[test]
    fn nothing_set_is_enough_for_a_first_day() {
        let config = read(&[("GANTRY_LISTEN", " ")]).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert!(!config.is_secure());
        for (listen, typed) in [
            ("0.0.0.0:8080", "http://localhost:8080"),
            ("[::]:80", "http://localhost:80"),
            ("10.0.0.7:8080", "http://10.0.0.7:8080"),
        ] {
            let config = read(&[("GANTRY_LISTEN", listen)]).unwrap_or_else(|problems| panic!("{problems:?}"));
            assert_eq!(config.public_url, typed);
        }
    }

    #[test]
    fn a_database_is_a_file_or_a_server_and_no_password_is_repeated() {
        for good in
            ["sqlite:gantry.db", "postgres://gantry:a%40b@db:5432/gantry", "postgresql://db/gantry?sslmode=require"]
        {
            assert_eq!(problems(&[("GANTRY_DATABASE_URL", good)]), [], "{good}");
        }
        for bad in
            ["gantry.db", "mysql://u:hush@h/d", "postgres://u:hush@h:port/d", "postgres://u:hush@h/d?sslmode=hush"]
        {
            let named = problems(&[("GANTRY_DATABASE_URL", bad)]);
            assert_eq!(named.len(), 1, "{bad}");
            assert!(!named[0].problem.contains("hush"), "{named:?}");
        }
        let both = |served, migrated| {
            problems(&[("GANTRY_DATABASE_URL", served), ("GANTRY_MIGRATION_DATABASE_URL", migrated)]).len()
        };
        assert_eq!(both("postgres://gantry@db/gantry", "postgres://owner@db/gantry"), 0);
        assert_eq!(both("postgres://gantry@db/gantry", "sqlite:gantry.db"), 1);
        assert_eq!(both("sqlite:gantry.db", "postgres://owner@db/gantry"), 1);
    }

    #[test]
    fn a_public_url_is_a_scheme_and_a_host() {
        for good in ["https://gantry.example.com", "https://gantry.example.com/", "http://[::1]:8080"] {
            assert_eq!(problems(&[("GANTRY_PUBLIC_URL", good)]), [], "{good}");
        }
        for bad in ["https://", "https://example.com/gantry", "https://example.com/?x", "ftp://example.com", "a b"] {
            assert_eq!(problems(&[("GANTRY_PUBLIC_URL", bad)]).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_key_file_that_holds_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gantry.key");
        let file = path.to_str().unwrap();
        assert_eq!(problems(&[("GANTRY_KEY_FILE", file)]), [], "one that is not there yet is made at the first start");
        for garbage in [&b"garbage"[..], b"", b"\xff\xfe"] {
            std::fs::write(&path, garbage).unwrap();
            let named = problems(&[("GANTRY_KEY_FILE", file)]);
            assert_eq!(named.len(), 1);
            assert!(named[0].variable == "GANTRY_KEY_FILE" && named[0].problem.contains(file), "{named:?}");
        }
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assert_eq!(problems(&[("GANTRY_KEY_FILE", file), ("GANTRY_KEY", key)]), [], "the key itself goes first");
        let nowhere = folder.path().join("none/gantry.key");
        assert_eq!(problems(&[("GANTRY_KEY_FILE", nowhere.to_str().unwrap())]).len(), 1);
    }

    #[test]
    fn a_misspelt_name_is_wrong_and_a_foreign_one_only_unknown() {
        for (slip, meant) in [("GANTRY_LISTN", "GANTRY_LISTEN"), ("GANTRY_PUBLIC_ULR", "GANTRY_PUBLIC_URL")] {
            let named = problems(&[(slip, "x")]);
            assert_eq!(named.len(), 1, "{slip}");
            assert!(named[0].variable == slip && named[0].problem.contains(meant), "{named:?}");
        }
        let foreign = [("GANTRY_PORT_8080_TCP", "tcp://10.0.0.1:8080"), ("GANTRY_SERVICE_HOST", "10.0.0.1")];
        let config = read(&foreign).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!(config.unknown, foreign.map(|(name, _)| name));
    }

    #[test]
    fn every_setting_is_read_and_every_one_that_is_read_is_in_the_table() {
        let mut reader = Reader::default();
        Config::from(&mut reader);
        // With the key given, its file is not asked for; here it is not given.
        let asked: std::collections::BTreeSet<_> = reader.asked.iter().copied().chain([reader::FILE]).collect();
        assert_eq!(asked, settings::SETTINGS.iter().map(|setting| setting.name).collect());
    }

    /// Problems with a file of this content, without the file's name.
    fn in_file(content: &str, set: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gantry.toml");
        std::fs::write(&path, content).unwrap();
        let file = path.to_str().unwrap();
        let set: Vec<_> = set.iter().copied().chain([("GANTRY_CONFIG", file)]).collect();
        read(&set).map_err(|problems| problems.iter().map(|one| one.to_string().replace(file, "FILE")).collect())
    }

    #[test]
    fn a_file_holds_the_same_names_and_the_environment_wins() {
        let content = r#"
            GANTRY_LISTEN = "0.0.0.0:80"
            GANTRY_INSTALLATION = "two"
            GANTRY_DRAIN_SECONDS = 5
            GANTRY_TRUSTED_PROXIES = ["10.0.0.0/8", "192.0.2.1"]
        "#;
        let config = in_file(content, &[("GANTRY_INSTALLATION", "three")]).unwrap_or_else(|all| panic!("{all:?}"));
        assert_eq!((config.listen.port(), config.installation.as_str(), config.in_file), (80, "three", 3));
        assert_eq!(config.drain, Duration::from_secs(5));
        assert_eq!(Ok(config.trusted_proxies), "10.0.0.0/8,192.0.2.1".parse());
        assert_eq!(config.secrets_in, None);
    }

    #[test]
    fn a_file_that_must_be_kept_from_others_is_known() {
        for (setting, value, is_secret) in [
            ("GANTRY_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
            ("GANTRY_DATABASE_URL", "postgres://gantry:hush@db/gantry", true),
            ("GANTRY_DATABASE_URL", "postgres://gantry@db/gantry?password=hush", true),
            ("GANTRY_DATABASE_URL", "postgres://gantry@db/gantry", false),
            ("GANTRY_DATABASE_URL", "sqlite:/var/lib/gantry/gantry.db", false),
        ] {
            let content = format!("{setting} = \"{value}\"");
            let config = in_file(&content, &[]).unwrap_or_else(|all| panic!("{all:?}"));
            assert_eq!(config.secrets_in.is_some(), is_secret, "{content}");
            assert_eq!(read(&[(setting, value)]).unwrap_or_else(|all| panic!("{all:?}")).secrets_in, None);
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_everything_else() {
        let content = r#"
            listen = "0.0.0.0:80"
            GANTRY_DATABSE_URL = "sqlite:x.db"
            GANTRY_CONFIG = "other.toml"
            GANTRY_LOG_FORMAT = "xml"
            GANTRY_KEY_FILE = { path = "x" }
        "#;
        let problems = in_file(content, &[("GANTRY_LISTEN", "here")]).err().unwrap();
        let said = |what: &str| problems.iter().filter(|problem| problem.starts_with(what)).count() == 1;
        assert!(said("listen in FILE: there is no such setting; did you mean GANTRY_LISTEN?"), "{problems:?}");
        assert!(said("GANTRY_DATABSE_URL in FILE: there is no such setting; did you mean GANTRY_DATABASE_URL?"));
        assert!(said("GANTRY_CONFIG in FILE: a file of settings"), "{problems:?}");
        assert!(said("GANTRY_LOG_FORMAT in FILE: `xml`"), "{problems:?}");
        assert!(said("GANTRY_KEY_FILE in FILE: must be a text"), "{problems:?}");
        assert!(said("GANTRY_LISTEN: `here`"), "{problems:?}");
        assert_eq!(problems.len(), 6, "{problems:?}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_and_its_text_is_not_repeated() {
        let broken = in_file("GANTRY_LISTEN = \"x\"\nGANTRY_KEY = hunter2", &[]).err().unwrap();
        assert!(broken.len() == 1 && broken[0].starts_with("GANTRY_CONFIG: line 2:"), "{broken:?}");
        assert!(!broken[0].contains("hunter2"), "{broken:?}");
        let missing = problems(&[("GANTRY_CONFIG", "/nowhere/gantry.toml")]);
        assert!(missing.len() == 1 && missing[0].problem.contains("/nowhere/gantry.toml"), "{missing:?}");
    }

    #[test]
    fn what_is_given_to_copy_has_settings_that_there_are() {
        const OWNER: &str = "GANTRY_MIGRATION_DATABASE_URL";
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
        let file = format!("{folder}/gantry.toml");
        // The folder of its key is not on this machine.
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let config = read(&[("GANTRY_CONFIG", &file), ("GANTRY_KEY", key)]).unwrap_or_else(|all| panic!("{all:?}"));
        assert!(config.is_secure() && config.unknown.is_empty());
        let named = |file: &str| {
            let task = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
            let task: serde_json::Value = serde_json::from_str(&task).unwrap();
            let container = task["containerDefinitions"][0].clone();
            let named = ["environment", "secrets"].map(|list| container[list].as_array().unwrap().clone()).concat();
            let named: Vec<_> = named.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
            for name in &named {
                assert!(settings::SETTINGS.iter().any(|setting| setting.name == name), "{name}");
            }
            (container, named)
        };
        let (serving, settings) = named("task-definition.json");
        assert!(serving["stopTimeout"].as_u64().unwrap() > config.drain.as_secs());
        // Whoever serves cannot become the owner of the history.
        assert!(!settings.iter().any(|name| name == OWNER), "{settings:?}");
        let (migrating, settings) = named("migrate-task-definition.json");
        assert!(migrating["command"][0] == "migrate" && settings.iter().any(|name| name == OWNER), "{settings:?}");
    }
}
