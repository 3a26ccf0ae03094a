//! Templates on the shelf.

mod publish_builtin;
mod shelf;
mod show_catalogue;

use std::sync::Arc;

use domain::template::schema::Template;
use storage::Revision;

pub use self::{
    publish_builtin::{PublishError, builtin_prices},
    shelf::Shelf,
};

/// A published revision and what it says.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// As it was published.
    pub revision: Revision,
    /// Parsed.
    pub template: Arc<Template>,
}
