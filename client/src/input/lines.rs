//! Lines of text, numbered, in flat memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::encoding::Encoding;
use super::fault::InputFault;

/// Bytes that a line may have. A signal takes some hundreds.
pub(crate) const MAX_LINE_LEN: usize = 64 * 1024;

/// Bytes of standard input that are looked at before anything is sent.
const LOOK_AHEAD_LEN: u64 = 8 * 1024 * 1024;

/// A file or a stream whose encoding was found: of a file as a whole, of a stream as far as [`LOOK_AHEAD_LEN`].
pub struct Source {
    reader: Box<dyn BufRead + Send>,
    encoding: Encoding,
    lines: Option<u64>,
    again: Again,
}

/// How to read the same from its beginning once more.
#[derive(Clone)]
pub(super) enum Again {
    File(PathBuf),
    Kept(Ahead),
    /// What has passed is gone.
    Not,
}

/// The beginning of a stream, kept. Wiped when the last reader is gone.
#[derive(Clone)]
pub(super) struct Ahead(Arc<Zeroizing<Vec<u8>>>);

impl AsRef<[u8]> for Ahead {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Source {
    /// Looks a file through, then starts it again. What is no plain file is read as a stream.
    ///
    /// # Errors
    /// [`InputFault`] when it is open in a spreadsheet, cannot be read, or is no text; nothing was sent then.
    pub fn file(path: &Path) -> Result<Self, InputFault> {
        let mut file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Self::stream(file);
        }
        if let Some(lock) = spreadsheet_lock(path) {
            return Err(InputFault::Locked(lock));
        }
        let mut lines = Lines::new(BufReader::with_capacity(MAX_LINE_LEN, &file), Encoding::Utf8);
        let (encoding, count) = Encoding::of(&mut lines)?;
        file.rewind()?;
        let reader = Box::new(BufReader::with_capacity(MAX_LINE_LEN, file));
        Ok(Self { reader, encoding, lines: Some(count), again: Again::File(path.to_owned()) })
    }

    /// Looks at the beginning of a stream.
    ///
    /// # Errors
    /// [`InputFault`] when it cannot be read, or the beginning is no text.
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
        let mut lines = Lines::new(ahead.get(..end).unwrap_or_default(), Encoding::Utf8);
        let (encoding, count) = Encoding::of(&mut lines)?;
        let ahead = Ahead(Arc::new(ahead));
        let again = if whole { Again::Kept(ahead.clone()) } else { Again::Not };
        let reader = Box::new(BufReader::with_capacity(MAX_LINE_LEN, Cursor::new(ahead).chain(stream)));
        Ok(Self { reader, encoding, lines: whole.then_some(count), again })
    }

    /// The same from its beginning, in the encoding that was found; `None` where it has passed.
    pub(super) fn again(again: &Again, encoding: Encoding) -> Result<Option<Self>, InputFault> {
        let reader: Box<dyn BufRead + Send> = match again {
            Again::File(path) => Box::new(BufReader::with_capacity(MAX_LINE_LEN, File::open(path)?)),
            Again::Kept(ahead) => Box::new(Cursor::new(ahead.clone())),
            Again::Not => return Ok(None),
        };
        Ok(Some(Self { reader, encoding, lines: None, again: Again::Not }))
    }

    /// Its number of lines, where that is known already.
    #[must_use]
    pub const fn lines(&self) -> Option<u64> {
        self.lines
    }

    /// What it is written in.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(super) fn into_lines(self) -> (Lines<Box<dyn BufRead + Send>>, Again) {
        (Lines::new(self.reader, self.encoding), self.again)
    }
}

/// The file that a spreadsheet keeps beside one that it has open: Excel `~$name`, LibreOffice `.~lock.name#`.
pub(crate) fn spreadsheet_lock(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let beside = [format!("~${name}"), format!(".~lock.{name}#")].map(|lock| path.with_file_name(lock));
    beside.into_iter().find(|lock| lock.symlink_metadata().is_ok())
}

/// The lines of a reader. The last line is wiped on drop.
pub(super) struct Lines<R> {
    reader: R,
    encoding: Encoding,
    number: u64,
    line: Zeroizing<Vec<u8>>,
    /// The line where it is not UTF-8.
    decoded: Zeroizing<String>,
    is_too_long: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, encoding: Encoding) -> Self {
        let line = Zeroizing::new(Vec::new());
        Self { reader, encoding, number: 0, line, decoded: Zeroizing::default(), is_too_long: false }
    }

    /// Goes to the next line; `false` after the last.
    pub(super) fn advance(&mut self) -> Result<bool, InputFault> {
        if !self.read()? {
            return Ok(false);
        }
        self.encoding.decode(&self.line, &mut self.decoded);
        if self.encoding == Encoding::Utf8 && std::str::from_utf8(&self.line).is_err() {
            return Err(InputFault::NotUtf8 { line: self.number });
        }
        Ok(true)
    }

    /// Goes to the next line, whatever its bytes; `false` after the last.
    pub(super) fn read(&mut self) -> Result<bool, InputFault> {
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
        Ok(true)
    }

    /// The number of this line, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// The bytes of this line without its end.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.line
    }

    /// What it is written in.
    pub(super) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// This line without its end; `None` when it was too long to keep.
    pub(super) fn text(&self) -> Option<&str> {
        match (self.is_too_long, self.encoding) {
            (true, _) => None,
            (false, Encoding::Utf8) => std::str::from_utf8(&self.line).ok(),
            (false, Encoding::Windows1252) => Some(&self.decoded),
        }
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
        let mut lines = Lines::new(bytes, Encoding::Utf8);
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
        // A stream may turn out to be so after its beginning; in its beginning a byte alone is Windows-1252.
        for bytes in [&b"a\n\x81"[..], b"a\n\xff\xe9\n\xc3\xa9", b"\xff\xfea\0"] {
            assert!(matches!(Source::stream(bytes), Err(InputFault::NotUtf8 { .. })));
        }
    }

    #[test]
    fn windows_1252_is_found_and_converted() {
        let source = Source::stream(&b"a\n\xe9\x80\n"[..]).unwrap();
        assert_eq!(source.encoding(), Encoding::Windows1252);
        let (mut lines, again) = source.into_lines();
        assert!(lines.advance().unwrap() && lines.advance().unwrap());
        assert_eq!(lines.text(), Some("\u{e9}\u{20ac}"));
        let (mut lines, _) = Source::again(&again, lines.encoding()).unwrap().unwrap().into_lines();
        assert!(lines.advance().unwrap() && lines.advance().unwrap());
        assert_eq!(lines.text(), Some("\u{e9}\u{20ac}"));
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let long = Cursor::new(vec![b'x'; 3 * MAX_LINE_LEN]).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(BufReader::new(long), Encoding::Utf8);
        assert!(lines.advance().unwrap());
        assert_eq!(lines.text(), None);
        assert!(lines.line.capacity() < 3 * MAX_LINE_LEN);
        assert!(lines.advance().unwrap());
        assert_eq!((lines.number(), lines.text()), (2, Some("next")));
    }
}
