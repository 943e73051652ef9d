//! A signal: what one organisation saw, without who.

use std::fmt;

use subtle::ConstantTimeEq;

use super::{Domain, Month, RegionId};

/// No extension takes a signal further than this many months from its first month (V-20).
pub const CAP_MONTHS: u8 = 24;

/// Soft or hard, as the field says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Zacht: means little by itself.
    Soft,
    /// Hard: points at exploitation by itself.
    Hard,
}

impl Severity {
    /// Months that a signal without a code counts: soft 6, hard 12 (V-20).
    #[must_use]
    pub const fn term_months(self) -> u8 {
        match self {
            Self::Soft => 6,
            Self::Hard => 12,
        }
    }
}

/// A code of the taxonomy has one letter and two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is one letter A-Z and two digits")]
pub struct CodeFault;

/// A code of the taxonomy, such as `V11`. Having the form does not make it one that exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; 3]);

impl Code {
    /// Parses one letter and two digits.
    ///
    /// # Errors
    /// [`CodeFault`] for anything else, lower case included.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        match text.as_bytes() {
            [letter, tens, ones]
                if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit() =>
            {
                Ok(Self([*letter, *tens, *ones]))
            }
            _ => Err(CodeFault),
        }
    }

    /// The code as the taxonomy spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose observation it is. Hearsay is listed on an alert and never counted (V-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observation {
    /// Seen by the sender itself.
    Own,
    /// Heard from a domain.
    Hearsay(Domain),
}

/// A shorter term that an agency asks for: 1, 2, 3, 6 or 9 months, so that the month in which a signal ends
/// shows no eighteenth birthday (V-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShorterTerm(u8);

impl ShorterTerm {
    /// The terms an agency may ask for, in months, longest first.
    pub const MONTHS: [u8; 5] = [9, 6, 3, 2, 1];

    /// Exactly this term; `None` unless it is one of [`Self::MONTHS`].
    #[must_use]
    pub fn new(months: u8) -> Option<Self> {
        Self::MONTHS.contains(&months).then_some(Self(months))
    }

    /// The longest term that is no longer than `months`; `None` for 0.
    #[must_use]
    pub fn rounded_down(months: u16) -> Option<Self> {
        Self::MONTHS.into_iter().find(|term| u16::from(*term) <= months).map(Self)
    }

    /// Its length in months.
    #[must_use]
    pub const fn months(self) -> u8 {
        self.0
    }
}

/// An agency's reference to one of its own observations: 16 bytes that only the agency can map back (P-6).
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
pub struct SignalReference([u8; 16]);

impl SignalReference {
    /// Takes the 16 bytes of the wire.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// 32 lower-case hexadecimal digits, as people see it.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl PartialEq for SignalReference {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::hash::Hash for SignalReference {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for SignalReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignalReference")
    }
}

/// What a signal says, without who and without which child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalContent {
    severity: Severity,
    code: Option<Code>,
    month: Month,
    region: RegionId,
    observation: Observation,
    expiry: Month,
}

impl SignalContent {
    /// A signal of `month` in `region` that counts through the last day of `expiry`.
    #[must_use]
    pub const fn new(
        severity: Severity,
        code: Option<Code>,
        month: Month,
        region: RegionId,
        observation: Observation,
        expiry: Month,
    ) -> Self {
        Self { severity, code, month, region, observation, expiry }
    }

    /// Soft or hard.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The code, where the agency sends codes.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        self.code
    }

    /// The month of observation.
    #[must_use]
    pub const fn month(&self) -> Month {
        self.month
    }

    /// The region it was seen in.
    #[must_use]
    pub const fn region(&self) -> &RegionId {
        &self.region
    }

    /// Own or hearsay.
    #[must_use]
    pub const fn observation(&self) -> Observation {
        self.observation
    }

    /// The month through whose last day it counts.
    #[must_use]
    pub const fn expiry(&self) -> Month {
        self.expiry
    }

    /// The same signal, ending no later than `cap`.
    #[must_use]
    pub fn capped(mut self, cap: Month) -> Self {
        self.expiry = self.expiry.min(cap);
        self
    }
}

