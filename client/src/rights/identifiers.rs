//! The identifiers of one child, from a file: never from a flag, which others on the machine can see.

use samenloop_pseudonym::Identifier;

use crate::language::{Language, Say};

/// Identifiers of one child at most: one of each kind.
const MAX_IDENTIFIERS: usize = 4;

/// Why a file gives no identifiers. Never says what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifiersFault {
    /// A line that is no `kind;number`.
    #[error("line {0} is no kind and number, such as: bsn;…")]
    Line(usize),
    /// A number that is none of its kind.
    #[error("the number on line {0} is not valid: check it in your source")]
    Number(usize),
    /// None at all, too many, or two of one kind: a request is about one child.
    #[error("give the numbers of one child, one of each kind")]
    Count,
}

impl Say for IdentifiersFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Line(line), Language::Nl) => format!(
                "Regel {line} is geen soort met een nummer. Schrijf op elke regel: bsn;nummer, onderwijsnummer;nummer of v_nummer;nummer."
            ),
            (Self::Number(line), Language::Nl) => {
                format!("Het nummer op regel {line} klopt niet. Controleer het in uw bron.")
            }
            (Self::Count, Language::Nl) => {
                "Geef de nummers van één kind, van elke soort ten hoogste één.".into()
            }
        }
    }
}

/// Reads lines of a kind and a number, with `;`, `,`, `:`, `=` or a space between them.
///
/// # Errors
/// [`IdentifiersFault`] for the first line that is wrong.
pub fn read_identifiers(text: &str) -> Result<Vec<Identifier>, IdentifiersFault> {
    let mut identifiers: Vec<Identifier> = Vec::new();
    // Windows puts a mark before the first line (U+FEFF).
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let (kind, value) =
            line.trim().split_once([';', ',', ':', '=', ' ', '\t']).ok_or(IdentifiersFault::Line(number))?;
        let parsed = match kind.trim().to_ascii_lowercase().as_str() {
            "bsn" => Identifier::parse_bsn(value.trim()),
            "onderwijsnummer" => Identifier::parse_onderwijsnummer(value.trim()),
            "v_nummer" | "v-nummer" | "v_number" => Identifier::parse_v_number(value.trim()),
            _ => return Err(IdentifiersFault::Line(number)),
        };
        let parsed = parsed.map_err(|_| IdentifiersFault::Number(number))?;
        if identifiers.iter().any(|it| it.kind() == parsed.kind()) {
            return Err(IdentifiersFault::Count);
        }
        identifiers.push(parsed);
    }
    if (1..=MAX_IDENTIFIERS).contains(&identifiers.len()) {
        Ok(identifiers)
    } else {
        Err(IdentifiersFault::Count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_one_child_and_no_fault_repeats_it() {
        let read = |text: &str| read_identifiers(text).map(|it| it.iter().map(Identifier::kind).count());
        assert_eq!(read("bsn;900000041\nv_nummer: 2812345678\n\n"), Ok(2));
        assert_eq!(read("BSN 9000.00.041"), Ok(1));
        assert_eq!(read("\u{feff}bsn;900000041\r\n"), Ok(1));
        for (text, fault) in [
            ("", IdentifiersFault::Count),
            ("bsn;900000041\nbsn;900000053", IdentifiersFault::Count),
            ("900000041", IdentifiersFault::Line(1)),
            ("\nnaam;900000041", IdentifiersFault::Line(2)),
            ("bsn;900000042", IdentifiersFault::Number(1)),
        ] {
            assert_eq!(read(text), Err(fault));
            for language in [Language::Nl, Language::En] {
                assert!(!fault.say(language).contains("9000000"));
            }
        }
    }
}
