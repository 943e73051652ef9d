//! The 256 bytes inside sealed details.
//!
//! ```text
//! u8 version = 1 ‖ u8 contact function ‖ u8 severity ‖ 3 bytes code, or zeros ‖ u32 month as YYYYMM ‖
//! u8 observation (0 own, else the number of the domain) ‖ u64 manifest sequence ‖
//! u8 region length ‖ 32 bytes region, zero-filled ‖ u8 case reference length ‖ case reference ‖ zeros
//! ```
//!
//! Closed lists plus the agency's own opaque case reference; no free text (P-51).

use samenloop_core::value::{Code, Domain, Month, Observation, RegionId, Severity};
use zeroize::Zeroizing;

use super::TEXT_LEN;

const VERSION: u8 = 1;
const REGION_LEN: usize = 32;

/// Characters that a case reference may have.
pub const MAX_CASE_REFERENCE_CHARS: usize = 64;

/// Bytes of UTF-8 that a case reference may have: what the 256 bytes leave.
pub const MAX_CASE_REFERENCE_LEN: usize = TEXT_LEN - (1 + 1 + 1 + 3 + 4 + 1 + 8 + 1 + REGION_LEN + 1);

/// Who at the agency answers a contact request: a closed list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContactFunction {
    /// Ask for the case reference.
    #[default]
    Unspecified,
}

/// Why bytes are no details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// The case reference is too long.
    #[error("a case reference has at most {MAX_CASE_REFERENCE_CHARS} characters")]
    CaseReference,
    /// Another version, or bytes that no sender of this version writes.
    #[error("the details are not of version 1")]
    Malformed,
}

/// What a coordinator of the signal's region may know, and a repeat of what the signal says, so that a hub
/// that changed a signal is seen (P-50).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type; the module lists them")]
pub struct Details {
    pub contact_function: ContactFunction,
    pub case_reference: Option<String>,
    pub severity: Severity,
    pub code: Option<Code>,
    pub month: Month,
    pub region: RegionId,
    pub observation: Observation,
    /// The manifest under which the agency sent it.
    pub manifest_sequence: u64,
}

impl Details {
    /// The 256 bytes, always all of them.
    ///
    /// # Errors
    /// [`TextFault::CaseReference`] when that is too long or empty.
    pub fn encode(&self) -> Result<Zeroizing<[u8; TEXT_LEN]>, TextFault> {
        let mut text = Zeroizing::new([0; TEXT_LEN]);
        let mut rest = &mut text[..];
        let mut put = |bytes: &[u8], width: usize| {
            if let Some((here, after)) = std::mem::take(&mut rest).split_at_mut_checked(width) {
                here.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                rest = after;
            }
        };
        put(&[VERSION, self.contact_function.number(), severity_number(self.severity)], 3);
        put(self.code.as_ref().map_or(&[][..], |code| code.as_str().as_bytes()), 3);
        put(&self.month.number().to_be_bytes(), 4);
        put(&[observation_number(self.observation)], 1);
        put(&self.manifest_sequence.to_be_bytes(), 8);
        let region = self.region.as_str().as_bytes();
        put(&[u8::try_from(region.len()).map_err(|_| TextFault::Malformed)?], 1);
        put(region, REGION_LEN);
        if let Some(case) = &self.case_reference {
            if case.is_empty() || case.len() > MAX_CASE_REFERENCE_LEN {
                return Err(TextFault::CaseReference);
            }
            put(&[u8::try_from(case.len()).map_err(|_| TextFault::CaseReference)?], 1);
            put(case.as_bytes(), case.len());
        }
        Ok(text)
    }

    /// Reads the 256 bytes, and nothing else than [`Self::encode`] writes.
    ///
    /// # Errors
    /// [`TextFault::Malformed`].
    pub fn decode(text: &[u8; TEXT_LEN]) -> Result<Self, TextFault> {
        let details = Self::read(text).ok_or(TextFault::Malformed)?;
        // One encoding for each content: no room to hide anything in the padding.
        if details.encode()?[..] == text[..] { Ok(details) } else { Err(TextFault::Malformed) }
    }

