//! A process that dies at a moment of a run: from then on nothing is written and nothing is called any more, and what was
//! under way is dropped where it stands.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::ids::RunId;
use storage::{Heard, Pool, Result, Schema, Signals, Storage, Transaction, Version};
use storage_sqlite::SqliteStorage;
use tokio::sync::Notify;

/// When a process dies.
#[derive(Clone, Debug)]
pub struct Death {
    /// Of this run.
    pub run: RunId,
    /// Once its log has so many events.
    pub events: usize,
    pub moment: Moment,
}

/// What comes before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing: the call that the last event announced was not made.
    BeforeItsCall,
    /// Its call, which nobody writes down.
    AfterItsCall,
}

/// The database as a process sees it that may die.
pub struct Mortal {
    storage: SqliteStorage,
    /// With whom is told when it has come. What is left of a process that died may tell of that late, when another one
    /// lives already.
    death: Mutex<Option<(Death, Arc<Notify>)>>,
}

impl Mortal {
    pub fn new(storage: SqliteStorage) -> Self {
        Self { storage, death: Mutex::default() }
    }

    fn death(&self) -> MutexGuard<'_, Option<(Death, Arc<Notify>)>> {
        self.death.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another process begins, which dies; who is told when.
    pub fn expect(&self, death: Death) -> Arc<Notify> {
        let dead = Arc::new(Notify::new());
        *self.death() = Some((death, Arc::clone(&dead)));
        dead
    }

    /// Another process begins, which lives.
    pub fn expect_none(&self) {
        *self.death() = None;
    }

    /// Goes on if the process lives.
    async fn live(&self, of_call: bool) {
        let death = self.death().clone();
        let Some((Death { run, events, moment }, dead)) = death else { return };
        if of_call && moment == Moment::AfterItsCall {
            return;
        }
        let mut tx = self.storage.begin_read().await.unwrap();
        if tx.last_event_position(&run).await.unwrap() >= events as u64 {
            drop(tx);
            dead.notify_one();
            pending().await
        }
    }

    /// Goes on if a call can be made.
    pub async fn live_to_call(&self) {
        self.live(true).await;
    }
}

#[async_trait]
impl Storage for Mortal {
    async fn begin(&self) -> Result<Box<dyn Transaction>> {
        self.live(false).await;
        self.storage.begin().await
    }

    async fn begin_read(&self) -> Result<Box<dyn Transaction>> {
        self.storage.begin_read().await
    }

    async fn version(&self) -> Result<Version> {
        self.storage.version().await
    }

    async fn ping(&self) -> Result<()> {
        self.storage.ping().await
    }

    async fn schema(&self) -> Result<Schema> {
        self.storage.schema().await
    }

    fn pools(&self) -> Vec<Pool> {
        self.storage.pools()
    }
}

#[async_trait]
impl Signals for Mortal {
    async fn announce(&self, message: &str) -> Result<()> {
        self.storage.announce(message).await
    }

    async fn listen(&self) -> Result<Box<dyn Heard>> {
        self.storage.listen().await
    }
}
