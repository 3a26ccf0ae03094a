//! One template: what it makes, what it asks.

use super::catalogue::TemplateCard;
use crate::{Moment, StepView};

/// A template.
#[derive(Clone, Debug, Default)]
pub struct TemplatePage {
    /// As on the shelf.
    pub card: TemplateCard,
    /// "1.2.0" or "3".
    pub revision: String,
    /// Content hash.
    pub hash: String,
    /// When this revision was published.
    pub published: Option<Moment>,
    /// Paragraphs of its documentation.
    pub docs: Vec<String>,
    /// What it asks for.
    pub inputs: Vec<InputRow>,
    /// What it makes with its defaults, in order; may be empty.
    pub steps: Vec<StepView>,
    /// Whether the reader may ask for it, or why not.
    pub refused: Option<String>,
}

/// One input of a template.
#[derive(Clone, Debug, Default)]
pub struct InputRow {
    /// "container_port".
    pub name: String,
    /// "Container port".
    pub title: String,
    /// "Port", "Choice: rolling, blue-green".
    pub kind: String,
    /// What it means.
    pub help: String,
    /// Value unless given.
    pub default: Option<String>,
    /// Whether it must be given.
    pub required: bool,
}
