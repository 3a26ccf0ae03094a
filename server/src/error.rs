//! The one place where a refusal becomes an HTTP status and a page.

use app::{
    Frame,
    pages::errors::{ErrorPage, ForbiddenPage, InternalErrorPage, NotFoundPage},
};
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use service::ServiceError;

use crate::edge::trace;

/// A refusal on its way to a page.
pub struct Refusal(pub Box<ServiceError>, pub Box<Frame>);

impl Refusal {
    /// In the frame of the page that was asked for.
    pub fn new(error: impl Into<ServiceError>, frame: Frame) -> Self {
        Self(Box::new(error.into()), Box::new(frame))
    }
}

/// The HTTP status of a refusal.
pub fn status(error: &ServiceError) -> StatusCode {
    match error {
        ServiceError::Invalid(_) | ServiceError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::Denied(_) | ServiceError::OutOfScope { .. } => StatusCode::FORBIDDEN,
        ServiceError::NotFound { .. } => StatusCode::NOT_FOUND,
        ServiceError::Conflict { .. } | ServiceError::KeyInFlight | ServiceError::KeyUnknown => StatusCode::CONFLICT,
        ServiceError::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        ServiceError::SignInRefused | ServiceError::TokenRefused => StatusCode::UNAUTHORIZED,
        ServiceError::Cloud(_) => StatusCode::BAD_GATEWAY,
        ServiceError::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes what people are not told into the log, once.
pub fn log(error: &ServiceError) {
    if let ServiceError::Storage(_) | ServiceError::Cloud(_) = error {
        let mut chain = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            chain = format!("{chain}: {inner}");
            source = inner.source();
        }
        tracing::error!(code = error.code(), error = chain, "a use case failed");
    }
}

/// `req-7F3K2M` of `/requests/req-7F3K2M?tab=plan`.
fn id_in(address: &str) -> Option<&str> {
    let path = address.split('?').next()?;
    path.split('/')
        .find(|part| ["req-", "run-", "stk-", "usr-", "team-", "env-"].iter().any(|prefix| part.starts_with(prefix)))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error, frame) = self;
        log(&error);
        let status = status(&error);
        let html = match *error {
            ServiceError::Denied(denied) => app::render(*frame, ForbiddenPage { why: denied.reason }),
            ServiceError::NotFound { .. } => {
                let what = id_in(&frame.here).unwrap_or_default().to_owned();
                app::render(*frame, NotFoundPage { what })
            }
            ServiceError::Storage(_) => {
                app::render(*frame, InternalErrorPage { reference: trace::request_id().unwrap_or_default() })
            }
            other => {
                let link = match &other {
                    ServiceError::Conflict { see: Some(id), .. } => {
                        Some((format!("Open {id}"), app::routes::request(id.as_str())))
                    }
                    _ => None,
                };
                let heading = match other {
                    ServiceError::Cloud(_) => "AWS could not be asked",
                    _ => "Not now",
                };
                let page =
                    ErrorPage { heading: heading.to_owned(), what: other.to_string(), next: String::new(), link };
                app::render(*frame, page)
            }
        };
        (status, Html(html)).into_response()
    }
}
