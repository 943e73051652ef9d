//! The one clock of the hub: the system's, read in Europe/Amsterdam, where terms are counted (V-21).

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use samenloop_core::clock::Clock;
use samenloop_core::value::{Day, DayFault, Month};

/// The zone cannot be found in the binary, or the system's date is outside what samenloop counts.
#[derive(Debug, thiserror::Error)]
pub enum ClockFault {
    /// The zone database lacks the zone.
    #[error("Europe/Amsterdam: {0}")]
    Zone(jiff::Error),
    /// The date is before 2000 or after 2199.
    #[error("the system's date: {0}")]
    Date(DayFault),
}

/// The system's clock.
#[derive(Debug, Clone)]
pub struct AmsterdamClock {
    zone: TimeZone,
    // What a clock that jumps out of the calendar falls back to: the day the hub started.
    started: Day,
}

impl AmsterdamClock {
    /// A clock, once the zone is found and the date makes sense.
    ///
    /// # Errors
    /// [`ClockFault`].
    pub fn new() -> Result<Self, ClockFault> {
        let zone = TimeZone::get("Europe/Amsterdam").map_err(ClockFault::Zone)?;
        let started = day_at(Timestamp::now(), &zone).map_err(ClockFault::Date)?;
        Ok(Self { zone, started })
    }
}

impl Clock for AmsterdamClock {
    fn unix_seconds(&self) -> u64 {
        u64::try_from(Timestamp::now().as_second()).unwrap_or(0)
    }

    fn today(&self) -> Day {
        day_at(Timestamp::now(), &self.zone).unwrap_or(self.started)
    }
}

/// Seconds from a Unix second to the next midnight in Amsterdam, when a day's quota begins anew; at least 1.
#[must_use]
pub fn seconds_to_midnight(unix_seconds: u64) -> u32 {
    const HOUR: u32 = 3600;
    let seconds = || {
        let now = Timestamp::from_second(i64::try_from(unix_seconds).ok()?).ok()?;
        let now = now.to_zoned(TimeZone::get("Europe/Amsterdam").ok()?);
        let midnight = now.checked_add(1.day()).ok()?.start_of_day().ok()?;
        u32::try_from(midnight.timestamp().as_second() - now.timestamp().as_second()).ok()
    };
    seconds().unwrap_or(HOUR).max(1)
}

/// The hour of the day in Amsterdam at a Unix second, 0 to 23.
#[must_use]
pub fn hour_of(unix_seconds: u64) -> u8 {
    u8::try_from(in_amsterdam(unix_seconds).hour()).unwrap_or_default()
}

/// A Unix second as mail says it (RFC 5322), in Amsterdam.
#[must_use]
pub fn rfc2822(unix_seconds: u64) -> String {
    jiff::fmt::rfc2822::to_string(&in_amsterdam(unix_seconds)).unwrap_or_default()
}

/// A Unix second as RFC 3339 says it, in UTC.
#[must_use]
pub fn rfc3339(unix_seconds: u64) -> String {
    timestamp(unix_seconds).to_string()
}

fn in_amsterdam(unix_seconds: u64) -> Zoned {
    // The zone is in the binary, and was found at the start.
    timestamp(unix_seconds).to_zoned(TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC))
}

fn timestamp(unix_seconds: u64) -> Timestamp {
    let seconds = i64::try_from(unix_seconds).ok();
    seconds.and_then(|it| Timestamp::from_second(it).ok()).unwrap_or_default()
}

fn day_at(at: Timestamp, zone: &TimeZone) -> Result<Day, DayFault> {
    let date = zone.to_datetime(at).date();
    let year = u16::try_from(date.year()).map_err(|_| DayFault::Month)?;
    let month = u8::try_from(date.month()).map_err(|_| DayFault::Month)?;
    let day = u8::try_from(date.day()).map_err(|_| DayFault::Day)?;
    Day::new(Month::new(year, month)?, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn to_midnight(text: &str) -> u32 {
        seconds_to_midnight(u64::try_from(at(text).as_second()).unwrap())
    }

    /// V-21: terms are counted in Europe/Amsterdam, in winter and in summer.
    #[test]
    fn the_day_is_that_of_amsterdam() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let day = |text| day_at(at(text), &zone).unwrap().to_string();
        assert_eq!(day("2026-11-30T23:30:00Z"), "2026-12-01");
        assert_eq!(day("2026-07-31T21:59:59Z"), "2026-07-31");
        assert_eq!(day("2026-07-31T22:00:00Z"), "2026-08-01");
        assert!(day_at(at("1999-06-01T00:00:00Z"), &zone).is_err());
    }

    #[test]
    fn moments_are_said_as_mail_and_events_say_them() {
        let second = |text: &str| u64::try_from(at(text).as_second()).unwrap();
        let (winter, summer) = (second("2026-11-22T23:30:00Z"), second("2026-07-01T06:00:00Z"));
        assert_eq!((hour_of(winter), hour_of(summer)), (0, 8));
        assert_eq!(rfc2822(summer), "Wed, 1 Jul 2026 08:00:00 +0200");
        assert_eq!(rfc3339(summer), "2026-07-01T06:00:00Z");
    }

    #[test]
    fn a_quota_begins_anew_at_midnight_in_amsterdam() {
        assert_eq!(to_midnight("2026-11-22T22:59:00Z"), 60);
        assert_eq!(to_midnight("2026-11-22T23:00:00Z"), 24 * 3600);
        // The night on which summer time ends has 25 hours.
        assert_eq!(to_midnight("2026-10-24T22:00:00Z"), 25 * 3600);
    }
}
