//! Lists: how much of one a page shows, and the addresses of the rest.

use app::components::Pages;

/// An address with a query; what is empty is left out.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let filled = query.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// What a page shows of a list of which one more than `most` was asked for, and the last of it if there is more.
pub fn cut<T>(found: &[T], most: u32) -> (&[T], Option<&T>) {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    match found.get(..most) {
        Some(shown) if found.len() > most => (shown, shown.last()),
        _ => (found, None),
    }
}

/// Where a list goes on, after the thing with the key `next`; and where it began, if this page shows what comes `after`
/// another.
pub fn pages(path: &str, query: &[(&str, &str)], after: bool, next: Option<&str>) -> Pages {
    let at = |key| address(path, &[query, &[("after", key)]].concat());
    Pages { first: after.then(|| at("")), next: next.map(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_next_page_only_if_there_is_something_on_it() {
        assert_eq!(cut::<u8>(&[], 2), (&[][..], None));
        assert_eq!(cut(&[1, 2], 2), (&[1, 2][..], None));
        assert_eq!(cut(&[1, 2, 3], 2), (&[1, 2][..], Some(&2)));
    }

    #[test]
    fn links_keep_the_filter_and_leave_out_what_is_empty() {
        let query = [("q", "a&b"), ("environment", "")];
        let Pages { first, next } = pages("/stacks", &query, true, Some("stk-1"));
        assert_eq!(first.as_deref(), Some("/stacks?q=a%26b"));
        assert_eq!(next.as_deref(), Some("/stacks?q=a%26b&after=stk-1"));
        let Pages { first, next } = pages("/stacks", &[], false, None);
        assert!(first.is_none() && next.is_none());
        assert_eq!(address("/stacks", &[]), "/stacks");
    }
}
