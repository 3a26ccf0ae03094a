//! A CloudWatch log group.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, KindDef, KindSpec, Typical, all_owned, limits::Problems};
use crate::Problem;

/// Where containers write their logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// How many days entries are kept: one of [`RETENTION_DAYS`].
    #[serde(default = "a_month")]
    pub retention_days: u32,
}

/// What CloudWatch Logs takes (API reference of `PutRetentionPolicy`).
pub const RETENTION_DAYS: &[u32] =
    &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

fn a_month() -> u32 {
    30
}

impl KindSpec for LogGroup {
    const DEF: KindDef = KindDef {
        kind: Kind::LogGroup,
        label: "log group",
        service: "logs",
        outputs: &["arn", "name"],
        identity: Identity::Name { max: 512 },
        replaced_by: &[],
        sheds_last: &[],
        unowned: all_owned,
        through: &[],
        tagged: true,
        typical_seconds: Typical { create: 1, update: 1, delete: 1 },
        check: super::check::<Self>,
        normalise: super::normalise::<Self>,
    };

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        if !RETENTION_DAYS.contains(&self.retention_days) {
            let days: Vec<_> = RETENTION_DAYS.iter().map(u32::to_string).collect();
            problems.add(
                "out-of-range",
                "retention_days",
                format!("CloudWatch keeps logs for {} days, not for {}.", days.join(", "), self.retention_days),
            );
        }
        problems.done()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_days_that_cloudwatch_knows() {
        assert!((Kind::LogGroup.def().check)(&json!({"retention_days": 14})).is_empty());
        assert_eq!((Kind::LogGroup.def().check)(&json!({"retention_days": 10}))[0].path, "retention_days");
    }
}
