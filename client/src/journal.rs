//! The journal: an agency's own record of what it sent, never read by anyone else.
//!
//! Append-only text beside the configuration, mode 0600, one line an acknowledged signal or withdrawal:
//!
//! ```text
//! reference as hex ⇥ month ⇥ expiry month ⇥ revision ⇥ day of ack ⇥ active|withdrawn ⇥ own reference ⇥ case reference
//! ```
//!
//! Holds no identifier and nothing of what others sent. A line torn off by a crash at the end is left out.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use samenloop_core::value::{Day, Month, SignalReference};

use crate::language::{Language, Say, cause};

const HEADING: &str = "samenloop-journal 1\n";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// Reading or writing failed.
    #[error("the journal {path} cannot be used: {source}", path = path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another command is sending.
    #[error("another command is using the journal {}", .0.display())]
    InUse(PathBuf),
    /// Some other file.
    #[error("{} is not a journal", .0.display())]
    Foreign(PathBuf),
}

impl Say for JournalFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Io { path, source }, Language::Nl) => format!(
                "Het journaal {} is niet te gebruiken: {}. Controleer de map, de rechten en de schijfruimte.",
                path.display(),
                cause(source, language)
            ),
            (Self::InUse(path), Language::Nl) => format!(
                "Een ander samenloop-commando gebruikt het journaal {}. Wacht tot dat klaar is en probeer het opnieuw.",
                path.display()
            ),
            (Self::Foreign(path), Language::Nl) => {
                format!(
                    "Het bestand {} is geen journaal van samenloop. Kijk in de configuratie of het pad klopt.",
                    path.display()
                )
            }
        }
    }
}

/// One acknowledged signal, or its withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type; the module lists them")]
pub struct Entry {
    pub reference: SignalReference,
    /// Month of observation and month of expiry; `None` for a withdrawal of what this journal never saw.
    pub months: Option<(Month, Month)>,
    pub revision: u64,
    pub acknowledged: Day,
    pub withdrawn: bool,
    pub local_reference: String,
    pub case_reference: Option<String>,
}

impl Entry {
    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let state = if self.withdrawn { "withdrawn" } else { "active" };
        write!(to, "{}\t", self.reference.hex())?;
        match self.months {
            Some((month, expiry)) => write!(to, "{month}\t{expiry}\t")?,
            None => to.write_all(b"-\t-\t")?,
        }
        let case = self.case_reference.as_deref().unwrap_or_default();
        writeln!(to, "{}\t{}\t{state}\t{}\t{case}", self.revision, self.acknowledged, self.local_reference)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let entry = Self {
            reference: reference(next()?)?,
            months: match (next()?, next()?) {
                ("-", "-") => None,
                (month, expiry) => Some((Month::parse(month).ok()?, Month::parse(expiry).ok()?)),
            },
            revision: next()?.parse().ok()?,
            acknowledged: Day::parse(next()?).ok()?,
            withdrawn: match next()? {
                "active" => false,
                "withdrawn" => true,
                _ => return None,
            },
            local_reference: next()?.to_owned(),
            case_reference: Some(next()?.to_owned()).filter(|case| !case.is_empty()),
        };
        next().is_none().then_some(entry)
    }
}

fn reference(hex: &str) -> Option<SignalReference> {
    let bytes = (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok())??;
    Some(SignalReference::new(bytes.to_be_bytes()))
}

/// The journal while a command sends: locked against a second one.
pub struct Journal {
    path: PathBuf,
    writer: BufWriter<File>,
    highest_revision: u64,
    withdrawn: HashSet<SignalReference>,
    is_dirty: bool,
}

