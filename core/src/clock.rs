//! The one seam through which time enters.

use crate::value::Day;

/// Tells the time. The only thing in samenloop that may read a clock.
pub trait Clock: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z.
    fn unix_seconds(&self) -> u64;

    /// Today in Europe/Amsterdam, where terms are counted.
    fn today(&self) -> Day;
}
