//! Scripts, style and fonts, compressed when the site was built.

use std::path::Path;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use tower_http::services::ServeDir;

/// Serves `directory`; what is not there is answered by `otherwise`.
pub fn files<S>(directory: &Path, otherwise: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let serve = |below: &str| {
        let files = ServeDir::new(directory.join(below)).append_index_html_on_directories(false);
        files.precompressed_br().precompressed_gzip()
    };
    // A nested service sees the rest of the path only.
    let files: Router<S> = Router::new()
        .nest_service("/pkg", serve("pkg"))
        .nest_service("/fonts", serve("fonts"))
        .route_service("/boot.js", serve(""))
        .route_service("/favicon.svg", serve(""))
        .route_service("/icons.svg", serve(""))
        .layer(middleware::from_fn(keep));
    otherwise.merge(files)
}

/// Names do not change with the content, so browsers ask whether it is still the same.
async fn keep(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK || response.status() == StatusCode::NOT_MODIFIED {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, must-revalidate"));
    }
    response
}
