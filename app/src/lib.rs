//! What people see: pages, components and islands.
//!
//! # For the server
//!
//! A handler finds the actor, makes one service call, fills a page's props and sends the text:
//!
//! ```ignore
//! use app::{Frame, pages::inbox::InboxPage};
//! let frame = Frame { user_name, csrf, inbox_count, active: NavItem::Inbox, ..Frame::default() };
//! axum::response::Html(app::render(frame, InboxPage { items }))
//! ```
//!
//! - [`render`]`(frame, page)` is the whole document for somebody signed in, [`render_bare`]`(head, csrf, flash, page)`
//!   for sign-in, set-up and errors without a session. Both are plain synchronous functions that return
//!   the HTML; status code and headers are the handler's.
//! - Every page is one struct in [`pages`] (feature `ssr`) that implements [`Page`]. Its fields are ready
//!   to show: text, [`Moment`], [`Status`], money as text. Pages decide nothing.
//! - Addresses are in [`routes`]; forms post to what is named there, with the hidden field `csrf`.
//! - Pages expect `GET /events` as `server::routes::events` describes it: one stream per tab, whose messages say that
//!   something is old, or carry it ([`RunView`], exactly the struct that was given to the page of a run).
//! - The request form expects `POST /catalogue/{template}/preview` (the form, url-encoded) to answer with the
//!   JSON of [`Preview`].
//! - No inline script or style is ever written, and the one script has the nonce of [`Head`]:
//!   `script-src 'nonce-…' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'` holds.
//! - Files expected beside the pages: those of [`Assets`], and everything in `style/public` at the root.
//!
//! # To add a page
//! A file in `pages/` with its struct and `impl Page`, a sheet in `style/pages/`, a sample in `examples/gallery/`.
//!
//! # To add an island
//! A file in `islands/`; it compiles for both sides, its props are serialisable, and without scripts the page must still do its job.

// Views are types, one per element: a page nests deeper than the compiler's default allows.
#![recursion_limit = "512"]

pub mod components;
pub mod islands;
pub mod routes;

mod assets;
mod moment;
mod plan;
mod preview;
mod run;
mod search;
mod status;

pub use assets::{Assets, Head};
pub use moment::{Moment, duration_text, relative_text, stopwatch_text};
pub use plan::{AwsCall, Change, CostLine, CostView, Glyph, PlanView, StepAction, StepView, Waited};
pub use preview::{FieldError, Preview, PreviewStep};
pub use run::{
    Choice, Failure, GraphLayout, Handed, Handing, Left, PlacedColumn, PlacedEdge, PlacedNode, Progress, Question,
    RunView, Tone,
};
pub use search::{SearchGroup, SearchItem, SearchResult};
pub use status::Status;

#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod frame;
#[cfg(feature = "ssr")]
mod layout;
#[cfg(feature = "ssr")]
pub mod pages;

#[cfg(feature = "ssr")]
pub use document::{Breadth, Crumb, Page, render, render_bare};
#[cfg(feature = "ssr")]
pub use frame::{Csrf, Flash, Follows, Frame, NavItem, TeamLink};
