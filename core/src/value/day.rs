//! Months and days of the civil calendar. Terms are counted in whole months (V-03, V-20).

use std::fmt;

/// Why a text or number is no month or day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayFault {
    /// Not of the form `YYYY-MM`, or not a month between 2000-01 and 2199-12.
    #[error("a month is YYYY-MM, between 2000-01 and 2199-12")]
    Month,
    /// Not of the form `YYYY-MM-DD`, or a day that its month does not have.
    #[error("a day is YYYY-MM-DD, between 2000-01-01 and 2199-12-31")]
    Day,
}

/// A calendar month, counted from January 2000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u16);

impl Month {
    const LAST: u16 = 200 * 12 - 1;

    /// The month of a year, `month` being 1 to 12.
    ///
    /// # Errors
    /// [`DayFault::Month`] outside 2000-01 to 2199-12.
    pub fn new(year: u16, month: u8) -> Result<Self, DayFault> {
        let years = year.checked_sub(2000).filter(|years| *years < 200).ok_or(DayFault::Month)?;
        if (1..=12).contains(&month) {
            Ok(Self(years * 12 + u16::from(month) - 1))
        } else {
            Err(DayFault::Month)
        }
    }

    /// Parses `YYYY-MM`.
    ///
    /// # Errors
    /// [`DayFault::Month`] for any other form: ASCII digits only, no spaces.
    pub fn parse(text: &str) -> Result<Self, DayFault> {
        let (year, month) = text.split_once('-').ok_or(DayFault::Month)?;
        let digits = |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(DayFault::Month);
        }
        let year = year.parse().map_err(|_| DayFault::Month)?;
        let month = month.parse().map_err(|_| DayFault::Month)?;
        Self::new(year, month)
    }

    /// From the months since January 2000, as rows keep it.
    ///
    /// # Errors
    /// [`DayFault::Month`] after 2199-12.
    pub const fn from_index(index: u16) -> Result<Self, DayFault> {
        if index <= Self::LAST { Ok(Self(index)) } else { Err(DayFault::Month) }
    }

    /// Months since January 2000.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.0
    }

    /// From the number `YYYYMM` of the wire.
    ///
    /// # Errors
    /// [`DayFault::Month`] for a number that is no month.
    pub fn from_number(number: u32) -> Result<Self, DayFault> {
        let year = u16::try_from(number / 100).map_err(|_| DayFault::Month)?;
        let month = u8::try_from(number % 100).map_err(|_| DayFault::Month)?;
        Self::new(year, month)
    }

    /// The number `YYYYMM` of the wire.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.year()) * 100 + u32::from(self.month())
    }

    /// The year, 2000 to 2199.
    #[must_use]
    pub const fn year(self) -> u16 {
        2000 + self.0 / 12
    }

    /// The month of the year, 1 to 12.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a remainder of 12 fits")]
    pub const fn month(self) -> u8 {
        (self.0 % 12) as u8 + 1
    }

    /// So many months later, at the latest 2199-12.
    #[must_use]
    pub fn plus(self, months: u8) -> Self {
        Self((self.0 + u16::from(months)).min(Self::LAST))
    }

    /// Months from `earlier` to this one; `None` when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Option<u16> {
        self.0.checked_sub(earlier.0)
    }

    /// The last day of the month, through which a signal that expires then still counts (V-20).
    #[must_use]
    pub const fn last_day(self) -> Day {
        Day { month: self, day: self.length() }
    }

    const fn length(self) -> u8 {
        match self.month() {
            4 | 6 | 9 | 11 => 30,
            2 => {
                let year = self.year();
                // Only 2100 is a multiple of 100 here that is no leap year; 2000 is one.
                if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) {
                    29
                } else {
                    28
                }
            }
            _ => 31,
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A day of the civil calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    month: Month,
    day: u8,
}

impl Day {
    /// The day of a month, from 1.
    ///
    /// # Errors
    /// [`DayFault::Day`] when the month has no such day.
    pub const fn new(month: Month, day: u8) -> Result<Self, DayFault> {
        if day >= 1 && day <= month.length() { Ok(Self { month, day }) } else { Err(DayFault::Day) }
    }

