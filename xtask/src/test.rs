//! `cargo xtask test`: every test there is, against stand-ins of this run's own, and what the runners said at the end.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::emulators::{self, Emulators, Pace};
use crate::postgres::{self, Care, Postgres};
use crate::progress::{Progress, seconds};
use crate::server::{self, Server};
use crate::stage::{self, Stage};
use crate::{browser, dist, gallery, interrupt, node, paths, process, wasm};

/// Whose tests want a PostgreSQL.
const ON_POSTGRES: [&str; 3] = ["gantry-storage-postgres", "gantry-service", "gantry-server"];

/// How many runs `--long` draws in which two things go wrong.
const PAIRS: &str = "500";

#[derive(clap::Args)]
pub struct Test {
    /// Leave out what needs the built portal: the browser, the API against its document, the demo
    #[arg(long)]
    no_e2e: bool,
    /// Test dist/ as it is in the browser
    #[arg(long)]
    no_build: bool,
    /// Draw 500 runs in which two things go wrong, instead of a sample (minutes; needs the Rust tests of `aws`)
    #[arg(long)]
    long: bool,
    /// Only these: `e2e`, `api`, `demo`, `rust`, or a package (`domain`, `aws`, `server`, ...); may be repeated
    #[arg(long, value_name = "WHAT")]
    only: Vec<String>,
    /// Handed to the test runner: a part of a test's name, say
    #[arg(last = true)]
    rest: Vec<String>,
}

impl Test {
    pub fn everything() -> Self {
        Self { no_e2e: false, no_build: false, long: false, only: Vec::new(), rest: Vec::new() }
    }

    pub fn run(self) -> anyhow::Result<()> {
        interrupt::listen()?;
        let packages = self.only.iter().filter(|what| !matches!(what.as_str(), "e2e" | "api" | "demo" | "rust"));
        let packages: Vec<_> = packages.map(|name| package_name(name)).collect();
        let asked = |what: &str| self.only.is_empty() || self.only.iter().any(|one| one == what);
        let rust = asked("rust") || !packages.is_empty();
        let e2e = asked("e2e") && !self.no_e2e;
        let api = asked("api") && !self.no_e2e;
        let demo = asked("demo") && !self.no_e2e;
        let building = if self.no_build { 0 } else { dist::PARTS };
        let on_postgres = e2e
            || api
            || rust && (packages.is_empty() || packages.iter().any(|name| ON_POSTGRES.contains(&name.as_str())));
        let parts = 2
            + usize::from(rust)
            + usize::from(on_postgres)
            + if e2e || api || demo { building } else { 0 }
            + usize::from(e2e || api)
            + if e2e { 3 } else { 0 }
            + if api { 3 } else { 0 }
            + if demo { stage::PARTS + 2 } else { 0 };
        let mut progress = Progress::new(parts);
        let mut summary = Summary::default();

        progress.part("compiler, AWS stand-ins: installed", || {
            wasm::install()?;
            emulators::install()
        })?;
        let emulators = progress.part("AWS stand-ins: started", || Emulators::start(0, Pace::ForTests))?;
        let start = || Postgres::start(&postgres::install()?, 0, Care::None);
        let postgres = on_postgres.then(|| progress.part("PostgreSQL: started", start)).transpose()?;
        if rust {
            progress.part("Rust tests", || self.run_rust(&emulators, postgres.as_ref(), &packages, &mut summary))?;
        }
        if (e2e || api || demo) && !self.no_build {
            dist::build(dist::Profile::Dev, &mut progress)?;
        }
        if e2e || api {
            let (server, network) = progress.part("portal: fresh database, started", || {
                let network = emulators.make_network()?;
                Ok((Server::start(&emulators, &server::seed("e2e/seed.json", &network)?, 0)?, network))
            })?;
            if e2e {
                self.run_browser(&emulators, postgres.as_ref(), &server, &network, &mut progress, &mut summary)?;
            }
            if api {
                progress.part("API against its document, on SQLite", || {
                    ask_api(&emulators, &server, "SQLite", &mut summary)
                })?;
                drop(server);
                let postgres = postgres.as_ref().context("PostgreSQL was not started")?;
                let server = progress.part("portal on PostgreSQL: fresh database, started", || {
                    let database = postgres.make_database("api")?;
                    Server::start_on_postgres(&emulators, &server::seed("e2e/seed.json", &network)?, &database)
                })?;
                progress.part("API against its document, on PostgreSQL", || {
                    ask_api(&emulators, &server, "PostgreSQL", &mut summary)
                })?;
            }
        }
        if demo {
            // The demo has stand-ins of its own, as slow as a person can follow.
            drop(emulators);
            tell_demo(&mut progress, &mut summary)?;
        }
        summary.print(&progress)
    }

