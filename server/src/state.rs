//! What every handler shares.

use std::sync::Arc;

use app::Assets;
use domain::{DateTime, Utc};
use service::{Portal, Result, audit::Verified};
use tokio::{
    sync::{Mutex, watch},
    task::AbortHandle,
};

use crate::{config::Config, edge::site};

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct Portals {
    /// The use cases.
    pub portal: Arc<Portal>,
    /// The configuration.
    pub config: Arc<Config>,
    /// Turns true when the process is asked to end: event streams close.
    pub shutdown: watch::Receiver<bool>,
    /// Where the files of the site are.
    pub assets: Arc<Assets>,
    runner: Option<AbortHandle>,
    chain: Arc<Mutex<Option<Checked>>>,
}

/// What a check of the history found, and when it was made.
type Checked = (Verified, DateTime<Utc>);

/// The whole history is read to check it, so not for every page.
const CHECK_AGAIN_SECONDS: i64 = 60;

impl Portals {
    /// What every handler shares.
    pub fn new(portal: Arc<Portal>, config: Config, shutdown: watch::Receiver<bool>) -> Self {
        let assets = Arc::new(site::assets(&config.site_dir));
        Self { portal, config: Arc::new(config), shutdown, assets, runner: None, chain: Arc::default() }
    }

    /// With the task that carries out runs, for who asks whether it is alive.
    pub fn with_runner(self, runner: AbortHandle) -> Self {
        Self { runner: Some(runner), ..self }
    }

    /// Whether runs are carried out here: only a defect ends that before the process.
    pub fn runner_is_alive(&self) -> bool {
        self.runner.as_ref().is_none_or(|runner| !runner.is_finished())
    }

    /// Whether the history is whole, and when that was checked.
    pub async fn chain(&self) -> Result<Checked> {
        let mut last = self.chain.lock().await;
        let now = self.portal.clock.now();
        if let Some(known) = last.as_ref().filter(|(_, at)| (now - *at).num_seconds() < CHECK_AGAIN_SECONDS) {
            return Ok(known.clone());
        }
        let checked = (self.portal.verify_audit().await?, now);
        *last = Some(checked.clone());
        Ok(checked)
    }
}
