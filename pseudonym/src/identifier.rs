//! The numbers by which an agency knows a child.

use samenloop_core::value::Kind;
use zeroize::ZeroizeOnDrop;

/// Burgerservicenummer (P-1).
pub const BSN: Kind = kind(1);
/// Onderwijsnummer, for pupils without a BSN (P-1).
pub const ONDERWIJSNUMMER: Kind = kind(2);
/// Vreemdelingennummer, for who has no BSN yet (P-1).
pub const V_NUMBER: Kind = kind(3);

const fn kind(number: u8) -> Kind {
    match Kind::new(number) {
        Some(kind) => kind,
        // Evaluated by the compiler alone: a 0 above does not build.
        None => unreachable!(),
    }
}

/// Why a text is no identifier. Says what is wrong and where, and never repeats what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierFault {
    /// Nothing, or nothing but separators.
    #[error("the number is empty")]
    Empty,
    /// A character that is neither a digit nor, where those are dropped, a separator.
    #[error("character {position} is not a digit")]
    NotADigit {
        /// Which character of the text as written, from 1.
        position: usize,
    },
    /// A digit of another script or width. Refused, not folded: two programs could fold differently (P-2).
    #[error("character {position} is a digit other than 0 to 9, of another script or width")]
    NonAsciiDigit {
        /// Which character of the text as written, from 1.
        position: usize,
    },
    /// Too few or too many digits.
    #[error("the number has {expected} digits, here {found}")]
    Length {
        /// Digits it should have, leading zeros included.
        expected: usize,
        /// Digits that were written.
        found: usize,
    },
    /// Only zeros: a placeholder, and placeholders of two agencies would converge.
    #[error("the number is all zeros")]
    AllZeros,
    /// The digits are not those of a BSN: one was mistyped, or two were swapped.
    #[error("the number fails the eleven-test: a digit is wrong or two are swapped")]
    ElevenTest,
}

/// A BSN, onderwijsnummer or V-nummer in its one canonical form.
///
/// Exists only here and only on its way to a pseudonym: no `Debug`, no `Clone`, no way to read it back.
/// Wiped on drop; on the heap, so that moving it leaves no copy behind.
#[derive(ZeroizeOnDrop)]
pub struct Identifier {
    #[zeroize(skip)]
    kind: Kind,
    canonical: Box<[u8]>,
}

impl Identifier {
    /// Parses a burgerservicenummer: 9 digits that pass the eleven-test. Space, `.` and `-` are dropped;
    /// 8 digits get a zero in front (P-2).
    ///
    /// # Errors
    /// [`IdentifierFault`] for anything else.
    pub fn parse_bsn(text: &str) -> Result<Self, IdentifierFault> {
        let identifier = Self::nine_digits(BSN, text)?;
        if identifier.passes_eleven_test() { Ok(identifier) } else { Err(IdentifierFault::ElevenTest) }
    }

    /// Parses an onderwijsnummer: as a BSN, without the eleven-test (P-2).
    ///
    /// # Errors
    /// [`IdentifierFault`] for anything else.
    pub fn parse_onderwijsnummer(text: &str) -> Result<Self, IdentifierFault> {
        Self::nine_digits(ONDERWIJSNUMMER, text)
    }

    /// Parses a V-nummer: exactly 10 digits, nothing between them (P-2).
    ///
    /// # Errors
    /// [`IdentifierFault`] for anything else.
    pub fn parse_v_number(text: &str) -> Result<Self, IdentifierFault> {
        let (identifier, found) = Self::read(V_NUMBER, 10, text, |_| false)?;
        if found == 10 {
            identifier.not_all_zeros()
        } else {
            Err(IdentifierFault::Length { expected: 10, found })
        }
    }

    /// Which kind of number it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The ASCII digits that are hashed, `canonical` of P-3.
    pub(crate) const fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    fn nine_digits(kind: Kind, text: &str) -> Result<Self, IdentifierFault> {
        let (mut identifier, found) = Self::read(kind, 9, text, |it| matches!(it, ' ' | '.' | '-'))?;
        match found {
            9 => {}
            // A spreadsheet drops the zero in front.
            8 => identifier.canonical.rotate_right(1),
            _ => return Err(IdentifierFault::Length { expected: 9, found }),
        }
        identifier.not_all_zeros()
    }

    /// The first `length` digits of a text, zeros behind them where it has fewer, and how many it has.
    fn read(
        kind: Kind,
        length: usize,
        text: &str,
        is_separator: impl Fn(char) -> bool,
    ) -> Result<(Self, usize), IdentifierFault> {
        // Read straight into what is wiped on drop, also where the text turns out to be refused.
        let mut identifier = Self { kind, canonical: vec![b'0'; length].into_boxed_slice() };
        let mut found = 0;
        for (at, character) in text.chars().enumerate() {
            let position = at + 1;
            match u8::try_from(character) {
                Ok(digit) if digit.is_ascii_digit() => {
                    if let Some(slot) = identifier.canonical.get_mut(found) {
                        *slot = digit;
                    }
                    found += 1;
                }
                _ if is_separator(character) => {}
                _ if character.is_numeric() => return Err(IdentifierFault::NonAsciiDigit { position }),
                _ => return Err(IdentifierFault::NotADigit { position }),
            }
        }
        if found == 0 { Err(IdentifierFault::Empty) } else { Ok((identifier, found)) }
    }