    fn run_browser(
        &self,
        emulators: &Emulators,
        postgres: Option<&Postgres>,
        server: &Server,
        network: &Value,
        progress: &mut Progress,
        summary: &mut Summary,
    ) -> anyhow::Result<()> {
        let chromium = progress.part("browser and npm packages", || {
            node::install_folder(&paths::root().join("e2e"))?;
            browser::install()
        })?;
        let gallery = progress.part("gallery of pages", gallery::render)?;
        progress.part("browser tests", || {
            let mut command = Command::new("npx");
            command
                .args(["--no-install", "playwright", "test"])
                .args(&self.rest)
                .current_dir(paths::root().join("e2e"))
                .envs(server.settings())
                .env("GANTRY_BASE_URL", &server.url)
                .env("GANTRY_BIN", server::binary())
                .env("GANTRY_NETWORK", network.to_string())
                .envs(postgres.map(|postgres| (postgres::VARIABLE, &postgres.url)))
                .env("GANTRY_GALLERY", &gallery)
                .env("GANTRY_CHROMIUM", &chromium);
            summary.take(Runner::Playwright, emulators.point(&mut command))
        })
    }

    fn run_rust(
        &self,
        emulators: &Emulators,
        postgres: Option<&Postgres>,
        packages: &[String],
        summary: &mut Summary,
    ) -> anyhow::Result<()> {
        let mut command = process::cargo(["test", "--no-fail-fast"]);
        if packages.is_empty() {
            // The frontend is for the browser only: together with the server it would switch on both sides of the app.
            command.args(["--workspace", "--exclude", "gantry-frontend"]);
        }
        for package in packages {
            command.args(["--package", package]);
        }
        command.args(&self.rest).env("GANTRY_TEST_AWS_ENDPOINT", &emulators.url);
        command.envs(postgres.map(|postgres| (postgres::VARIABLE, &postgres.url)));
        if self.long {
            command.env("GANTRY_TEST_PAIRS", PAIRS);
        }
        summary.take(Runner::Cargo, emulators.point(&mut command))
    }
}

fn ask_api(
    emulators: &Emulators,
    server: &Server,
    database: &'static str,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let mut command = Command::new(emulators::python());
    command.arg(paths::root().join("xtask/api/check.py")).arg(&server.url).arg(server::binary());
    summary.take(Runner::Schemathesis(database), emulators.point(command.envs(server.settings())))
}

/// The demo as `cargo xtask demo` starts it, and what must be in it when its story has been told.
fn tell_demo(progress: &mut Progress, summary: &mut Summary) -> anyhow::Result<()> {
    let mut stage = Stage::start(0, progress)?;
    if let Err(why) = progress.part("the demo's history", || stage.tell_story()) {
        summary.fail(&format!("the demo's history: {why:#}"));
        return Ok(());
    }
    progress.part("the demo's scenes", || {
        let mut command = Command::new(emulators::python());
        command.arg(paths::root().join("xtask/demo/scenes.py")).arg(&stage.server.url);
        summary.take(Runner::Scenes, &mut command)
    })
}

/// `domain` is `gantry-domain`; full names stay.
fn package_name(given: &str) -> String {
    if given == "xtask" || given.starts_with("gantry-") { given.to_owned() } else { format!("gantry-{given}") }
}

#[derive(Clone, Copy)]
enum Runner {
    Cargo,
    Playwright,
    /// Against a portal on this database.
    Schemathesis(&'static str),
    /// What the demo shows.
    Scenes,
}

const BROWSER: &str = "browser";

/// As much as the end of a run repeats of what failed.
const MOST_LINES: usize = 300;

/// The closing lines of every runner, and what they add up to.
#[derive(Default)]
struct Summary {
    /// Of each runner its name and then its own words, as it said them: people and programs know these lines.
    lines: Vec<String>,
    /// What the runners told of each failure: it stands again at the end, where a log that is cut still has it.
    failures: Vec<String>,
    passed: u64,
    failed: u64,
    broken: bool,
}

impl Summary {
    fn fail(&mut self, why: &str) {
        self.failed += 1;
        self.failures.push(why.to_owned());
        self.lines.push(why.to_owned());
    }

    /// Runs a test runner, shows what it says, and keeps its closing lines.
    fn take(&mut self, runner: Runner, command: &mut Command) -> anyhow::Result<()> {
        let (output, writer) = std::io::pipe()?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()
            .context("the test runner could not be started")?;
        // The command holds the writing end: the reader would wait for it for ever.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let before = (self.passed, self.failed);
        self.read(runner, output)?;
        let status = child.wait()?;
        if !status.success() {
            self.broken = true;
            if self.failed == before.1 {
                self.lines.push(format!("the runner itself ended with {status}"));
            }
        } else if (self.passed, self.failed) == before {
            self.broken = true;
            self.lines.push("no test ran".to_owned());
        }
        Ok(())
    }

