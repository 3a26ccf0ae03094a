//! Messages between processes, by `LISTEN` and `NOTIFY`.

use std::{future::Future, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Executor,
    postgres::{PgListener, PgPoolOptions},
};
use storage::{Heard, Result, Signals, StorageError, rows::failed_on};

use crate::{PATIENCE, PostgresStorage};

const CHANNEL: &str = "gantry";

/// After so long a silence the connection is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(60);

#[async_trait]
impl Signals for PostgresStorage {
    async fn announce(&self, message: &str) -> Result<()> {
        let notify = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(message);
        notify.execute(&self.readers).await.map(drop).map_err(failed_on("a message"))
    }

    async fn listen(&self) -> Result<Box<dyn Heard>> {
        // A connection of its own: it is held for as long as anybody listens.
        let pool =
            PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).max_lifetime(None).idle_timeout(None);
        let pool = pool.connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await.map_err(failed_on("messages"))?;
        listener.listen(CHANNEL).await.map_err(failed_on("messages"))?;
        Ok(Box::new(Listening(listener)))
    }
}

struct Listening(PgListener);

#[async_trait]
impl Heard for Listening {
    async fn next(&mut self) -> Result<Option<String>> {
        loop {
            match tokio::time::timeout(SILENCE, self.0.try_recv()).await {
                Ok(heard) => {
                    let heard = heard.map_err(failed_on("messages"))?;
                    return Ok(heard.map(|message| message.payload().to_owned()));
                }
                // A connection that was cut without a word is silent, too.
                Err(_) => in_time(self.0.execute("SELECT 1")).await?,
            }
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = sqlx::Result<T>>) -> Result<()> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answered) => answered.map(drop).map_err(failed_on("messages")),
        Err(late) => Err(StorageError::Unavailable(Box::new(late))),
    }
}
