//! Requests of the team.

use crate::{Moment, Status};

/// Requests, newest first.
#[derive(Clone, Debug, Default)]
pub struct RequestsPage {
    /// `open`, `done` or `all`.
    pub filter: String,
    /// Rows.
    pub rows: Vec<RequestRow>,
    /// Address of older ones.
    pub older: Option<String>,
}

/// One request.
#[derive(Clone, Debug, Default)]
pub struct RequestRow {
    /// `req-7F3K2M`.
    pub id: String,
    /// "Create orders in production".
    pub title: String,
    /// Its state.
    pub status: Status,
    /// Who asked.
    pub requester: String,
    /// "Payments".
    pub team: String,
    /// "$58.12" or "+$17.77".
    pub cost: Option<String>,
    /// When.
    pub when: Moment,
}
