//! `gantry serve`: the portal, until the process is asked to end.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::{config::Config, serve};

#[derive(clap::Args)]
pub struct Serve {}

impl Serve {
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        serve::serve(config, asked_to_end()).await?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
