//! What stands between the network and a handler: ids of requests, addresses, sessions, CSRF, the character
//! zero, security headers, files.

pub mod address;
pub mod csrf;
pub mod headers;
pub mod id;
pub mod look;
pub mod session;
pub mod site;
pub mod text;
pub mod trace;
