//! What one request reads was so at one moment.

use axum::{extract::Request, http::Method, middleware::Next, response::Response};

/// A request that only reads looks once whether anything was committed. Event streams look again and again.
pub async fn once(request: Request, next: Next) -> Response {
    if request.method() != Method::GET || request.uri().path().ends_with(app::routes::EVENTS) {
        return next.run(request).await;
    }
    service::with_one_look(next.run(request)).await
}
