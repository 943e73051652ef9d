//! A folder into which a back office drops files: which of them are complete, and where each goes when it is done.
//!
//! ```text
//! folder/signalen.csv  ->  folder/klaar/signalen.csv  + signalen.csv.verslag.txt   every line was accepted
//!                      ->  folder/fout/signalen.csv   + signalen.csv.verslag.txt   somebody has to look
//! ```
//!
//! Nothing is overwritten, and nothing is remembered outside the folder: after a restart a file that still stands there
//! is sent again, which changes nothing at the hub.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::input::spreadsheet_lock;

/// How long a file keeps its size and time of change before it counts as complete.
const STILL: Duration = Duration::from_secs(2);

/// Where a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every line was accepted.
    Done,
    /// The file or some lines were refused.
    Wrong,
}

impl Outcome {
    /// The folder of such files.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Done => "klaar",
            Self::Wrong => "fout",
        }
    }
}

/// What a file looked like.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    length: u64,
    changed: Option<Timestamp>,
}

/// The folder, and since when each file in it looks as it does.
pub struct Inbox {
    directory: PathBuf,
    looks: HashMap<PathBuf, (Look, Instant)>,
}

impl Inbox {
    /// The inbox in a folder; makes `klaar` and `fout` where they are not there.
    ///
    /// # Errors
    /// When it is no folder, or cannot be written.
    pub fn open(directory: &Path) -> io::Result<Self> {
        if !directory.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        for outcome in [Outcome::Done, Outcome::Wrong] {
            let folder = directory.join(outcome.folder());
            if !folder.is_dir() {
                std::fs::create_dir(folder)?;
            }
        }
        Ok(Self { directory: directory.to_owned(), looks: HashMap::new() })
    }

