//! What runs write, many at once: whoever comes while a commit is on its way to the disk goes into the next one. The
//! database has one writer, and each commit waits for the disk; whose writing was answered may rely on it all the same.

use std::{
    mem,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures::{FutureExt as _, future::BoxFuture};
use storage::{Note, Storage, StorageError, Transaction};
use tokio::{runtime::Handle, sync::oneshot};

/// Where the last event of a note stands in its run's log; 0 for what is no note.
type Written = Result<u64, StorageError>;

/// Writes into a transaction that others write into, too. Where it fails with [`StorageError::Fenced`] it has written
/// nothing; after any other failure nothing of the transaction is kept.
pub(super) type Write =
    Box<dyn for<'t> Fn(&'t mut (dyn Transaction + 'static)) -> BoxFuture<'t, Result<(), StorageError>> + Send + Sync>;

/// What somebody waits for.
type Asked = (Writing, oneshot::Sender<Written>);

/// What somebody wants written.
enum Writing {
    /// As most do: many of them need no more statements than one.
    Note(Box<Note>),
    /// Anything else.
    Else(Write),
}

/// The one that all runs of a process share.
pub struct Journal {
    at_once: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Asked>,
    /// Somebody takes what waits.
    attended: bool,
}

impl Default for Journal {
    fn default() -> Self {
        // Not everything that waits: others want the database, too.
        Self::new(64)
    }
}

impl Journal {
    /// One that puts so many writings into one commit at most.
    pub fn new(at_once: usize) -> Self {
        Self { at_once, queue: Mutex::default() }
    }

    /// Writes, and answers when it is on disk. Who goes away before it is begun has written nothing. Whoever asks is polled
    /// to the end, or dropped: what it is in the middle of may be that of others, too.
    pub(super) async fn write(self: &Arc<Self>, storage: &Arc<dyn Storage>, write: Write) -> Result<(), StorageError> {
        self.ask(storage, Writing::Else(write)).await.map(drop)
    }

    /// Writes a note; where its last event stands in the log.
    pub(super) async fn note(self: &Arc<Self>, storage: &Arc<dyn Storage>, note: Note) -> Written {
        self.ask(storage, Writing::Note(Box::new(note))).await
    }

    async fn ask(self: &Arc<Self>, storage: &Arc<dyn Storage>, writing: Writing) -> Written {
        let (tell, told) = oneshot::channel();
        let attended = {
            let mut queue = self.queue();
            queue.waiting.push((writing, tell));
            mem::replace(&mut queue.attended, true)
        };
        if !attended {
            let (journal, storage) = (Arc::clone(self), Arc::clone(storage));
            Attending::new(async move { journal.attend(storage).await }.boxed()).await;
        }
        told.await.unwrap_or_else(|lost| Err(StorageError::Unavailable(Box::new(lost))))
    }

    /// Writes what waits, for everybody; what comes meanwhile is for a task of its own.
    async fn attend(self: Arc<Self>, storage: Arc<dyn Storage>) {
        if self.write_next(&*storage).await {
            tokio::spawn(async move { while self.write_next(&*storage).await {} });
        }
    }

    /// Writes the next ones; whether anybody waits after them.
    async fn write_next(&self, storage: &dyn Storage) -> bool {
        let taken = self.take();
        if !taken.is_empty() {
            // What panics ends those that were taken with it, not those that wait.
            let _ = AssertUnwindSafe(write_all(storage, taken)).catch_unwind().await;
        }
        let mut queue = self.queue();
        queue.attended = !queue.waiting.is_empty();
        queue.attended
    }

    /// The next ones, oldest first.
    fn take(&self) -> Vec<Asked> {
        let mut queue = self.queue();
        queue.waiting.retain(|(_, tell)| !tell.is_closed());
        let count = queue.waiting.len().min(self.at_once);
        queue.waiting.drain(..count).collect()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What whoever came first does for everybody, in its own task: for a lone step a task more is a processor more to be woken.
/// When it is interrupted, it goes on for the others in a task.
struct Attending {
    runtime: Handle,
    work: Option<BoxFuture<'static, ()>>,
}

impl Attending {
    fn new(work: BoxFuture<'static, ()>) -> Self {
        Self { runtime: Handle::current(), work: Some(work) }
    }
}

impl Future for Attending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let done = self.work.as_mut().map_or(Poll::Ready(()), |work| work.as_mut().poll(context));
        if done.is_ready() {
            self.work = None;
        }
        done
    }
}

impl Drop for Attending {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.runtime.spawn(work);
        }
    }
}

