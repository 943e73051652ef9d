//! Writing a journal anew, with one line for each signal whose term has not passed.
//!
//! References are uniformly random, so a journal of any size is handled in parts by reference, each small enough
//! for memory: one part tells how much of the whole is said twice, and the new journal is written part by part.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use samenloop_core::value::{Day, SignalReference};

use super::file::{HEADING, anew, private_file, scan};
use super::{Entry, Latest};

/// Bytes of a journal that are handled at once.
const PART_LEN: u64 = 16 * 1024 * 1024;

/// The lines of one part, and how many there are; and whether any line of the whole is past its term.
pub(super) struct Share {
    today: Day,
    parts: u64,
    lines: usize,
    latest: Latest,
    has_ended: bool,
}

impl Share {
    /// Of a journal of so many bytes, on a day.
    pub(super) fn of(length: u64, today: Day) -> Self {
        let parts = length / PART_LEN + 1;
        Self { today, parts, lines: 0, latest: Latest::default(), has_ended: false }
    }

    pub(super) fn note(&mut self, entry: Entry) {
        self.has_ended |= entry.is_past(self.today);
        if self.part_of(entry.reference) == 0 {
            self.lines += 1;
            self.latest.take(entry);
        }
    }

    #[cfg(test)]
    pub(super) const fn split_into(&mut self, parts: u64) {
        self.parts = parts;
    }

    /// Whether a line is past its term, or half of them or more say nothing. Terms end with a month: that is once a month, and
    /// otherwise seldom.
    pub(super) fn is_due(&self) -> bool {
        self.has_ended || (self.lines > 0 && self.lines >= 2 * self.latest.entries.len())
    }

    const fn part_of(&self, reference: SignalReference) -> u64 {
        let [a, b, c, d, ..] = *reference.bytes();
        (u32::from_be_bytes([a, b, c, d]) as u64) % self.parts
    }
}

/// Writes the journal anew and puts it in the place of the old one, in one step: a crash leaves either. `None` when
/// that fails, on a full disk say: then the old one serves as it is.
///
/// # Errors
/// When the new one stands in its place, and nobody knows whether it would after a crash.
pub(super) fn compact(path: &Path, old: &mut File, share: &Share, today: Day) -> io::Result<Option<File>> {
    let beside = anew(path);
    let Ok(file) = write(&beside, path, old, share, today) else {
        let _ = std::fs::remove_file(&beside);
        return Ok(None);
    };
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        File::open(directory)?.sync_all()?;
    }
    Ok(Some(file))
}

fn write(beside: &Path, path: &Path, old: &mut File, share: &Share, today: Day) -> io::Result<File> {
    let file = private_file().open(beside)?;
    file.set_len(0)?;
    // Before anybody can open it by the journal's name.
    file.try_lock()?;
    let mut writer = BufWriter::with_capacity(256 * 1024, file);
    writer.write_all(HEADING.as_bytes())?;
    for part in 0..share.parts {
        let mut latest = Latest::default();
        scan(path, old, |reference| share.part_of(reference) == part, |entry| latest.take(entry))
            .map_err(io::Error::other)?;
        for entry in latest.entries.iter().filter(|entry| !entry.is_past(today)) {
            entry.write(&mut writer)?;
        }
    }
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(beside, path)?;
    Ok(file)
}
