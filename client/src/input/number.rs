//! Numbers inside a text of the agency's own that could be a child's, however they are written.

use std::hash::{BuildHasher, RandomState};

use samenloop_core::value::{Day, Month};
use samenloop_pseudonym::Identifier;

/// Digits of scripts that people type or paste: the zero of each.
const ZEROS: [char; 4] = ['0', '\u{ff10}', '\u{660}', '\u{6f0}'];

/// Digits that a number of a child has once zeros in front are gone.
const LENGTHS: std::ops::RangeInclusive<u32> = 8..=10;

/// The value of a digit of any of these scripts.
fn digit(character: char) -> Option<u64> {
    let of = |zero: char| u64::from(character).checked_sub(u64::from(zero)).filter(|value| *value < 10);
    if character.is_ascii() { of('0') } else { ZEROS.into_iter().find_map(of) }
}

/// The number that the digits of a text are, whatever stands between them; `None` without digits or with too many.
pub(super) fn value(text: &str) -> Option<u64> {
    let mut digits = text.chars().filter_map(digit).peekable();
    digits.peek()?;
    digits.try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(digit))
}

/// Whether the digits of a text, whatever stands between them, hold those of a number.
pub(super) fn holds(text: &str, wanted: u64) -> bool {
    let size = 10_u64.saturating_pow(wanted.checked_ilog10().map_or(1, |it| it + 1));
    let mut last = 0_u64;
    text.chars().filter_map(digit).any(|digit| {
        // The last digits, as many as are wanted.
        last = (last % (size / 10)) * 10 + digit;
        last == wanted
    })
}

/// Numbers of 8 to 10 digits in a text: each run of digits, and each chain of runs with one separator between them
/// that is grouped as identifiers are (`1234.56.789`, `900 000 041`).
pub(super) fn numbers(text: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    // Most texts have too few digits for any.
    if text.chars().filter(|c| digit(*c).is_some()).count() < 8 {
        return numbers;
    }
    let mut chain = Chain::default();
    let mut before = None;
    for character in text.chars() {
        match digit(character) {
            Some(value) => chain.digit(value),
            None => {
                let is_separator = matches!(character, ' ' | '.' | '-' | '_' | '/' | '\u{a0}');
                let follows_digit = before.is_some_and(|it| digit(it).is_some());
                chain.end_run(&mut numbers);
                if !is_separator || !follows_digit {
                    chain.end(&mut numbers);
                }
            }
        }
        before = Some(character);
    }
    chain.end_run(&mut numbers);
    chain.end(&mut numbers);
    numbers
}

#[derive(Default)]
struct Chain {
    run: Run,
    whole: Run,
    runs: u32,
    has_single: bool,
}

/// Digits in a row, without zeros in front.
#[derive(Default, Clone, Copy)]
struct Run {
    value: u64,
    digits: u32,
    /// With zeros in front.
    written: u32,
}

impl Run {
    fn add(&mut self, value: u64) {
        self.written += 1;
        if self.digits > 0 || value > 0 {
            self.digits += 1;
            self.value = self.value.saturating_mul(10).saturating_add(value);
        }
    }

    fn number(self) -> Option<u64> {
        (LENGTHS.contains(&self.digits)).then_some(self.value)
    }
}

impl Chain {
    fn digit(&mut self, value: u64) {
        self.run.add(value);
        self.whole.add(value);
    }

    fn end_run(&mut self, numbers: &mut Vec<u64>) {
        let run = std::mem::take(&mut self.run);
        if run.written == 0 {
            return;
        }
        self.runs += 1;
        self.has_single |= run.written == 1;
        numbers.extend(run.number());
    }

    /// A year and a sequence number are two groups, and no identifier is written so.
    fn end(&mut self, numbers: &mut Vec<u64>) {
        let chain = std::mem::take(self);
        if chain.runs >= 3 && !chain.has_single {
            numbers.extend(chain.whole.number());
        }
    }
}

/// Whether a number could be a BSN: it passes the eleven-test, and is not a day such as 20261103.
pub(super) fn passes_eleven_test(number: u64) -> bool {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let is_day = || {
        let month = Month::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?).ok()?;
        Day::new(month, u8::try_from(day).ok()?).ok()
    };
    Identifier::parse_bsn(&zeroize::Zeroizing::new(format!("{number:09}"))).is_ok() && is_day().is_none()
}

