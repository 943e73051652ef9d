//! The journal as a file: opened under a lock, read line by line.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use samenloop_core::value::SignalReference;

use super::entry::reference_of;
use super::{Entry, JournalFault};

pub(super) const HEADING: &str = "samenloop-journal 1\n";

/// Opens the journal, or makes an empty one, and locks it.
pub(super) fn locked(path: &Path) -> Result<File, JournalFault> {
    let io = JournalFault::io(path);
    loop {
        let file = private_file().open(path).map_err(&io)?;
        file.try_lock().map_err(|fault| match fault {
            TryLockError::WouldBlock => JournalFault::InUse(path.to_owned()),
            TryLockError::Error(source) => io(source),
        })?;
        // Between opening and locking, another command may have put a new journal in its place.
        if is_in_place(path, &file).map_err(&io)? {
            // What a crash left of writing it anew.
            let _ = std::fs::remove_file(anew(path));
            return Ok(file);
        }
    }
}

/// Whether `file` is what a path names.
pub(super) fn is_in_place(path: &Path, file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (own, named) = (file.metadata()?, std::fs::metadata(path));
        match named {
            Ok(named) => Ok((own.dev(), own.ino()) == (named.dev(), named.ino())),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }
    #[cfg(not(unix))]
    {
        let _ = (path, file);
        Ok(true)
    }
}

/// Where a journal is written anew, before it takes the place of the old one.
pub(super) fn anew(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// How far a journal could be read.
pub(super) struct Read {
    /// Bytes of whole lines.
    pub(super) whole: u64,
    /// Whether each of them could be read.
    pub(super) is_clean: bool,
}

/// Reads the entries of some references; a journal that is not there has none.
pub(super) fn for_each(
    path: &Path,
    is_wanted: impl Fn(SignalReference) -> bool,
    take: impl FnMut(Entry),
) -> Result<(), JournalFault> {
    match File::open(path) {
        Ok(mut file) => scan(path, &mut file, is_wanted, take).map(drop),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(JournalFault::io(path)(source)),
    }
}

/// Reads every whole line from the first, and takes those of some references.
pub(super) fn scan(
    path: &Path,
    file: &mut File,
    is_wanted: impl Fn(SignalReference) -> bool,
    mut take: impl FnMut(Entry),
) -> Result<Read, JournalFault> {
    let io = JournalFault::io(path);
    file.seek(SeekFrom::Start(0)).map_err(&io)?;
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut read = Read { whole: 0, is_clean: true };
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(&io)?;
        let is_first = read.whole == 0;
        if !line.ends_with(b"\n") {
            // Nothing, or a torn line; a first line that is torn may still become a heading.
            let is_own = !is_first || HEADING.as_bytes().starts_with(&line);
            return if is_own { Ok(read) } else { Err(JournalFault::Foreign(path.to_owned())) };
        }
        read.whole += u64::try_from(length).unwrap_or(u64::MAX);
        if is_first {
            if line != HEADING.as_bytes() {
                return Err(JournalFault::Foreign(path.to_owned()));
            }
            continue;
        }
        let text = std::str::from_utf8(&line).ok().map(|line| line.trim_end_matches('\n'));
        match text.and_then(|text| Some((reference_of(text)?, text))) {
            Some((reference, _)) if !is_wanted(reference) => {}
            Some((_, text)) => match Entry::parse(text) {
                Some(entry) => take(entry),
                None => read.is_clean = false,
            },
            None => read.is_clean = false,
        }
    }
}

/// Only its owner reads it.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}
