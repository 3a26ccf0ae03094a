//! What stands between the network and a handler: addresses, sessions, CSRF, security headers, files.

pub mod address;
pub mod csrf;
pub mod headers;
pub mod id;
pub mod session;
pub mod site;
