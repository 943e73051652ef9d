//! A month as people and spreadsheets write it: `2026-11`, `3-11-2026`, `03/2026`, `november 2026`, `nov-26`.
//!
//! What could be read in two ways is refused, never guessed. A day is read to see that it exists, and left out (V-03).

use samenloop_core::value::{Day, Month};

/// Why a text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MonthFault {
    /// No form of a month or date.
    Unreadable,
    /// Day and month, or the year, could be another.
    Ambiguous,
}

/// A month, and the day that was written with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) month: Month,
    day: Option<Day>,
}

impl Written {
    /// The last month that has ended by then: a term until the 15th does not last to the end of that month.
    pub(super) fn last_whole_month(self) -> Option<Month> {
        if self.day.is_none_or(|day| day == self.month.last_day()) {
            return Some(self.month);
        }
        self.month.index().checked_sub(1).and_then(|index| Month::from_index(index).ok())
    }
}

/// Reads a whole date; `None` for what is none, or could be another.
pub(crate) fn day(text: &str) -> Option<Day> {
    parse(text).ok()?.day
}

/// Reads a month.
pub(super) fn parse(text: &str) -> Result<Written, MonthFault> {
    if let Ok(month) = Month::parse(text) {
        return Ok(Written { month, day: None });
    }
    let date = without_time(text);
    let mut parts = date
        .split(['-', '/', '.', ' ', ','])
        .filter(|part| !part.is_empty())
        .map(|part| Part::parse(part).ok_or(MonthFault::Unreadable));
    let mut next = || parts.next().transpose();
    use Part::{Name, Short, Year};
    let (year, month, day) = match (next()?, next()?, next()?, next()?) {
        (Some(Short(month)), Some(Year(year)), None, None)
        | (Some(Year(year)), Some(Short(month) | Name(month)), None, None)
        | (Some(Name(month)), Some(Year(year)), None, None) => (year, month, None),
        // Excel writes month and year so, and a day before its month. Typed with a space it could be a day.
        (Some(Name(month)), Some(Short(year)), None, None) if date.contains('-') => {
            (of_20(year), month, None)
        }
        (Some(Year(year)), Some(Short(month) | Name(month)), Some(Short(day)), None)
        | (Some(Short(day)), Some(Name(month)), Some(Year(year)), None)
        | (Some(Name(month)), Some(Short(day)), Some(Year(year)), None) => (year, month, Some(day)),
        (Some(Short(day)), Some(Name(month)), Some(Short(year)), None) => (of_20(year), month, Some(day)),
        // With dashes and dots it is Dutch; with slashes only where the other order is none.
        (Some(Short(day)), Some(Short(month)), Some(Year(year)), None)
            if !date.contains('/') || day > 12 || day == month =>
        {
            (year, month, Some(day))
        }
        (Some(Short(_)), Some(Short(_)), Some(Year(_) | Short(_)) | None, None)
        | (Some(Name(_)), Some(Short(_)), None, None)
        | (Some(Short(_)), Some(Name(_)), None, None) => return Err(MonthFault::Ambiguous),
        _ => return Err(MonthFault::Unreadable),
    };
    let month = Month::new(year, month).map_err(|_| MonthFault::Unreadable)?;
    let day = day.map(|day| Day::new(month, day).map_err(|_| MonthFault::Unreadable)).transpose()?;
    Ok(Written { month, day })
}

/// A date without the time of day that databases write behind it.
fn without_time(text: &str) -> &str {
    let Some((before, _)) = text.split_once(':') else { return text };
    before.rsplit_once([' ', 'T']).map_or(text, |(date, _)| date)
}

fn of_20(year: u8) -> u16 {
    2000 + u16::from(year)
}

/// One part of a date.
#[derive(Clone, Copy)]
enum Part {
    /// One or two digits: a day, a month, or a year without its century.
    Short(u8),
    /// Four digits.
    Year(u16),
    /// The name of a month.
    Name(u8),
}

impl Part {
    fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return named(text).map(Self::Name);
        }
        match text.len() {
            1 | 2 => text.parse().ok().map(Self::Short),
            4 => text.parse().ok().map(Self::Year),
            _ => None,
        }
    }
}

/// The names of the months, Dutch and English, that may be cut off after three letters.
const NAMES: [&[&str]; 12] = [
    &["januari", "january"],
    &["februari", "february"],
    &["maart", "march", "mrt"],
    &["april"],
    &["mei", "may"],
    &["juni", "june"],
    &["juli", "july"],
    &["augustus", "august"],
    &["september"],
    &["oktober", "october"],
    &["november"],
    &["december"],
];

fn named(text: &str) -> Option<u8> {
    let is = |name: &&str| {
        name.eq_ignore_ascii_case(text)
            || text.len() >= 3 && name.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text))
    };
    let mut found = (1..).zip(NAMES).filter(|(_, names)| names.iter().any(is));
    // `maa` is March alone, `ju` nothing at all.
    match (found.next(), found.next()) {
        (Some((month, _)), None) => Some(month),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, MonthFault> {
        parse(text).map(|it| it.month.to_string())
    }

    #[test]
    fn what_can_be_read_in_one_way_only_is_read() {
        for text in [
            "2026-11",
            "2026-11-03",
            "2026-11-03 00:00:00",
            "2026-11-03T09:30:00",
            "2026/11/03",
            "2026/11",
            "2026-nov",
            "3-11-2026",
            "03-11-2026",
            "3.11.2026",
            "3-11-2026 0:00",
            "11/11/2026",
            "13/11/2026",
            "11/2026",
            "11-2026",
            "11.2026",
            "november 2026",
            "November 2026",
            "nov. 2026",
            "nov-26",
            "Nov-26",
            "3 november 2026",
            "3-nov-2026",
            "3-nov-26",
            "November 3, 2026",
        ] {
            assert_eq!(read(text).as_deref(), Ok("2026-11"), "{text}");
        }
        assert_eq!(read("mrt-26").as_deref(), Ok("2026-03"));
        assert_eq!(read("mei-26").as_deref(), Ok("2026-05"));
        assert_eq!(read("oct 2026").as_deref(), Ok("2026-10"));
        assert_eq!(read("3/2026").as_deref(), Ok("2026-03"));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in
            ["3/11/2026", "11/13/2026", "03-11-26", "3/11/26", "11-26", "26-nov", "nov 26", "3 november"]
        {
            assert_eq!(read(text), Err(MonthFault::Ambiguous), "{text}");
        }
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in [
            "",
            "-",
            "13-2026",
            "2026-13",
            "2026",
            "46329",
            "202611",
            "31-11-2026",
            "30-2-2026",
            "1-1-1999",
            "900000041",
            "900.000.041",
            "november",
            "ju 2026",
            "ma 2026",
            "novembre 2026",
            "3-11-2026-1",
            "２０２６-１１",
            "straks",
            "1,23457E+08",
            "2026:11",
        ] {
            assert_eq!(read(text), Err(MonthFault::Unreadable), "{text}");
        }
    }

    #[test]
    fn a_term_until_a_day_ends_with_the_month_before_it() {
        let last = |text: &str| parse(text).unwrap().last_whole_month().unwrap().to_string();
        assert_eq!(last("15-12-2026"), "2026-11");
        assert_eq!(last("31-12-2026"), "2026-12");
        assert_eq!(last("1-1-2027"), "2026-12");
        assert_eq!(last("2026-12"), "2026-12");
    }
}
