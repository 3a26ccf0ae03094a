//! Every setting there is: the table in the README is this one.

use std::fmt::Write as _;

/// What all names of our own begin with.
pub const PREFIX: &str = "GANTRY_";

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name as a variable and in the file.
    pub name: &'static str,
    /// What holds where it is not set, in Markdown.
    pub default: &'static str,
    /// What it does, in Markdown.
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default, meaning }
}

/// All of them, in the order in which a reader wants to know them.
pub const SETTINGS: &[Setting] = &[
    setting(
        "GANTRY_CONFIG",
        "none",
        "a file with settings, as `--config FILE` names it; the only one that cannot stand in it",
    ),
    setting("GANTRY_LISTEN", "`127.0.0.1:8080`", "address to listen on"),
    setting(
        "GANTRY_PUBLIC_URL",
        "`http://` + the address",
        "what people type; `https://` makes cookies `Secure` and browsers stay with HTTPS",
    ),
    setting(
        "GANTRY_DATABASE_URL",
        "`sqlite:gantry.db`",
        "the database: `sqlite:` and a file, for one process, or `postgres://user:password@host/database`, for any number",
    ),
    setting(
        "GANTRY_MIGRATION_DATABASE_URL",
        "none",
        "the same PostgreSQL as a user who may change the schema; the other then only gets the rights that serving needs",
    ),
    setting("GANTRY_KEY", "none", "the key that secrets are sealed with: 32 bytes in base64; goes before the file"),
    setting(
        "GANTRY_KEY_FILE",
        "`gantry.key`",
        "a file that holds the key, made at the first start; keep a copy apart from the database's backups",
    ),
    setting("GANTRY_SITE_DIR", "`site` beside the binary", "what the browser loads"),
    setting(
        "GANTRY_INSTALLATION",
        "`gantry`",
        "tells two installations in one AWS account apart; part of names and tags, so never change it",
    ),
    setting(
        "GANTRY_TRUSTED_PROXIES",
        "none",
        "addresses and networks, between commas, of proxies whose `X-Forwarded-For` says who asks",
    ),
    setting("GANTRY_METRICS_LISTEN", "none", "address for `/metrics`, away from people; nothing is served without one"),
    setting("GANTRY_DRAIN_SECONDS", "`25`", "how long requests may take to finish when the process is asked to end"),
    setting(
        "GANTRY_LEASE_SECONDS",
        "`60`",
        "how long a run stays with a process that died before another one goes on with it, from 10 to 600; no call to AWS \
         takes longer than half of it, or 30 seconds",
    ),
    setting(
        "GANTRY_REQUEST_DAYS",
        "`14`",
        "how many days a request waits for somebody to do something about it before it expires",
    ),
    setting(
        "GANTRY_AWS_RATE_PERCENT",
        "`100`",
        "how much of the request rates that AWS publishes this process uses: less where several processes or others share \
         an account, more where AWS has raised them",
    ),
    setting(
        "GANTRY_LOG",
        "Gantry at `info`, the rest at `warn`",
        "log filter, for example `info,gantry_provisioner=debug`",
    ),
    setting("GANTRY_LOG_FORMAT", "`text`", "`json` for machines"),
    setting("AWS_ENDPOINT_URL", "none", "another endpoint than AWS"),
];

/// The README's table.
pub fn table() -> String {
    let mut table = String::from("| setting | default | meaning |\n| --- | --- | --- |\n");
    for Setting { name, default, meaning } in SETTINGS {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    const BEGIN: &str = "<!-- settings: written by the tests of gantry-server -->\n";
    const END: &str = "<!-- settings end -->";

    /// `GANTRY_WRITE_DOCS=1 cargo test -p gantry-server --lib settings` writes it.
    #[test]
    fn the_readme_has_the_table_of_the_code() {
        let readme = std::fs::read_to_string(README).unwrap();
        let (before, rest) = readme.split_once(BEGIN).unwrap();
        let (written, after) = rest.split_once(END).unwrap();
        if std::env::var_os("GANTRY_WRITE_DOCS").is_some() {
            std::fs::write(README, [before, BEGIN, &table(), END, after].concat()).unwrap();
            return;
        }
        assert_eq!(written, table(), "the table in the README is out of date; see the comment on this test");
    }
}
