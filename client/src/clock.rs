//! The system's clock, as Dutch law reads it. The only file of this crate that tells the time.

use samenloop_core::clock::Clock;
use samenloop_core::value::{Day, DayFault, Month};

/// The clock of this machine, in Europe/Amsterdam.
#[derive(Debug, Clone)]
pub struct SystemClock {
    zone: jiff::tz::TimeZone,
}

/// The zone's data is missing, or the clock stands outside 2000 to 2199.
#[derive(Debug, thiserror::Error)]
pub enum ClockFault {
    /// No data for Europe/Amsterdam.
    #[error("time zone Europe/Amsterdam is unknown: {0}")]
    Zone(jiff::Error),
    /// A year that no signal can have.
    #[error("the clock of this machine stands outside 2000 to 2199")]
    Year(#[from] DayFault),
}

impl SystemClock {
    /// The clock of this machine.
    ///
    /// # Errors
    /// [`ClockFault`] when it cannot tell a day between 2000 and 2199 in Europe/Amsterdam.
    pub fn new() -> Result<Self, ClockFault> {
        let zone = jiff::tz::TimeZone::get("Europe/Amsterdam").map_err(ClockFault::Zone)?;
        let clock = Self { zone };
        clock.read()?;
        Ok(clock)
    }

    /// The Unix second of a moment of the clock in Europe/Amsterdam, as `2026-11-20T14:30`; the first of two on the night
    /// when an hour comes twice. `None` when it is no such moment.
    #[must_use]
    pub fn moment(&self, local: &str) -> Option<u64> {
        let local: jiff::civil::DateTime = local.parse().ok()?;
        let moment = local.to_zoned(self.zone.clone()).ok()?;
        u64::try_from(moment.timestamp().as_second()).ok()
    }

    /// The day, hour and minute in Europe/Amsterdam of a Unix second; `None` outside 2000 to 2199.
    #[must_use]
    pub fn local(&self, unix_seconds: u64) -> Option<(Day, u8, u8)> {
        let moment = jiff::Timestamp::from_second(i64::try_from(unix_seconds).ok()?).ok()?;
        let moment = moment.to_zoned(self.zone.clone());
        let hour_and_minute = |it: i8| u8::try_from(it).ok();
        let day = day_of(moment.date()).ok()?;
        Some((day, hour_and_minute(moment.hour())?, hour_and_minute(moment.minute())?))
    }

    fn read(&self) -> Result<Day, DayFault> {
        day_of(jiff::Timestamp::now().to_zoned(self.zone.clone()).date())
    }
}

impl Clock for SystemClock {
    fn unix_seconds(&self) -> u64 {
        u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0)
    }

    fn today(&self) -> Day {
        // `new` read it once; only a clock set back by decades since would fail, and the first day of 2000
        // then refuses every month as future.
        self.read().unwrap_or_else(|_| first_day())
    }
}

fn day_of(date: jiff::civil::Date) -> Result<Day, DayFault> {
    let year = u16::try_from(date.year()).map_err(|_| DayFault::Month)?;
    let month = u8::try_from(date.month()).map_err(|_| DayFault::Month)?;
    let day = u8::try_from(date.day()).map_err(|_| DayFault::Day)?;
    Day::new(Month::new(year, month)?, day)
}

fn first_day() -> Day {
    match Month::from_index(0) {
        Ok(month) => month.last_day(),
        Err(_) => unreachable!("January 2000 is a month"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_one_of_amsterdam_also_when_the_clock_goes_back() {
        let clock = SystemClock::new().unwrap();
        let hours = |from: &str, to: &str| {
            let (from, to) = (clock.moment(from).unwrap(), clock.moment(to).unwrap());
            (to - from) / 3600
        };
        assert_eq!(hours("2026-11-20T14:30", "2026-11-23T14:30"), 72);
        assert_eq!(hours("2026-10-24T14:30", "2026-10-27T14:30"), 73);
        assert_eq!(hours("2027-03-27T14:30", "2027-03-30T14:30"), 71);
        let moment = clock.moment("2026-10-25T02:30").unwrap();
        assert_eq!(clock.local(moment), Some((Day::parse("2026-10-25").unwrap(), 2, 30)));
        assert!(clock.moment("gisteren").is_none() && clock.moment("2026-02-30T12:00").is_none());
    }

    #[test]
    fn today_is_a_day_in_amsterdam() {
        let clock = SystemClock::new().unwrap();
        assert!(clock.unix_seconds() > 1_700_000_000);
        assert!(clock.today().to_string().as_str() > "2024-01-01");
    }
}
