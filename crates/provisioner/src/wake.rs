//! Wake-ups, within a process and between those on one database: what happens here can be listened to apart, so that it
//! is passed on, and what others passed on is only relayed. Who misses one sees it by looking at the database.

use domain::ids::{RequestId, RunId, StackId};
use tokio::sync::{Notify, broadcast};

/// Tells the runner that there may be work.
#[derive(Debug, Default)]
pub struct Wake {
    runner: Notify,
    neighbours: Notify,
}

impl Wake {
    /// There may be work, for any process.
    pub fn notify(&self) {
        self.neighbours.notify_one();
        self.relay();
    }

    /// Another process says that there may be work.
    pub fn relay(&self) {
        self.runner.notify_waiters();
        self.runner.notify_one();
    }

    /// Waits for the next notification.
    pub async fn notified(&self) {
        self.runner.notified().await;
    }

    /// Waits for the next one that came from this process. For one listener, which passes it on.
    pub async fn notified_here(&self) {
        self.neighbours.notified().await;
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
pub struct Changes {
    all: broadcast::Sender<Change>,
    own: broadcast::Sender<Change>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { all: broadcast::channel(1024).0, own: broadcast::channel(1024).0 }
    }
}

impl Changes {
    /// Tells everyone who listens.
    pub fn publish(&self, change: Change) {
        // Nobody listening is no error, here and below.
        let _ = self.own.send(change.clone());
        self.relay(change);
    }

    /// Tells everyone here what another process published.
    pub fn relay(&self, change: Change) {
        let _ = self.all.send(change);
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.all.subscribe()
    }

    /// Listens from now on to what is published in this process: that is what others have to be told.
    pub fn subscribe_to_own(&self) -> broadcast::Receiver<Change> {
        self.own.subscribe()
    }
}