/// Bytes of one sealed details text: 256 padded, and a 16-byte tag (P-50).
pub const DETAILS_LEN: usize = 256 + 16;

/// Coordinators of one region to whom details may be sealed; keeps every row one size.
pub const MAX_DETAILS: usize = 2;

/// Names a details key: the first 8 bytes of the SHA-256 of its public key.
pub type KeyId = [u8; 8];

/// Details that one coordinator can open and the hub cannot (P-50).
#[derive(Clone, PartialEq, Eq)]
pub struct SealedDetails {
    key: KeyId,
    encapsulated: [u8; 32],
    nonce: [u8; 12],
    ciphertext: Box<[u8; DETAILS_LEN]>,
}

impl SealedDetails {
    /// Details sealed to the coordinator key `key`.
    #[must_use]
    pub const fn new(
        key: KeyId,
        encapsulated: [u8; 32],
        nonce: [u8; 12],
        ciphertext: Box<[u8; DETAILS_LEN]>,
    ) -> Self {
        Self { key, encapsulated, nonce, ciphertext }
    }

    /// The coordinator key it is sealed to.
    #[must_use]
    pub const fn key(&self) -> &KeyId {
        &self.key
    }

    /// The encapsulated key of the batch's setup (RFC 9180 section 4).
    #[must_use]
    pub const fn encapsulated(&self) -> &[u8; 32] {
        &self.encapsulated
    }

    /// The nonce of this signal.
    #[must_use]
    pub const fn nonce(&self) -> &[u8; 12] {
        &self.nonce
    }

    /// Ciphertext and tag.
    #[must_use]
    pub fn ciphertext(&self) -> &[u8; DETAILS_LEN] {
        &self.ciphertext
    }
}

impl fmt::Debug for SealedDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedDetails")
    }
}

/// One signal of one connection, as it is filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    reference: SignalReference,
    revision: u64,
    content: SignalContent,
    details: Vec<SealedDetails>,
}

impl Signal {
    /// A signal with at most [`MAX_DETAILS`] sealed details; `None` when there are more.
    #[must_use]
    pub fn new(
        reference: SignalReference,
        revision: u64,
        content: SignalContent,
        details: Vec<SealedDetails>,
    ) -> Option<Self> {
        (details.len() <= MAX_DETAILS).then_some(Self { reference, revision, content, details })
    }

    /// The agency's reference.
    #[must_use]
    pub const fn reference(&self) -> SignalReference {
        self.reference
    }

    /// The revision: higher replaces, equal only adds places (P-42).
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// What it says.
    #[must_use]
    pub const fn content(&self) -> &SignalContent {
        &self.content
    }

    /// Details for the coordinators of its own region.
    #[must_use]
    pub fn details(&self) -> &[SealedDetails] {
        &self.details
    }

    /// The same signal, ending no later than `cap`.
    #[must_use]
    pub fn capped(mut self, cap: Month) -> Self {
        self.content = self.content.capped(cap);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_term_is_rounded_down() {
        let rounded = |months| ShorterTerm::rounded_down(months).map(ShorterTerm::months);
        assert_eq!(rounded(0), None);
        assert_eq!(rounded(1), Some(1));
        assert_eq!(rounded(5), Some(3));
        assert_eq!(rounded(8), Some(6));
        assert_eq!(rounded(400), Some(9));
        assert_eq!(ShorterTerm::new(4), None);
    }

    #[test]
    fn only_a_letter_and_two_digits_are_a_code() {
        assert_eq!(Code::parse("V11").unwrap().as_str(), "V11");
        for text in ["v11", "V1", "V111", "11V", "V1１", ""] {
            assert_eq!(Code::parse(text), Err(CodeFault), "{text}");
        }
    }
}
