//! Which place a listener rule takes. The first rule that fits wins, so a rule that fits more comes later: hosts before
//! patterns of hosts before any host, and among those the longer path first. Whoever wants everything gets what nobody
//! else has.

use std::{collections::BTreeSet, ops::Range};

/// Automatic priorities begin here, so that people keep some room before them.
const FIRST: u32 = 101;
/// So many places for one sort of host and one length of path. A listener has 100 rules unless AWS grants more.
const PLACES: u32 = 128;
/// AWS takes no longer path.
const LONGEST_PATH: u32 = 128;

/// The places of a rule for these hosts and paths; nothing there means any.
pub(super) fn places(hosts: &[String], paths: &[String]) -> Range<u32> {
    let host = hosts.iter().map(|host| breadth_of_host(host)).max().unwrap_or(2);
    let path = paths.iter().map(|path| breadth_of_path(path)).max().unwrap_or(LONGEST_PATH);
    let first = FIRST + (host * (LONGEST_PATH + 1) + path) * PLACES;
    first..first + PLACES
}

fn breadth_of_host(host: &str) -> u32 {
    match host {
        "*" => 2,
        pattern if pattern.contains(['*', '?']) => 1,
        _ => 0,
    }
}

fn breadth_of_path(path: &str) -> u32 {
    let said = path.chars().filter(|c| !matches!(c, '*' | '?')).count();
    LONGEST_PATH.saturating_sub(u32::try_from(said).unwrap_or(LONGEST_PATH))
}

/// The priority that is held already, if it is one of these places, or else the lowest free one; none when all are taken.
pub(super) fn allocate(held: Option<u32>, places: Range<u32>, taken: &BTreeSet<u32>) -> Option<u32> {
    let is_free = |priority: &u32| !taken.contains(priority);
    held.filter(|held| places.contains(held)).filter(is_free).or_else(|| places.clone().find(is_free))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str, path: &str) -> Range<u32> {
        places(&[host.to_owned()], &[path.to_owned()])
    }

    #[test]
    fn what_fits_less_comes_first() {
        let rules = [
            ("shop.example.com", "/orders/new"),
            ("shop.example.com", "/orders/*"),
            ("shop.example.com", "/*"),
            ("*.example.com", "/orders/*"),
            ("*.example.com", "/*"),
            ("*", "/orders/*"),
            ("*", "/*"),
        ];
        for pair in rules.windows(2) {
            let [before, after] = [pair[0], pair[1]].map(|(host, path)| of(host, path));
            assert!(before.end <= after.start, "{pair:?}");
        }
        assert_eq!(places(&[], &[]), of("*", "*"));
        let both = places(&["shop.example.com".to_owned(), "*".to_owned()], &["/orders/*".to_owned()]);
        assert_eq!(both, of("*", "/orders/*"), "a rule is as broad as the broadest of its hosts");
    }

    #[test]
    fn every_rule_has_places_that_aws_has() {
        let longest = "/".repeat(300);
        for host in ["shop.example.com", "*.example.com", "*"] {
            for path in ["*", "/*", longest.as_str()] {
                let places = of(host, path);
                assert!(places.start >= FIRST && places.end <= 50_001, "{host} {path} {places:?}");
            }
        }
    }

    #[test]
    fn what_is_held_stays_and_otherwise_the_lowest_free_is_taken() {
        let taken = BTreeSet::from([1, 201, 202, 204]);
        assert_eq!(allocate(None, 201..301, &taken), Some(203));
        assert_eq!(allocate(Some(220), 201..301, &taken), Some(220));
        assert_eq!(allocate(Some(7), 201..301, &taken), Some(203), "it fits more than it did, and moves");
        assert_eq!(allocate(Some(204), 201..301, &taken), Some(203), "someone else took it meanwhile");
        assert_eq!(allocate(None, 201..203, &taken), None);
    }
}