    fn read(&mut self, runner: Runner, output: impl Read) -> anyhow::Result<()> {
        let mut suite = String::new();
        let mut in_failures = false;
        let mut operations = Operations::default();
        for line in BufReader::new(output).lines() {
            let line = line.context("the test runner's output cannot be read")?;
            println!("{line}");
            let plain = without_colour(&line);
            let text = plain.trim();
            in_failures = match runner {
                Runner::Cargo => (in_failures || text == "failures:") && !text.starts_with("test result: "),
                Runner::Playwright => (in_failures || is_failure(&plain)) && !is_closing_line(text, " passed"),
                Runner::Schemathesis(_) => {
                    (in_failures || text.contains("= FAILURES ="))
                        && !text.contains("= WARNINGS =")
                        && !text.contains("= SUMMARY =")
                }
                Runner::Scenes => text.starts_with("missing: "),
            };
            if in_failures {
                self.failures.push(plain.clone());
            }
            match runner {
                Runner::Cargo => {
                    if let Some(name) = text.strip_prefix("Running ").or_else(|| text.strip_prefix("Doc-tests ")) {
                        suite = suite_name(name);
                    } else if text.starts_with("test result: ") {
                        self.passed += number_before(text, " passed");
                        self.failed += number_before(text, " failed");
                        if !text.contains(" 0 passed; 0 failed") {
                            self.lines.extend([suite.clone(), text.to_owned()]);
                        }
                    }
                }
                Runner::Playwright => {
                    let first = !self.lines.iter().any(|line| line == BROWSER);
                    for word in [" passed", " failed", " flaky", " skipped", " did not run", " interrupted"] {
                        if is_closing_line(text, word) {
                            let count = number_before(text, word);
                            match word {
                                " passed" | " flaky" => self.passed += count,
                                " failed" | " interrupted" => self.failed += count,
                                _ => {}
                            }
                            if first {
                                self.lines.push(BROWSER.to_owned());
                            }
                            self.lines.push(plain.clone());
                        }
                    }
                }
                // Thousands of made-up calls are one test: that the API keeps what its document promises, all of it.
                Runner::Schemathesis(database) if text.contains(" generated, ") => {
                    match number_before(text, " unique failure") {
                        0 if operations.all_tested() => self.passed += 1,
                        0 => self.fail(&format!("on {database} {operations}")),
                        failures => self.failed += failures,
                    }
                    self.lines.push(format!("API against its document, on {database}: {operations}"));
                    self.lines.push(plain.clone());
                }
                Runner::Schemathesis(_) => operations.read(text),
                Runner::Scenes if text.starts_with("scenes: ") => {
                    self.passed += number_before(text, " passed");
                    self.failed += number_before(text, " failed");
                    self.lines.push(text.to_owned());
                }
                Runner::Scenes => {}
            }
        }
        Ok(())
    }

    fn print(self, progress: &Progress) -> anyhow::Result<()> {
        for line in self.failures.iter().take(MOST_LINES) {
            println!("{line}");
        }
        if self.failures.len() > MOST_LINES {
            println!("(and {} lines more, above)", self.failures.len() - MOST_LINES);
        }
        println!("\nafter {}: {} passed, {} failed\n", seconds(progress.elapsed()), self.passed, self.failed);
        for line in &self.lines {
            println!("{line}");
        }
        if self.broken || self.failed > 0 {
            bail!("not everything passed");
        }
        Ok(())
    }
}

/// How many operations the API's document has, and how many of them were tested.
#[derive(Default)]
struct Operations {
    all: u64,
    tested: u64,
}

impl Operations {
    /// `Selected: 38/38`, `Tested: 38`
    fn read(&mut self, text: &str) {
        if let Some((_, all)) = text.strip_prefix("Selected: ").and_then(|counts| counts.split_once('/')) {
            self.all = all.parse().unwrap_or(0);
        } else if let Some(tested) = text.strip_prefix("Tested: ") {
            self.tested = tested.parse().unwrap_or(0);
        }
    }

    fn all_tested(&self) -> bool {
        self.all > 0 && self.tested == self.all
    }
}

impl fmt::Display for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} operations were tested", self.tested, self.all)
    }
}

