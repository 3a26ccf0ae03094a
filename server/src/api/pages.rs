//! Lists, page by page. A page is asked for by the key of the last thing on the page before, so nothing is shown twice or
//! left out while the list grows. The key travels as an opaque word, so that nobody builds one.

use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

/// At most so many things on a page.
const MOST: u32 = 200;
/// So many if nobody says otherwise.
const USUAL: u32 = 50;

/// How many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub u32);

impl Default for Limit {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.map(Self).ok_or_else(|| D::Error::custom(format!("a page has 1 to {MOST} things")))
    }
}

/// Where to go on: the key of the last thing seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    fn of(key: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(key))
    }
}

/// The key in a cursor of a list whose keys are `T`.
pub fn key<'de, D: Deserializer<'de>, T: std::str::FromStr>(deserializer: D) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let key = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let key = key.and_then(|key| key.parse().ok());
    key.map(Some).ok_or_else(|| D::Error::custom("take `cursor` from `next` of the page before"))
}

/// Several words between commas.
pub fn words<'de, D: Deserializer<'de>, T: std::str::FromStr>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(deserializer)?;
    text.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().map_err(D::Error::custom)).collect()
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The things, in order.
    pub items: Vec<T>,
    /// The cursor of the next page; none on the last one.
    pub next: Option<String>,
    #[serde(skip)]
    uri: Option<Uri>,
}

impl<T> Page<T> {
    /// A page of `limit` things at most; `key` says what each is called in a cursor. A full page may be the last one: then
    /// the next is empty.
    pub fn new(items: Vec<T>, limit: Limit, uri: Uri, key: impl FnOnce(&T) -> String) -> Self {
        let full = items.len() == limit.0 as usize;
        let next = items.last().filter(|_| full).map(|last| Cursor::of(&key(last)).0);
        Self { items, next, uri: Some(uri) }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(mut self) -> Response {
        let link = self.next.as_ref().zip(self.uri.take()).and_then(|(next, uri)| {
            let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            let kept = pairs.filter(|(name, _)| name != "cursor");
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(kept).append_pair("cursor", next);
            HeaderValue::try_from(format!("<{}?{}>; rel=\"next\"", uri.path(), query.finish())).ok()
        });
        let mut response = Json(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_says_where_to_go_on_and_keeps_the_filter() {
        let uri: Uri = "/api/v1/requests?status=stale&cursor=old&limit=2".parse().unwrap();
        let page = Page::new(vec!["a", "b"], Limit(2), uri.clone(), |last| format!("key of {last}"));
        let next = page.next.clone().unwrap();
        let link = page.into_response().headers()[header::LINK].to_str().unwrap().to_owned();
        assert_eq!(link, format!("</api/v1/requests?status=stale&limit=2&cursor={next}>; rel=\"next\""));
        assert_eq!(URL_SAFE_NO_PAD.decode(next).unwrap(), b"key of b");
        assert_eq!(Page::new(vec!["a"], Limit(2), uri, |_| unreachable!()).next, None);
    }
}
