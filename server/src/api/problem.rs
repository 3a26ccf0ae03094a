//! What is answered when something is not answered: problem+json (RFC 9457), in one place.
//!
//! `code` is stable and the same as at the forms; `detail` is the sentence that a page would show; `errors` says it field
//! by field.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Problem as FieldProblem;
use serde::Serialize;
use service::ServiceError;
use utoipa::ToSchema;

use crate::error::{log, status};

/// Why an operation did not do what was asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "code": "invalid",
    "detail": "Image is needed.",
    "errors": [{"code": "required", "path": "inputs.image", "message": "Image is needed."}]
}))]
pub struct Problem {
    /// Always `about:blank`: `code` says what it is.
    #[schema(value_type = String)]
    r#type: &'static str,
    /// The status in words.
    #[schema(value_type = String)]
    title: &'static str,
    /// The status.
    status: u16,
    /// Stable word for machines.
    #[schema(value_type = String)]
    code: &'static str,
    /// A sentence for people.
    detail: String,
    /// What is wrong, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Wrong>,
    /// The request that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    see: Option<String>,
}

/// Something that is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Wrong {
    /// Stable word for machines.
    #[schema(example = "out-of-range")]
    code: String,
    /// Where, with dots; empty for the whole.
    #[schema(example = "inputs.port")]
    path: String,
    /// A sentence for people.
    message: String,
}

impl From<&FieldProblem> for Wrong {
    fn from(problem: &FieldProblem) -> Self {
        let FieldProblem { code, path, message } = problem.clone();
        Self { code, path, message }
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub struct Refused(Box<Inner>);

#[derive(Debug)]
struct Inner {
    problem: Problem,
    authenticate: Option<String>,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: vec![],
            see: None,
        };
        Self(Box::new(Inner { problem, authenticate: None }))
    }

    fn with(mut self, errors: Vec<Wrong>) -> Self {
        self.0.problem.errors = errors;
        self
    }

    /// The body is no JSON at all.
    pub fn malformed(why: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-json", format!("The body is not JSON: {why}."))
    }

    /// The body is JSON of another shape.
    pub fn misshapen(path: String, message: String) -> Self {
        let wrong = Wrong { code: "wrong-type".to_owned(), path, message: message.clone() };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message).with(vec![wrong])
    }

    /// The body is something else.
    pub fn not_json() -> Self {
        let detail = "Send the body as application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
    }

    /// The body is too long.
    pub fn too_large() -> Self {
        let detail = format!("The body is longer than {} bytes.", super::MAX_BODY);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
    }

    /// A parameter of the address is wrong.
    pub fn bad_query(path: String, message: String) -> Self {
        let code = if path == "cursor" { "bad-cursor" } else { "bad-parameter" };
        let wrong = Wrong { code: code.to_owned(), path, message: message.clone() };
        Self::new(StatusCode::BAD_REQUEST, code, message).with(vec![wrong])
    }

    /// A header is wrong.
    pub fn bad_key() -> Self {
        let detail = "An Idempotency-Key has 1 to 255 printable ASCII characters.";
        Self::new(StatusCode::BAD_REQUEST, "bad-idempotency-key", detail)
    }

    /// There is no such operation.
    pub fn nothing_at(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-such-operation", format!("Nothing is at {path}."))
    }

    /// There is none with this id.
    pub fn no_such(what: &'static str) -> Self {
        ServiceError::NotFound { what }.into()
    }

    /// There is something, but not so.
    pub fn wrong_method(method: &Method) -> Self {
        let detail = format!("{method} is not possible here; the header Allow says what is.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
    }

    /// Nobody knows how it ended.
    pub fn too_slow() -> Self {
        let detail = "AWS or the database did not answer in time. Look whether it was done before you try again.";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "too-slow", detail)
    }

    /// Our fault.
    pub fn broken() -> Self {
        let detail = "Something broke on our side. Try again; if it stays, tell the platform team.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        log(&error);
        let mut refused = Self::new(status(&error), error.code(), error.to_string())
            .with(error.problems().iter().map(Wrong::from).collect());
        match error {
            ServiceError::Conflict { see, .. } => refused.0.problem.see = see.map(|id| id.to_string()),
            ServiceError::TokenRefused => refused.0.authenticate = Some("Bearer error=\"invalid_token\"".to_owned()),
            ServiceError::OutOfScope { needs } => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needs}\"");
                refused.0.authenticate = Some(challenge);
            }
            _ => {}
        }
        refused
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Inner { problem, authenticate } = *self.0;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = authenticate.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::CONFLICT || status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
