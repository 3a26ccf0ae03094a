//! Ctrl-C, SIGTERM and a closed terminal all mean: end what was started, then leave.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From here on the signals set a flag instead of ending the process, so that everything started is dropped in order.
pub fn listen() -> anyhow::Result<()> {
    let flag = Arc::new(AtomicBool::new(false));
    if ASKED.set(Arc::clone(&flag)).is_ok() {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The second Ctrl-C ends the process at once; its children follow through their leash.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))?;
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
    }
    Ok(())
}

/// Whether somebody asked us to leave.
pub fn asked() -> bool {
    ASKED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Waits until somebody asks, or until `look` says why to leave.
pub fn wait(mut look: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    while !asked() {
        look()?;
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
