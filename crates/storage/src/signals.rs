//! What processes on one database tell each other at once, so that none has to wait for its next look at the tables.
//!
//! Nothing may depend on it: a message can be lost with its connection, and SQLite carries none at all.

use async_trait::async_trait;

use crate::Result;

/// Messages between processes.
#[async_trait]
pub trait Signals {
    /// Tells everyone who listens on this database, in this process too. At most [`LONGEST`] bytes.
    async fn announce(&self, message: &str) -> Result<()>;
    /// Hears what is announced from now on.
    async fn listen(&self) -> Result<Box<dyn Heard>>;
}

/// How many bytes a message may have: PostgreSQL takes fewer than 8,000.
pub const LONGEST: usize = 7_999;

/// What is heard.
#[async_trait]
pub trait Heard: Send {
    /// Waits for the next message. `None` when some may have been lost with a connection, which is there again; an error
    /// when it is not, and then it is time to listen anew. Nothing is lost by not waiting to the end.
    async fn next(&mut self) -> Result<Option<String>>;
}

/// A database that carries no messages.
#[derive(Debug)]
pub struct Silence;

#[async_trait]
impl Heard for Silence {
    async fn next(&mut self) -> Result<Option<String>> {
        std::future::pending().await
    }
}
