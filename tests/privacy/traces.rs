//! Traces of values in texts of any sort: files, logs, answers.

use std::collections::{BTreeSet, HashMap};

use crate::keys::{Candidate, Key};

/// Halves of values, to be found anywhere in a file: sled leaves out the front of a key that others share.
pub(crate) struct Parts {
    halves: HashMap<u128, usize>,
    /// Whether any half begins with these three bytes: most places of a text are passed by with this alone.
    begins: Vec<bool>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { halves: HashMap::new(), begins: vec![false; 1 << 24] }
    }
}

impl Parts {
    /// A value, as bytes and as hexadecimal digits.
    pub(crate) fn add(&mut self, value: &Key, at: usize) {
        let digit = |it: u8| b"0123456789abcdef"[usize::from(it)];
        let digits: Vec<u8> = value.iter().flat_map(|it| [digit(it >> 4), digit(it & 15)]).collect();
        for half in value.as_chunks::<16>().0.iter().chain(digits.as_chunks::<16>().0) {
            let half = u128::from_be_bytes(*half);
            self.begins[usize::try_from(half >> 104).unwrap()] = true;
            self.halves.insert(half, at);
        }
    }

    /// Which values have a half in these bytes.
    pub(crate) fn within(&self, bytes: &[u8]) -> BTreeSet<usize> {
        let (mut met, mut last) = (BTreeSet::new(), 0_usize);
        for (at, byte) in bytes.iter().enumerate() {
            last = (last << 8 | usize::from(*byte)) & 0xff_ffff;
            if self.begins[last]
                && let Some(half) = at.checked_sub(2).and_then(|it| bytes[it..].first_chunk())
            {
                met.extend(self.halves.get(&u128::from_be_bytes(*half)));
            }
        }
        met
    }
}

/// Numbers of children, to be found as digits.
pub(crate) struct Numbers<'c>(HashMap<&'c [u8], BTreeSet<usize>>);

impl<'c> Numbers<'c> {
    pub(crate) fn of(candidates: &'c [Candidate]) -> Self {
        let mut numbers = HashMap::<_, BTreeSet<usize>>::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let (_, digits) = candidate.name.split_once(' ').unwrap();
            numbers.entry(digits.as_bytes()).or_default().insert(at);
        }
        Self(numbers)
    }

    /// The candidates whose number stands in a text. In a key, a hash or an OIN that is written out, digits stand in a
    /// row by chance: those are passed by.
    pub(crate) fn within(&self, text: &[u8]) -> BTreeSet<usize> {
        let words = text.split(|it| !it.is_ascii_hexdigit()).filter(|it| (9..20).contains(&it.len()));
        let digits = words.flat_map(|it| [9, 10].into_iter().flat_map(|width| it.windows(width)));
        digits.filter_map(|it| self.0.get(it)).flatten().copied().collect()
    }
}

/// The candidates whose number or pseudonym stands in any of these texts.
pub(crate) fn named_in<'t>(
    texts: impl IntoIterator<Item = &'t [u8]>,
    candidates: &[Candidate],
) -> BTreeSet<String> {
    let (mut parts, numbers) = (Parts::default(), Numbers::of(candidates));
    for (at, candidate) in candidates.iter().enumerate() {
        parts.add(candidate.place.pseudonym().bytes(), at);
    }
    let met = texts.into_iter().flat_map(|it| [parts.within(it), numbers.within(it)]).flatten();
    met.map(|at| candidates[at].name.clone()).collect()
}
