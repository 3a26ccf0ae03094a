//! `gantry audit`: the history, checked and written out from beside the portal.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use domain::audit::AuditEvent;
use service::audit::{Pace, verify_history};
use storage::Storage;

use crate::{config::Config, database::Database};

#[derive(clap::Subcommand)]
pub enum Audit {
    /// Checks the hash chain from its first event to its last, and names the first bad one
    Verify,
    /// Writes every event to standard output, oldest first
    Export {
        /// How
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Only events after this position: where the last export ended
        #[arg(long, default_value_t = 0)]
        after: i64,
    },
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line, exactly as it is hashed
    #[default]
    Jsonl,
    /// For spreadsheets
    Csv,
}

impl Audit {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = Database::open_as_is(&config).await?;
        let storage = database.storage();
        let code = match self {
            Self::Verify => verify(&*storage).await,
            Self::Export { format, after } => export(&*storage, format, after).await,
        };
        database.close().await;
        code
    }
}

async fn verify(storage: &dyn Storage) -> anyhow::Result<ExitCode> {
    let verified = verify_history(storage, Pace::Alone).await?;
    match verified.broken {
        None => {
            println!("verified through event {}, hash {}", verified.through, verified.hash);
            Ok(ExitCode::SUCCESS)
        }
        Some(broken) => {
            eprintln!("{broken}; everything before it is whole");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Some at a time, so that the length of the history is nobody's memory.
async fn export(storage: &dyn Storage, format: Format, mut after: i64) -> anyhow::Result<ExitCode> {
    const AT_ONCE: u32 = 500;
    let mut out = BufWriter::new(io::stdout());
    let mut tx = storage.begin_read().await?;
    let mut written = match format {
        Format::Csv => writeln!(out, "{}", COLUMNS.join(",")),
        Format::Jsonl => Ok(()),
    };
    while written.is_ok() {
        let events = tx.list_audit_after(after, AT_ONCE).await?;
        let Some(last) = events.last() else { break };
        after = last.position;
        written = events.iter().try_for_each(|event| match format {
            Format::Jsonl => Ok(writeln!(out, "{}", serde_json::to_string(event)?)?),
            Format::Csv => writeln!(out, "{}", csv(event)),
        });
    }
    match written.and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => Ok(written.map(|()| ExitCode::SUCCESS)?),
    }
}

const COLUMNS: [&str; 12] = [
    "position",
    "at",
    "actor",
    "actor_name",
    "address",
    "action",
    "object",
    "team",
    "summary",
    "detail",
    "previous",
    "hash",
];

fn csv(event: &AuditEvent) -> String {
    let entry = &event.entry;
    let fields = [
        event.position.to_string(),
        entry.at.to_rfc3339(),
        entry.actor.clone(),
        entry.actor_name.clone(),
        entry.address.clone().unwrap_or_default(),
        entry.action.clone(),
        entry.object.clone(),
        entry.team.clone().unwrap_or_default(),
        entry.summary.clone(),
        if entry.detail.is_null() { String::new() } else { entry.detail.to_string() },
        event.previous.clone(),
        event.hash.clone(),
    ];
    fields.map(|field| cell(&field)).join(",")
}

/// A spreadsheet takes what begins like a formula for one; an apostrophe makes it text.
fn cell(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{field}") } else { field.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell_and_is_no_formula() {
        for (field, written) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"yes\"", "\"say \"\"yes\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("-1", "'-1"),
        ] {
            assert_eq!(cell(field), written);
        }
    }
}
