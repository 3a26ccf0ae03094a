//! The parts of pages that come alive in the browser. Everything else is HTML and stays HTML.
//!
//! An island is rendered on the server like any component; its props travel with it as JSON, and
//! `/boot.js` wakes it. If that never happens the page still does its job.

mod copy_button;
mod inbox_count;
mod inbox_keys;
mod live_tab;
mod localise_times;
mod palette;
mod plan_explorer;
mod request_preview;
mod run_live;

pub use copy_button::CopyButton;
pub use inbox_count::InboxCount;
pub use inbox_keys::InboxKeys;
pub use live_tab::LiveTab;
pub use localise_times::LocaliseTimes;
pub use palette::Palette;
pub use plan_explorer::PlanExplorer;
pub use request_preview::RequestPreview;
pub use run_live::RunLive;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod form_draft;
#[cfg(target_arch = "wasm32")]
mod morph;
#[cfg(target_arch = "wasm32")]
mod stream;
