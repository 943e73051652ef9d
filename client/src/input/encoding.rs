//! How the bytes of a file stand for characters, found out before anything of it is sent.

use std::io::BufRead;

use encoding_rs::WINDOWS_1252;

use super::fault::InputFault;
use super::lines::Lines;
use crate::language::{Language, Say};

/// What a file is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// With or without a byte order mark.
    #[default]
    Utf8,
    /// What Excel on a Dutch Windows writes when asked for plain CSV.
    Windows1252,
}

/// Bytes that stand for nothing in Windows-1252 (WHATWG Encoding, index windows-1252: the C1 controls).
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// The beginning of a spreadsheet's own files: a ZIP archive, or an OLE compound document.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

impl Encoding {
    /// Looks a file through: its encoding, and its number of lines.
    ///
    /// # Errors
    /// [`InputFault`] when it cannot be read, is a workbook, or is in neither encoding. A file that is UTF-8 in one
    /// place and not in another is refused: either reading would change its letters.
    pub(super) fn of(lines: &mut Lines<impl BufRead>) -> Result<(Self, u64), InputFault> {
        let mut first_bad = None;
        let (mut has_wide, mut has_undefined) = (false, false);
        while lines.read()? {
            let line = lines.bytes();
            if lines.number() == 1 && WORKBOOKS.iter().any(|begin| line.starts_with(begin)) {
                return Err(InputFault::Workbook);
            }
            if line.is_ascii() {
                continue;
            }
            if std::str::from_utf8(line).is_ok() {
                has_wide = true;
            } else {
                first_bad.get_or_insert(lines.number());
                has_undefined |= line.iter().any(|byte| UNDEFINED.contains(byte) || *byte == 0);
            }
        }
        match first_bad {
            None => Ok((Self::Utf8, lines.number())),
            Some(line) if has_wide || has_undefined => Err(InputFault::NotUtf8 { line }),
            Some(_) => Ok((Self::Windows1252, lines.number())),
        }
    }

    /// Text in this encoding that is no UTF-8.
    pub(super) fn decode(self, bytes: &[u8], text: &mut String) {
        if self == Self::Windows1252 {
            text.clear();
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(bytes).0);
        }
    }
}

impl Say for Encoding {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Utf8, Language::Nl) => "Het bestand is UTF-8.".into(),
            (Self::Utf8, Language::En) => "The file is UTF-8.".into(),
            (Self::Windows1252, Language::Nl) => {
                "Het bestand is Windows-1252 en is omgezet naar UTF-8. Ziet u vreemde letters, sla het dan op als \"CSV UTF-8\".".into()
            }
            (Self::Windows1252, Language::En) => {
                "The file is Windows-1252 and was converted to UTF-8. If letters look wrong, save it as \"CSV UTF-8\".".into()
            }
        }
    }
}
