//! Which place a listener rule takes.

use std::collections::BTreeSet;

/// Automatic priorities begin above this, so that people keep some room before them.
const ABOVE: u32 = 100;
/// The last one that AWS has.
const LAST: u32 = 50_000;

/// The priority that is held already, or else the lowest free one; none when all are taken.
pub(super) fn allocate(held: Option<u32>, taken: &BTreeSet<u32>) -> Option<u32> {
    held.filter(|priority| !taken.contains(priority))
        .or_else(|| (ABOVE + 1..=LAST).find(|priority| !taken.contains(priority)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stays_and_otherwise_the_lowest_free_is_taken() {
        let taken = BTreeSet::from([1, 101, 102, 104]);
        assert_eq!(allocate(None, &taken), Some(103));
        assert_eq!(allocate(Some(120), &taken), Some(120));
        assert_eq!(allocate(Some(7), &taken), Some(7));
        assert_eq!(allocate(Some(104), &taken), Some(103), "someone else took it meanwhile");
        assert_eq!(allocate(None, &(101..=LAST).collect()), None);
    }
}
