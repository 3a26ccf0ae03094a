//! The tables in `docs/` are those of the code. `GANTRY_WRITE_DOCS=1 cargo test -p gantry-domain --test docs` writes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write;

use gantry_domain::{
    authz::{TABLE, Who},
    request::REQUEST_TABLE,
    stack::STACK_TABLE,
};

fn states() -> String {
    let mut text = String::from(
        "# States\n\nWritten from the code by `crates/domain/tests/docs.rs`. What is not in a table cannot happen.\n\n## Request\n\n| state | event | next |\n| --- | --- | --- |\n",
    );
    for (from, on, to) in REQUEST_TABLE {
        writeln!(text, "| {from} | {on:?} | {to} |").unwrap();
    }
    text.push_str("\n## Stack\n\n| state | event | next |\n| --- | --- | --- |\n");
    for (from, on, to) in STACK_TABLE {
        writeln!(text, "| {from} | {on:?} | {to} |").unwrap();
    }
    text
}

fn roles() -> String {
    let mut text = String::from(
        "# Who may do what\n\nWritten from the code by `crates/domain/tests/docs.rs`. What no row allows is denied.\n\n| action | allowed to | not the requester |\n| --- | --- | --- |\n",
    );
    for rule in TABLE {
        let who: Vec<String> = rule
            .who
            .iter()
            .map(|who| match who {
                Who::Anyone => "anyone signed in".to_owned(),
                Who::Member(role) => format!("{role} of the team, or more"),
                Who::Across(role) => format!("{role}"),
            })
            .collect();
        let not = if rule.not_the_requester { "yes" } else { "" };
        writeln!(text, "| {} | {} | {not} |", rule.action, who.join("; ")).unwrap();
    }
    text
}

#[test]
fn docs_say_what_the_code_does() {
    for (name, text) in [("states.md", states()), ("roles.md", roles())] {
        let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("GANTRY_WRITE_DOCS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, text, "{name} is out of date; see the head of this file");
    }
}
