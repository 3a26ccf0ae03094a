//! Wake-ups within a process. What another replica does is seen by polling the database.

use domain::ids::{RequestId, RunId, StackId};
use tokio::sync::{Notify, broadcast};

/// Tells the runner that there may be work.
#[derive(Debug, Default)]
pub struct Wake(Notify);

impl Wake {
    /// There may be work.
    pub fn notify(&self) {
        self.0.notify_waiters();
        self.0.notify_one();
    }

    /// Waits for the next notification.
    pub async fn notified(&self) {
        self.0.notified().await;
    }
}

/// Something that open pages may want to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// This request changed.
    pub request: Option<RequestId>,
    /// This run changed.
    pub run: Option<RunId>,
    /// This stack changed.
    pub stack: Option<StackId>,
}

/// Fan-out of changes to open event streams. A slow reader loses the oldest and reads the database again.
#[derive(Debug)]
pub struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(1024).0)
    }
}

impl Changes {
    /// Tells everyone who listens.
    pub fn publish(&self, change: Change) {
        // Nobody listening is no error.
        let _ = self.0.send(change);
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