impl Journal {
    /// Opens the journal, or begins one.
    ///
    /// # Errors
    /// [`JournalFault`] when it cannot be used, or another command is using it.
    pub fn open(path: &Path) -> Result<Self, JournalFault> {
        let io = |source| JournalFault::Io { path: path.to_owned(), source };
        let mut file = private_file().open(path).map_err(io)?;
        file.try_lock().map_err(|fault| match fault {
            TryLockError::WouldBlock => JournalFault::InUse(path.to_owned()),
            TryLockError::Error(source) => io(source),
        })?;
        let (mut highest_revision, mut withdrawn) = (0, HashSet::new());
        let whole = scan(path, &mut file, |entry| {
            highest_revision = highest_revision.max(entry.revision);
            if entry.withdrawn {
                withdrawn.insert(entry.reference);
            }
        })?;
        // What a crash tore off is cut away, so that the next line does not join it.
        file.set_len(whole).map_err(io)?;
        file.seek(SeekFrom::Start(whole)).map_err(io)?;
        if whole == 0 {
            file.write_all(HEADING.as_bytes()).map_err(io)?;
        }
        let writer = BufWriter::with_capacity(256 * 1024, file);
        Ok(Self { path: path.to_owned(), writer, highest_revision, withdrawn, is_dirty: whole == 0 })
    }

    /// The highest revision in it; 0 when it is empty.
    #[must_use]
    pub const fn highest_revision(&self) -> u64 {
        self.highest_revision
    }

    /// Whether this reference was withdrawn: it then stays so to the end of its term (P-42).
    #[must_use]
    pub fn is_withdrawn(&self, reference: SignalReference) -> bool {
        self.withdrawn.contains(&reference)
    }

    /// Writes what was acknowledged. On disk after [`Self::sync`].
    ///
    /// # Errors
    /// [`JournalFault`] when writing fails.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalFault> {
        self.is_dirty = true;
        if entry.withdrawn {
            self.withdrawn.insert(entry.reference);
        }
        entry.write(&mut self.writer).map_err(|source| JournalFault::Io { path: self.path.clone(), source })
    }

    /// Puts everything written on disk.
    ///
    /// # Errors
    /// [`JournalFault`] when the disk does not take it.
    pub fn sync(&mut self) -> Result<(), JournalFault> {
        if !std::mem::take(&mut self.is_dirty) {
            return Ok(());
        }
        let synced = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        synced.map_err(|source| JournalFault::Io { path: self.path.clone(), source })
    }
}

/// What a journal says of each reference by now, in the order first sent. Needs no lock.
///
/// # Errors
/// [`JournalFault`] when it cannot be read. A journal that is not there is an empty one.
pub fn entries(path: &Path) -> Result<Vec<Entry>, JournalFault> {
    let mut latest: Vec<Entry> = Vec::new();
    let mut places: HashMap<SignalReference, usize> = HashMap::new();
    for_each(path, |entry| match places.get(&entry.reference).and_then(|at| latest.get_mut(*at)) {
        Some(known) => {
            let withdrawn = known.withdrawn || entry.withdrawn;
            *known = if entry.months.is_some() { entry } else { known.clone() };
            known.withdrawn = withdrawn;
        }
        // A withdrawal of what was never sent from here is no signal of ours.
        None if entry.months.is_none() => {}
        None => {
            places.insert(entry.reference, latest.len());
            latest.push(entry);
        }
    })?;
    Ok(latest)
}

/// The last entry of each of these references that is in a journal.
///
/// # Errors
/// [`JournalFault`] when it cannot be read.
pub fn entries_of(
    path: &Path,
    references: &HashSet<SignalReference>,
) -> Result<HashMap<SignalReference, Entry>, JournalFault> {
    let mut known = HashMap::new();
    for_each(path, |entry| {
        if references.contains(&entry.reference) && entry.months.is_some() {
            known.insert(entry.reference, entry);
        }
    })?;
    Ok(known)
}

fn for_each(path: &Path, take: impl FnMut(Entry)) -> Result<(), JournalFault> {
    match File::open(path) {
        Ok(mut file) => scan(path, &mut file, take).map(drop),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(JournalFault::Io { path: path.to_owned(), source }),
    }
}