    /// Parses `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`DayFault::Day`] for any other form, and for a day that its month does not have.
    pub fn parse(text: &str) -> Result<Self, DayFault> {
        let (month, day) = text.rsplit_once('-').ok_or(DayFault::Day)?;
        let month = Month::parse(month).map_err(|_| DayFault::Day)?;
        if day.len() != 2 || !day.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DayFault::Day);
        }
        Self::new(month, day.parse().map_err(|_| DayFault::Day)?)
    }

    /// The month it lies in.
    #[must_use]
    pub const fn month(self) -> Month {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days from this day to a later one, 0 to itself; `None` when it is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> Option<u32> {
        later.number().checked_sub(self.number())
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        let (mut month, mut day) = (self.month, u32::from(self.day) + days);
        while day > u32::from(month.length()) {
            day -= u32::from(month.length());
            month = month.plus(1);
        }
        Self { month, day: u8::try_from(day).unwrap_or(u8::MAX) }
    }

    /// Days since the first of March of the year 0, in the Gregorian calendar: years that begin in March end in
    /// the leap day.
    fn number(self) -> u32 {
        let month = u32::from(self.month.month());
        let year = u32::from(self.month.year()) - u32::from(month <= 2);
        let months_since_march = (month + 9) % 12;
        year * 365 + year / 4 - year / 100
            + year / 400
            + (months_since_march * 153 + 2) / 5
            + u32::from(self.day)
    }

    /// The day of the week, 1 for Monday to 7 for Sunday (ISO 8601).
    #[must_use]
    pub fn weekday(self) -> u8 {
        // 1 January 2000, the first day there is, was a Saturday.
        let first = Self { month: Month(0), day: 1 };
        let days = first.days_until(self).unwrap_or_default();
        u8::try_from((days + 5) % 7 + 1).unwrap_or(1)
    }

    /// The quarter it lies in, counted from the first of 2000; case keys live a quarter (P-33).
    #[must_use]
    pub const fn quarter(self) -> u16 {
        self.month.0 / 3
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.month, self.day)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// V-20: through the last day of month and term.
    #[test]
    fn a_term_ends_on_the_last_day_of_its_month() {
        let month = Month::parse("2027-08").unwrap();
        assert_eq!(month.plus(6).last_day().to_string(), "2028-02-29");
        assert_eq!(month.plus(12).last_day().to_string(), "2028-08-31");
        assert_eq!(Month::parse("2099-12").unwrap().plus(2).last_day().to_string(), "2100-02-28");
    }

    /// V-21: every term from every month of a century ends on the day before a month begins, by an own calendar.
    #[test]
    fn every_term_ends_where_a_calendar_on_paper_says() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (year, month) in (2000..2100_u16).flat_map(|year| (1..=12_u8).map(move |month| (year, month))) {
            for term in [1, 2, 3, 6, 9, 12, 18, 24_u8] {
                let months = u32::from(year) * 12 + u32::from(month) - 1 + u32::from(term);
                let (year_then, month_then) = (months / 12, months % 12);
                let is_leap = year_then % 4 == 0 && (year_then % 100 != 0 || year_then % 400 == 0);
                let length = lengths[month_then as usize] + u32::from(is_leap && month_then == 1);
                let last = Month::new(year, month).unwrap().plus(term).last_day();
                assert_eq!(last.to_string(), format!("{year_then}-{:02}-{length}", month_then + 1));
            }
        }
    }

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        let day = |text: &str| Day::parse(text).unwrap();
        for (from, days, to) in [
            ("2026-11-22", 0, "2026-11-22"),
            ("2026-11-22", 35, "2026-12-27"),
            ("2027-12-31", 60, "2028-02-29"),
            ("2028-02-28", 366, "2029-02-28"),
            ("2099-12-31", 60, "2100-03-01"),
        ] {
            assert_eq!(day(from).plus_days(days), day(to));
            assert_eq!(day(from).days_until(day(to)), Some(days));
        }
        assert_eq!(day("2026-11-22").days_until(day("2026-11-21")), None);
    }

    #[test]
    fn a_week_goes_round_over_months_and_leap_years() {
        for (text, weekday) in
            [("2000-01-01", 6), ("2026-11-22", 7), ("2026-11-25", 3), ("2028-02-29", 2), ("2100-03-01", 1)]
        {
            assert_eq!(Day::parse(text).unwrap().weekday(), weekday, "{text}");
        }
    }

    #[test]
    fn only_a_month_that_exists_is_one() {
        for text in [
            "2026-13",
            "2026-00",
            "26-01",
            "2026-1",
            "2026/01",
            "1999-12",
            "2200-01",
            "２０２６-01",
            " 2026-01",
            "",
        ] {
            assert_eq!(Month::parse(text), Err(DayFault::Month), "{text}");
        }
        assert_eq!(Month::parse("2026-11").unwrap().number(), 202_611);
        assert_eq!(Month::from_number(202_611).unwrap().to_string(), "2026-11");
        assert_eq!(Month::from_number(202_613), Err(DayFault::Month));
    }

    #[test]
    fn only_a_day_that_exists_is_one() {
        for text in ["2026-02-29", "2026-04-31", "2026-01-00", "2026-01-1", "2026-01"] {
            assert_eq!(Day::parse(text), Err(DayFault::Day), "{text}");
        }
        assert!(Day::parse("2028-02-29").is_ok());
        assert!(Day::parse("2026-11-22").unwrap() < Day::parse("2026-12-01").unwrap());
    }
}
