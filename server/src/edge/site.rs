//! Scripts, style and fonts, named by their content and compressed when the site was built.

use std::{collections::BTreeSet, fs, io::ErrorKind, path::Path};

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
    let file = directory.join("manifest.json");
    let problem: Box<dyn std::error::Error> = match fs::read(&file).map(|text| serde_json::from_slice(&text)) {
        Ok(Ok(assets)) => return assets,
        Err(error) if error.kind() == ErrorKind::NotFound => return Assets::default(),
        Ok(Err(error)) => error.into(),
        Err(error) => error.into(),
    };
    tracing::error!(site.manifest = %file.display(), error = %problem, "the site does not fit this program: build it again");
    Assets::default()
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
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
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
    }
}
