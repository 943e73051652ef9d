//! A file of signed heads, one after another, never changed once written.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use samenloop_audit::Log;
use samenloop_manifest::{Checkpoint, LogKey};
use samenloop_store::Fault;

/// What begins a signature line, which ends a note.
pub(super) const SIGNATURE_MARK: &str = "\u{2014} ";

/// Why the heads and the logs do not go together. Nothing is served then.
#[derive(Debug, thiserror::Error)]
pub enum HeadsFault {
    /// Reading or writing failed.
    #[error("{what}: {source}")]
    Io {
        /// The file or step.
        what: &'static str,
        /// The system's own error.
        source: std::io::Error,
    },
    /// A file of heads is not what this hub wrote.
    #[error(
        "{path}: {what}; a file of heads only ever grows: keep it as it is, tell the privacy officer, find out who \
         changed it, and put a whole copy of it in its place"
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// Where it went wrong.
        what: String,
    },
    /// The log has fewer entries than were signed.
    #[error(
        "the {log} log has {found} entries and the hub signed {signed}: an older database was put in place. \
         Restore the newest one; to serve this one all the same, start once with --accept-older-log, which is \
         itself written into the log and which every agency will see"
    )]
    Older {
        /// Which log.
        log: &'static str,
        /// Entries that were signed.
        signed: u64,
        /// Entries that are there.
        found: u64,
    },
    /// The log has other entries than were signed.
    #[error(
        "the first {signed} entries of the {log} log are not those that the hub signed: the database is another \
         one, or its log was changed. To serve it all the same, start once with --accept-older-log, which is \
         itself written into the log and which every agency will see"
    )]
    Differs {
        /// Which log.
        log: &'static str,
        /// Entries that were signed.
        signed: u64,
    },
    /// The log goes on from some of the heads, and not from a later one.
    #[error(
        "the {log} log is not the one that the hub signed: its first {agreed} entries are, and not those up to \
         {signed}; the database is another one, or its log was changed. Restore the newest one; to serve this one all \
         the same, start once with --accept-older-log, which is itself written into the log and which every agency will see"
    )]
    Forked {
        /// Which log.
        log: &'static str,
        /// Entries of the last head from which it goes on.
        agreed: u64,
        /// Entries of the first head from which it does not.
        signed: u64,
    },
    /// The store cannot tell.
    #[error(transparent)]
    Store(Fault),
}

impl HeadsFault {
    /// Whether the heads are in order, and of another log than the one that is there: a backup was put in place.
    pub(crate) const fn is_of_another_log(&self) -> bool {
        matches!(self, Self::Older { .. } | Self::Differs { .. } | Self::Forked { .. })
    }
}

/// One file.
pub(super) struct HeadsFile {
    path: PathBuf,
    file: File,
    last: Option<Checkpoint>,
    /// How far the whole heads reach, when a head that was not written to its end follows them.
    torn_at: Option<u64>,
}

