//! What went wrong in the tests and what came of it, as figures that a person can read.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use gantry_aws::testing::{Fault, Told};

/// What came of a run in which something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It arrived, and nobody was asked.
    ByItself,
    /// A person was asked, and it arrived.
    Retried,
    /// A person was asked, and all is as before.
    Undone,
    /// A person was asked, left it as it was, and asked anew.
    Kept,
    /// Not everything could be taken back at once: a person was shown what is left.
    Listed,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ByItself => "arrived by itself",
            Self::Retried => "asked and tried again",
            Self::Undone => "asked and undone",
            Self::Kept => "asked and kept",
            Self::Listed => "left with a list",
        }
    }
}

/// How often what went wrong, by outcome.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<(&'static str, Outcome), usize>);

/// Of all tests of this process.
static ALL: Mutex<Tally> = Mutex::new(Tally(BTreeMap::new()));

impl Tally {
    pub fn add(&mut self, what: &'static str, outcome: Outcome, times: usize) {
        if times > 0 {
            *self.0.entry((what, outcome)).or_default() += times;
        }
    }

    /// Says it past the test runner, which keeps to itself what a test prints that passes.
    pub fn print(&self, test: &str) {
        if self.0.is_empty() {
            return;
        }
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.iter().for_each(|((what, outcome), times)| all.add(what, *outcome, *times));
        let mut screen = std::io::stderr().lock();
        let _ = writeln!(screen, "faults of {test}: {self}\nfaults so far: {all}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.values().sum::<usize>())?;
        for outcome in [Outcome::ByItself, Outcome::Retried, Outcome::Undone, Outcome::Kept, Outcome::Listed] {
            let of = |((_, this), _): &(&(&str, Outcome), &usize)| *this == outcome;
            let kinds: Vec<_> = self.0.iter().filter(of).map(|((what, _), times)| format!("{times} {what}")).collect();
            if !kinds.is_empty() {
                write!(f, "; {}: {}", outcome.as_str(), kinds.join(", "))?;
            }
        }
        Ok(())
    }
}

/// A fault by its name.
pub fn name(fault: &Fault) -> &'static str {
    match (fault.told, fault.applied) {
        (Told::Truth, _) => "late",
        (Told::Refused(..), false) => "refused",
        (Told::Refused(..), true) => "refused although done",
        (Told::Throttled, _) => "throttled",
        (Told::ServerError, false) => "5xx",
        (Told::ServerError, true) => "5xx although done",
        (Told::TimedOut, false) => "no answer in time",
        (Told::TimedOut, true) => "no answer in time although done",
        (Told::Reset, false) => "connection reset",
        (Told::Reset, true) => "reply lost",
    }
}
