//! Lengths of time: people write `15m`, everything else counts seconds.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value as Json;

/// `15m`, `1h 30m`, `900` or 900 as seconds; none for anything else, and for what is no whole number of them.
pub fn seconds(value: &Json) -> Option<i64> {
    let written = |text: &str| {
        let length = humantime::parse_duration(text).ok().filter(|length| length.subsec_nanos() == 0)?;
        i64::try_from(length.as_secs()).ok()
    };
    match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok().or_else(|| written(text.trim())),
        _ => None,
    }
}

/// In the largest unit that leaves no rest, as people write it: `15m`, `90m`, `30d`.
pub fn in_words(seconds: i64) -> String {
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
    let fits = |(length, _): &(i64, char)| seconds != 0 && seconds % length == 0;
    let (length, unit) = units.into_iter().find(fits).unwrap_or((1, 's'));
    format!("{}{unit}", seconds / length)
}

/// As it stands in a template.
pub(super) fn in_words_or_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Json::deserialize(deserializer)?;
    seconds(&value).ok_or_else(|| Error::custom(format!("{value} is no length of time: write 90s, 15m, 12h or 7d")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_write_units_and_programs_seconds() {
        for (written, meant) in [
            (json!("90s"), Some(90)),
            (json!("15m"), Some(900)),
            (json!(" 1h 30m "), Some(5400)),
            (json!("7d"), Some(604_800)),
            (json!("45"), Some(45)),
            (json!(45), Some(45)),
            (json!(-1), Some(-1)),
            (json!("1500ms"), None),
            (json!("soon"), None),
            (json!(1.5), None),
            (json!(""), None),
        ] {
            assert_eq!(seconds(&written), meant, "{written}");
        }
        for (length, words) in [(0, "0s"), (45, "45s"), (5400, "90m"), (7200, "2h"), (2_592_000, "30d")] {
            assert_eq!((in_words(length).as_str(), seconds(&words.into())), (words, Some(length)));
        }
    }
}