/// Reads every whole line; says how many bytes are whole.
fn scan(path: &Path, file: &mut File, mut take: impl FnMut(Entry)) -> Result<u64, JournalFault> {
    let io = |source| JournalFault::Io { path: path.to_owned(), source };
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let (mut line, mut whole) = (Vec::new(), 0);
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(io)?;
        if !line.ends_with(b"\n") {
            // Nothing, or a torn line; a first line that is torn may still become a heading.
            let is_own = whole > 0 || HEADING.as_bytes().starts_with(&line);
            return if is_own { Ok(whole) } else { Err(JournalFault::Foreign(path.to_owned())) };
        }
        if whole == 0 && line != HEADING.as_bytes() {
            return Err(JournalFault::Foreign(path.to_owned()));
        }
        whole += u64::try_from(length).unwrap_or(u64::MAX);
        let text = std::str::from_utf8(&line).ok().map(|line| line.trim_end_matches('\n'));
        if let Some(entry) = text.and_then(Entry::parse) {
            take(entry);
        }
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u8, revision: u64) -> Entry {
        Entry {
            reference: SignalReference::new([number; 16]),
            months: Some((Month::parse("2026-10").unwrap(), Month::parse("2027-04").unwrap())),
            revision,
            acknowledged: Day::parse("2026-11-22").unwrap(),
            withdrawn: false,
            local_reference: format!("obs {number}"),
            case_reference: number.is_multiple_of(2).then(|| "Z-1".to_owned()),
        }
    }

    fn withdrawal(number: u8) -> Entry {
        Entry { months: None, revision: 0, withdrawn: true, case_reference: None, ..entry(number, 0) }
    }

    #[test]
    fn the_latest_of_each_reference_is_told_and_a_withdrawal_sticks() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.journal");
        assert_eq!(entries(&path).unwrap(), []);
        let mut journal = Journal::open(&path).unwrap();
        for entry in [entry(1, 5), entry(2, 5), withdrawal(1), withdrawal(4), entry(1, 9)] {
            journal.append(&entry).unwrap();
        }
        journal.sync().unwrap();
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.highest_revision(), 9);
        assert!(journal.is_withdrawn(SignalReference::new([1; 16])));
        assert!(!journal.is_withdrawn(SignalReference::new([2; 16])));
        let expected = [Entry { withdrawn: true, ..entry(1, 9) }, entry(2, 5)];
        assert_eq!(entries(&path).unwrap(), expected);
        let asked = HashSet::from([SignalReference::new([2; 16]), SignalReference::new([3; 16])]);
        assert_eq!(entries_of(&path, &asked).unwrap().len(), 1);
    }

    #[test]
    fn a_line_torn_anywhere_is_cut_off_and_the_rest_stands() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&entry(1, 5)).unwrap();
        journal.sync().unwrap();
        let first = std::fs::metadata(&path).unwrap().len();
        journal.append(&entry(2, 5)).unwrap();
        journal.sync().unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for torn in 0..whole.len() {
            std::fs::write(&path, &whole[..torn]).unwrap();
            let expected = usize::from(torn as u64 >= first);
            assert_eq!(entries(&path).unwrap().len(), expected, "{torn}");
            let mut journal = Journal::open(&path).unwrap();
            journal.append(&entry(3, 6)).unwrap();
            journal.sync().unwrap();
            drop(journal);
            assert_eq!(entries(&path).unwrap().len(), expected + 1, "{torn}");
        }
    }

    #[test]
    fn two_commands_at_once_are_kept_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.journal");
        let first = Journal::open(&path).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalFault::InUse(_))));
        drop(first);
        assert!(Journal::open(&path).is_ok());
    }

    #[test]
    fn some_other_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("letter.txt");
        for text in ["Dear colleague\n", "Dear"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Journal::open(&path), Err(JournalFault::Foreign(_))));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.journal");
        drop(Journal::open(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
