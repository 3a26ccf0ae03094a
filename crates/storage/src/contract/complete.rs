//! Whether the suite is whole: every repository method has a case, and every case is run.

/// The traits and the suite as text: which names occur is enough to see that one was forgotten.
const TRAITS: &[&str] = &[include_str!("../lib.rs")];
const SUITE: &[&str] = &[
    include_str!("audit.rs"),
    include_str!("drafts.rs"),
    include_str!("environments.rs"),
    include_str!("notes.rs"),
    include_str!("people.rs"),
    include_str!("requests.rs"),
    include_str!("runs.rs"),
    include_str!("secrets.rs"),
    include_str!("signals.rs"),
    include_str!("stacks.rs"),
    include_str!("templates.rs"),
    include_str!("tokens.rs"),
    include_str!("transactions.rs"),
];

fn functions<'a>(sources: &[&'a str], start: &'static str) -> Vec<&'a str> {
    let lines = sources.iter().flat_map(|source| source.lines());
    lines.filter_map(|line| line.trim_start().strip_prefix(start)?.split(['(', '<']).next()).collect()
}

/// Fails when a repository method occurs in no case, or a case is not among `cases`, which are those that are run.
pub fn assert_complete(cases: &[&str]) {
    let methods = functions(TRAITS, "async fn ");
    assert!(methods.len() > 60, "the scan found only {methods:?}");
    let is_called = |method: &&str| SUITE.iter().any(|source| source.contains(&format!(".{method}(")));
    let forgotten: Vec<_> = methods.into_iter().filter(|method| !is_called(method)).collect();
    assert!(forgotten.is_empty(), "no case calls {forgotten:?}");
    let forgotten: Vec<_> =
        functions(SUITE, "pub async fn ").into_iter().filter(|case| !cases.contains(case)).collect();
    assert!(forgotten.is_empty(), "`contract!` does not name {forgotten:?}");
}
