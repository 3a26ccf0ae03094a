//! What every handler shares.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use app::Assets;
use domain::{DateTime, Utc};
use service::{Portal, audit::Verified};
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
    chain: Arc<Chain>,
}

/// The last check of the history. Each reads all of it, so there is one at a time, and not one for every page.
#[derive(Default)]
struct Chain {
    last: std::sync::Mutex<Option<Checked>>,
    /// Held by the check that is under way.
    checking: Arc<Mutex<()>>,
    /// When that one began.
    since: std::sync::Mutex<Option<Instant>>,
}

/// What a check of the history found, and when it was made.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it found.
    pub found: Verified,
    /// When it began.
    pub at: DateTime<Utc>,
    took: Duration,
}

/// So long after a check has begun pages wait for it; after that they show the one before it. Where that one took longer,
/// they need not wait.
const WAIT_FOR_CHECK: Duration = Duration::from_millis(250);

/// How old a check may become: at least this, and as much longer as keeps checking a hundredth of the process's time. Of the
/// time that a check takes it works a quarter.
const CHECK_AGAIN: Duration = Duration::from_secs(60);

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

    /// Begins the first check of the history, so that no page has to.
    pub fn begin_to_check(&self) {
        self.check_behind();
    }

    /// Whether the history is whole, by the last check of it; none while the first one is going on.
    pub async fn chain(&self) -> Option<Checked> {
        if self.fresh_check().is_none() {
            let patience = self.check_behind();
            let in_vain = self.last_check().is_some_and(|last| last.took > WAIT_FOR_CHECK);
            if !in_vain && !patience.is_zero() {
                // Whoever gets the lock sees what the check found.
                let _ = tokio::time::timeout(patience, self.chain.checking.lock()).await;
            }
        }
        self.last_check()
    }

    /// Sees to it that a check is under way. How much longer a page waits for it.
    fn check_behind(&self) -> Duration {
        let mut since = self.chain.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(checking) = Arc::clone(&self.chain.checking).try_lock_owned() else {
            return since.map_or(WAIT_FOR_CHECK, |since| WAIT_FOR_CHECK.saturating_sub(since.elapsed()));
        };
        *since = Some(Instant::now());
        let state = self.clone();
        tokio::spawn(async move {
            let (at, since) = (state.portal.clock.now(), Instant::now());
            match state.portal.verify_audit().await {
                Ok(found) => {
                    let checked = Checked { found, at, took: since.elapsed() };
                    *state.chain.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(checked);
                }
                Err(error) => crate::error::log(&error),
            }
            drop(checking);
        });
        WAIT_FOR_CHECK
    }

    fn last_check(&self) -> Option<Checked> {
        self.chain.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fresh_check(&self) -> Option<Checked> {
        let now = self.portal.clock.now();
        self.last_check().filter(|last| (now - last.at).to_std().is_ok_and(|age| age < CHECK_AGAIN.max(last.took * 25)))
    }
}
