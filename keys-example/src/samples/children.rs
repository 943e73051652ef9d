//! Numbers of children who do not exist.

use std::collections::BTreeSet;

/// The numbers of one child.
pub(crate) struct ChildNumbers {
    /// Nine digits that pass the eleven-test and start with 9.
    pub(crate) bsn: String,
    /// Ten digits.
    pub(crate) v_number: String,
}

/// Draws numbers, always the same ones from the same seed (SplitMix64: not for keys).
pub(crate) struct Children {
    state: u64,
    drawn: BTreeSet<u64>,
}

impl Children {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed, drawn: BTreeSet::new() }
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// One of `choices`; `None` when there are none.
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let count = u64::try_from(choices.len()).ok().filter(|count| *count > 0)?;
        let at = usize::try_from(self.below(count)).ok()?;
        choices.get(at).copied()
    }

    /// Puts in another order (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            if let Ok(bound) = u64::try_from(last + 1)
                && let Ok(other) = usize::try_from(self.below(bound))
            {
                items.swap(last, other);
            }
        }
    }

    /// The numbers of the next child, who has none of another.
    pub(crate) fn numbers(&mut self) -> ChildNumbers {
        loop {
            let number = 900_000_000 + self.below(100_000_000);
            if passes_eleven_test(number) && self.drawn.insert(number) {
                let v_number = 2_900_000_000 + self.below(10_000) * 10_000 + u64::from(self.child());
                return ChildNumbers { bsn: number.to_string(), v_number: v_number.to_string() };
            }
        }
    }

    /// How many children have numbers by now; keeps V-numbers apart.
    fn child(&self) -> u16 {
        u16::try_from(self.drawn.len()).unwrap_or(u16::MAX)
    }
}

/// Weights 9, 8, 7, 6, 5, 4, 3, 2 and -1: a multiple of 11 (protocol.md P-2).
fn passes_eleven_test(number: u64) -> bool {
    let digit = |place: u32| number / 10u64.pow(place) % 10;
    let weighed: u64 = (1..9).map(|place| digit(place) * u64::from(place + 1)).sum();
    (weighed + 11 - digit(0)).is_multiple_of(11)
}
