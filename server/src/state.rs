//! What every handler shares.

use std::sync::Arc;

use axum::extract::FromRef;
use service::Portal;
use tokio::sync::watch;

use crate::config::Config;

/// Shared by all handlers; cheap to clone.
#[derive(Clone, FromRef)]
pub struct Portals {
    /// The use cases.
    pub portal: Arc<Portal>,
    /// The configuration.
    pub config: Arc<Config>,
    /// Turns true when the process is asked to end: event streams close.
    pub shutdown: watch::Receiver<bool>,
}
