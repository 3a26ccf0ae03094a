//! `gantry serve`: the portal, until the process is asked to end.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::{config::Config, serve};

#[derive(clap::Args)]
pub struct Serve {}

impl Serve {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        serve::serve(config, asked_to_end).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// From this call on a signal does not end the process any more, but what is returned.
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
