//! Sign in.

/// Posts `email`, `password`, `return_to` to `routes::SIGN_IN`.
#[derive(Clone, Debug, Default)]
pub struct SignInPage {
    /// What was typed before.
    pub email: String,
    /// Why it did not work: "That e-mail and password do not go together." or "Too many tries; wait 30 seconds."
    pub error: Option<String>,
    /// Path to go to afterwards.
    pub return_to: String,
    /// Who can sign in here; only `demo` fills it.
    pub hints: Vec<SignInHint>,
}

/// A person of the demo.
#[derive(Clone, Debug, Default)]
pub struct SignInHint {
    /// E-mail.
    pub email: String,
    /// "Developer in Payments".
    pub role: String,
}
