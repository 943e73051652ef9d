//! One line of CSV. No field of a signal may hold a line break, so a quoted field ends on its own line.

use zeroize::Zeroizing;

use super::Column;
use super::fault::InputFault;

/// How one line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As a line does.
    Whole,
    /// Inside a quoted field.
    InQuotes,
    /// Something stands between a closing quote and the separator.
    AfterQuote,
}

/// The fields of one line. Keeps its room from line to line; wiped on drop.
#[derive(Default)]
pub(super) struct Record {
    text: Zeroizing<String>,
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Record {
    /// Splits a line at `delimiter`; `""` inside a quoted field is one quote (RFC 4180).
    pub(super) fn split(&mut self, line: &str, delimiter: char) -> Ending {
        self.text.clear();
        self.ends.clear();
        if !line.contains('"') {
            // Most lines: one copy, and the places of the separators.
            self.text.push_str(line);
            self.starts.clear();
            self.starts.push(0);
            for (at, found) in line.match_indices(delimiter) {
                self.ends.push(at);
                self.starts.push(at + found.len());
            }
            self.ends.push(line.len());
            return Ending::Whole;
        }
        let ending = self.split_quoted(line, delimiter);
        self.starts.clear();
        self.starts.extend(std::iter::once(0).chain(self.ends.iter().copied()).take(self.ends.len()));
        ending
    }

    fn split_quoted(&mut self, line: &str, delimiter: char) -> Ending {
        let mut rest = line.chars().peekable();
        loop {
            if rest.next_if_eq(&'"').is_some() {
                loop {
                    match rest.next() {
                        None => return Ending::InQuotes,
                        Some('"') if rest.next_if_eq(&'"').is_none() => break,
                        Some(c) => self.text.push(c),
                    }
                }
                if rest.peek().is_some_and(|c| *c != delimiter) {
                    return Ending::AfterQuote;
                }
            } else {
                while let Some(c) = rest.next_if(|c| *c != delimiter) {
                    self.text.push(c);
                }
            }
            self.ends.push(self.text.len());
            if rest.next().is_none() {
                return Ending::Whole;
            }
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// The fields, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        let field = |(start, end): (&usize, &usize)| self.text.get(*start..*end).unwrap_or_default();
        self.starts.iter().zip(&self.ends).map(field)
    }
}

/// What the heading says: the separator, and the column of each field.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) delimiter: char,
    pub(super) columns: Vec<Column>,
    /// Columns without a name behind the last: a spreadsheet's, which hold nothing.
    nameless: usize,
}

/// Columns of which at least one must be there.
const REQUIRED: [&[Column]; 5] = [
    &[Column::Reference],
    &[Column::Bsn, Column::Onderwijsnummer, Column::VNumber],
    &[Column::Severity, Column::Code],
    &[Column::Month],
    &[Column::Region],
];

impl Heading {
    /// How many fields each line has.
    pub(super) const fn len(&self) -> usize {
        self.columns.len() + self.nameless
    }