impl HeadsFile {
    /// Opens a file, making it when it is not there, and checks every head in it.
    pub(super) fn open(path: &Path, origin: &str, log: Log, log_key: [u8; 32]) -> Result<Self, HeadsFault> {
        let io = |source| HeadsFault::Io { what: "reading the signed heads of a log", source };
        let Heads { last, whole, rest } = read(path, origin, log, log_key, |_| Ok(()))?;
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o600).open(path).map_err(io)?;
        file.sync_all().map_err(io)?;
        sync_directory_of(path).map_err(io)?;
        Ok(Self { path: path.to_owned(), file, last, torn_at: (!rest.is_empty()).then_some(whole) })
    }

    /// The last whole head.
    pub(super) const fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref()
    }

    /// Whether a head that was not written to its end follows it.
    pub(super) const fn is_torn(&self) -> bool {
        self.torn_at.is_some()
    }

    /// Drops what a power cut left of the last head; the next one is signed anew. Only for what [`super::Torn::check`]
    /// found to be just that.
    pub(super) fn mend(&mut self) -> Result<(), HeadsFault> {
        let io = |source| HeadsFault::Io { what: "dropping a head that was not written whole", source };
        if let Some(whole) = self.torn_at {
            self.file.set_len(whole).map_err(io)?;
            self.file.sync_all().map_err(io)?;
            self.torn_at = None;
        }
        Ok(())
    }

    /// Signs and keeps a head; durable when this returns.
    pub(super) fn append(&mut self, head: Checkpoint, key: &LogKey) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "writing the signed heads of a log", source };
        if self.is_torn() {
            return Err(Fault::Damaged("signed heads that do not end with a whole one".to_owned()));
        }
        // What would be refused at the next start is not written.
        if self.last.as_ref().is_some_and(|it| !goes_on(it, &head)) {
            return Err(Fault::Damaged("a head that does not go on from the last one of its log".to_owned()));
        }
        self.file.write_all(head.signed(key).as_bytes()).map_err(io)?;
        self.file.sync_data().map_err(io)?;
        self.last = Some(head);
        Ok(())
    }

    /// Puts the file aside, under the first number that is free, and goes on with an empty one.
    pub(super) fn set_aside(&mut self) -> Result<(), HeadsFault> {
        let io = |source| HeadsFault::Io { what: "putting signed heads aside", source };
        let aside = (1_u32..).map(|it| PathBuf::from(format!("{}.{it}", self.path.display())));
        let aside = aside.into_iter().find(|it| !it.exists());
        std::fs::rename(&self.path, aside.unwrap_or_default()).map_err(io)?;
        let mut options = OpenOptions::new();
        self.file = options.append(true).create_new(true).mode(0o600).open(&self.path).map_err(io)?;
        self.file.sync_all().map_err(io)?;
        sync_directory_of(&self.path).map_err(io)?;
        (self.last, self.torn_at) = (None, None);
        Ok(())
    }
}

/// What a file of heads holds.
pub(super) struct Heads {
    /// The last whole head.
    pub(super) last: Option<Checkpoint>,
    /// Bytes up to its end.
    pub(super) whole: u64,
    /// The bytes after it, of a head without its whole signature; none in a file that was written to its end.
    pub(super) rest: Vec<u8>,
}

/// Reads a file of heads, none when it is not there: every head was signed, and goes on from the one before it. Gives
/// each.
pub(super) fn read(
    path: &Path,
    origin: &str,
    log: Log,
    log_key: [u8; 32],
    mut each: impl FnMut(&Checkpoint) -> Result<(), HeadsFault>,
) -> Result<Heads, HeadsFault> {
    let io = |source| HeadsFault::Io { what: "reading the signed heads of a log", source };
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(io)?,
    };
    // A power cut may also end it within a letter.
    let readable = std::str::from_utf8(&bytes).or_else(|fault| match fault.error_len() {
        None => std::str::from_utf8(bytes.get(..fault.valid_up_to()).unwrap_or_default()),
        Some(_) => Err(fault),
    });
    let text = readable.map_err(|_| altered(path, "it holds bytes that no head has".to_owned()))?;
    let (mut last, mut whole): (Option<Checkpoint>, _) = (None, 0);
    let mut note = String::new();
    for (number, line) in (1_u64..).zip(text.split_inclusive('\n')) {
        note.push_str(line);
        if !line.starts_with(SIGNATURE_MARK) || !line.ends_with('\n') {
            continue;
        }
        let not = |what: &str| altered(path, format!("line {number} {what}"));
        let head = Checkpoint::verified(&note, origin, log, log_key);
        let head = head.ok_or_else(|| not("ends no head that this hub signed"))?;
        if last.as_ref().is_some_and(|it| !goes_on(it, &head)) {
            return Err(not("ends a head that does not go on from the last"));
        }
        each(&head)?;
        whole += note.len();
        (last, note) = (Some(head), String::new());
    }
    let rest = bytes.get(whole..).unwrap_or_default().to_vec();
    Ok(Heads { last, whole: u64::try_from(whole).unwrap_or(u64::MAX), rest })
}

