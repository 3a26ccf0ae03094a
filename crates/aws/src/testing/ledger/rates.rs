//! How often AWS lets itself be called.

use std::{collections::BTreeMap, time::Duration};

use super::{Scene, WireCall};
use crate::pace::{Bucket, published};

/// A call may come later over the wire than it was let through: as much as comes into the bucket in this time.
const LATE: f64 = 1.0;

/// No more calls than the published buckets hold, whoever's they are.
pub(super) fn within_the_buckets(record: &[WireCall], _: &Scene) -> Vec<String> {
    let mut levels: BTreeMap<&str, (Bucket, f64, Duration)> = BTreeMap::new();
    let mut complaints = vec![];
    for call in record {
        let Some(bucket) = published(&call.service, &call.operation) else { continue };
        let full = bucket.burst + bucket.per_second * LATE;
        let (bucket, level, at) = levels.entry(bucket.name).or_insert((bucket, full, call.at));
        let gained = call.at.saturating_sub(*at).as_secs_f64() * bucket.per_second;
        (*level, *at) = ((*level + gained).min(full) - 1.0, call.at);
        if *level < 0.0 {
            complaints.push(format!("{} at {:?} is more than `{}` gives", super::named(call), call.at, bucket.name));
            // One sentence for each time that it overflows.
            *level = full;
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::by_hand::call, *};

    /// So many calls, one every so many milliseconds.
    fn complaints(operation: &str, calls: u64, apart: u64) -> usize {
        let mut record = vec![];
        for at in 0..calls {
            call(&mut record, operation, json!({}), json!({})).at = Duration::from_millis(at * apart);
        }
        within_the_buckets(&record, &Scene::default()).len()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        assert_eq!(complaints("ecs:RegisterTaskDefinition", 21, 0), 0);
        assert_eq!(complaints("ecs:RegisterTaskDefinition", 22, 0), 1);
        assert_eq!(complaints("ecs:RegisterTaskDefinition", 100, 1000), 0);
        assert_ne!(complaints("ecs:RegisterTaskDefinition", 100, 500), 0);
        assert_eq!(complaints("ssm:PutParameter", 100, 334), 0);
        assert_ne!(complaints("ssm:PutParameter", 100, 100), 0);
        // Nothing is published about it.
        assert_eq!(complaints("iam:CreateRole", 1000, 0), 0);
    }

    #[test]
    fn calls_of_one_bucket_are_counted_together() {
        let mut record = vec![];
        for _ in 0..11 {
            call(&mut record, "ecs:CreateCluster", json!({}), json!({}));
            call(&mut record, "ecs:DeleteCluster", json!({}), json!({}));
        }
        assert_eq!(within_the_buckets(&record, &Scene::default()).len(), 1);
        record.pop();
        assert_eq!(within_the_buckets(&record, &Scene::default()).len(), 0);
    }
}
