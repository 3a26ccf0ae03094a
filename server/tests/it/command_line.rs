//! The program as it is started.

use std::{
    path::Path,
    process::{Command, Output},
};

use storage_sqlite::SqliteStorage;

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
