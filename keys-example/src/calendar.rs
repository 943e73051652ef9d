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
