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

    fn read(&self) -> Result<Day, DayFault> {
        let date = jiff::Timestamp::now().to_zoned(self.zone.clone()).date();
        let year = u16::try_from(date.year()).map_err(|_| DayFault::Month)?;
        let month = u8::try_from(date.month()).map_err(|_| DayFault::Month)?;
        let day = u8::try_from(date.day()).map_err(|_| DayFault::Day)?;
        Day::new(Month::new(year, month)?, day)
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
    fn today_is_a_day_in_amsterdam() {
        let clock = SystemClock::new().unwrap();
        assert!(clock.unix_seconds() > 1_700_000_000);
        assert!(clock.today().to_string().as_str() > "2024-01-01");
    }
}
