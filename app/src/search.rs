//! What a search finds, as it is shown and as it is sent to the palette.

use serde::{Deserialize, Serialize};

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchResult {
    /// What was searched for.
    pub query: String,
    /// Groups that have something.
    pub groups: Vec<SearchGroup>,
}

/// Things of one sort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchGroup {
    /// "Stacks".
    pub title: String,
    /// Best first.
    pub items: Vec<SearchItem>,
}

/// One place to go, or one thing to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchItem {
    /// "orders".
    pub title: String,
    /// "Web service in production, Payments".
    pub detail: String,
    /// Name of a symbol in `/icons.svg`.
    pub icon: String,
    /// Where it leads, or where it posts to.
    pub to: String,
    /// Fields of the form that it posts; nothing for a link.
    pub post: Option<Vec<(String, String)>>,
}
