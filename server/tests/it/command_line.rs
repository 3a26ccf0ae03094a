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
    let output = gantry(folder.path(), &["serve"])
        .env("GANTRY_LISTEN", "here")
        .env("GANTRY_DATABASE_URL", "mysql://x")
        .env("GANTRY_PUBLIC_URL", "gantry.example.com")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    for named in ["GANTRY_LISTEN", "GANTRY_DATABASE_URL", "GANTRY_PUBLIC_URL"] {
        assert!(text(&output).contains(named), "{named}: {}", text(&output));
    }
}

#[test]
fn a_bad_key_and_a_database_that_is_not_there_are_told_in_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let key = gantry(folder.path(), &["migrate"]).env("GANTRY_KEY", "short").output().unwrap();
    assert!(!key.status.success());
    assert!(text(&key).contains("32 bytes in base64"), "{}", text(&key));
    let away =
        gantry(folder.path(), &["migrate"]).env("GANTRY_DATABASE_URL", "sqlite:none/gantry.db").output().unwrap();
    assert!(!away.status.success());
    assert!(text(&away).contains("its folder must exist"), "{}", text(&away));
    for output in [key, away] {
        assert!(!text(&output).contains("panicked"), "{}", text(&output));
    }
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
