//! First start: the first administrator.

use crate::FieldError;

/// Posts `token`, `name`, `email`, `password`, `password_again` to `routes::SET_UP`.
#[derive(Clone, Debug, Default)]
pub struct SetUpPage {
    /// The one-time token from the link.
    pub token: String,
    /// What was typed before.
    pub name: String,
    /// What was typed before.
    pub email: String,
    /// By field: `name`, `email`, `password`, `password_again`; empty path for the whole.
    pub errors: Vec<FieldError>,
}
