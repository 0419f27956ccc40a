//! `--local`: times as the clock on the wall shows them.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Whether times are shown, and days read, in local time.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Local {
    /// Show times, and read days, in the time zone of this machine, or of TZ; JSON stays in UTC
    #[arg(long)]
    local: bool,
}

/// How times are shown to people.
#[derive(Clone, Debug)]
pub(super) struct Times(Option<TimeZone>);

impl Local {
    /// How times are shown.
    pub(super) fn times(self) -> Times {
        Times(self.local.then(TimeZone::system))
    }
}

impl Times {
    /// A text with each of its times, RFC 3339 in UTC, in the time that is wanted.
    pub(super) fn within(&self, text: &str) -> String {
        let Some(zone) = &self.0 else { return text.to_owned() };
        text.split(' ').map(|word| in_zone(word, zone)).collect::<Vec<_>>().join(" ")
    }

    /// The beginning of a day such as `2026-01-15`; `None` where days are those of UTC, or for other text.
    pub(super) fn beginning_of(&self, day: &str) -> Option<Timestamp> {
        let day: Date = day.parse().ok().filter(|_| day.len() == "2026-01-15".len())?;
        Some(day.to_zoned_datetime(self.0.clone()?).ok()?.timestamp())
    }
}

/// A word, in the zone where it is a time; what stands around it stays.
fn in_zone(word: &str, zone: &TimeZone) -> String {
    let is_around = |letter: char| !letter.is_ascii_alphanumeric();
    let time = word.trim_matches(is_around);
    match time.parse::<Timestamp>() {
        Ok(at) => word
            .replace(time, &at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()),
        Err(_) => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stockholm() -> Times {
        Times(Some(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()))
    }

    #[test]
    fn each_time_in_a_text_is_shown_as_the_clock_on_the_wall() {
        let text =
            "room again at 2026-01-15T09:30:00Z; it began on 2026-07-15T23:30:00Z, as v1 says: 5 of 5.";
        assert_eq!(
            stockholm().within(text),
            "room again at 2026-01-15 10:30:00 CET; it began on 2026-07-16 01:30:00 CEST, as v1 says: 5 of 5."
        );
        assert_eq!(Times(None).within(text), text);
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_zone() {
        let begins = |day| stockholm().beginning_of(day).map(|at| at.to_string());
        assert_eq!(begins("2026-07-15").as_deref(), Some("2026-07-14T22:00:00Z"));
        for other in ["6h", "2026-07-15T10:00:00Z", "20260715"] {
            assert_eq!(begins(other), None, "{other}");
        }
        assert_eq!(Times(None).beginning_of("2026-07-15"), None);
    }
}
