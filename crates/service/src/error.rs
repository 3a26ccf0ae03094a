//! Why a use case did not do what was asked, in words for people. HTTP status is decided elsewhere, once.

use chrono::{DateTime, Utc};
use domain::{Problem, authz::Denied, ids::RequestId, token::Scope};
use provisioner::{cloud::CloudError, planning::PlanError};
use storage::StorageError;

/// The result of a use case.
pub type Result<T, E = ServiceError> = std::result::Result<T, E>;

/// Why not. `Display` is the public sentence; nothing internal is in it.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// What was given is wrong; each problem has the path of its field (`inputs.port`, `stack_name`, `reason`, …).
    #[error("{}", summary(.0))]
    Invalid(Vec<Problem>),
    /// Not allowed, with the reason.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// There is none, or none that this person may know of.
    #[error("There is no such {what}.")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The state of things does not allow it now.
    #[error("{message}")]
    Conflict {
        /// What is in the way and what to do.
        message: String,
        /// The request that is in the way, where one is.
        see: Option<RequestId>,
    },
    /// Too many wrong passwords.
    #[error("Too many failed attempts to sign in. Try again at {}.", until.format("%H:%M UTC"))]
    Throttled {
        /// When it is worth trying again.
        until: DateTime<Utc>,
    },
    /// E-mail address or password is wrong; which one is not told.
    #[error("This e-mail address and password do not match.")]
    SignInRefused,
    /// A token is unknown, revoked, expired, or its person may not come in any more; which of these is not told.
    #[error("This token is not valid, or no longer. Make another one on the page of your account.")]
    TokenRefused,
    /// The token is good, but not for this.
    #[error("This token may not be used for this: it lacks the scope `{needs}`.")]
    OutOfScope {
        /// What it lacks.
        needs: Scope,
    },
    /// The same idempotency key for something else.
    #[error("This idempotency key was used for another request already. Take a new key for each.")]
    KeyReused,
    /// Nobody has answered the first request with this key yet.
    #[error("The first request with this idempotency key is still being worked on. Ask again in a moment.")]
    KeyInFlight,
    /// The first request with this key will never be answered.
    #[error(
        "The server stopped while it worked on the first request with this idempotency key. Look whether it was done; if it was not, ask again with a new key."
    )]
    KeyUnknown,
    /// AWS could not be read, or refused.
    #[error("AWS could not be asked. {}", .0.advice)]
    Cloud(#[source] CloudError),
    /// The database, or something in it.
    #[error("Something went wrong on our side. Try again; if it stays, tell the platform team.")]
    Storage(#[source] StorageError),
}

impl ServiceError {
    /// Stable, for machines and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::Denied(_) => "denied",
            Self::NotFound { .. } => "not-found",
            Self::Conflict { .. } => "conflict",
            Self::Throttled { .. } => "throttled",
            Self::SignInRefused => "sign-in-refused",
            Self::TokenRefused => "unauthenticated",
            Self::OutOfScope { .. } => "insufficient-scope",
            Self::KeyReused => "idempotency-key-reused",
            Self::KeyInFlight => "idempotency-key-in-flight",
            Self::KeyUnknown => "idempotency-outcome-unknown",
            Self::Cloud(_) => "cloud",
            Self::Storage(_) => "storage",
        }
    }

    /// What is wrong, field by field; empty unless the input was.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid(problems) => problems,
            _ => &[],
        }
    }

    /// One problem with one field.
    pub(crate) fn invalid(code: &str, path: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(code, path, message)])
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict { message: message.into(), see: None }
    }

    /// Something in the database contradicts itself.
    pub(crate) fn corrupt(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self::Storage(StorageError::Corrupt { what: what.to_string(), why: why.to_string() })
    }
}

fn summary(problems: &[Problem]) -> String {
    match problems {
        [one] => one.message.clone(),
        many => format!("{} things need another look.", many.len()),
    }
}

impl From<StorageError> for ServiceError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict { what } => Self::conflict(format!(
                "Someone else changed {what} in the meantime. Look at it again and decide again."
            )),
            StorageError::Taken { what } => {
                Self::conflict(format!("Someone else took {what} in the meantime. Please try again."))
            }
            other => Self::Storage(other),
        }
    }
}

impl From<CloudError> for ServiceError {
    fn from(error: CloudError) -> Self {
        Self::Cloud(error)
    }
}

impl From<PlanError> for ServiceError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Cloud(error) => Self::Cloud(error),
            PlanError::Problems(problems) => Self::Invalid(problems),
        }
    }
}
