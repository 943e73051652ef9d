//! Numbers that the hub gives: of an alert, of a contact request, of a request about rights.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::hex::hex;

/// 16 bytes, of which each recipient of an alert has its own; read and written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number([u8; 16]);

impl Number {
    /// The number that a message bears; `None` when it is no 16 bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As it goes to the hub.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The digits by which people tell it from others: the first eight.
    #[must_use]
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }

    /// Whether what a person typed is its beginning.
    #[must_use]
    pub fn begins_with(&self, typed: &str) -> bool {
        let typed = typed.trim().to_ascii_lowercase();
        !typed.is_empty() && self.to_string().starts_with(&typed)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Several, one after the other.
pub(crate) fn joined(numbers: &[Number]) -> String {
    numbers.iter().map(Number::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_how_it_begins() {
        assert_eq!(Number::of(&[1; 15]), None);
        let number = Number::of(&[0xab; 16]).unwrap_or_else(|| unreachable!("16 bytes"));
        assert_eq!((number.to_string(), number.short()), ("ab".repeat(16), "abababab".to_owned()));
        for typed in ["a", " AB ", &"ab".repeat(16)] {
            assert!(number.begins_with(typed), "{typed}");
        }
        for typed in ["", " ", "b", "abc", &"ab".repeat(17)] {
            assert!(!number.begins_with(typed), "{typed}");
        }
    }
}