    /// Reads the headings; the separator where the file said it.
    ///
    /// # Errors
    /// [`InputFault`] when the line holds none, an unknown one, one twice, or too few.
    pub(super) fn parse(line: &str, delimiter: Option<char>) -> Result<Self, InputFault> {
        let found = || [';', '\t'].into_iter().find(|it| line.contains(*it)).unwrap_or(',');
        let delimiter = delimiter.unwrap_or_else(found);
        let mut record = Record::default();
        if record.split(line, delimiter) != Ending::Whole {
            return Err(InputFault::HeaderMissing);
        }
        if record.fields().all(|heading| Column::parse(heading).is_none()) {
            return Err(InputFault::HeaderMissing);
        }
        let mut columns = Vec::new();
        let named = record.fields().collect::<Vec<_>>();
        let named = named.iter().rposition(|it| !it.trim().is_empty()).map_or(0, |at| at + 1);
        for (at, heading) in record.fields().take(named).enumerate() {
            let column = Column::parse(heading)
                .ok_or_else(|| InputFault::UnknownHeading { position: at + 1, name: word(heading) })?;
            if columns.contains(&column) {
                return Err(InputFault::HeadingTwice(column));
            }
            columns.push(column);
        }
        let missing: Vec<_> =
            REQUIRED.into_iter().filter(|choice| !choice.iter().any(|it| columns.contains(it))).collect();
        if missing.is_empty() {
            Ok(Self { delimiter, columns, nameless: record.len() - named })
        } else {
            Err(InputFault::ColumnsMissing(missing))
        }
    }
}

/// A heading that may be repeated to a person: letters, and no number that could be a child's.
fn word(heading: &str) -> Option<String> {
    let heading = heading.trim();
    let lawful = |c: char| c.is_alphabetic() || matches!(c, ' ' | '_' | '-');
    let fits = (1..=40).contains(&heading.chars().count()) && heading.chars().all(lawful);
    fits.then(|| heading.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str, delimiter: char) -> Result<Vec<String>, Ending> {
        let mut record = Record::default();
        match record.split(line, delimiter) {
            Ending::Whole => Ok(record.fields().map(str::to_owned).collect()),
            other @ (Ending::InQuotes | Ending::AfterQuote) => Err(other),
        }
    }

    #[test]
    fn a_line_splits_as_a_spreadsheet_wrote_it() {
        assert_eq!(split("a;b;;\"c;d\"", ';').unwrap(), ["a", "b", "", "c;d"]);
        assert_eq!(split("\"say \"\"hi\"\"\",x", ',').unwrap(), ["say \"hi\"", "x"]);
        assert_eq!(split("5\" pipe,é", ',').unwrap(), ["5\" pipe", "é"]);
        assert_eq!(split("", ',').unwrap(), [""]);
        assert_eq!(split("a,", ',').unwrap(), ["a", ""]);
        assert_eq!(split("a,\"b", ','), Err(Ending::InQuotes));
        assert_eq!(split("\"a\"b,c", ','), Err(Ending::AfterQuote));
    }

    fn heading(line: &str) -> Result<Heading, InputFault> {
        Heading::parse(line, None)
    }

    #[test]
    fn headings_are_dutch_or_english_with_comma_or_semicolon() {
        let dutch = heading("referentie;bsn;soort;maand;regio").unwrap();
        let english = heading("\"Reference\",BSN,severity,month,region").unwrap();
        assert_eq!(dutch.columns, english.columns);
        assert_eq!(heading("referentie\tbsn\tsoort\tmaand\tregio").unwrap().columns, dutch.columns);
        let padded = heading("referentie;bsn;soort;maand;regio;;").unwrap();
        assert_eq!((padded.len(), padded.columns), (7, dutch.columns));
        assert!(heading("reference,v_number,code,maand,regio,zaaknummer").is_ok());
    }

    #[test]
    fn a_heading_that_is_no_column_stops_the_file() {
        let fault = |line: &str| heading(line).unwrap_err();
        let base = "referentie;bsn;soort;maand;regio";
        assert!(matches!(fault("1;900000041;zacht;2026-10;west"), InputFault::HeaderMissing));
        assert!(matches!(
            fault(&format!("{base};voornaam")),
            InputFault::UnknownHeading { position: 6, name: Some(name) } if name == "voornaam"
        ));
        // What may be a number of a child is not repeated.
        assert!(matches!(
            fault(&format!("{base};900000041")),
            InputFault::UnknownHeading { position: 6, name: None }
        ));
        assert!(matches!(fault(&format!("{base};region")), InputFault::HeadingTwice(Column::Region)));
    }

    #[test]
    fn each_required_column_is_missed_by_name() {
        for column in ["referentie", "bsn", "soort", "maand", "regio"] {
            let rest: Vec<_> = ["referentie", "bsn", "soort", "maand", "regio"]
                .into_iter()
                .filter(|it| *it != column)
                .collect();
            let fault = heading(&rest.join(",")).unwrap_err();
            let said = crate::language::Say::say(&fault, crate::language::Language::Nl);
            assert!(matches!(fault, InputFault::ColumnsMissing(_)) && said.contains(column), "{said}");
        }
    }
}
