//! The configuration: environment variables, read once. Every problem is named at once, with its remedy.

use std::{net::SocketAddr, path::PathBuf};

/// What the portal needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// `GANTRY_LISTEN`
    pub listen: SocketAddr,
    /// `GANTRY_PUBLIC_URL`, without a slash at the end.
    pub public_url: String,
    /// `GANTRY_DATABASE_URL`
    pub database_url: String,
    /// `GANTRY_KEY`: 32 bytes in base64.
    pub key: Option<String>,
    /// `GANTRY_KEY_FILE`: where the key is kept when it is not given.
    pub key_file: PathBuf,
    /// `GANTRY_SITE_DIR`: scripts, style, fonts.
    pub site_dir: PathBuf,
    /// `GANTRY_LOG`: `text` or `json`.
    pub log_json: bool,
    /// `GANTRY_INSTALLATION`: tells two installations in one AWS account apart.
    pub installation: String,
    /// `AWS_ENDPOINT_URL`: another AWS, for demos and tests.
    pub aws_endpoint: Option<String>,
}

/// One thing that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct BadConfig {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl Config {
    /// Reads the variables through `get`.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<BadConfig>> {
        let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let mut problems = vec![];
        let listen_text = get("GANTRY_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen: SocketAddr = listen_text.parse().unwrap_or_else(|_| {
            problems.push(BadConfig {
                variable: "GANTRY_LISTEN",
                problem: format!("`{listen_text}` is no address and port; write for example 0.0.0.0:8080."),
            });
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let public_url =
            get("GANTRY_PUBLIC_URL").unwrap_or_else(|| format!("http://{listen}")).trim_end_matches('/').to_owned();
        if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
            problems.push(BadConfig {
                variable: "GANTRY_PUBLIC_URL",
                problem: format!("`{public_url}` must begin with https:// (or http:// for a try on one machine)."),
            });
        }
        let database_url = get("GANTRY_DATABASE_URL").unwrap_or_else(|| "sqlite:gantry.db".to_owned());
        if !database_url.starts_with("sqlite:") {
            problems.push(BadConfig {
                variable: "GANTRY_DATABASE_URL",
                problem: "must begin with sqlite: and name a file, for example sqlite:/var/lib/gantry/gantry.db."
                    .to_owned(),
            });
        }
        let log = get("GANTRY_LOG_FORMAT").unwrap_or_else(|| "text".to_owned());
        if log != "text" && log != "json" {
            problems
                .push(BadConfig { variable: "GANTRY_LOG_FORMAT", problem: format!("`{log}` is not text or json.") });
        }
        let installation = get("GANTRY_INSTALLATION").unwrap_or_else(|| "gantry".to_owned());
        if installation.len() > 32 || !installation.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            problems.push(BadConfig {
                variable: "GANTRY_INSTALLATION",
                problem: "may have letters, digits and -, 32 at most.".to_owned(),
            });
        }
        let beside_binary = || {
            let binary = std::env::current_exe().unwrap_or_default();
            binary.parent().unwrap_or_else(|| std::path::Path::new(".")).join("site")
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            listen,
            public_url,
            database_url,
            key: get("GANTRY_KEY"),
            key_file: get("GANTRY_KEY_FILE").unwrap_or_else(|| "gantry.key".to_owned()).into(),
            site_dir: get("GANTRY_SITE_DIR").map_or_else(beside_binary, PathBuf::from),
            log_json: log == "json",
            installation,
            aws_endpoint: get("AWS_ENDPOINT_URL"),
        })
    }

    /// Whether people reach it over HTTPS: decides the cookie.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let problems = Config::read(|name| match name {
            "GANTRY_LISTEN" => Some("here".to_owned()),
            "GANTRY_PUBLIC_URL" => Some("gantry.example.com".to_owned()),
            "GANTRY_DATABASE_URL" => Some("mysql://x".to_owned()),
            "GANTRY_LOG_FORMAT" => Some("xml".to_owned()),
            "GANTRY_INSTALLATION" => Some("a b".to_owned()),
            _ => None,
        })
        .unwrap_err();
        let names: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
        assert_eq!(
            names,
            ["GANTRY_LISTEN", "GANTRY_PUBLIC_URL", "GANTRY_DATABASE_URL", "GANTRY_LOG_FORMAT", "GANTRY_INSTALLATION"]
        );
    }

    #[test]
    fn nothing_set_is_enough_for_a_first_day() {
        let config = Config::read(|_| None).unwrap();
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert!(!config.is_secure());
    }
}
