//! The other processes on the same database: what changes here is told to them, and what they tell reaches the runner
//! and the open pages here as if it had happened here. Nothing depends on it; whoever misses a message looks by itself a
//! little later.

use std::{sync::Arc, time::Duration};

use provisioner::wake::{Change, Changes, Wake};
use serde::{Deserialize, Serialize};
use storage::Storage;
use tokio::sync::broadcast::error::RecvError;

/// After a failure it is tried again so much later.
const AGAIN: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, Deserialize)]
struct Message {
    /// Who says it: one's own words come back, too.
    from: String,
    news: News,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum News {
    /// Pages may want to show it.
    Change(Change),
    /// There may be a run to lease.
    Work,
}

/// One process among others.
#[derive(Clone)]
pub struct Neighbours {
    /// How they reach each other.
    pub storage: Arc<dyn Storage>,
    /// What happens here.
    pub changes: Arc<Changes>,
    /// The runner here.
    pub wake: Arc<Wake>,
    /// What this process is called; no other has that name.
    pub name: String,
}

impl Neighbours {
    /// Tells and listens for as long as it is polled.
    pub async fn talk(self) {
        tokio::join!(self.tell(), self.listen());
    }

    async fn tell(&self) {
        let mut changes = self.changes.subscribe_to_own();
        loop {
            let news = tokio::select! {
                change = changes.recv() => match change {
                    Ok(change) => News::Change(change),
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return,
                },
                () = self.wake.notified_here() => News::Work,
            };
            let message = serde_json::to_string(&Message { from: self.name.clone(), news }).unwrap_or_default();
            if let Err(error) = self.storage.announce(&message).await {
                tracing::warn!(%error, "other processes were not told; they will see it when they look");
            }
        }
    }

    async fn listen(&self) {
        loop {
            if let Err(error) = self.hear().await {
                tracing::warn!(%error, "other processes are not heard; listening again soon");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn hear(&self) -> storage::Result<()> {
        let mut heard = self.storage.listen().await?;
        // What was said while nobody listened.
        self.wake.relay();
        loop {
            match heard.next().await? {
                Some(message) => self.take(&message),
                None => self.wake.relay(),
            }
        }
    }

    fn take(&self, message: &str) {
        match serde_json::from_str(message) {
            Ok(Message { from, .. }) if from == self.name => {}
            Ok(Message { news: News::Change(change), .. }) => self.changes.relay(change),
            Ok(Message { news: News::Work, .. }) => self.wake.relay(),
            // Another release may have other news.
            Err(error) => tracing::debug!(%error, "a message of another process was not understood"),
        }
    }
}
