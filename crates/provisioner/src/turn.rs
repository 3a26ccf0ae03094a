//! Who goes first where AWS lets only so many calls through.

use std::{
    cmp::Reverse,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
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
    /// The lease of whoever calls.
    lease: Mutex<Option<Lease>>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    since: Instant,
    lasts: Duration,
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

    /// Calls begin in the first half of this lease, so that they are over before it is, and none goes on after it, until
    /// a later one is named: a process that stood still and wakes up does not know that its lease went to another.
    pub fn hold(&self, since: Instant, lasts: Duration) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(Lease { since, lasts });
    }

    /// Whether no more than this part of the lease has gone by.
    fn is_within(&self, part: u32) -> bool {
        let lease = *self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        lease.is_none_or(|Lease { since, lasts }| since.elapsed() < lasts / part)
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

    /// Whether a call may still begin.
    pub fn holds(&self) -> bool {
        !self.halt.is_halted() && self.halt.is_within(2)
    }

    /// Makes a call as long as the lease lasts: it is looked at each time that the call would go on. None once it is over,
    /// and what became of the call is not known.
    pub async fn within_lease<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let mut call = pin!(call);
        poll_fn(|context| match self.halt.is_within(1) {
            true => call.as_mut().poll(context).map(Some),
            false => Poll::Ready(None),
        })
        .await
    }

    /// Ends when nobody wants the call any more.
    pub async fn halted(&self) {
        self.halt.halted().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How often a call went on that had to wait once, and whether it came to its end.
    async fn goes_on(halt: &Arc<Halt>, meanwhile: impl FnOnce()) -> (usize, bool) {
        let parts = AtomicUsize::new(0);
        let call = async {
            parts.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            parts.fetch_add(1, Ordering::Relaxed);
        };
        let turn = Turn::new(Rank::Page, Arc::clone(halt));
        let (made, ()) = tokio::join!(turn.within_lease(call), async { meanwhile() });
        (parts.into_inner(), made.is_some())
    }

    #[tokio::test]
    async fn a_call_goes_on_while_the_lease_lasts_and_no_longer() {
        let (halt, minute) = (Arc::<Halt>::default(), Duration::from_secs(60));
        let over = |halt: &Halt| halt.hold(Instant::now(), Duration::ZERO);
        halt.hold(Instant::now(), minute);
        assert_eq!(goes_on(&halt, || {}).await, (2, true));
        // What is on its way when a run is stopped comes back.
        assert_eq!(goes_on(&halt, || halt.halt()).await, (2, true));
        assert_eq!(goes_on(&halt, || over(&halt)).await, (1, false));
        assert_eq!(goes_on(&halt, || {}).await, (0, false));
        // In the second half none begins, and those that have begun go on.
        let halt = Arc::<Halt>::default();
        halt.hold(Instant::now().checked_sub(minute * 3 / 4).unwrap(), minute);
        assert!(!Turn::new(Rank::Page, Arc::clone(&halt)).holds());
        assert_eq!(goes_on(&halt, || {}).await, (2, true));
    }
}
