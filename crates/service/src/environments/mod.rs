//! Places to provision into, and what they leave room for.

mod room;

pub(crate) use self::room::room;
