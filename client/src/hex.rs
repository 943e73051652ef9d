//! Hexadecimal digits: how keys, hashes and references are written in files and shown to people.

/// Lower-case hexadecimal digits, two a byte. Written in place: no part of a secret is left in memory that was given back.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(half.into(), 16).unwrap_or_default());
        }
        text
    })
}

/// The bytes of lower-case hexadecimal digits; `None` for any other text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = text.as_bytes().chunks(2).map(byte).collect::<Option<_>>()?;
    (hex(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_are_written_and_in_no_other_way() {
        let bytes = [0, 0x9f, 0xff];
        assert_eq!(hex(&bytes), "009fff");
        assert_eq!(unhex("009fff").as_deref(), Some(&bytes[..]));
        for other in ["009FFF", "009ff", "009fff ", "+09fff", "éé", "0g"] {
            assert_eq!(unhex(other), None, "{other}");
        }
    }
}
