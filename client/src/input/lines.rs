//! Lines of UTF-8, numbered, in flat memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use zeroize::Zeroizing;

use super::fault::InputFault;

/// Bytes that a line may have. A signal takes some hundreds.
pub(crate) const MAX_LINE_LEN: usize = 64 * 1024;

/// Bytes of standard input that are looked at before anything is sent.
const LOOK_AHEAD_LEN: u64 = 8 * 1024 * 1024;

/// A file or a stream that was found to be UTF-8: a file as a whole, a stream as far as [`LOOK_AHEAD_LEN`].
pub struct Source {
    reader: Box<dyn BufRead + Send>,
    lines: Option<u64>,
}

impl Source {
    /// Looks a file through, then starts it again. What is no plain file is read as a stream.
    ///
    /// # Errors
    /// [`InputFault`] when it cannot be read or is not UTF-8; nothing was sent then.
    pub fn file(path: &Path) -> Result<Self, InputFault> {
        let mut file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Self::stream(file);
        }
        let mut lines = Lines::new(BufReader::with_capacity(MAX_LINE_LEN, &file));
        while lines.advance()? {}
        let count = lines.number;
        file.rewind()?;
        Ok(Self { reader: Box::new(BufReader::with_capacity(MAX_LINE_LEN, file)), lines: Some(count) })
    }

    /// Looks at the beginning of a stream.
    ///
    /// # Errors
    /// [`InputFault`] when it cannot be read, or the beginning is not UTF-8.
    pub fn stream(mut stream: impl Read + Send + 'static) -> Result<Self, InputFault> {
        let mut ahead = Zeroizing::new(Vec::new());
        stream.by_ref().take(LOOK_AHEAD_LEN).read_to_end(&mut ahead)?;
        let whole = u64::try_from(ahead.len()).unwrap_or(u64::MAX) < LOOK_AHEAD_LEN;
        let end = if whole {
            ahead.len()
        } else {
            // The last line may go on after what was read.
            ahead.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
        };
        let mut lines = Lines::new(ahead.get(..end).unwrap_or_default());
        while lines.advance()? {}
        let count = whole.then_some(lines.number);
        let reader = BufReader::with_capacity(MAX_LINE_LEN, Cursor::new(ahead).chain(stream));
        Ok(Self { reader: Box::new(reader), lines: count })
    }

    /// Its number of lines, where that is known already.
    #[must_use]
    pub const fn lines(&self) -> Option<u64> {
        self.lines
    }

    pub(super) fn into_lines(self) -> Lines<Box<dyn BufRead + Send>> {
        Lines::new(self.reader)
    }
}

/// The lines of a reader. The last line is wiped on drop.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    line: Zeroizing<Vec<u8>>,
    is_too_long: bool,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, number: 0, line: Zeroizing::new(Vec::new()), is_too_long: false }
    }

    /// Goes to the next line; `false` after the last.
    pub(super) fn advance(&mut self) -> Result<bool, InputFault> {
        self.line.clear();
        let limit = u64::try_from(MAX_LINE_LEN + 1).unwrap_or(u64::MAX);
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        self.is_too_long = self.line.len() > MAX_LINE_LEN && !self.line.ends_with(b"\n");
        if self.is_too_long {
            self.line.clear();
            skip_line(&mut self.reader)?;
            return Ok(true);
        }
        if self.line.ends_with(b"\n") {
            self.line.pop();
        }
        if self.line.ends_with(b"\r") {
            self.line.pop();
        }
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        if std::str::from_utf8(&self.line).is_err() {
            return Err(InputFault::NotUtf8 { line: self.number });
        }
        Ok(true)
    }

    /// The number of this line, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// This line without its end; `None` when it was too long to keep.
    pub(super) fn text(&self) -> Option<&str> {
        if self.is_too_long { None } else { std::str::from_utf8(&self.line).ok() }
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        if let Some(at) = buffer.iter().position(|byte| *byte == b'\n') {
            reader.consume(at + 1);
            return Ok(());
        }
        let length = buffer.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &'static [u8]) -> Result<Vec<(u64, Option<String>)>, InputFault> {
        let mut lines = Lines::new(bytes);
        let mut all = Vec::new();
        while lines.advance()? {
            all.push((lines.number(), lines.text().map(str::to_owned)));
        }
        Ok(all)
    }

    #[test]
    fn lines_are_counted_from_one_without_mark_and_ends() {
        let text = |text: &str| Some(text.to_owned());
        let expected = vec![(1, text("a")), (2, text("")), (3, text("\u{feff}b"))];
        assert_eq!(all("\u{feff}a\r\n\n\u{feff}b".as_bytes()).unwrap(), expected);
        assert_eq!(all(b"").unwrap(), vec![]);
    }

    #[test]
    fn what_is_not_utf_8_is_named_by_its_line() {
        let fault = all(b"a\nb\xe9\n").unwrap_err();
        assert!(matches!(fault, InputFault::NotUtf8 { line: 2 }));
        assert!(matches!(Source::stream(&b"a\n\xff"[..]), Err(InputFault::NotUtf8 { line: 2 })));
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let long = Cursor::new(vec![b'x'; 3 * MAX_LINE_LEN]).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(BufReader::new(long));
        assert!(lines.advance().unwrap());
        assert_eq!(lines.text(), None);
        assert!(lines.line.capacity() < 3 * MAX_LINE_LEN);
        assert!(lines.advance().unwrap());
        assert_eq!((lines.number(), lines.text()), (2, Some("next")));
    }
}
