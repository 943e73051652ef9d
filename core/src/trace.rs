//! W3C Trace Context (Recommendation of 2021, version 00): by what two organisations name one processing to each other.
//!
//! Random, and nothing else: it says neither who calls nor about whom.

use std::fmt;

/// Characters of a `traceparent`, always.
pub const TRACEPARENT_LEN: usize = 55;

/// A trace and the action in it that calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: [u8; 16],
    span: [u8; 8],
}

impl TraceParent {
    /// A trace and an action; `None` when one of them is all zero, which names nothing (section 3.2.2).
    #[must_use]
    pub fn new(trace: [u8; 16], span: [u8; 8]) -> Option<Self> {
        (trace != [0; 16] && span != [0; 8]).then_some(Self { trace, span })
    }

    /// Reads a header: version 00, lower-case digits, 55 characters, nothing before or behind; `None` for all else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: &[u8; TRACEPARENT_LEN] = text.as_bytes().try_into().ok()?;
        let rest = bytes.strip_prefix(b"00-")?;
        let (trace, rest) = rest.split_at_checked(32)?;
        let (span, rest) = rest.strip_prefix(b"-")?.split_at_checked(16)?;
        let _flags: [u8; 1] = digits(rest.strip_prefix(b"-")?)?;
        Self::new(digits(trace)?, digits(span)?)
    }

    /// The trace.
    #[must_use]
    pub const fn trace(&self) -> &[u8; 16] {
        &self.trace
    }

    /// The action.
    #[must_use]
    pub const fn span(&self) -> &[u8; 8] {
        &self.span
    }
}

/// As a header has it; sampled, as the log leaves nothing out.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.span.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-01")
    }
}

fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let mut bytes = [0; N];
    if pairs.len() != N {
        return None;
    }
    for (to, [high, low]) in bytes.iter_mut().zip(pairs) {
        *to = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_reads_as_it_is_written() {
        let read = TraceParent::parse(SOUND).unwrap();
        assert_eq!(read.to_string(), SOUND);
        assert_eq!(read.to_string().len(), TRACEPARENT_LEN);
        assert_eq!((read.trace()[0], read.span()[7]), (0x0a, 0x31));
    }

    #[test]
    fn what_is_not_exactly_a_traceparent_is_none() {
        let malformed = [
            String::new(),
            SOUND.to_uppercase(),
            format!(" {SOUND}"),
            format!("{SOUND} "),
            format!("{SOUND}-00"),
            SOUND.replacen("00-", "ff-", 1),
            SOUND.replacen("00-", "01-", 1),
            SOUND.replace('-', "_"),
            SOUND.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            SOUND.replace("b7ad6b7169203331", &"0".repeat(16)),
            SOUND.replace("-01", "-0g"),
            SOUND.replace("af7", "é7"),
        ];
        for text in malformed {
            assert_eq!(TraceParent::parse(&text), None, "{text}");
        }
    }
}
