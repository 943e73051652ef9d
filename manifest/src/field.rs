//! Single values of a TOML file, parsed while it is read, so that a wrong one is reported with its line.

use std::fmt;
use std::marker::PhantomData;

use samenloop_core::value::{
    Code, ConnectionId, Day, Domain, Mailbox, OrganisationId, RegionId, is_dns_name,
};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::note::VerifierKey;

/// A value that a file writes as text.
pub(crate) trait Field: Sized {
    /// What is expected, for the reader of an error.
    const EXPECTED: &'static str;

    /// Parses the text; `None` when it is no such value.
    fn read(text: &str) -> Option<Self>;
}

/// A field of a file, read as `T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct As<T>(pub(crate) T);

impl<'de, T: Field> Deserialize<'de> for As<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(PhantomData))
    }
}

struct Text<T>(PhantomData<T>);

impl<T: Field> Visitor<'_> for Text<T> {
    type Value = As<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        T::read(text).map(As).ok_or_else(|| E::custom(format_args!("expected {}", T::EXPECTED)))
    }
}

/// Bytes, written as twice as many lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes<const N: usize>(pub(crate) [u8; N]);

/// A key or a hash.
pub(crate) type Bytes32 = Bytes<32>;

/// 32 bytes sealed, with their tag.
pub(crate) type Bytes48 = Bytes<48>;

impl<const N: usize> Field for Bytes<N> {
    const EXPECTED: &'static str =
        if N == 32 { "64 hexadecimal digits (0-9, a-f)" } else { "96 hexadecimal digits (0-9, a-f)" };

    fn read(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; N];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(bytes))
    }
}

/// An organisation's number (OIN): 20 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Oin(pub(crate) String);

impl Field for Oin {
    const EXPECTED: &'static str = "an OIN of 20 digits";

    fn read(text: &str) -> Option<Self> {
        let lawful = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        lawful.then(|| Self(text.to_owned()))
    }
}

/// A DNS name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerName(pub(crate) String);

impl Field for ServerName {
    const EXPECTED: &'static str = "a DNS name in lower case";

    fn read(text: &str) -> Option<Self> {
        is_dns_name(text).then(|| Self(text.to_owned()))
    }
}

impl Field for Day {
    const EXPECTED: &'static str = "a day, YYYY-MM-DD, in quotes";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for ConnectionId {
    const EXPECTED: &'static str = "a name of 1 to 32 characters a-z, 0-9 or '-', starting with a letter";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for Mailbox {
    const EXPECTED: &'static str = "a mailbox in lower case, such as team@voorbeeld.example";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for OrganisationId {
    const EXPECTED: &'static str = ConnectionId::EXPECTED;

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for RegionId {
    const EXPECTED: &'static str = ConnectionId::EXPECTED;

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for Domain {
    const EXPECTED: &'static str = "a domain of domains.csv, such as onderwijs";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for Code {
    const EXPECTED: &'static str = "a code of the taxonomy, such as A17";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Field for VerifierKey {
    const EXPECTED: &'static str = "an Ed25519 verifier key: <name>+<key id>+<base64>, as `vkey` prints it";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}
