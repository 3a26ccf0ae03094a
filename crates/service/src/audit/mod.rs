//! The history, and whether it is whole.

mod show_audit;
mod verify_audit;

pub use self::verify_audit::{Pace, Verified, verify_history};
