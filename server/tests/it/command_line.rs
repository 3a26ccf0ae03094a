//! The program as it is started.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
};

use domain::draft::FormOf;
use gantry_server::{config::Config, serve};
use provisioner::cloud::Secret;
use service::requests::Draft;
use storage_postgres::temporary::TemporaryDatabase;
use storage_sqlite::SqliteStorage;

use crate::house;

/// A command with nothing set but a folder to work in.
fn gantry(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command.env_clear().current_dir(folder).args(arguments);
    command
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

const SEED: &str = r#"{
    "teams": [{ "name": "payments", "title": "Payments" }],
    "people": [{ "name": "Ada", "email": "ada@example.com", "role": "admin", "teams": [] }]
}"#;

#[test]
fn every_bad_setting_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let bad = [
        ("GANTRY_LISTEN", "here"),
        ("GANTRY_DATABASE_URL", "mysql://x"),
        ("GANTRY_PUBLIC_URL", "gantry.example.com"),
        ("GANTRY_KEY", "short"),
        ("GANTRY_INSTALATION", "two"),
    ];
    let output = gantry(folder.path(), &["serve"]).envs(bad).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    for (named, _) in bad {
        assert!(text(&output).contains(named), "{named}: {}", text(&output));
    }
    assert!(text(&output).contains("did you mean GANTRY_INSTALLATION?"), "{}", text(&output));
    assert_eq!(text(&output).lines().count(), bad.len(), "{}", text(&output));
}

#[test]
fn a_key_file_that_holds_no_key_is_a_bad_setting() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gantry.key"), "garbage").unwrap();
    let output = gantry(folder.path(), &["migrate"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("GANTRY_KEY_FILE: the file `gantry.key`"), "{}", text(&output));
    assert!(!folder.path().join("gantry.db").exists(), "nothing was begun");
}

/// Ends with a sentence that says this, and without a trace of the program's inside.
fn assert_fails(mut command: Command, said: &str) {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains(said), "{}", text(&output));
    for inside in ["panicked", "backtrace"] {
        assert!(!text(&output).contains(inside), "{}", text(&output));
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_or_is_of_a_newer_gantry_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut away = gantry(folder.path(), &["serve"]);
    away.env("GANTRY_DATABASE_URL", "postgres://gantry:secret@127.0.0.1:9/gantry");
    let said = away.output().unwrap();
    assert!(!text(&said).contains("secret"), "{}", text(&said));
    assert_fails(away, "no PostgreSQL answers at 127.0.0.1:9");

    storage_sqlite::from_a_newer_gantry(&folder.path().join("gantry.db")).await;
    assert_fails(gantry(folder.path(), &["serve"]), "a newer Gantry wrote it");
    assert_fails(gantry(folder.path(), &["migrate"]), "a newer Gantry wrote it");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = gantry(folder.path(), &["serve"]);
    command.env("GANTRY_DATABASE_URL", "sqlite:none/gantry.db");
    assert_fails(command, "its folder must exist");
}

#[test]
fn an_address_in_use_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = gantry(folder.path(), &["serve"]);
    command.env("GANTRY_LISTEN", &address);
    assert_fails(command, &format!("GANTRY_LISTEN: {address} cannot be listened on"));
}

#[test]
fn a_seed_is_put_in_once_and_a_bad_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seed.json"), SEED).unwrap();
    let first = gantry(folder.path(), &["seed", "seed.json"]).output().unwrap();
    assert!(first.status.success(), "{}", text(&first));
    assert!(text(&first).contains("1 teams, 1 people"), "{}", text(&first));
    let again = gantry(folder.path(), &["seed", "seed.json"]).output().unwrap();
    assert!(text(&again).contains("0 teams, 0 people"), "{}", text(&again));
    std::fs::write(folder.path().join("bad.json"), SEED.replace("ada@example.com", "ada")).unwrap();
    let bad = gantry(folder.path(), &["seed", "bad.json"]).output().unwrap();
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad).contains("bad.json: people"), "{}", text(&bad));
    std::fs::write(folder.path().join("odd.json"), "{\"team\": []}").unwrap();
    let odd = gantry(folder.path(), &["seed", "odd.json"]).output().unwrap();
    assert!(!odd.status.success() && text(&odd).contains("unknown field `team`"), "{}", text(&odd));
}

