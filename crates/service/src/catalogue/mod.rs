//! Templates on the shelf.

mod publish_builtin;
mod shelf;
mod show_catalogue;
mod show_revisions;
mod typical;

use std::sync::Arc;

use domain::{plan::Plan, template::schema::Template};
use storage::Revision;

pub use self::{
    publish_builtin::{PublishError, builtin_prices},
    shelf::Shelf,
    show_catalogue::{TemplateCard, TemplateDetail},
    show_revisions::{InspectedTemplate, TemplateRevisions},
};

/// A published revision and what it says.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// As it was published.
    pub revision: Revision,
    /// Parsed.
    pub template: Arc<Template>,
    /// What it makes with its defaults, where that can be said.
    pub typical: Option<Arc<Plan>>,
}
