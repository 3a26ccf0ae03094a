//! Who goes first where AWS lets only so many calls through.

use std::{
    cmp::Reverse,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::Notify, time::Instant};

/// A place in the queue for a call: the smaller goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A person waits for a page.
    Page,
    /// A step of a run.
    Step {
        /// When its run was asked for, in microseconds: the oldest run first, so that none starves.
        since: i64,
        /// How much of the run still hangs on this step: the longest way first.
        left: Reverse<u32>,
    },
    /// Whether something is ready yet: no other call is held up by it, and who has waited longest looks first.
    Look,
}

/// A call's place in the queue, and what ends the waiting for it.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The place.
    pub rank: Rank,
    halt: Arc<Halt>,
}

/// Tells those who wait for their turn that it is not wanted any more.
#[derive(Debug, Default)]
pub struct Halt {
    halted: std::sync::atomic::AtomicBool,
    told: Notify,
    /// Until when whoever calls holds what allows it to.
    until: Mutex<Option<Instant>>,
}

impl Halt {
    /// From now on nobody waits.
    pub fn halt(&self) {
        self.halted.store(true, std::sync::atomic::Ordering::SeqCst);
        self.told.notify_waiters();
    }

    /// Whether [`Halt::halt`] was called.
    pub fn is_halted(&self) -> bool {
        self.halted.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// No call is made after this moment, until a later one is named: a process that stood still and wakes up does not
    /// know that its lease went to another.
    pub fn hold_until(&self, until: Instant) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Whether a call may still be made.
    fn holds(&self) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        !self.is_halted() && until.is_none_or(|until| Instant::now() < until)
    }

    /// Ends when [`Halt::halt`] is called.
    pub async fn halted(&self) {
        let told = self.told.notified();
        tokio::pin!(told);
        told.as_mut().enable();
        if !self.is_halted() {
            told.await;
        }
    }
}

tokio::task_local! {
    static TURN: Turn;
}

impl Turn {
    /// For a step of a run.
    pub fn new(rank: Rank, halt: Arc<Halt>) -> Self {
        Self { rank, halt }
    }

    /// The same for calls that only look whether something is ready yet.
    pub fn looking(self) -> Self {
        Self { rank: Rank::Look, ..self }
    }

    /// Of whatever runs now: a page, unless it was said otherwise by [`Turn::during`].
    pub fn current() -> Self {
        TURN.try_with(Clone::clone).unwrap_or_else(|_| Self { rank: Rank::Page, halt: Arc::default() })
    }

    /// Makes every call of `work` in this turn.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> T {
        TURN.scope(self, work).await
    }

    /// Whether the call may still be made.
    pub fn holds(&self) -> bool {
        self.halt.holds()
    }

    /// Ends when nobody wants the call any more.
    pub async fn halted(&self) {
        self.halt.halted().await;
    }
}