#[test]
fn the_history_is_verified_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seed.json"), SEED).unwrap();
    gantry(folder.path(), &["seed", "seed.json"]).output().unwrap();
    let output = gantry(folder.path(), &["audit", "verify"]).output().unwrap();
    assert!(output.status.success());
    assert!(text(&output).contains("verified through event"), "{}", text(&output));
}

#[tokio::test]
async fn who_only_looks_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gantry.db");
    // The schema and nothing else: no template was published.
    SqliteStorage::open(&format!("sqlite:{}", file.display())).await.unwrap().close().await;
    let before = std::fs::read(&file).unwrap();
    for arguments in [["audit", "verify"], ["audit", "export"], ["user", "list"]] {
        let looked = gantry(folder.path(), &arguments).output().unwrap();
        assert!(looked.status.success(), "{arguments:?}: {}", text(&looked));
        let files = folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        // SQLite's own file beside it goes with the last connection, which the end of the process may come before.
        let files: Vec<_> = files.filter(|name| !name.starts_with("gantry.db-")).collect();
        assert_eq!(files, ["gantry.db"], "{arguments:?}");
        assert!(std::fs::read(&file).unwrap() == before, "{arguments:?}: the database is another");
    }
}

#[test]
fn a_history_that_somebody_edited_in_the_file_does_not_verify() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seed.json"), SEED).unwrap();
    gantry(folder.path(), &["seed", "seed.json"]).output().unwrap();
    // A backup is one compact file; the database itself may have its last pages elsewhere.
    assert!(gantry(folder.path(), &["backup", "copy.db"]).output().unwrap().status.success());
    let file = folder.path().join("copy.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let (name, other) = (b"The operator", b"Nobody knows");
    let places: Vec<_> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    assert!(!places.is_empty(), "the history is not in the file");
    places.iter().for_each(|at| bytes[*at..][..name.len()].copy_from_slice(other));
    std::fs::write(&file, bytes).unwrap();
    let mut verify = gantry(folder.path(), &["audit", "verify"]);
    let output = verify.env("GANTRY_DATABASE_URL", "sqlite:copy.db").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("was changed after it was written"), "{}", text(&output));
}

/// Somebody's draft with a secret in it, in the database of these settings.
async fn keep_a_secret(settings: &[(&str, String)]) {
    let set = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let config = Config::read(set).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (portal, database) = serve::portal(&config).await.unwrap();
    portal.seed(house::seed()).await.unwrap();
    let developer = house::actor(&portal, "developer").await;
    let clear = [("TOKEN".to_owned(), Secret("open-sesame".to_owned()))].into();
    let team = Some(developer.teams[0].0.id.clone());
    let draft = Draft { team, secrets: [("secrets".to_owned(), clear)].into(), ..Draft::default() };
    portal.save_draft(&developer, &FormOf::Template("web-service".to_owned()), draft).await.unwrap();
    database.close().await;
}

#[tokio::test]
async fn another_key_than_the_databases_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("gantry.db").display());
    let settings = |key: &str| [("GANTRY_DATABASE_URL", url.clone()), ("GANTRY_KEY", key.to_owned())];
    let (right, wrong) =
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    keep_a_secret(&settings(right)).await;
    let with = |key: &str, arguments: &[&str]| {
        let mut command = gantry(folder.path(), arguments);
        command.envs(settings(key)).env("GANTRY_LISTEN", "127.0.0.1:0");
        command
    };
    let said = "the key is not the one that the secrets in the database were sealed with";
    assert_fails(with(wrong, &["serve"]), &format!("GANTRY_KEY: {said}"));
    let (code, checks) = doctor(with(wrong, &["doctor", "--json"]));
    assert_eq!((code, checks["secrets"].0.as_str()), (Some(1), "fail"), "{checks:?}");
    assert!(checks["secrets"].1["found"] == said && checks["secrets"].1["remedy"].is_string(), "{checks:?}");
    assert_eq!(doctor(with(right, &["doctor", "--json"])).1["secrets"].0, "ok");
}

