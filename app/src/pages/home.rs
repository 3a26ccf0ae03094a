//! Home: what needs me, what is running, what my team has, what happened lately.

use super::{inbox::InboxItem, stacks::StackRow};
use crate::{Moment, RunView};

/// Home.
#[derive(Clone, Debug, Default)]
pub struct HomePage {
    /// First name, for the greeting.
    pub name: String,
    /// Decisions that wait for the reader, oldest first.
    pub needs_me: Vec<InboxItem>,
    /// Runs under way, and those that wait for a choice.
    pub running: Vec<RunCard>,
    /// Stacks of the reader's team.
    pub stacks: Vec<StackRow>,
    /// What happened lately, newest first.
    pub activity: Vec<Activity>,
    /// Whether the reader may ask for things.
    pub may_request: bool,
}

/// A run in miniature.
#[derive(Clone, Debug, Default)]
pub struct RunCard {
    /// "Create orders in production".
    pub title: String,
    /// The run.
    pub run: RunView,
}

/// One line of what happened: "Grace Hopper approved req-7F3K2M".
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// "Grace Hopper".
    pub who: String,
    /// "approved".
    pub did: String,
    /// "Create orders".
    pub what: String,
    /// Where that leads; nothing when there is no page.
    pub href: Option<String>,
    /// When.
    pub when: Moment,
}
