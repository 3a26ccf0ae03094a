//! Points in time and lengths of time, as they are shown.

use serde::{Deserialize, Serialize};

/// A point in time, ready to show: relative, with the exact one on hover.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// RFC 3339 in UTC; what the browser localises.
    pub iso: String,
    /// For the eye: "4 min ago".
    pub relative: String,
    /// Exact, in UTC: "23 Nov 2026, 19:08:12 UTC".
    pub exact: String,
}

#[cfg(feature = "ssr")]
impl Moment {
    /// `at` as seen from `now`.
    pub fn new(at: chrono::DateTime<chrono::Utc>, now: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            iso: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            relative: relative_text((now - at).num_seconds()),
            exact: at.format("%-d %b %Y, %H:%M:%S UTC").to_string(),
        }
    }
}

/// "just now", "4 min ago", "in 2 h", "3 days ago" for that many seconds in the past (negative: ahead).
pub fn relative_text(seconds_ago: i64) -> String {
    let size = seconds_ago.unsigned_abs();
    if size < 45 {
        return "just now".into();
    }
    let (count, unit) = match size {
        0..3_570 => ((size + 30) / 60, "min"),
        3_570..84_600 => ((size + 1_800) / 3_600, "h"),
        84_600..3_888_000 => ((size + 43_200) / 86_400, "day"),
        3_888_000..31_104_000 => ((size + 1_296_000) / 2_592_000, "month"),
        _ => ((size + 15_768_000) / 31_536_000, "year"),
    };
    let plural = if count != 1 && (unit.len() > 3 || unit == "day") { "s" } else { "" };
    if seconds_ago >= 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

/// "8 s", "2 min 05 s", "1 h 12 min".
pub fn duration_text(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// What a clock shows that counts on: "0:48", "2:05", "1:12:00".
pub fn stopwatch_text(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds % 3_600 / 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_read_like_speech() {
        assert_eq!(relative_text(3), "just now");
        assert_eq!(relative_text(60), "1 min ago");
        assert_eq!(relative_text(-7_200), "in 2 h");
        assert_eq!(relative_text(86_400), "1 day ago");
        assert_eq!(relative_text(3 * 86_400), "3 days ago");
        assert_eq!(relative_text(60 * 86_400), "2 months ago");
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration_text(8), "8 s");
        assert_eq!(duration_text(125), "2 min 05 s");
        assert_eq!(duration_text(4_320), "1 h 12 min");
    }

    #[test]
    fn a_clock_counts_on() {
        assert_eq!([0, 48, 125, 900].map(stopwatch_text), ["0:00", "0:48", "2:05", "15:00"]);
        assert_eq!([3_599, 3_600, 4_325].map(stopwatch_text), ["59:59", "1:00:00", "1:12:05"]);
    }
}