pub(super) fn altered(path: &Path, what: String) -> HeadsFault {
    HeadsFault::Altered { path: path.to_owned(), what }
}

/// A log only grows. Of the checkpoints for agencies there may be two of one size, for two days.
fn goes_on(last: &Checkpoint, next: &Checkpoint) -> bool {
    match (last.day, next.day) {
        (None, None) => last.size < next.size,
        (Some(before), Some(day)) => {
            before <= day && (last.size < next.size || (last.size == next.size && last.root == next.root))
        }
        _ => false,
    }
}

fn sync_directory_of(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    const ORIGIN: &str = "samenloop.example/test";

    fn key() -> LogKey {
        LogKey::from_seed(ORIGIN, &[3; 32]).unwrap()
    }

    fn open(path: &Path) -> Result<HeadsFile, HeadsFault> {
        HeadsFile::open(path, ORIGIN, Log::Intake, *key().public())
    }

    fn head(size: u64) -> Checkpoint {
        let root = [u8::try_from(size).unwrap(); 32];
        Checkpoint { origin: ORIGIN.to_owned(), log: Log::Intake, size, root, day: None }
    }

    /// A file with heads of these sizes, each as text.
    fn written(path: &Path, sizes: &[u64]) -> Vec<String> {
        let mut file = open(path).unwrap();
        sizes.iter().for_each(|it| file.append(head(*it), &key()).unwrap());
        sizes.iter().map(|it| head(*it).signed(&key())).collect()
    }

    #[test]
    fn heads_are_there_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("intake.heads");
        let notes = written(&path, &[2, 5, 9]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), notes.concat());
        assert_eq!(open(&path).unwrap().last(), Some(&head(9)));
    }

    #[test]
    fn heads_that_were_cut_changed_doubled_or_reordered_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("intake.heads");
        let notes = written(&path, &[2, 5, 9]);
        let whole = notes.concat().into_bytes();
        // Or not to be added to, before what follows the last whole head was looked at.
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            match open(&path) {
                Ok(mut file) => file.is_torn() && file.append(head(20), &key()).is_err(),
                Err(fault) => matches!(fault, HeadsFault::Altered { .. }),
            }
        };
        for cut in 1..notes[2].len() {
            assert!(refused(&whole[..whole.len() - cut]), "{cut} bytes cut off");
        }
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            assert!(refused(&bent), "byte {at}");
        }
        let of =
            |order: &[usize]| order.iter().map(|it| notes[*it].as_str()).collect::<String>().into_bytes();
        for order in [&[0, 2, 1][..], &[1, 0, 2], &[0, 1, 1, 2], &[2, 2]] {
            assert!(refused(&of(order)), "{order:?}");
        }
        // Two heads of one size: a fork.
        let fork = Checkpoint { root: [0xee; 32], ..head(9) }.signed(&key());
        assert!(refused(format!("{}{fork}", notes.concat()).as_bytes()));
        assert!(!refused(&whole));
    }

    #[test]
    fn a_head_that_would_be_refused_at_the_next_start_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("intake.heads");
        let notes = written(&path, &[2, 5]);
        assert!(matches!(open(&path).unwrap().append(head(4), &key()), Err(Fault::Damaged(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), notes.concat());
    }

    #[test]
    fn what_is_put_aside_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("intake.heads");
        for round in 1..3 {
            let notes = written(&path, &[4]);
            open(&path).unwrap().set_aside().unwrap();
            let aside = directory.path().join(format!("intake.heads.{round}"));
            assert_eq!(std::fs::read_to_string(aside).unwrap(), notes.concat());
            assert!(open(&path).unwrap().last().is_none());
        }
    }
}
