//! One stack: where it is, what it is made of, what was done to it.

use super::{requests::RequestRow, stacks::StackRow};
use crate::{Choice, CostView, Glyph, Moment, Status};

/// A stack.
#[derive(Clone, Debug, Default)]
pub struct StackPage {
    /// As in the list.
    pub row: StackRow,
    /// What goes on, in a sentence.
    pub sentence: String,
    /// The tab that is open.
    pub tab: StackTab,
    /// Outputs: "Endpoint", "Cluster".
    pub outputs: Vec<(String, String)>,
    /// Inputs of the current release.
    pub inputs: Vec<(String, String)>,
    /// AWS objects.
    pub resources: Vec<ResourceRow>,
    /// Successful runs, newest first.
    pub releases: Vec<ReleaseRow>,
    /// Requests about it, newest first.
    pub requests: Vec<RequestRow>,
    /// Estimate.
    pub cost: CostView,
    /// Address of the template, and its revision in words.
    pub template_href: String,
    /// "Web service, revision 3".
    pub revision: String,
    /// Name and id of stacks that this one uses.
    pub uses: Vec<(String, String)>,
    /// Name and id of stacks that use this one.
    pub used_by: Vec<(String, String)>,
    /// A run under way or waiting for a choice.
    pub run_id: Option<String>,
    /// Why it cannot be changed now; nothing when it can.
    pub change_refused: Option<String>,
    /// Why it cannot be destroyed now; nothing when it can.
    pub destroy_refused: Option<String>,
    /// Anything else the reader may do.
    pub others: Vec<Choice>,
}

/// Tabs of a stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackTab {
    /// `overview`
    #[default]
    Overview,
    /// `resources`
    Resources,
    /// `releases`
    Releases,
    /// `requests`
    Requests,
}

impl StackTab {
    /// From the query; anything unknown is the overview.
    pub fn from_query(tab: &str) -> Self {
        match tab {
            "resources" => Self::Resources,
            "releases" => Self::Releases,
            "requests" => Self::Requests,
            _ => Self::Overview,
        }
    }
}

/// One AWS object.
#[derive(Clone, Debug, Default)]
pub struct ResourceRow {
    /// Its name in the template: "target-group".
    pub name: String,
    /// "Target group".
    pub kind: String,
    /// Its picture.
    pub glyph: Glyph,
    /// ARN or name in AWS.
    pub physical: String,
    /// Its page in the AWS console.
    pub console_href: Option<String>,
    /// State.
    pub status: Status,
}

/// One release.
#[derive(Clone, Debug, Default)]
pub struct ReleaseRow {
    /// "3".
    pub number: String,
    /// What it was: "Change image to orders:1.4".
    pub title: String,
    /// The run that made it.
    pub run_id: String,
    /// Who asked.
    pub who: String,
    /// When.
    pub when: Moment,
    /// Whether it is the one that runs.
    pub current: bool,
}
