//! The days of a kit: everything in it counts from the day it was written.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Today in Europe/Amsterdam, where terms are counted; in UTC should the zone be unknown.
pub(crate) fn today() -> Date {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    Timestamp::now().to_zoned(zone).date()
}

/// So many days after `today`, as `YYYY-MM-DD`.
pub(crate) fn in_days(today: Date, days: i32) -> String {
    today.saturating_add(days.days()).to_string()
}

/// The month that lies `ago` months before `today`, as `YYYY-MM`.
pub(crate) fn months_ago(today: Date, ago: u8) -> String {
    let month = today.first_of_month().saturating_sub(i32::from(ago).months());
    month.strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_over_the_end_of_a_year() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(months_ago(day("2026-11-22"), 0), "2026-11");
        assert_eq!(months_ago(day("2027-02-28"), 4), "2026-10");
        assert_eq!(months_ago(day("2026-12-31"), 1), "2026-11");
        assert_eq!(months_ago(day("2028-02-29"), 12), "2027-02");
        assert_eq!(in_days(day("2026-11-22"), 35), "2026-12-27");
        assert_eq!(in_days(day("2028-02-01"), 35), "2028-03-07");
    }
}
