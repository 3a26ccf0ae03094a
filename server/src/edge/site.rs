//! Scripts, style and fonts, named by their content and compressed when the site was built.

use std::{collections::BTreeSet, error::Error, fs, io::ErrorKind, path::Path};

use app::Assets;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use tower_http::services::ServeDir;

/// A name that is of one content only.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Any other: browsers ask whether it is still the same.
const ASK_AGAIN: &str = "no-cache";

/// How many characters of the hash stand in a name, as the build writes them.
const HASH: usize = 16;

/// The names that the build gave the files; plain ones where nothing was built.
pub fn assets(directory: &Path) -> Assets {
    read(directory).unwrap_or_else(|problem| {
        tracing::error!(site.directory = %directory.display(), error = %problem, "the site does not fit this program: build it again");
        Assets::default()
    })
}

/// What pages load and is not there.
pub fn missing(directory: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let Assets { style, boot, module, wasm, icons, favicon, font } = read(directory)?;
    let named = [style, boot, module, wasm, icons, favicon, font].into_iter();
    Ok(named.filter(|address| !directory.join(address.trim_start_matches('/')).is_file()).collect())
}

fn read(directory: &Path) -> Result<Assets, Box<dyn Error>> {
    match fs::read(directory.join("manifest.json")) {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Assets::default()),
        Err(error) => Err(error.into()),
    }
}

/// Serves `directory`; what is not there is answered by `otherwise`.
pub fn files<S>(directory: &Path, assets: &Assets, otherwise: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let serve = |below: &str| {
        let files = ServeDir::new(directory.join(below)).append_index_html_on_directories(false);
        files.precompressed_br().precompressed_gzip()
    };
    let plain = Assets::default();
    let at_the_root = [assets, &plain].map(|one| [&one.boot, &one.favicon, &one.icons]);
    let at_the_root: BTreeSet<&String> = at_the_root.into_iter().flatten().collect();
    // A nested service sees the rest of the path only.
    let mut files: Router<S> = Router::new().nest_service("/pkg", serve("pkg")).nest_service("/fonts", serve("fonts"));
    for address in at_the_root {
        files = files.route_service(address, serve(""));
    }
    otherwise.merge(files.layer(middleware::from_fn(keep)))
}

async fn keep(request: Request, next: Next) -> Response {
    let value = if has_hash(request.uri().path()) { FOR_EVER } else { ASK_AGAIN };
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK || response.status() == StatusCode::NOT_MODIFIED {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
        // Which of its forms a file is sent in is the browser's choice; caches on the way must keep them apart.
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

/// `gantry.0123456789abcdef.css`
fn has_hash(path: &str) -> bool {
    let mut parts = path.rsplit('.').skip(1);
    let hash = parts.next().filter(|_| parts.next().is_some());
    hash.is_some_and(|hash| {
        hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    use super::*;

    #[test]
    fn only_a_name_with_a_hash_is_for_ever() {
        for named in ["/gantry.0123456789abcdef.css", "/fonts/inter-latin-variable.00ff00ff00ff00ff.woff2"] {
            assert!(has_hash(named), "{named}");
        }
        for plain in ["/boot.js", "/0123456789abcdef.css", "/a.0123456789ABCDEF.css", "/a.0123.css", "/a"] {
            assert!(!has_hash(plain), "{plain}");
        }
    }

    #[test]
    fn a_site_that_was_not_built_has_plain_names_and_one_that_was_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(assets(folder.path()), Assets::default());
        let manifest = serde_json::json!({"style": "/pkg/gantry.1.css", "boot": "/b", "module": "/m", "wasm": "/w",
            "icons": "/i", "favicon": "/f", "font": "/t"});
        fs::write(folder.path().join("manifest.json"), manifest.to_string()).unwrap();
        assert_eq!(assets(folder.path()).style, "/pkg/gantry.1.css");
        assert_eq!(missing(folder.path()).unwrap().len(), 7);
        fs::write(folder.path().join("b"), "").unwrap();
        let left = missing(folder.path()).unwrap();
        assert!(left.len() == 6 && !left.contains(&"/b".to_owned()), "{left:?}");
        fs::write(folder.path().join("manifest.json"), "{}").unwrap();
        assert!(missing(folder.path()).is_err());
    }
    #[tokio::test]
    async fn a_file_is_sent_in_the_form_that_is_asked_for_and_kept_for_ever() {
        const ADDRESS: &str = "/pkg/a.0123456789abcdef.css";
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("pkg")).unwrap();
        for (end, content) in [("", "plain"), (".br", "brotli")] {
            fs::write(folder.path().join(format!(".{ADDRESS}{end}")), content).unwrap();
        }
        for (accepted, encoding, content) in
            [(Some("gzip, br"), Some("br"), "brotli"), (Some("gzip"), None, "plain"), (None, None, "plain")]
        {
            let mut request = Request::builder().uri(ADDRESS);
            if let Some(accepted) = accepted {
                request = request.header(header::ACCEPT_ENCODING, accepted);
            }
            let router = files(folder.path(), &Assets::default(), Router::new());
            let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            let said = |name: header::HeaderName| answer.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(said(header::CONTENT_ENCODING), encoding, "{accepted:?}");
            assert_eq!(said(header::VARY), Some("accept-encoding"), "{accepted:?}");
            assert_eq!(said(header::CACHE_CONTROL), Some(FOR_EVER));
            assert_eq!(to_bytes(answer.into_body(), 100).await.unwrap(), content, "{accepted:?}");
        }
    }
}
