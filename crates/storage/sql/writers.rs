//! The connections that write. Use cases that write come one after another, and each waits for the one before it: a
//! connection goes from hand to hand, without the question whether it is still there that a pool puts to each one that
//! comes back.

use std::{
    borrow::Cow,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{
    Database, Pool, Transaction, TransactionManager,
    pool::{PoolConnection, PoolOptions},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::dialect::Db;

/// How long a use case waits for its turn, and for a connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// A connection that was used a moment ago needs no question whether it is still there.
pub(crate) const RESTED: Duration = Duration::from_secs(5);

type Connection = <Db as Database>::Connection;
type Manager = <Db as Database>::TransactionManager;

/// Whoever writes, one after another, in order.
#[derive(Clone, Debug)]
pub(crate) struct Writers {
    /// Where a connection comes from, and goes when something went wrong on it or it had nothing to do for a while.
    pub(crate) pool: Pool<Db>,
    turns: Arc<Semaphore>,
    kept: Arc<Kept>,
}

/// Connections without a turn, and since when; the last one used is the next.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<(PoolConnection<Db>, Instant)>>);

impl Kept {
    fn all(&self) -> MutexGuard<'_, Vec<(PoolConnection<Db>, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Whoever gives a connection back to its pool needs a runtime for that, which may be gone by now.
        self.all().drain(..).for_each(|(connection, _)| drop(connection.detach()));
    }
}

impl Writers {
    /// From a pool of [`Writers::options`].
    pub(crate) fn new(pool: Pool<Db>) -> Self {
        let turns = usize::try_from(pool.options().get_max_connections()).unwrap_or(Semaphore::MAX_PERMITS);
        Self { pool, turns: Arc::new(Semaphore::new(turns)), kept: Arc::default() }
    }

    /// With these a transaction that was dropped is rolled back.
    pub(crate) fn options(options: PoolOptions<Db>) -> PoolOptions<Db> {
        options.after_release(|connection, _| {
            Box::pin(async move {
                if Manager::get_transaction_depth(connection) > 0 {
                    Manager::rollback(connection).await?;
                }
                Ok(true)
            })
        })
    }

    /// Waits for its turn.
    pub(crate) async fn turn(&self) -> sqlx::Result<Turn> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let kept = self.kept.all().pop();
        let connection = match kept {
            Some((connection, since)) if since.elapsed() < RESTED => connection,
            // The pool asks whether it is still there.
            rested => {
                drop(rested);
                self.pool.acquire().await?
            }
        };
        Ok(Turn { connection, writers: self.clone(), _turn: turn })
    }

    /// Opens a transaction, with this statement if it takes another one than usual.
    pub(crate) async fn begin(&self, statement: Option<Cow<'static, str>>) -> sqlx::Result<Open> {
        let mut turn = self.turn().await?;
        match Manager::begin(&mut turn, statement).await {
            Ok(()) => Ok(Open::Writing(turn)),
            Err(error) => {
                // It may be inside a transaction all the same, of which nobody knows.
                turn.connection.close_on_drop();
                Err(error)
            }
        }
    }

    /// How many connections there are, and how many of them have nothing to do.
    pub(crate) fn size(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle() + self.kept.all().len())
    }

    /// Waits for those who have the turn, and closes the connections.
    pub(crate) async fn close(&self) {
        let closed = self.pool.close();
        self.turns.close();
        self.kept.all().clear();
        closed.await;
    }
}

/// The turn to write. Dropped, it gives the connection back to the pool, which rolls back what is open and finds out what
/// is the matter with it.
pub(crate) struct Turn {
    connection: PoolConnection<Db>,
    writers: Writers,
    _turn: OwnedSemaphorePermit,
}

impl Turn {
    /// Nothing is the matter: the next one takes the connection as it is.
    pub(crate) fn pass_on(self) {
        let mut kept = self.writers.kept.all();
        // Not to be kept by those who are closed meanwhile.
        if !self.writers.pool.is_closed() {
            kept.push((self.connection, Instant::now()));
        }
    }
}

impl Deref for Turn {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

/// An open transaction. Dropping it rolls back.
pub(crate) enum Open {
    Writing(Turn),
    Reading(Transaction<'static, Db>),
}

impl Open {
    pub(crate) fn connection(&mut self) -> &mut Connection {
        match self {
            Self::Writing(turn) => turn,
            Self::Reading(transaction) => transaction,
        }
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Writing(mut turn) => {
                Manager::commit(&mut turn).await?;
                turn.pass_on();
                Ok(())
            }
            Self::Reading(transaction) => transaction.commit().await,
        }
    }
}
