//! The busiest intake that a manifest can agree on (P-63), and so how fast what is past its term has to go (V-22).
//!
//! A bound on what is agreed, and none on what arrives: a limit over all connections together would let one sender feel
//! how busy the others are (P-60).

use super::{ManifestEntries, ManifestFault};

/// Lines a day that all connections together may have as quota.
pub const MOST_LINES_A_DAY: u64 = 15_000_000;

/// References a second that are filed on the busiest day of the fullest manifest, on average over that day: in an
/// overlap every connection has as many lines again, and each line is filed under two epochs.
pub const PEAK_REFERENCES: u64 = (MOST_LINES_A_DAY * 2 * 2).div_ceil(24 * 60 * 60);

/// References past their term that have to go in a second, at least (V-22).
pub const SWEPT_REFERENCES: u64 = 10 * PEAK_REFERENCES;

pub(super) fn check_quotas(entries: &ManifestEntries) -> Result<(), ManifestFault> {
    let quotas = entries.connections.iter().map(|it| it.quota_lines);
    if quotas.fold(0, u64::saturating_add) > MOST_LINES_A_DAY {
        return Err(ManifestFault::Bound(
            "the quotas of all connections together are 15000000 lines a day at most",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::manifest::Manifest;

    /// The fixture's manifest, in which the last connection has what the others leave of so many lines.
    fn with_quotas(lines: u64) -> Result<Manifest, ManifestFault> {
        let mut entries = fixture::entries();
        let (last, others) = entries.connections.split_last_mut().unwrap();
        last.quota_lines = lines - others.iter().map(|it| it.quota_lines).sum::<u64>();
        Manifest::new(entries)
    }

    /// V-22: peak intake has a number, and nobody can agree on more.
    #[test]
    fn no_manifest_agrees_to_more_than_the_sweep_can_follow() {
        assert!(with_quotas(MOST_LINES_A_DAY).is_ok());
        assert!(matches!(with_quotas(MOST_LINES_A_DAY + 1), Err(ManifestFault::Bound(_))));
        let mut entries = fixture::entries();
        entries.connections.iter_mut().for_each(|it| it.quota_lines = u64::MAX);
        assert!(Manifest::new(entries).is_err(), "a sum beyond all numbers");
        assert_eq!((PEAK_REFERENCES, SWEPT_REFERENCES), (695, 6950));
    }
}
