//! The same reference twice in one file, found in flat memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::Row;

/// References of one generation; two are kept, so that the last 900,000 at least are known.
const GENERATION: usize = 900_000;

/// What a line is to the lines before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Its reference was not seen lately.
    New,
    /// The same line again.
    Same,
    /// The same reference with other content, on this earlier line.
    Differs(u64),
    /// The same reference for another child, on this earlier line.
    OtherChild(u64),
}

/// The references of the last lines, as 64-bit keyed hashes: no reference is kept.
pub struct Repeats {
    hashes: RandomState,
    young: HashMap<u64, Seen>,
    old: HashMap<u64, Seen>,
    generation: usize,
}

#[derive(Clone, Copy)]
struct Seen {
    /// The lower half of each fingerprint: enough to tell two lines of one reference apart.
    content: u32,
    child: u32,
    line: u64,
}

impl Default for Repeats {
    fn default() -> Self {
        Self::with_generation(GENERATION)
    }
}

impl Repeats {
    fn with_generation(generation: usize) -> Self {
        Self { hashes: RandomState::new(), young: HashMap::new(), old: HashMap::new(), generation }
    }

    /// Judges the next row, and remembers it if it is new.
    pub fn judge(&mut self, row: &Row) -> Repeat {
        self.seen(&row.local_reference, row.fingerprint, row.child, row.line)
    }

    fn seen(&mut self, reference: &str, content: u64, child: u64, line: u64) -> Repeat {
        let key = self.hashes.hash_one(reference);
        let (content, child) = (lower_half(content), lower_half(child));
        if let Some(seen) = self.young.get(&key).or_else(|| self.old.get(&key)) {
            return match (seen.content == content, seen.child == child) {
                (true, _) => Repeat::Same,
                (false, true) => Repeat::Differs(seen.line),
                (false, false) => Repeat::OtherChild(seen.line),
            };
        }
        if self.young.len() >= self.generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, Seen { content, child, line });
        Repeat::New
    }
}

#[allow(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
const fn lower_half(hash: u64) -> u32 {
    hash as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_with_other_content_names_the_earlier_line() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.seen("a", 1, 1, 2), Repeat::New);
        assert_eq!(repeats.seen("b", 1, 1, 3), Repeat::New);
        assert_eq!(repeats.seen("a", 1, 1, 4), Repeat::Same);
        assert_eq!(repeats.seen("a", 2, 1, 5), Repeat::Differs(2));
        assert_eq!(repeats.seen("a", 2, 2, 6), Repeat::OtherChild(2));
    }

    #[test]
    fn the_window_holds_one_generation_at_least_and_two_at_most() {
        let mut repeats = Repeats::with_generation(10);
        for line in 0..1000_u64 {
            assert_eq!(repeats.seen(&line.to_string(), 1, 1, line), Repeat::New);
            assert!(repeats.young.len() + repeats.old.len() <= 20);
            let earlier = line.saturating_sub(9);
            assert_eq!(repeats.seen(&earlier.to_string(), 1, 1, line), Repeat::Same);
        }
        assert_eq!(repeats.seen("0", 2, 1, 1000), Repeat::New);
    }
}
