//! Files beside the journal that are kept as evidence, under another name.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use samenloop_core::value::Day;

use super::JournalFault;
use super::file::{locked, private_file};
use super::receipts::{receipts, receipts_of};

/// Gives a file the first number that is free; says under which name it lies then, and `None` when it is not there.
///
/// # Errors
/// [`JournalFault`] when it cannot be renamed.
pub(crate) fn aside(path: &Path) -> Result<Option<PathBuf>, JournalFault> {
    let numbered = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let free = (1..).map(numbered).find(|it| !it.exists()).unwrap_or_default();
    match std::fs::rename(path, &free) {
        Ok(()) => Ok(Some(free)),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(JournalFault::io(path)(source)),
    }
}

/// Puts the receipts of a journal aside, and goes on with those of later days than one.
///
/// # Errors
/// [`JournalFault`] when they cannot be read or written, or a command is sending.
pub(crate) fn set_aside(journal: &Path, day: Day) -> Result<Option<PathBuf>, JournalFault> {
    let _lock = locked(journal)?;
    let later: String = receipts(journal)?.iter().filter(|it| it.day > day).map(|it| it.line()).collect();
    let path = receipts_of(journal);
    let Some(put) = aside(&path)? else { return Ok(None) };
    let io = JournalFault::io(&path);
    let mut file = private_file().open(&path).map_err(&io)?;
    file.write_all(later.as_bytes()).and_then(|()| file.sync_all()).map_err(&io)?;
    Ok(Some(put))
}
