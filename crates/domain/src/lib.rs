//! The words of Gantry as types, and every decision that needs no input or output.
//!
//! Nothing here reads a clock, draws a random number, opens a socket or a file: time comes in through [`Clock`],
//! randomness through [`Entropy`], and the state of AWS through [`observation::Observation`]. The crate compiles to
//! WebAssembly, so that the browser can check a form with the code that the server uses.

pub mod approval;
pub mod audit;
pub mod authz;
pub mod capacity;
pub mod cost;
pub mod draft;
pub mod environment;
pub mod ids;
pub mod kinds;
pub mod observation;
pub mod people;
pub mod plan;
pub mod request;
pub mod run;
pub mod seal;
pub mod stack;
pub mod template;
pub mod token;
pub mod value;

pub use chrono::{DateTime, TimeDelta, Utc};

/// Where the time comes from. The server has the one real clock; tests bring their own.
pub trait Clock: Send + Sync {
    /// The present instant in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// Where randomness comes from (ids, salts, tokens). The server has the one real source.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

/// A problem with something a person wrote: a template, an input, a limit of AWS.
///
/// `path` points into what was written (`inputs.port`, `resources.service.spec.desired_count`), `code` is stable and
/// the same at the form, over the API and in `gantry template check`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// Stable kebab-case code, for example `out-of-range`.
    pub code: String,
    /// Dotted path into the thing that is wrong; empty for the whole of it.
    pub path: String,
    /// One sentence that says what is wrong and what would be right.
    pub message: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn new(code: &str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), path: path.into(), message: message.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() { write!(f, "{}", self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}
