//! The journal: an agency's own record of what it sent, never read by anyone else.
//!
//! Text beside the configuration, mode 0600, one line an acknowledged signal or withdrawal:
//!
//! ```text
//! reference as hex ⇥ month ⇥ expiry month ⇥ last possible expiry month ⇥ revision ⇥ day of ack ⇥
//! active or why withdrawn ⇥ own reference ⇥ case reference
//! ```
//!
//! Lines are appended. A journal that has come to say most things twice is written anew when it is opened, and so is one
//! with a signal whose term has passed, without it. Holds no identifier and nothing of what others sent. A line torn off by a crash at
//! the end is left out.

mod aside;
mod compaction;
mod entry;
mod erased;
mod fault;
mod file;
mod receipts;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use samenloop_core::value::{Day, Month, SignalReference};

pub(crate) use aside::{aside, set_aside};
pub use entry::{Entry, Standing, WithdrawalReason};
pub use erased::note_erased;
pub use fault::JournalFault;
pub use receipts::{Receipt, receipts, receipts_of};

use compaction::{Share, compact};
use file::{HEADING, for_each, locked, scan};
use receipts::Receipts;

pub(crate) use crate::hex::{hex, unhex};

/// The journal while a command sends: locked against a second one.
pub struct Journal {
    path: PathBuf,
    writer: BufWriter<File>,
    highest_revision: u64,
    /// Withdrawn references, with the month through whose last day they stay so.
    withdrawn: HashMap<SignalReference, Month>,
    is_dirty: bool,
    receipts: Receipts,
}

impl Journal {
    /// Opens the journal, or begins one; writes it anew when a line is past its term on this day, or it is much longer than what
    /// it says.
    ///
    /// # Errors
    /// [`JournalFault`] when it cannot be used, or another command is using it.
    pub fn open(path: &Path, today: Day) -> Result<Self, JournalFault> {
        let io = JournalFault::io(path);
        let mut file = locked(path)?;
        let mut share = Share::of(file.metadata().map_err(&io)?.len(), today);
        let (mut highest_revision, mut withdrawn) = (0, HashMap::new());
        let read = scan(
            path,
            &mut file,
            |_| true,
            |entry| {
                highest_revision = highest_revision.max(entry.revision);
                note_withdrawal(&mut withdrawn, &entry);
                share.note(entry);
            },
        )?;
        let mut whole = read.whole;
        // A journal with lines that this version cannot read is not its to shorten.
        if read.is_clean
            && share.is_due()
            && let Some(anew) = compact(path, &mut file, &share, today).map_err(&io)?
        {
            file = anew;
            whole = file.metadata().map_err(&io)?.len();
            withdrawn.retain(|_, expiry| today <= expiry.last_day());
        }
        // What a crash tore off is cut away, so that the next line does not join it.
        file.set_len(whole).map_err(&io)?;
        file.seek(SeekFrom::Start(whole)).map_err(&io)?;
        if whole == 0 {
            file.write_all(HEADING.as_bytes()).map_err(&io)?;
        }
        let writer = BufWriter::with_capacity(256 * 1024, file);
        // Before anything leaves: an ack whose receipt cannot be kept would leave nothing in the journal either.
        let receipts = Receipts::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            highest_revision,
            withdrawn,
            is_dirty: whole == 0,
            receipts,
        })
    }

    /// The highest revision in it; 0 when it is empty.
    #[must_use]
    pub const fn highest_revision(&self) -> u64 {
        self.highest_revision
    }

    /// Whether this reference was withdrawn, and its term has not passed: until then it stays so (P-42).
    #[must_use]
    pub fn is_withdrawn(&self, reference: SignalReference, today: Day) -> bool {
        self.withdrawn.get(&reference).is_some_and(|expiry| today <= expiry.last_day())
    }

    /// Every reference that is withdrawn on a day.
    #[must_use]
    pub fn withdrawn(&self, today: Day) -> HashSet<SignalReference> {
        self.withdrawn.keys().copied().filter(|reference| self.is_withdrawn(*reference, today)).collect()
    }

    /// Writes what was acknowledged. On disk after [`Self::sync`].
    ///
    /// # Errors
    /// [`JournalFault`] when writing fails.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalFault> {
        self.is_dirty = true;
        note_withdrawal(&mut self.withdrawn, entry);
        entry.write(&mut self.writer).map_err(JournalFault::io(&self.path))
    }

    /// Writes the receipt of a batch of which anything was taken. On disk after [`Self::sync`].
    ///
    /// # Errors
    /// [`JournalFault`] when writing fails.
    pub fn keep(&mut self, receipt: &Receipt) -> Result<(), JournalFault> {
        if receipt.count == 0 {
            return Ok(());
        }
        self.is_dirty = true;
        self.receipts.append(receipt)
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
        synced.map_err(JournalFault::io(&self.path))?;
        self.receipts.sync()
    }
}

/// Whether a journal holds a line whose term has passed (V-21): the next command that opens it leaves it out. Needs no lock.
///
/// # Errors
/// [`JournalFault`] when it cannot be read.
pub fn has_ended(path: &Path, today: Day) -> Result<bool, JournalFault> {
    let mut found = false;
    for_each(path, |_| true, |entry| found |= entry.is_past(today))?;
    Ok(found)
}

fn note_withdrawal(withdrawn: &mut HashMap<SignalReference, Month>, entry: &Entry) {
    let Some(until) = withdrawn.get(&entry.reference) else {
        if entry.withdrawn.is_some() {
            withdrawn.insert(entry.reference, entry.expiry);
        }
        return;
    };
    // A reference whose term has passed serves again.
    if until.last_day() < entry.acknowledged {
        withdrawn.remove(&entry.reference);
        note_withdrawal(withdrawn, entry);
    }
}

/// What lines say of each reference by now, in the order first sent.
#[derive(Default)]
struct Latest {
    entries: Vec<Entry>,
    places: HashMap<SignalReference, usize>,
}

impl Latest {
    fn take(&mut self, entry: Entry) {
        match self.places.get(&entry.reference).and_then(|at| self.entries.get_mut(*at)) {
            Some(known) => *known = known.clone().followed_by(entry),
            None => {
                self.places.insert(entry.reference, self.entries.len());
                self.entries.push(entry);
            }
        }
    }
}

/// What a journal says of each reference by now. Needs no lock. In the order first sent, unless it was large when
/// it was last written anew.
///
/// # Errors
/// [`JournalFault`] when it cannot be read. A journal that is not there is an empty one.
pub fn entries(path: &Path) -> Result<Vec<Entry>, JournalFault> {
    let mut latest = Latest::default();
    for_each(path, |_| true, |entry| latest.take(entry))?;
    Ok(latest.entries)
}

/// What a journal says of these references by now; those that it never saw are left out.
///
/// # Errors
/// [`JournalFault`] when it cannot be read.
pub fn entries_of(
    path: &Path,
    references: &HashSet<SignalReference>,
) -> Result<HashMap<SignalReference, Entry>, JournalFault> {
    let mut latest = Latest::default();
    for_each(path, |reference| references.contains(&reference), |entry| latest.take(entry))?;
    Ok(latest.entries.into_iter().map(|entry| (entry.reference, entry)).collect())
}