#[test]
fn a_template_is_checked_with_line_and_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog/templates/web-service.yaml");
    let sound = gantry(folder.path(), &["template", "check", catalog]).output().unwrap();
    assert!(sound.status.success(), "{}", text(&sound));
    let source = std::fs::read_to_string(catalog).unwrap();
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, source.replace("kind: EcsCluster", "kind: EcsClusster")).unwrap();
    let output = gantry(folder.path(), &["template", "check", "bad.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let line = source.lines().position(|line| line.contains("kind: EcsCluster")).unwrap() + 1;
    assert!(text(&output).contains(&format!("bad.yaml:{line}")), "{}", text(&output));
}

#[test]
fn a_file_of_settings_is_read_and_its_slips_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.toml"), "GANTRY_DATABASE_URL = \"sqlite:other.db\"").unwrap();
    let output = gantry(folder.path(), &["--config", "good.toml", "migrate"]).output().unwrap();
    assert!(output.status.success() && folder.path().join("other.db").exists(), "{}", text(&output));
    std::fs::write(folder.path().join("bad.toml"), "database_url = \"sqlite:other.db\"").unwrap();
    let output = gantry(folder.path(), &["migrate", "--config", "bad.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("did you mean GANTRY_DATABASE_URL?"), "{}", text(&output));
}

/// Gives it a line and waits for its end.
fn tell(mut command: Command, line: &str) -> Output {
    use std::{io::Write as _, process::Stdio};
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn accounts_are_managed_from_the_shell_and_the_history_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let user = |arguments: &[&str]| gantry(folder.path(), &[&["user"], arguments].concat());
    assert_fails(user(&["list"]), "no database file");
    assert!(gantry(folder.path(), &["migrate"]).output().unwrap().status.success());
    assert!(text(&user(&["list"]).output().unwrap()).contains("Nobody has an account yet"));
    let add = ["add", "Ada@example.com", "--name", "Ada", "--role", "admin"];
    let added = tell(user(&add), "lift-that-container");
    assert!(added.status.success() && text(&added).contains("ada@example.com has an account"), "{}", text(&added));
    for (command, said) in [(user(&add), "already"), (user(&["reset-password", "ada@example.com"]), "at least 12")] {
        let refused = tell(command, if said == "already" { "lift-that-container" } else { "short" });
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused).contains(said), "{}", text(&refused));
    }
    let last = user(&["disable", "ada@example.com"]).output().unwrap();
    assert!(last.status.code() == Some(2) && text(&last).contains("last administrator"), "{}", text(&last));
    assert!(tell(user(&["add", "bob@example.com", "--name", "Bob"]), "lift-that-container").status.success());
    for arguments in [["disable", "bob@example.com", ""], ["role", "bob@example.com", "auditor"]] {
        let arguments: Vec<_> = arguments.into_iter().filter(|argument| !argument.is_empty()).collect();
        assert!(user(&arguments).output().unwrap().status.success(), "{arguments:?}");
    }
    let list = text(&user(&["list"]).output().unwrap());
    let bob = list.lines().find(|line| line.starts_with("bob@example.com")).unwrap();
    assert!(bob.contains("auditor") && bob.ends_with("disabled"), "{list}");
    let nobody = user(&["enable", "eve@example.com"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(2), "{}", text(&nobody));
    let history = gantry(folder.path(), &["audit", "export"]).output().unwrap();
    let lines: Vec<serde_json::Value> =
        text(&history).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let person = |line: &&serde_json::Value| line["entry"]["action"].as_str().unwrap().starts_with("person.");
    let actions: Vec<_> = lines.iter().filter(person).map(|line| line["entry"]["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["person.added", "person.added", "person.disabled", "person.changed"]);
    assert!(lines.iter().filter(person).all(|line| line["entry"]["actor"] == "usr-operator"));
    assert!(!text(&history).contains("lift-that-container"));
}

#[test]
fn the_history_is_exported_for_machines_and_for_spreadsheets() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seed.json"), SEED).unwrap();
    gantry(folder.path(), &["seed", "seed.json"]).output().unwrap();
    let export = |more: &[&str]| {
        let output = gantry(folder.path(), &[&["audit", "export"], more].concat()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let (whole, csv) = (export(&[]), export(&["--format", "csv"]));
    assert!(whole.lines().count() > 1 && csv.lines().count() == whole.lines().count() + 1, "{csv}");
    assert!(csv.starts_with("position,at,actor,") && csv.contains(",usr-operator,The operator,,team.added,"), "{csv}");
    assert_eq!(export(&["--after", "1"]).lines().count(), whole.lines().count() - 1);
}

#[tokio::test]
async fn a_backup_is_restored_with_its_history_whole() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = gantry(folder.path(), &["backup", "copy.db"]).output().unwrap();
    assert!(!nothing.status.success() && text(&nothing).contains("no database file"), "{}", text(&nothing));
    let [database, key] = ["gantry.db", "gantry.key"].map(|name| folder.path().join(name).display().to_string());
    keep_a_secret(&[("GANTRY_DATABASE_URL", format!("sqlite:{database}")), ("GANTRY_KEY_FILE", key)]).await;
    let verified = text(&gantry(folder.path(), &["audit", "verify"]).output().unwrap());
    let hash = verified.trim().rsplit(' ').next().unwrap();

    let backup = gantry(folder.path(), &["backup", "copy.db"]).output().unwrap();
    assert!(backup.status.success() && text(&backup).contains(hash), "{}", text(&backup));
    assert!(
        !gantry(folder.path(), &["backup", "copy.db"]).output().unwrap().status.success(),
        "nothing is written over"
    );

    // The machine burns down; the copy and the key are brought to another one.
    let other = tempfile::tempdir().unwrap();
    for (from, to) in [("copy.db", "gantry.db"), ("gantry.key", "gantry.key")] {
        std::fs::copy(folder.path().join(from), other.path().join(to)).unwrap();
    }
    let restored = gantry(other.path(), &["audit", "verify"]).output().unwrap();
    assert!(restored.status.success() && text(&restored).contains(hash), "{}", text(&restored));
    assert!(text(&gantry(other.path(), &["user", "list"]).output().unwrap()).contains("developer@example.com"));
    let mut healthy = gantry(other.path(), &["doctor", "--json"]);
    healthy.env("GANTRY_LISTEN", "127.0.0.1:0");
    let checks = doctor(healthy).1;
    assert_eq!(checks["secrets"].0, "ok", "{checks:?}");
    serving(gantry(other.path(), &["serve"])).await.0.kill().await.unwrap();
}

/// The process once it is ready, and the addresses that it listens at: the last one is that of its pages.
async fn serving(command: Command) -> (tokio::process::Child, Vec<String>) {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut serving = tokio::process::Command::from(command)
        .envs([("GANTRY_LISTEN", "127.0.0.1:0"), ("GANTRY_METRICS_LISTEN", "127.0.0.1:0")])
        .env("GANTRY_LOG_FORMAT", "json")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stderr.take().unwrap()).lines();
    let mut listens = vec![];
    while let Some(line) = lines.next_line().await.unwrap() {
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        listens.extend(said["listen.address"].as_str().map(str::to_owned));
        if said["message"] == "gantry is ready" {
            // Somebody must go on listening, or it could not say anything any more.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (serving, listens);
        }
    }
    panic!("it ended before it was ready");
}

/// What `gantry doctor --json` says of each check.
fn doctor(command: Command) -> (Option<i32>, BTreeMap<String, (String, serde_json::Value)>) {
    let mut command = command;
    // Nobody answers there: that is told, too, and fast.
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    command.envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    let output = command.output().unwrap();
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let checks = report["checks"].as_array().unwrap().iter().map(|check| {
        let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
        (text("check"), (text("verdict"), check.clone()))
    });
    (output.status.code(), checks.collect())
}

#[test]
fn the_doctor_says_what_is_wrong_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ask = || {
        let mut command = gantry(folder.path(), &["doctor", "--json"]);
        command.env("GANTRY_LISTEN", "127.0.0.1:0");
        command
    };
    let (code, checks) = doctor(ask());
    assert_eq!(code, Some(1), "there is no site: {checks:?}");
    for (check, verdict) in [("site", "fail"), ("key", "warn"), ("database", "warn"), ("AWS credentials", "warn")] {
        assert_eq!(checks[check].0, verdict, "{checks:?}");
        assert!(checks[check].1["remedy"].is_string(), "{checks:?}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "nothing was made");

    gantry(folder.path(), &["migrate"]).output().unwrap();
    let in_site = || {
        let mut command = ask();
        command.env("GANTRY_SITE_DIR", "site");
        command
    };
    std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
    assert_eq!(doctor(in_site()).1["site"].0, "fail", "a folder is not what is in it");
    build_site(&folder.path().join("site"));
    let (code, checks) = doctor(in_site());
    assert_eq!(code, Some(0), "{checks:?}");
    for check in ["configuration", "public URL", "GANTRY_LISTEN", "site", "key", "database", "disk"] {
        assert_eq!(checks[check].0, "ok", "{checks:?}");
    }
    assert_eq!(checks["accounts"].0, "note", "{checks:?}");
    std::fs::remove_file(folder.path().join("site/pkg/gantry.1.css")).unwrap();
    let (code, checks) = doctor(in_site());
    assert_eq!((code, checks["site"].0.as_str()), (Some(1), "fail"), "{checks:?}");
    assert!(checks["site"].1["found"].as_str().unwrap().contains("/pkg/gantry.1.css"), "{checks:?}");

    let mut stranger = ask();
    stranger.envs([("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_EC2_METADATA_DISABLED", "true")]);
    let said = stranger.output().unwrap();
    assert!(text(&said).contains("(no-credentials)"), "{}", text(&said));

    let mut misspelt = ask();
    misspelt.env("GANTRY_LISTEN", "here").env("GANTRY_LOG_FORMAT", "xml");
    let (code, checks) = doctor(misspelt);
    assert_eq!((code, checks.len()), (Some(1), 2), "every bad setting is a line: {checks:?}");

    let mut open = ask();
    open.env("GANTRY_PUBLIC_URL", "http://gantry.example.com");
    assert_eq!(doctor(open).1["public URL"].0, "warn");

    for (proxies, verdict) in [("", "warn"), ("10.0.0.0/8", "ok")] {
        let mut behind_a_proxy = ask();
        behind_a_proxy.env("GANTRY_PUBLIC_URL", "https://gantry.example.com").env("GANTRY_TRUSTED_PROXIES", proxies);
        assert_eq!(doctor(behind_a_proxy).1["proxies"].0, verdict);
    }

    let mut nowhere = ask();
    nowhere.env("GANTRY_DATABASE_URL", "sqlite:none/gantry.db");
    let (_, checks) = doctor(nowhere);
    assert_eq!(checks["database"].0, "fail", "{checks:?}");
    assert!(checks["database"].1["found"].as_str().unwrap().contains("`none`"), "{checks:?}");
}

/// A site as the build leaves it, without anything in its files.
fn build_site(folder: &Path) {
    let names =
        ["boot", "module", "wasm", "icons", "favicon", "font"].map(|name| (name, format!("/pkg/gantry.{name}")));
    let manifest: BTreeMap<_, _> = names.into_iter().chain([("style", "/pkg/gantry.1.css".to_owned())]).collect();
    for address in manifest.values() {
        std::fs::write(folder.join(&address[1..]), "").unwrap();
    }
    std::fs::write(folder.join("manifest.json"), serde_json::to_string(&manifest).unwrap()).unwrap();
}

#[cfg(unix)]
#[test]
fn the_doctor_sees_what_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    std::fs::write(folder.path().join("gantry.key"), key).unwrap();
    for (name, content) in [("secret.toml", format!("GANTRY_KEY = \"{key}\"")), ("plain.toml", String::new())] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let look = |settings: &str, mode: u32| {
        for name in ["gantry.key", settings] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path().join(name), mode).unwrap();
        }
        let mut command = gantry(folder.path(), &["--config", settings, "doctor", "--json"]);
        command.env("GANTRY_LISTEN", "127.0.0.1:0");
        let checks = doctor(command).1;
        ["configuration", "key"].map(|check| checks[check].0.clone())
    };
    assert_eq!(look("plain.toml", 0o644), ["ok", "warn"]);
    assert_eq!(look("plain.toml", 0o600), ["ok", "ok"]);
    assert_eq!(look("secret.toml", 0o644), ["warn", "ok"]);
    assert_eq!(look("secret.toml", 0o640), ["ok", "ok"], "the group is there for the service's user");
}

