//! The history: a table that reads like sentences.

use crate::Moment;

/// History, newest first. The filter is a GET form with the names of [`AuditFilter`].
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// What is filtered by now.
    pub filter: AuditFilter,
    /// Actions to choose from.
    pub actions: Vec<String>,
    /// Rows.
    pub rows: Vec<AuditRow>,
    /// State of the chain.
    pub chain: ChainState,
    /// Address of older ones.
    pub older: Option<String>,
}

/// `?actor=&action=&object=`.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Part of a name or e-mail.
    pub actor: String,
    /// One of the actions.
    pub action: String,
    /// An id: `req-…`, `run-…`, `stk-…`.
    pub object: String,
}

/// One event.
#[derive(Clone, Debug, Default)]
pub struct AuditRow {
    /// Number in the chain.
    pub number: String,
    /// When.
    pub when: Moment,
    /// "Ada Lovelace", "Gantry".
    pub who: String,
    /// "approved".
    pub did: String,
    /// "request req-7F3K2M".
    pub what: String,
    /// Where that leads.
    pub href: Option<String>,
    /// "request.approved", for machines and the filter.
    pub action: String,
    /// From where: an address.
    pub from: Option<String>,
    /// AWS request id.
    pub aws_request_id: Option<String>,
    /// Before and after, as indented JSON.
    pub before: Option<String>,
    /// Before and after, as indented JSON.
    pub after: Option<String>,
}

/// Whether the chain holds.
#[derive(Clone, Debug, Default)]
pub enum ChainState {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// Whole through this event, as of then.
    Verified { through: String, when: Moment },
    /// Broken at this event.
    Broken { at: String, why: String },
}