/// Bits of the filter: 16 MiB.
const FILTER_BITS: u64 = 1 << 27;

/// Bits set for one number.
const MARKS: u32 = 4;

/// The identifiers of a whole file, in flat memory: a filter of keyed hashes (Bloom, 1970). It forgets none; of other
/// numbers it takes one in 200 for an identifier at ten million lines, and next to none in files that people handle.
pub(super) struct Filter {
    hashes: RandomState,
    words: Vec<u64>,
}

impl Filter {
    pub(super) fn new() -> Self {
        Self {
            hashes: RandomState::new(),
            words: vec![0; usize::try_from(FILTER_BITS / 64).unwrap_or_default()],
        }
    }

    fn marks(&self, number: u64) -> impl Iterator<Item = (usize, u64)> + use<> {
        let hash = self.hashes.hash_one(number);
        // Two halves of one hash stand for as many as are needed (Kirsch and Mitzenmacher, 2008).
        let (one, other) = (hash & 0xffff_ffff, (hash >> 32) | 1);
        (0..u64::from(MARKS)).map(move |at| {
            let bit =
                one.wrapping_add(at.wrapping_mul(other)).wrapping_mul(0x9e37_79b9_7f4a_7c15) % FILTER_BITS;
            (usize::try_from(bit / 64).unwrap_or_default(), 1 << (bit % 64))
        })
    }

    pub(super) fn add(&mut self, number: u64) {
        for (at, mask) in self.marks(number) {
            if let Some(word) = self.words.get_mut(at) {
                *word |= mask;
            }
        }
    }

    pub(super) fn holds(&self, number: u64) -> bool {
        self.marks(number).all(|(at, mask)| self.words.get(at).is_some_and(|word| word & mask != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for text in [
            "900000041",
            "kind 900000041.",
            "Z900000041x",
            "9000.00.041",
            "900 000 041",
            "900-000-041",
            "900_000_041",
            "0900000041",
            "000900000041",
            "９００００００４１",
            "a-2026, 900000041",
        ] {
            assert!(numbers(text).contains(&900_000_041), "{text}");
        }
        assert_eq!(numbers("10000008"), [10_000_008]);
        assert_eq!(numbers("v 2812345678"), [2_812_345_678]);
    }

    #[test]
    fn a_number_is_found_among_other_digits() {
        for text in ["900000041", "12900000041", "9-0-0-0-0-0-0-4-1", "a９０００00041b", "0009000.00.0417"]
        {
            assert!(holds(text, 900_000_041), "{text}");
        }
        for text in ["", "90000004", "900000014", "9000000 x 14", "111111111"] {
            assert!(!holds(text, 900_000_041), "{text}");
        }
        assert_eq!((value("0900.00.041"), value("x"), value("")), (Some(90_000_041), None, None));
    }

    #[test]
    fn ordinary_references_hold_none() {
        for text in ["", "obs-1", "2026-00123", "2026-123456", "w-2026-1-12", "123456789012345", "1234567"] {
            assert!(numbers(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_day_is_no_bsn() {
        assert!(passes_eleven_test(900_000_041) && passes_eleven_test(10_000_008));
        assert!(!passes_eleven_test(900_000_042) && !passes_eleven_test(2_812_345_678));
        let days = (1..=31).map(|day| 20_261_000 + day);
        assert!(days.clone().any(|it| Identifier::parse_bsn(&format!("0{it}")).is_ok()));
        assert!(!days.into_iter().any(passes_eleven_test));
    }

    #[test]
    fn the_filter_forgets_none_and_mistakes_few() {
        let mut filter = Filter::new();
        (0..200_000_u64).for_each(|number| filter.add(number * 4999));
        assert!((0..200_000_u64).all(|number| filter.holds(number * 4999)));
        let mistaken = (0..200_000_u64).filter(|number| filter.holds(number * 4999 + 1)).count();
        assert!(mistaken < 20, "{mistaken}");
    }
}
