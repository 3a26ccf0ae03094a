//! What the process says while it works, on standard error. Which fields a line has is in `docs/logging.md`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// Begins to log as the configuration says; once per process.
pub fn start(config: &Config) {
    let logging = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.log))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if config.log_json {
        // The innermost span has all ids there are.
        logging.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    } else {
        logging.init();
    }
}
