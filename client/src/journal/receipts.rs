//! The hub's receipts (protocol.md P-60), beside the journal: what `audit verify` holds the hub to.
//!
//! One line for each acknowledged batch: day of ack ⇥ batch id ⇥ SHA-256 of the batch ⇥ first sequence ⇥ lines ⇥
//! signature. Holds nothing of a child.

use std::fs::File;
use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use samenloop_core::value::Day;

use super::JournalFault;
use super::file::private_file;
use crate::hex::{hex, unhex};

/// A receipt that was checked when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The day of the ack.
    pub day: Day,
    /// The sender's own name of the batch: 16 bytes.
    pub batch: Vec<u8>,
    /// SHA-256 of the batch as it was sent.
    pub digest: [u8; 32],
    /// The sequence of its first line.
    pub first_sequence: u64,
    /// Its lines, as far as they were taken.
    pub count: u32,
    /// The hub's signature: 64 bytes.
    pub signature: Vec<u8>,
}

impl Receipt {
    pub(super) fn line(&self) -> String {
        let Self { day, batch, digest, first_sequence, count, signature } = self;
        format!("{day}\t{}\t{}\t{first_sequence}\t{count}\t{}\n", hex(batch), hex(digest), hex(signature))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let receipt = Self {
            day: Day::parse(next()?).ok()?,
            batch: unhex(next()?)?,
            digest: unhex(next()?)?.try_into().ok()?,
            first_sequence: next()?.parse().ok()?,
            count: next()?.parse().ok()?,
            signature: unhex(next()?)?,
        };
        next().is_none().then_some(receipt)
    }
}

/// The file of receipts of a journal.
#[must_use]
pub fn receipts_of(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".receipts");
    name.into()
}

/// The receipts of a journal, in the order in which they came; of one that never sent there are none.
///
/// # Errors
/// [`JournalFault`] when they cannot be read, or a whole line is none.
pub fn receipts(journal: &Path) -> Result<Vec<Receipt>, JournalFault> {
    let path = receipts_of(journal);
    match File::open(&path) {
        Ok(file) => read(&path, BufReader::new(file)).map(|(receipts, _)| receipts),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(JournalFault::io(&path)(source)),
    }
}

/// The receipts, and the bytes of the whole lines: a line that a crash tore off at the end is left out.
fn read(path: &Path, mut reader: impl io::BufRead) -> Result<(Vec<Receipt>, u64), JournalFault> {
    let (mut found, mut whole, mut line) = (Vec::new(), 0, Vec::new());
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(JournalFault::io(path))?;
        let Some(text) = line.strip_suffix(b"\n") else { return Ok((found, whole)) };
        let receipt = std::str::from_utf8(text).ok().and_then(Receipt::parse);
        found.push(receipt.ok_or_else(|| JournalFault::Receipts(path.to_owned()))?);
        whole += u64::try_from(length).unwrap_or(u64::MAX);
    }
}

/// The file while a command sends, under the lock of its journal.
pub(super) struct Receipts {
    path: PathBuf,
    file: File,
}

impl Receipts {
    /// Opens the file, or begins one; what a crash tore off is cut away.
    pub(super) fn open(journal: &Path) -> Result<Self, JournalFault> {
        let path = receipts_of(journal);
        let mut file = private_file().open(&path).map_err(JournalFault::io(&path))?;
        let (_, whole) = read(&path, BufReader::new(&file))?;
        let cut = file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole)));
        cut.map_err(JournalFault::io(&path))?;
        Ok(Self { path, file })
    }

    /// Writes a receipt. On disk after [`Self::sync`].
    pub(super) fn append(&mut self, receipt: &Receipt) -> Result<(), JournalFault> {
        self.file.write_all(receipt.line().as_bytes()).map_err(JournalFault::io(&self.path))
    }

    pub(super) fn sync(&self) -> Result<(), JournalFault> {
        self.file.sync_all().map_err(JournalFault::io(&self.path))
    }
}