    fn read(text: &[u8]) -> Option<Self> {
        let (head, rest) = text.split_first_chunk::<3>()?;
        let [version, function, severity] = *head;
        let (code, rest) = rest.split_first_chunk::<3>()?;
        let (month, rest) = rest.split_first_chunk::<4>()?;
        let (observation, rest) = rest.split_first()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (region_len, rest) = rest.split_first()?;
        let (region, rest) = rest.split_first_chunk::<REGION_LEN>()?;
        let (case_len, rest) = rest.split_first()?;
        let case = std::str::from_utf8(rest.get(..usize::from(*case_len))?).ok()?;
        let region = std::str::from_utf8(region.get(..usize::from(*region_len))?).ok()?;
        let code = match code {
            [0, 0, 0] => None,
            code => Some(Code::parse(std::str::from_utf8(code).ok()?).ok()?),
        };
        (version == VERSION).then_some(())?;
        Some(Self {
            contact_function: ContactFunction::from_number(function)?,
            case_reference: (!case.is_empty()).then(|| case.to_owned()),
            severity: match severity {
                1 => Severity::Soft,
                2 => Severity::Hard,
                _ => return None,
            },
            code,
            month: Month::from_number(u32::from_be_bytes(*month)).ok()?,
            region: RegionId::parse(region).ok()?,
            observation: match observation.checked_sub(1) {
                None => Observation::Own,
                Some(at) => Observation::Hearsay(*Domain::ALL.get(usize::from(at))?),
            },
            manifest_sequence: u64::from_be_bytes(*sequence),
        })
    }
}

impl ContactFunction {
    const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Unspecified),
            _ => None,
        }
    }
}

const fn severity_number(severity: Severity) -> u8 {
    match severity {
        Severity::Soft => 1,
        Severity::Hard => 2,
    }
}

fn observation_number(observation: Observation) -> u8 {
    let at = |domain| Domain::ALL.iter().position(|it| *it == domain).unwrap_or_default();
    match observation {
        Observation::Own => 0,
        Observation::Hearsay(domain) => u8::try_from(at(domain)).map_or(0, |at| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(case: Option<&str>) -> Details {
        Details {
            contact_function: ContactFunction::Unspecified,
            case_reference: case.map(str::to_owned),
            severity: Severity::Hard,
            code: Some(Code::parse("V11").unwrap()),
            month: Month::parse("2026-10").unwrap(),
            region: RegionId::parse("west").unwrap(),
            observation: Observation::Hearsay(Domain::BestuurVeiligheid),
            manifest_sequence: 42,
        }
    }

    #[test]
    fn details_come_back_as_they_were() {
        for case in
            [None, Some("Z-2026-1"), Some(&*"é".repeat(64)), Some(&*"x".repeat(MAX_CASE_REFERENCE_LEN))]
        {
            let details = details(case);
            assert_eq!(Details::decode(&details.encode().unwrap()), Ok(details));
        }
        let soft =
            Details { code: None, severity: Severity::Soft, observation: Observation::Own, ..details(None) };
        assert_eq!(Details::decode(&soft.encode().unwrap()), Ok(soft));
    }

    #[test]
    fn a_case_reference_that_does_not_fit_is_refused() {
        for case in ["", &"x".repeat(MAX_CASE_REFERENCE_LEN + 1)] {
            assert_eq!(details(Some(case)).encode().unwrap_err(), TextFault::CaseReference);
        }
    }

    #[test]
    fn nothing_hides_in_the_padding() {
        let whole = details(Some("Z-1")).encode().unwrap();
        for at in 0..TEXT_LEN {
            let mut changed = *whole;
            changed[at] ^= 0x80;
            assert_ne!(Details::decode(&changed), Ok(details(Some("Z-1"))), "{at}");
            if at > 60 {
                assert_eq!(Details::decode(&changed), Err(TextFault::Malformed), "{at}");
            }
        }
    }
}
