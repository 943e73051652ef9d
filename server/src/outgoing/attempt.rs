//! When a letter is tried again: ever later, and never all of them at once.

/// The longest pause between two attempts, in seconds: six hours.
const LONGEST: u64 = 6 * 3600;

/// One letter that left at least once, or is to leave now.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The tick on which it first left, in Unix seconds.
    pub(super) left: u64,
    failures: u32,
    next: u64,
}

impl Attempt {
    /// A first attempt on a tick.
    pub(super) const fn first(tick: u64) -> Self {
        Self { left: tick, failures: 0, next: tick }
    }

    /// Whether it is to leave on a tick. A clock that was set back keeps nothing longer than the longest pause.
    pub(super) const fn is_due(&self, tick: u64) -> bool {
        self.next <= tick || self.next > tick + LONGEST
    }

    /// Whether it left in vain.
    pub(super) const fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Notes a failure at a moment, with ticks of `beat` seconds and a random number.
    pub(super) fn fail(&mut self, now: u64, beat: u32, random: u32) {
        self.failures += 1;
        self.next = now + pause(self.failures, beat, random);
    }
}

/// Twice the last pause, from one tick on, less up to half of it by chance.
fn pause(failures: u32, beat: u32, random: u32) -> u64 {
    let doubled = u64::from(beat.max(1)).checked_shl(failures.min(32) - 1).unwrap_or(LONGEST);
    let whole = doubled.min(LONGEST);
    whole - whole / 2 * u64::from(random) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_six_hours_less_a_chance_of_half() {
        let longest = |failures| pause(failures, 60, 0);
        assert_eq!([1, 2, 3, 9].map(longest), [60, 120, 240, 15_360]);
        assert_eq!([10, 33, u32::MAX].map(longest), [LONGEST; 3]);
        assert_eq!(pause(3, 60, u32::MAX), 120);
        assert!((121..240).contains(&pause(3, 60, u32::MAX / 3)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut attempt = Attempt::first(1_000_000);
        assert!(attempt.is_due(1_000_000));
        attempt.fail(1_000_000, 60, 0);
        assert!(!attempt.is_due(1_000_059) && attempt.is_due(1_000_060));
        assert!(attempt.is_due(1_000_000 - 86_400));
    }
}