    fn not_all_zeros(self) -> Result<Self, IdentifierFault> {
        if self.canonical.iter().all(|digit| *digit == b'0') {
            Err(IdentifierFault::AllZeros)
        } else {
            Ok(self)
        }
    }

    /// Weights 9, 8, 7, 6, 5, 4, 3, 2 and -1; the sum is a multiple of eleven.
    fn passes_eleven_test(&self) -> bool {
        const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
        let sum: i32 =
            self.canonical.iter().zip(WEIGHTS).map(|(digit, weight)| i32::from(digit - b'0') * weight).sum();
        sum % 11 == 0
    }
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use super::*;

    type Parse = fn(&str) -> Result<Identifier, IdentifierFault>;

    fn fault(parse: Parse, text: &str) -> IdentifierFault {
        parse(text).err().unwrap_or_else(|| panic!("{text} was taken"))
    }

    #[test]
    fn the_canonical_form_is_ascii_digits_with_leading_zeros() {
        for (parse, text, canonical) in [
            (Identifier::parse_bsn as Parse, "111222333", "111222333"),
            (Identifier::parse_bsn, "10000008", "010000008"),
            (Identifier::parse_bsn, " 1112.22-333 ", "111222333"),
            (Identifier::parse_onderwijsnummer, "912345678", "912345678"),
            (Identifier::parse_onderwijsnummer, "1234-5678", "012345678"),
            (Identifier::parse_v_number, "2812345678", "2812345678"),
            (Identifier::parse_v_number, "0000000001", "0000000001"),
        ] {
            assert_eq!(parse(text).ok().unwrap().canonical(), canonical.as_bytes(), "{text}");
        }
    }

    #[test]
    fn each_fault_says_precisely_what_is_wrong() {
        use IdentifierFault::{AllZeros, ElevenTest, Empty, Length, NonAsciiDigit, NotADigit};
        let (bsn, pupil, v): (Parse, Parse, Parse) =
            (Identifier::parse_bsn, Identifier::parse_onderwijsnummer, Identifier::parse_v_number);
        for (parse, text, expected) in [
            (bsn, "", Empty),
            (bsn, " -. ", Empty),
            (v, "", Empty),
            (bsn, "11122x333", NotADigit { position: 6 }),
            (bsn, "111222333\u{a0}", NotADigit { position: 10 }),
            (bsn, "111222333\t", NotADigit { position: 10 }),
            (bsn, "+111222333", NotADigit { position: 1 }),
            (bsn, "111222é33", NotADigit { position: 7 }),
            (bsn, "11122233３", NonAsciiDigit { position: 9 }),
            (pupil, "٩12345678", NonAsciiDigit { position: 1 }),
            (v, "281234567８", NonAsciiDigit { position: 10 }),
            (bsn, "1112223334", Length { expected: 9, found: 10 }),
            (bsn, "1112223", Length { expected: 9, found: 7 }),
            (pupil, "1234567", Length { expected: 9, found: 7 }),
            (v, "281234567", Length { expected: 10, found: 9 }),
            (v, "28123456789", Length { expected: 10, found: 11 }),
            (v, "281.234.5678", NotADigit { position: 4 }),
            (bsn, "000000000", AllZeros),
            (bsn, "00000000", AllZeros),
            (pupil, "000-000-000", AllZeros),
            (v, "0000000000", AllZeros),
            (bsn, "111222334", ElevenTest),
            (bsn, "112122333", ElevenTest),
        ] {
            assert_eq!(fault(parse, text), expected, "{text}");
        }
    }

    #[test]
    fn no_fault_repeats_what_was_written() {
        for text in ["987654321", "98765432x", "9876543２9", "98765432100"] {
            let told = format!("{0} {0:?}", fault(Identifier::parse_bsn, text));
            let longest = told.split(|it: char| !it.is_ascii_digit()).map(str::len).max();
            assert!(longest <= Some(2) && !told.contains("２"), "{told}");
        }
    }

    #[test]
    fn an_onderwijsnummer_takes_no_eleven_test() {
        assert_eq!(fault(Identifier::parse_bsn, "912345678"), IdentifierFault::ElevenTest);
        assert!(Identifier::parse_onderwijsnummer("912345678").is_ok());
    }

    #[test]
    fn an_identifier_is_wiped_and_can_be_neither_printed_nor_copied() {
        const fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Identifier>();

        // The inherent constant is taken wherever its bounds hold, the trait's everywhere else.
        struct Probe<T>(PhantomData<T>);
        trait Fallback {
            const PRINTS: bool = false;
            const COPIES: bool = false;
        }
        impl<T> Fallback for Probe<T> {}
        impl<T: std::fmt::Debug> Probe<T> {
            const PRINTS: bool = true;
        }
        impl<T: Clone> Probe<T> {
            const COPIES: bool = true;
        }
        const { assert!(Probe::<String>::PRINTS && Probe::<String>::COPIES) };
        const { assert!(!Probe::<Identifier>::PRINTS && !Probe::<Identifier>::COPIES) };
    }
}
