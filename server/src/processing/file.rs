//! The log in files: one a day, a line of JSON each action, gone when its term is over.
//!
//! Opened anew for every write: a directory that is gone, full or replaced shows at once, and one that is back serves
//! again without a restart.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use samenloop_core::terms::PROCESSING_KEPT_DAYS;
use samenloop_core::value::Day;

/// Bytes that are looked at to find the end of the last whole line; longer than any line.
const TAIL: usize = 4096;

/// Where the files of one log lie.
#[derive(Debug)]
pub(super) struct DayFiles {
    directory: PathBuf,
    log: &'static str,
}

impl DayFiles {
    /// The files of a log in a directory.
    pub(super) fn new(directory: &Path, log: &'static str) -> Self {
        Self { directory: directory.to_owned(), log }
    }

    /// Appends whole lines to the file of a day; on disk when this returns.
    pub(super) fn append(&self, today: Day, lines: &str) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let path = self.directory.join(format!("{}-{today}.jsonl", self.log));
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let length = file.metadata()?.len();
        if length == 0 {
            // The name of a new file is on disk as well.
            File::open(&self.directory)?.sync_all()?;
        } else {
            cut_torn_line(&file, length)?;
        }
        file.write_all(lines.as_bytes())?;
        file.sync_data()
    }

    /// Removes the files of days whose term is over.
    pub(super) fn forget(&self, today: Day) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.directory)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
            let day = name.strip_prefix(self.log).and_then(|it| it.strip_prefix('-'));
            let day = day.and_then(|it| it.strip_suffix(".jsonl")).and_then(|it| Day::parse(it).ok());
            if day.and_then(|it| it.days_until(today)).is_some_and(|days| days > PROCESSING_KEPT_DAYS) {
                std::fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// Takes off a line that a full disk or a crash cut short: nothing was done on the strength of it.
fn cut_torn_line(file: &File, length: u64) -> io::Result<()> {
    let mut tail = [0; TAIL];
    let start = length.saturating_sub(TAIL as u64);
    let tail = tail.get_mut(..usize::try_from(length - start).unwrap_or(TAIL)).unwrap_or_default();
    file.read_exact_at(tail, start)?;
    match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(end) if end + 1 == tail.len() => Ok(()),
        Some(end) => file.set_len(start + end as u64 + 1),
        None => file.set_len(start),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::PermissionsExt;

    use samenloop_core::fixture::day;

    use super::*;

    #[test]
    fn lines_lie_in_the_file_of_their_day_for_nobody_else_to_read() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("log");
        let files = DayFiles::new(&directory, "case");
        files.append(day("2026-11-22"), "one\n").unwrap();
        files.append(day("2026-11-22"), "two\n").unwrap();
        files.append(day("2026-11-23"), "three\n").unwrap();
        let path = directory.join("case-2026-11-22.jsonl");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_line_that_was_cut_short_is_taken_off() {
        let place = tempfile::tempdir().unwrap();
        let files = DayFiles::new(place.path(), "case");
        let path = place.path().join("case-2026-11-22.jsonl");
        for (before, after) in [("one\n{\"tra", "one\ntwo\n"), ("{\"tra", "two\n"), ("", "two\n")] {
            std::fs::write(&path, before).unwrap();
            files.append(day("2026-11-22"), "two\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
    }

    /// V-44: the log is kept no longer than its term.
    #[test]
    fn a_file_goes_when_its_term_is_over_and_no_other_does() {
        let place = tempfile::tempdir().unwrap();
        let files = DayFiles::new(place.path(), "case");
        let names = ["case-2023-11-19.jsonl", "case-2023-11-20.jsonl", "intake-2022-01-01.jsonl", "notes"];
        names.iter().for_each(|it| std::fs::write(place.path().join(it), "x\n").unwrap());
        files.forget(day("2026-11-22")).unwrap();
        let left: Vec<_> = names.iter().filter(|it| place.path().join(it).exists()).collect();
        assert_eq!(left, [&names[1], &names[2], &names[3]]);
    }
}
