//! What goes wrong on the wire, and with which calls.

use std::time::Duration;

use crate::session::mutates;

/// What goes wrong with a call: what the caller is told, whether AWS does it all the same, and how late it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What the caller is told.
    pub told: Told,
    /// Whether AWS is asked at all.
    pub applied: bool,
    /// How much later than AWS's answer.
    pub late: Duration,
}

/// What the caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// What AWS answers.
    Truth,
    /// A refusal with this code and message.
    Refused(&'static str, &'static str),
    /// Rate exceeded, as the service says it.
    Throttled,
    /// AWS answers 500.
    ServerError,
    /// No reply came in time.
    TimedOut,
    /// The connection broke before a reply came.
    Reset,
}

impl Fault {
    /// AWS refuses for good; nothing happened.
    pub const REFUSED: Self = Self::says("InjectedRefusal", "This call was made to fail.");
    /// Rate exceeded; nothing happened.
    pub const THROTTLED: Self = Self::new(Told::Throttled);
    /// AWS answers 500; nothing happened.
    pub const SERVER_ERROR: Self = Self::new(Told::ServerError);
    /// It was not done, and no reply came in time.
    pub const TIMED_OUT: Self = Self::new(Told::TimedOut);
    /// It was not done, and the connection broke.
    pub const RESET: Self = Self::new(Told::Reset);
    /// It was done, but the connection broke before the reply came.
    pub const REPLY_LOST: Self = Self::RESET.applied();

    const fn new(told: Told) -> Self {
        Self { told, applied: false, late: Duration::ZERO }
    }

    /// AWS refuses with this code and message; nothing happened.
    pub const fn says(code: &'static str, message: &'static str) -> Self {
        Self::new(Told::Refused(code, message))
    }

    /// It is done, and the reply comes so much later. Later than the caller waits, it is a reply that comes too late.
    pub const fn slow(late: Duration) -> Self {
        Self::new(Told::Truth).applied().late(late)
    }

    /// The same, but AWS does it.
    pub const fn applied(self) -> Self {
        Self { applied: true, ..self }
    }

    /// The same, so much later.
    pub const fn late(self, late: Duration) -> Self {
        Self { late, ..self }
    }
}

/// Which calls go wrong; each rule counts for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// Which of them.
    pub calls: Calls,
    /// How many that fit go well first.
    pub after: usize,
    /// How many then go wrong.
    pub times: usize,
}

/// Some of the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Those that change something.
    Changes,
    /// Those that only read.
    Reads,
    /// Those of one operation.
    Of(String),
}

impl Rule {
    /// The `n`th mutating call (counted from 0), once.
    pub fn nth(n: usize, fault: Fault) -> Self {
        Self { fault, calls: Calls::Changes, after: n, times: 1 }
    }

    /// The `n`th call that only reads (counted from 0), once.
    pub fn nth_read(n: usize, fault: Fault) -> Self {
        Self { calls: Calls::Reads, ..Self::nth(n, fault) }
    }

    /// The next call of an operation, once.
    pub fn on(operation: &str, fault: Fault) -> Self {
        Self { fault, calls: Calls::Of(operation.to_owned()), after: 0, times: 1 }
    }

    /// The same, so many times in a row.
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    pub(super) fn fits(&self, operation: &str) -> bool {
        match &self.calls {
            Calls::Changes => mutates(operation),
            Calls::Reads => !mutates(operation),
            Calls::Of(wanted) => wanted == operation,
        }
    }
}