    /// The files that are complete, by name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn complete(&mut self, now: Instant) -> io::Result<Vec<PathBuf>> {
        let mut looks = HashMap::new();
        let mut complete = Vec::new();
        for entry in std::fs::read_dir(&self.directory)? {
            let entry = entry?;
            let is_wanted = entry.file_name().to_str().is_some_and(is_wanted);
            // What vanishes meanwhile was not for us.
            let Ok(metadata) = entry.metadata() else { continue };
            if !is_wanted || !metadata.is_file() {
                continue;
            }
            let (path, look) = (entry.path(), look(&metadata));
            let since = match self.looks.remove(&path) {
                Some((before, since)) if before == look => since,
                _ => now,
            };
            if now.duration_since(since) >= STILL && spreadsheet_lock(&path).is_none() {
                complete.push(path.clone());
            }
            looks.insert(path, (look, since));
        }
        self.looks = looks;
        complete.sort();
        Ok(complete)
    }

    /// Whether a file still looks as it did when it was found complete.
    #[must_use]
    pub fn is_unchanged(&self, path: &Path) -> bool {
        let now = path.metadata().ok().map(|it| look(&it));
        now.is_some() && now.as_ref() == self.looks.get(path).map(|(look, _)| look)
    }

    /// Where the report of a file is written until the file moves: no file of the inbox's own.
    #[must_use]
    pub fn report_of(path: &Path, extension: &str) -> PathBuf {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!(".{name}.verslag.{extension}"))
    }

    /// Moves a file and its report; says where the file is now. A file of that name that is there already stays, and
    /// this one gets a number.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn settle(&mut self, path: &Path, report: &Path, outcome: Outcome) -> io::Result<PathBuf> {
        let folder = self.directory.join(outcome.folder());
        let extension = report.extension().unwrap_or_default().to_string_lossy();
        let (stem, suffix) = split(path);
        for number in 1..u32::MAX {
            let name =
                if number == 1 { format!("{stem}{suffix}") } else { format!("{stem}-{number}{suffix}") };
            let place = folder.join(&name);
            let report_place = folder.join(format!("{name}.verslag.{extension}"));
            if place.symlink_metadata().is_ok() || report_place.symlink_metadata().is_ok() {
                continue;
            }
            // The report first: power that fails in between leaves the file to be sent again, not one without report.
            std::fs::rename(report, report_place)?;
            std::fs::rename(path, &place)?;
            self.looks.remove(path);
            return Ok(place);
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

fn look(metadata: &Metadata) -> Look {
    let changed = metadata.modified().ok().and_then(|it| Timestamp::try_from(it).ok());
    Look { length: metadata.len(), changed }
}

/// Whether a name is one that a back office gives: not hidden, not of a spreadsheet's lock, not still being copied.
fn is_wanted(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_begun = [".part", ".tmp", ".crdownload", ".filepart"].iter().any(|end| lower.ends_with(end));
    let is_report = [".verslag.txt", ".verslag.json", ".verslag.csv"].iter().any(|end| lower.ends_with(end));
    !name.starts_with('.') && !name.starts_with('~') && !is_begun && !is_report
}

/// A file's name before and from its last point.
fn split(path: &Path) -> (String, String) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let suffix = path.extension().map_or_else(String::new, |it| format!(".{}", it.to_string_lossy()));
    (stem, suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> (Self, Inbox) {
            let folder = Self(tempfile::tempdir().unwrap());
            let inbox = Inbox::open(folder.0.path()).unwrap();
            (folder, inbox)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        }

        fn read(&self, name: &str) -> String {
            std::fs::read_to_string(self.0.path().join(name)).unwrap()
        }
    }

    #[test]
    fn a_file_is_complete_once_it_stands_still() {
        let (folder, mut inbox) = Folder::new();
        let path = folder.write("a.csv", "half");
        let start = Instant::now();
        assert!(inbox.complete(start).unwrap().is_empty());
        assert!(inbox.complete(start + STILL / 2).unwrap().is_empty());
        folder.write("a.csv", "half and more");
        assert!(inbox.complete(start + STILL).unwrap().is_empty());
        assert_eq!(inbox.complete(start + 2 * STILL).unwrap(), std::slice::from_ref(&path));
        assert!(inbox.is_unchanged(&path));
        folder.write("a.csv", "and more still");
        assert!(!inbox.is_unchanged(&path));
        std::fs::remove_file(&path).unwrap();
        assert!(!inbox.is_unchanged(&path));
        assert!(inbox.complete(start + 3 * STILL).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_dropped_file_is_left_alone() {
        let (folder, mut inbox) = Folder::new();
        for name in [
            "~$a.csv",
            ".a.csv",
            ".~lock.b.csv#",
            "a.csv.part",
            "a.TMP",
            "b.csv",
            "a.csv.verslag.txt",
            ".a.csv.verslag.txt.part",
        ] {
            folder.write(name, "x");
        }
        std::fs::create_dir(folder.0.path().join("map.csv")).unwrap();
        // `b.csv` is open in a spreadsheet; only `c.csv` is for us.
        let path = folder.write("c.csv", "x");
        let start = Instant::now();
        inbox.complete(start).unwrap();
        assert_eq!(inbox.complete(start + STILL).unwrap(), [path]);
    }

    #[test]
    fn a_file_of_that_name_that_is_there_already_is_never_overwritten() {
        let (folder, mut inbox) = Folder::new();
        for round in ["one", "two", "three"] {
            let path = folder.write("a.csv", round);
            let report = Inbox::report_of(&path, "txt");
            std::fs::write(&report, format!("report of {round}")).unwrap();
            inbox.settle(&path, &report, Outcome::Wrong).unwrap();
            assert!(!path.exists() && !report.exists());
        }
        assert_eq!(folder.read("fout/a.csv"), "one");
        assert_eq!(folder.read("fout/a-2.csv"), "two");
        assert_eq!(folder.read("fout/a-3.csv.verslag.txt"), "report of three");
        // A second inbox, as after a restart, goes on where the first was.
        let path = folder.write("a.csv", "four");
        let report = Inbox::report_of(&path, "txt");
        std::fs::write(&report, "").unwrap();
        let place = Inbox::open(folder.0.path()).unwrap().settle(&path, &report, Outcome::Wrong).unwrap();
        assert!(place.ends_with("fout/a-4.csv"));
    }

    #[test]
    fn an_inbox_is_a_folder() {
        let (folder, _) = Folder::new();
        let file = folder.write("a.csv", "x");
        assert!(Inbox::open(&file).is_err() && Inbox::open(&folder.0.path().join("absent")).is_err());
    }
}
