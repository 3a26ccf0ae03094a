//! Says what is being done, how far it is, and how long each part took. Goes to standard error: output stays usable.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::interrupt;

/// A known number of parts, each announced and timed.
pub struct Progress {
    total: usize,
    done: usize,
    started: Instant,
}

impl Progress {
    pub fn new(total: usize) -> Self {
        Self { total, done: 0, started: Instant::now() }
    }

    /// Runs one part and prints `[2/5] what .. 3.1 s`.
    pub fn part<T>(&mut self, what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        if interrupt::asked() {
            bail!("interrupted");
        }
        self.done += 1;
        let head = format!("[{}/{}] {what}", self.done, self.total);
        say(&head);
        let part = Instant::now();
        let outcome = work();
        let word = if outcome.is_ok() { "done in" } else { "failed after" };
        say(&format!("[{}/{}] {word} {}", self.done, self.total, seconds(part.elapsed())));
        outcome
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// `0.4 s`, `12.3 s`, `4 min 05 s`
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 120 { format!("{:.1} s", time.as_secs_f64()) } else { format!("{} min {:02} s", whole / 60, whole % 60) }
}

/// One line for the person who waits.
pub fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    let written = if out.is_terminal() { writeln!(out, "\x1b[2m{line}\x1b[0m") } else { writeln!(out, "{line}") };
    // Nobody is left to be told that standard error is closed.
    drop(written);
}