#[tokio::test]
async fn the_doctor_tells_gantry_at_work_from_what_is_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (mut serving, listens) = serving(gantry(folder.path(), &["serve"])).await;
    let [metrics, pages] = &listens[..] else { panic!("{listens:?}") };
    let look = |listen: &str, metrics: &str| {
        let mut command = gantry(folder.path(), &["doctor", "--json"]);
        command.envs([("GANTRY_LISTEN", listen), ("GANTRY_METRICS_LISTEN", metrics)]);
        let checks = doctor(command).1;
        ["GANTRY_LISTEN", "GANTRY_METRICS_LISTEN"].map(|check| checks[check].0.clone())
    };
    assert_eq!(look(pages, metrics), ["note", "note"]);
    assert_eq!(look(metrics, "127.0.0.1:0"), ["fail", "ok"], "where metrics are served no pages are");
    serving.kill().await.unwrap();
    assert_eq!(look(pages, metrics), ["ok", "ok"]);
    assert_eq!(look(pages, pages), ["ok", "fail"], "two cannot be at one address");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(look(&taken.local_addr().unwrap().to_string(), "127.0.0.1:0"), ["fail", "ok"]);
}

#[tokio::test]
async fn the_commands_work_on_postgresql() {
    let database = TemporaryDatabase::empty().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ask = |url: &str, arguments: &[&str]| {
        let mut command = gantry(folder.path(), arguments);
        command.env("GANTRY_DATABASE_URL", url).env("GANTRY_LISTEN", "127.0.0.1:0");
        command
    };
    let url = database.url();
    let migrated = ask(&url, &["migrate"]).output().unwrap();
    assert!(migrated.status.success(), "{}", text(&migrated));
    let added =
        tell(ask(&url, &["user", "add", "ada@example.com", "--name", "Ada", "--role", "admin"]), "lift-that-container");
    assert!(added.status.success(), "{}", text(&added));
    assert!(text(&ask(&url, &["user", "list"]).output().unwrap()).contains("ada@example.com"));
    let verified = ask(&url, &["audit", "verify"]).output().unwrap();
    assert!(verified.status.success() && text(&verified).contains("verified through event"), "{}", text(&verified));
    assert_fails(ask(&url, &["backup", "copy.db"]), "a PostgreSQL is copied by its own tools");

    let look = |url: &str, migrating: &str| {
        let mut command = ask(url, &["doctor", "--json"]);
        command.env("GANTRY_MIGRATION_DATABASE_URL", migrating);
        doctor(command).1
    };
    let checks = look(&url, &url);
    for check in ["database", "migration database"] {
        assert_eq!(checks[check].0, "ok", "{checks:?}");
    }
    assert!(!checks.contains_key("accounts") && !checks.contains_key("disk"), "{checks:?}");
    assert_eq!(look(&url, "postgres://owner@127.0.0.1:9/gantry")["migration database"].0, "fail");
    assert_eq!(ask(&url, &["audit", "verify"]).output().unwrap().stdout, verified.stdout, "the doctor writes nothing");

    // Roles that every server has: one can do nothing with tables, the other only read them.
    let and = if url.contains('?') { '&' } else { '?' };
    for role in ["pg_monitor", "pg_read_all_data"] {
        let checks = look(&format!("{url}{and}options=-c%20role%3D{role}"), "");
        assert_eq!(checks["database"].0, "fail", "{role}: {checks:?}");
        let told = |field: &str| checks["database"].1[field].as_str().unwrap().to_owned();
        assert!(told("found").contains("permission denied"), "{checks:?}");
        assert!(told("remedy").contains("gantry migrate"), "{checks:?}");
    }
}

#[tokio::test]
async fn the_first_start_names_the_link_for_the_first_account() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let mut serving = tokio::process::Command::from(gantry(folder.path(), &["serve"]))
        .env("GANTRY_LISTEN", "127.0.0.1:0")
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push_str(&line);
        if line.contains("/set-up?token=") {
            break;
        }
    }
    assert!(said.contains("/set-up?token="), "{said}");
    serving.kill().await.unwrap();
    // The database is whole after a kill.
    let url = format!("sqlite:{}", folder.path().join("gantry.db").display());
    SqliteStorage::open(&url).await.unwrap().close().await;
}
