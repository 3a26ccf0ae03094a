//! Places to provision into, and what they leave room for.

mod room;
mod show_environments;

pub(crate) use self::room::room;