/// `domain: unittests src/lib.rs` of `unittests src/lib.rs (target/debug/deps/domain-0123)`.
fn suite_name(said: &str) -> String {
    let Some((kind, file)) = said.trim_end_matches(')').split_once(" (") else { return said.to_owned() };
    let name = file.rsplit('/').next().unwrap_or(file);
    format!("{}: {kind}", name.rsplit_once('-').map_or(name, |(name, _)| name))
}

/// `  1) journey.spec.ts:9:1 › title`: the head of a failure's report.
fn is_failure(line: &str) -> bool {
    let number = line.trim_start().split_once(") ").map(|(number, _)| number);
    line.starts_with("  ") && number.is_some_and(|number| number.parse::<u32>().is_ok()) && line.contains(" › ")
}

/// `12 passed (30.1s)`: a number, the word, perhaps a time.
fn is_closing_line(text: &str, word: &str) -> bool {
    text.split_once(word).is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && (rest.is_empty() || rest.starts_with(" ("))
    })
}

/// The number right before a word: 3 of `ok. 3 passed; 0 failed`.
fn number_before(text: &str, word: &str) -> u64 {
    let Some((before, _)) = text.split_once(word) else { return 0 };
    let digits: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or(0)
}

/// Without the escape sequences that runners colour their output with.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(runner: Runner, output: &str) -> Summary {
        let mut summary = Summary::default();
        summary.read(runner, output.as_bytes()).unwrap();
        summary
    }

    #[test]
    fn adds_up_what_cargo_says() {
        let summary = read(
            Runner::Cargo,
            "     Running unittests src/lib.rs (target/debug/deps/domain-1)\n\
             test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             \u{1b}[1m   Doc-tests\u{1b}[0m gantry_domain\n\
             test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             failures:\n\n---- reads_it stdout ----\nassertion failed\n\nfailures:\n    reads_it\n\n\
             test result: \u{1b}[31mFAILED\u{1b}[0m. 3 passed; 2 failed; 0 ignored; 0 measured\n",
        );
        assert_eq!((summary.passed, summary.failed), (15, 2));
        assert_eq!(summary.lines.len(), 4);
        assert!(summary.failures.contains(&"assertion failed".to_owned()));
        assert_eq!(summary.failures.len(), 8);
        assert_eq!(summary.lines[0], "domain: unittests src/lib.rs");
        assert!(summary.lines[1].starts_with("test result: ok. 12 passed; 0 failed"));
    }

    #[test]
    fn adds_up_what_schemathesis_says() {
        let said = |tested: &str, cases: &str| {
            let said =
                format!("API Operations:\n  Selected: 38/38\n{tested}\nTest cases:\n  4285 generated, {cases}\n");
            read(Runner::Schemathesis("SQLite"), &said)
        };
        let kept = said("  Tested: \u{1b}[1m38\u{1b}[0m\n", "4285 passed, 38 skipped");
        assert_eq!((kept.passed, kept.failed, kept.lines.len()), (1, 0, 2));
        let broken = said("  Tested: 38\n", "20 found 3 unique failures, 38 skipped");
        assert_eq!((broken.passed, broken.failed), (0, 3));
        for in_part in ["  Tested: 37\n  Skipped: 1\n", ""] {
            let in_part = said(in_part, "4285 passed, 38 skipped");
            assert_eq!((in_part.passed, in_part.failed, in_part.failures.len()), (0, 1, 1));
        }
        let nothing_said = read(Runner::Schemathesis("SQLite"), "  4285 generated, 4285 passed\n");
        assert_eq!((nothing_said.passed, nothing_said.failed), (0, 1));
    }

    #[test]
    fn adds_up_the_scenes_of_the_demo() {
        let summary = read(
            Runner::Scenes,
            "ok: stacks are live\nmissing: an update is in progress: AssertionError()\nscenes: 1 passed, 1 failed\n",
        );
        assert_eq!((summary.passed, summary.failed, summary.failures.len()), (1, 1, 1));
    }

    #[test]
    fn adds_up_what_playwright_says() {
        let summary = read(
            Runner::Playwright,
            "  ok 1 journey.spec.ts:3:1 › the page says 3 passed (2.0s)\n\
             \n  1) journey.spec.ts:9:1 › title ───\n\n    Error: timed out\n\n  1 failed\n    journey.spec.ts:9:1\n  1 flaky\n  4 did not run\n  12 passed (31.0s)\n",
        );
        assert_eq!((summary.passed, summary.failed), (13, 1));
        assert_eq!(summary.lines, [BROWSER, "  1 failed", "  1 flaky", "  4 did not run", "  12 passed (31.0s)"]);
        assert_eq!(summary.failures[0], "  1) journey.spec.ts:9:1 › title ───");
        assert!(!summary.failures.iter().any(|line| line.contains("12 passed")));
    }
}
