//! What a key is for: a closed list, written in its file and bound to its content.

use std::fmt;

use samenloop_core::value::Epoch;

use crate::language::Language;

/// What a key file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The private key of the mTLS certificate, PKCS#8 DER.
    Tls,
    /// The key under which an agency's references are made (P-6).
    Reference,
    /// The private key of sealed details (P-50).
    Details,
    /// The key of an epoch (P-10).
    Epoch(Epoch),
    /// The private key to which contributions to an epoch are wrapped (P-11).
    Wrap(Epoch),
    /// An administrator's contribution to the key of an epoch (P-10).
    Contribution(Epoch),
    /// The Ed25519 seed with which an administrator signs (P-20).
    Sign,
}

impl Purpose {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let numbered = |kind: fn(Epoch) -> Self, number: &str| {
            let parsed = Epoch::new(number.parse().ok()?);
            // One text for one number: no sign, no leading zero.
            (parsed.to_string() == number).then(|| kind(parsed))
        };
        match text.split_once('/') {
            Some(("epoch", number)) => numbered(Self::Epoch, number),
            Some(("wrap", number)) => numbered(Self::Wrap, number),
            Some(("contribution", number)) => numbered(Self::Contribution, number),
            Some(_) => None,
            None => match text {
                "tls" => Some(Self::Tls),
                "reference" => Some(Self::Reference),
                "details" => Some(Self::Details),
                "sign" => Some(Self::Sign),
                _ => None,
            },
        }
    }

    /// How a sentence names it.
    #[must_use]
    pub fn name(self, language: Language) -> String {
        let (dutch, english) = match self {
            Self::Tls => ("de sleutel van het certificaat", "the key of the certificate"),
            Self::Reference => ("de referentiesleutel", "the reference key"),
            Self::Details => ("de sleutel voor de verzegelde details", "the details key"),
            Self::Epoch(_) => ("de sleutel van sleutelperiode", "the key of epoch"),
            Self::Wrap(_) => ("de inpaksleutel van sleutelperiode", "the wrap key of epoch"),
            Self::Contribution(_) => ("de bijdrage aan sleutelperiode", "the contribution to epoch"),
            Self::Sign => ("de ondertekensleutel", "the signing key"),
        };
        let name = language.pick(dutch, english);
        match self {
            Self::Epoch(epoch) | Self::Wrap(epoch) | Self::Contribution(epoch) => format!("{name} {epoch}"),
            Self::Tls | Self::Reference | Self::Details | Self::Sign => name.to_owned(),
        }
    }
}

/// As the file writes it: `tls`, `epoch/2`.
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls => f.write_str("tls"),
            Self::Reference => f.write_str("reference"),
            Self::Details => f.write_str("details"),
            Self::Epoch(epoch) => write!(f, "epoch/{epoch}"),
            Self::Wrap(epoch) => write!(f, "wrap/{epoch}"),
            Self::Contribution(epoch) => write!(f, "contribution/{epoch}"),
            Self::Sign => f.write_str("sign"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_has_one_text() {
        let two = Epoch::new(2);
        let all = [
            Purpose::Tls,
            Purpose::Reference,
            Purpose::Details,
            Purpose::Epoch(two),
            Purpose::Wrap(two),
            Purpose::Contribution(two),
            Purpose::Sign,
        ];
        for purpose in all {
            assert_eq!(Purpose::parse(&purpose.to_string()), Some(purpose));
        }
        for none in
            ["", "epoch", "epoch/", "epoch/+2", "epoch/02", "epoch/4294967296", "tls/1", "TLS", "other"]
        {
            assert_eq!(Purpose::parse(none), None, "{none}");
        }
    }
}