async fn write_all(storage: &dyn Storage, asked: Vec<Asked>) {
    let (writings, tellers): (Vec<Writing>, Vec<_>) = asked.into_iter().unzip();
    let written = match write_together(storage, &writings).await {
        Ok(written) => written,
        Err(error) if writings.len() == 1 => vec![Err(error)],
        // One of them is at fault, or the database is: each for itself.
        Err(_) => {
            let mut alone = vec![];
            for writing in &writings {
                let written = write_together(storage, std::slice::from_ref(writing)).await;
                alone.extend(written.unwrap_or_else(|error| vec![Err(error)]));
            }
            alone
        }
    };
    for (tell, written) in tellers.into_iter().zip(written) {
        // Who does not wait any more needs no answer.
        let _ = tell.send(written);
    }
}

/// What came of each; an error where nothing was written because one could not be.
async fn write_together(storage: &dyn Storage, writings: &[Writing]) -> Result<Vec<Written>, StorageError> {
    let notes: Vec<&Note> = writings
        .iter()
        .filter_map(|writing| match writing {
            Writing::Note(note) => Some(&**note),
            Writing::Else(_) => None,
        })
        .collect();
    let written = if notes.len() == writings.len() {
        storage.write_alone(&notes).await?.map(|noted| (noted, vec![]))
    } else {
        let mut tx = storage.begin().await?;
        let (noted, mut others) = (tx.write_notes(&notes).await?, vec![]);
        for writing in writings {
            if let Writing::Else(write) = writing {
                match write(&mut *tx).await {
                    Err(error) if !matches!(error, StorageError::Fenced { .. }) => return Err(error),
                    written => others.push(written.map(|()| 0)),
                }
            }
        }
        tx.commit().await.map(|()| (noted, others))
    };
    let (noted, others) = match written {
        Ok(written) => written,
        Err(error) => {
            // It may have reached the disk: nobody writes it again.
            let why = error.to_string();
            return Ok(writings.iter().map(|_| Err(StorageError::Unavailable(why.clone().into()))).collect());
        }
    };
    let (mut noted, mut others) = (noted.into_iter(), others.into_iter());
    let came_of = |writing: &Writing| match writing {
        Writing::Note(note) => {
            let lost = || StorageError::Fenced { run: note.run.clone(), fence: note.fence };
            Some(noted.next()?.ok_or_else(lost))
        }
        Writing::Else(_) => others.next(),
    };
    // There are as many answers as questions.
    Ok(writings.iter().filter_map(came_of).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::people::Team;
    use storage_sqlite::SqliteStorage;
    use tokio::sync::Notify;

    use super::*;

    fn team(number: usize) -> Team {
        Team {
            id: format!("team-{number}").parse().unwrap(),
            name: format!("t{number}"),
            title: "A team".to_owned(),
            version: 1,
        }
    }

    /// Adds a team.
    fn adds(number: usize) -> Write {
        Box::new(move |tx| async move { tx.add_team(&team(number)).await }.boxed())
    }

    /// Says, without having written anything, that somebody else has the lease.
    fn fenced() -> Write {
        Box::new(|_| async { Err(StorageError::Fenced { run: "run-A".parse().unwrap(), fence: 1 }) }.boxed())
    }

    /// Holds the one writer until it is let go; then counts how many transactions others needed.
    #[tokio::test]
    async fn who_comes_while_a_commit_is_on_its_way_shares_the_next_one() {
        let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::temporary().await.unwrap());
        let (journal, begun, go) = (Arc::new(Journal::new(8)), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let seen = Arc::new(AtomicUsize::new(0));
        let held: Write = Box::new({
            let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
            move |_| {
                let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
                async move {
                    begun.notify_one();
                    go.notified().await;
                    Ok(())
                }
                .boxed()
            }
        });
        let spawn = |write: Write| {
            let (journal, storage) = (Arc::clone(&journal), Arc::clone(&storage));
            tokio::spawn(async move { journal.write(&storage, write).await })
        };
        let first = spawn(held);
        begun.notified().await;
        // Each sees in the database how many of the others its own transaction already holds.
        let counts = |number: usize| -> Write {
            let seen = Arc::clone(&seen);
            Box::new(move |tx| {
                let seen = Arc::clone(&seen);
                async move {
                    seen.fetch_max(tx.list_teams().await?.len(), Ordering::Relaxed);
                    tx.add_team(&team(number)).await
                }
                .boxed()
            })
        };
        let many: Vec<_> = (1..=4).map(|number| spawn(counts(number))).collect();
        let (lost, away) = (spawn(fenced()), spawn(adds(9)));
        while journal.queue().waiting.len() < 6 {
            tokio::task::yield_now().await;
        }
        away.abort();
        assert!(away.await.unwrap_err().is_cancelled());
        go.notify_one();
        assert!(first.await.unwrap().is_ok());
        for one in many {
            assert!(one.await.unwrap().is_ok());
        }
        assert!(matches!(lost.await.unwrap(), Err(StorageError::Fenced { .. })));
        assert_eq!(seen.load(Ordering::Relaxed), 3, "the last saw what the others wrote before anybody had an answer");
        let names: Vec<String> =
            storage.begin_read().await.unwrap().list_teams().await.unwrap().into_iter().map(|team| team.name).collect();
        assert_eq!(names, ["t1", "t2", "t3", "t4"], "nothing of who went away");
    }

    #[tokio::test]
    async fn what_whoever_goes_away_was_writing_for_others_is_written_and_what_panics_takes_no_other_with_it() {
        let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::temporary().await.unwrap());
        let (journal, begun, go) = (Arc::new(Journal::new(2)), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let spawn = |write: Write| {
            let (journal, storage) = (Arc::clone(&journal), Arc::clone(&storage));
            tokio::spawn(async move { journal.write(&storage, write).await })
        };
        let held: Write = Box::new({
            let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
            move |tx| {
                let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
                async move {
                    begun.notify_one();
                    go.notified().await;
                    tx.add_team(&team(1)).await
                }
                .boxed()
            }
        });
        let first = spawn(held);
        begun.notified().await;
        let (panics, with_it, after) = (spawn(Box::new(|_| panic!("a defect"))), spawn(adds(2)), spawn(adds(3)));
        while journal.queue().waiting.len() < 3 {
            tokio::task::yield_now().await;
        }
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        go.notify_one();
        assert!(panics.await.unwrap().is_err() && with_it.await.unwrap().is_err());
        assert!(after.await.unwrap().is_ok());
        assert!(spawn(adds(4)).await.unwrap().is_ok(), "and it goes on");
        let names: Vec<String> =
            storage.begin_read().await.unwrap().list_teams().await.unwrap().into_iter().map(|team| team.name).collect();
        assert_eq!(names, ["t1", "t3", "t4"]);
    }

    #[tokio::test]
    async fn one_that_cannot_be_written_leaves_the_others_alone() {
        let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::temporary().await.unwrap());
        let taken = [adds(1), adds(1), adds(2)].map(|write| (Writing::Else(write), oneshot::channel()));
        let (taken, told): (Vec<_>, Vec<_>) =
            taken.into_iter().map(|(write, (tell, told))| ((write, tell), told)).unzip();
        write_all(&*storage, taken).await;
        let mut written = vec![];
        for one in told {
            written.push(one.await.unwrap().is_ok());
        }
        assert_eq!(written, [true, false, true]);
        assert_eq!(storage.begin_read().await.unwrap().list_teams().await.unwrap().len(), 2);
    }
}
