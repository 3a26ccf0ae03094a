//! Templates: products on the shelf, as data.
//!
//! [`check::parse`] reads and checks a template; [`inputs::validate`] checks what a person typed; [`render::render`]
//! turns both into [`crate::plan::Desired`].

pub mod check;
pub mod duration;
pub mod expression;
pub mod inputs;
pub mod render;
pub mod schema;
pub mod succession;
pub mod yaml;

/// What was typed, by input name. Secrets are `{"secret": "sec-…", "version": 1}`, never clear text.
pub type Inputs = std::collections::BTreeMap<String, serde_json::Value>;
