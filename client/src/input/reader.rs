//! From lines to fields, whatever the form of the file.

use std::collections::VecDeque;
use std::io::BufRead;

use zeroize::Zeroizing;

use super::column::Fields;
use super::csv::{Ending, Heading, Record};
use super::fault::InputFault;
use super::json::Object;
use super::lines::{Again, Lines, MAX_LINE_LEN, Source};
use crate::refusal::{Malformed, Refusal};

/// Lines over which the end of an open quote is looked for.
const MAX_QUOTED_LINES: usize = 100;

/// Reads the lines of a file one by one. A heading is line 1; the first JSON line is line 1.
pub struct Reader {
    lines: Lines<Box<dyn BufRead + Send>>,
    again: Again,
    form: Form,
    record: Record,
    /// Lines that were read on the search for the end of a quote, and are still to be judged.
    ahead: VecDeque<(u64, Ahead)>,
}

enum Form {
    Csv(Heading),
    Json,
}

enum Ahead {
    Text(Zeroizing<String>),
    TooLong,
    InQuotes,
}

/// A line's number, and what was made of it or why it is refused.
type Numbered<T> = (u64, Result<T, Refusal>);

impl Reader {
    /// Finds out the form of a source and reads its headings.
    ///
    /// # Errors
    /// [`InputFault`] when the file as a whole is refused.
    pub fn new(source: Source) -> Result<Self, InputFault> {
        let (mut lines, again) = source.into_lines();
        let mut ahead = VecDeque::new();
        let mut delimiter = None;
        let form = loop {
            if !lines.advance()? {
                return Err(InputFault::Empty);
            }
            let text = lines.text().ok_or(InputFault::HeaderMissing)?;
            match text.trim_start().chars().next() {
                None => {}
                Some('[') => return Err(InputFault::JsonArray),
                Some('{') => {
                    ahead.push_back((lines.number(), Ahead::Text(Zeroizing::new(text.to_owned()))));
                    break Form::Json;
                }
                Some(_) => match said_delimiter(text) {
                    Some(said) => delimiter = Some(said),
                    None => break Form::Csv(Heading::parse(text, delimiter)?),
                },
            }
        };
        Ok(Self { lines, again, form, record: Record::default(), ahead })
    }

    /// Another reader of the same, from its beginning; `None` where it has passed.
    pub(crate) fn again(&self) -> Result<Option<Self>, InputFault> {
        Source::again(&self.again, self.lines.encoding())?.map(Self::new).transpose()
    }

    /// Reads the next line that is not blank; `None` after the last.
    ///
    /// # Errors
    /// [`InputFault`] when reading fails, or a stream turns out not to be UTF-8.
    pub fn next<T>(
        &mut self,
        read: impl FnOnce(u64, &Fields<'_>) -> Result<T, Refusal>,
    ) -> Result<Option<Numbered<T>>, InputFault> {
        loop {
            let ahead = self.ahead.pop_front();
            if ahead.is_none() && !self.lines.advance()? {
                return Ok(None);
            }
            let (number, text) = match &ahead {
                Some((number, Ahead::Text(text))) => (*number, Ok(text.as_str())),
                Some((number, Ahead::TooLong)) => (*number, Err(Malformed::TooLong)),
                Some((number, Ahead::InQuotes)) => (*number, Err(Malformed::Quote)),
                None => (self.lines.number(), self.lines.text().ok_or(Malformed::TooLong)),
            };
            let text = match text {
                Ok(text) if text.trim().is_empty() => continue,
                Ok(text) => text,
                Err(malformed) => return Ok(Some((number, Err(Refusal::Malformed(malformed))))),
            };
            let heading = match &self.form {
                Form::Json => {
                    let row = Object::parse(text).and_then(|object| read(number, &object.fields()));
                    return Ok(Some((number, row)));
                }
                Form::Csv(heading) => heading,
            };
            match self.record.split(text, heading.delimiter) {
                Ending::Whole => match fields(heading, &self.record) {
                    Ok(fields) if fields.is_blank() => {}
                    Ok(fields) => return Ok(Some((number, read(number, &fields)))),
                    Err(refusal) => return Ok(Some((number, Err(refusal)))),
                },
                Ending::AfterQuote => return Ok(Some((number, Err(Refusal::Malformed(Malformed::Quote))))),
                Ending::InQuotes => {
                    self.look_for_quote()?;
                    return Ok(Some((number, Err(Refusal::Malformed(Malformed::Quote)))));
                }
            }
        }
    }

    fn read_line(&mut self) -> Result<Option<(u64, Ahead)>, InputFault> {
        if !self.lines.advance()? {
            return Ok(None);
        }
        let line =
            self.lines.text().map_or(Ahead::TooLong, |text| Ahead::Text(Zeroizing::new(text.to_owned())));
        Ok(Some((self.lines.number(), line)))
    }

    /// Refuses the lines over which a quoted field goes on: what stands inside a field is never read as a
    /// line. A quote that closes nowhere near was a slip, and spoils its own line only.
    fn look_for_quote(&mut self) -> Result<(), InputFault> {
        let mut length = 0;
        let mut at = 0;
        while at < MAX_QUOTED_LINES && length < MAX_LINE_LEN {
            if at == self.ahead.len() {
                match self.read_line()? {
                    Some(line) => self.ahead.push_back(line),
                    None => return Ok(()),
                }
            }
            let Some((_, Ahead::Text(text))) = self.ahead.get(at) else { return Ok(()) };
            length += text.len();
            at += 1;
            if text.matches('"').count() % 2 == 1 {
                for (_, line) in self.ahead.iter_mut().take(at) {
                    *line = Ahead::InQuotes;
                }
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The separator, where a line says nothing but that: `sep=;`, which Excel reads and some exports write.
fn said_delimiter(line: &str) -> Option<char> {
    let said = line.trim_start().get(..4).filter(|begin| begin.eq_ignore_ascii_case("sep="));
    let mut rest = said.and_then(|_| line.trim_start().get(4..))?.chars();
    rest.next().filter(|c| matches!(c, ';' | ',' | '\t') && rest.as_str().trim().is_empty())
}

fn fields<'r>(heading: &Heading, record: &'r Record) -> Result<Fields<'r>, Refusal> {
    if record.len() != heading.len() || record.fields().skip(heading.columns.len()).any(|it| !it.is_empty()) {
        let (expected, found) = (heading.columns.len(), record.len());
        return Err(Refusal::Malformed(Malformed::FieldCount { expected, found }));
    }
    let mut fields = Fields::default();
    for (column, text) in heading.columns.iter().zip(record.fields()) {
        fields.set(*column, text);
    }
    Ok(fields)
}
