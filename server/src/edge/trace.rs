//! Every request has an id, a nonce for its answer, and one line in the log. The id comes from whoever is in front of us, or is made here, and
//! goes back to the browser, onto the page of an internal error, and into every line that is logged meanwhile.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use app::Head;
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use domain::ids::UserId;
use futures::StreamExt as _;
use tracing::Instrument as _;

use crate::{metrics, state::Portals};

/// Where the id comes from and goes to.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ones are nobody's ids.
const LONGEST: usize = 64;

/// 130 bits: nobody guesses them.
const NONCE: usize = 26;

/// What is asked too often to be worth a line.
const QUIET: [&str; 2] = ["/healthz", "/readyz"];

tokio::task_local! {
    static CURRENT: Arc<Current>;
}

/// The request that this task answers.
struct Current {
    id: String,
    head: Head,
    user: OnceLock<UserId>,
}

/// The id of the request that is being answered; none outside of one.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(|current| current.id.clone()).ok()
}

/// What the document of this answer loads, with a nonce that no other answer has.
pub fn head() -> Head {
    CURRENT.try_with(|current| current.head.clone()).unwrap_or_default()
}

/// Remembers who asks, for the line in the log.
pub fn asked_by(user: &UserId) {
    // Outside of a request there is no line.
    let _ = CURRENT.try_with(|current| current.user.set(user.clone()));
}

/// Work that may outlive the request it is for: in its span, and with its id.
pub fn in_its_name<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let current = CURRENT.try_with(Arc::clone).ok();
    let work = async move {
        match current {
            Some(current) => CURRENT.scope(current, work).await,
            None => work.await,
        }
    };
    work.in_current_span()
}

/// Answers the request, then writes the line and counts.
pub async fn trace(State(state): State<Portals>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given(request.headers()).unwrap_or_else(|| domain::ids::readable(&*state.portal.entropy, 16));
    let method = request.method().clone();
    // The pattern, not the path: it has as many values as there are routes.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request.id = id);
    let value = HeaderValue::from_str(&id);
    let nonce = domain::ids::readable(&*state.portal.entropy, NONCE);
    let head = Head { assets: Arc::clone(&state.assets), nonce };
    let current = Arc::new(Current { id, head, user: OnceLock::new() });
    let answer = async {
        let mut response = next.run(request).await;
        let taken = started.elapsed();
        record(&method, &route, &response, taken);
        if let Ok(value) = value {
            response.headers_mut().insert(HEADER, value);
        }
        response
    };
    count_while_open(CURRENT.scope(current, answer).instrument(span).await)
}

/// The id that a proxy gave it.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=/+".contains(&byte);
    ((1..=LONGEST).contains(&id.len()) && id.bytes().all(fine)).then(|| id.to_owned())
}

fn record(method: &Method, route: &str, response: &Response, taken: Duration) {
    let status = response.status().as_u16();
    metrics::answered(method, route, status, taken);
    let user = CURRENT.with(|current| current.user.get().map(|user| user.as_str().to_owned()));
    let (http_method, duration_ms) = (method.as_str(), taken.as_secs_f64() * 1000.0);
    let is_file = response.headers().contains_key(header::LAST_MODIFIED);
    if QUIET.contains(&route) || is_file {
        tracing::debug!(http.method = http_method, http.route = route, http.status = status, duration_ms, "answered");
    } else {
        tracing::info!(
            http.method = http_method,
            http.route = route,
            http.status = status,
            duration_ms,
            user.id = user,
            "answered"
        );
    }
}

/// An event stream is open for as long as its body lives.
fn count_while_open(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
        return response;
    }
    let open = metrics::StreamOpen::new();
    response.map(|body| {
        Body::from_stream(body.into_data_stream().inspect(move |_| {
            // Dropped with the stream, which holds this closure.
            let _ = &open;
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_goes_on_by_itself_keeps_the_id_and_the_span_of_its_request() {
        let _spans = tracing::subscriber::set_default(tracing_subscriber::registry());
        let current = Current { id: "7F3K2M9Q".to_owned(), head: Head::default(), user: OnceLock::new() };
        let span = tracing::info_span!("request");
        let known = async || (request_id(), tracing::Span::current().id());
        let asked = async { tokio::spawn(in_its_name(known())).await.unwrap() };
        let found = CURRENT.scope(Arc::new(current), asked).instrument(span.clone()).await;
        assert_eq!(found, (Some("7F3K2M9Q".to_owned()), span.id()));
        assert_eq!(tokio::spawn(in_its_name(known())).await.unwrap(), (None, None), "outside of a request");
    }

    fn given_by(text: &str) -> Option<String> {
        given(&HeaderMap::from_iter([(HEADER, HeaderValue::from_str(text).unwrap())]))
    }

    #[test]
    fn an_id_is_taken_over_only_where_it_can_be_one() {
        for fine in ["7F3K2M9Q", "Root=1-67891233-abcdef012345678912345678", "a.b:c/d"] {
            assert_eq!(given_by(fine).as_deref(), Some(fine));
        }
        for odd in ["", "two words", "<b>", "\"", &"x".repeat(65)] {
            assert_eq!(given_by(odd), None, "{odd}");
        }
    }
}
