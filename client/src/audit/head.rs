//! The last head of the hub's log that was found in order: kept here, where the hub cannot reach it.

use std::io;
use std::path::{Path, PathBuf};

use samenloop_audit::Hash;
use samenloop_core::value::Day;
use samenloop_manifest::Checkpoint;

use super::{Own, SetBack};
use crate::journal::{JournalFault, hex, unhex};

const HEADING: &str = "samenloop-head 2";

/// What is kept: seven lines, and then the hub's note as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) day: Option<Day>,
    pub(super) alias: Option<u64>,
    pub(super) proved_through: u64,
    /// The leaf of the last entry by which the log was said to be set back.
    pub(super) set_back: Option<Hash>,
    pub(super) note: String,
}

/// Where it is kept: beside the journal.
pub(super) fn path_of(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

impl Head {
    pub(super) fn of(checkpoint: &Checkpoint, own: &Own, note: String) -> Self {
        let Checkpoint { size, root, day, .. } = *checkpoint;
        let (alias, proved_through) = (own.alias(), own.proved_through());
        Self { size, root, day, alias, proved_through, set_back: None, note }
    }

    /// Remembers what the log says of having been set back.
    pub(super) fn knowing(self, told: Option<SetBack>) -> Self {
        Self { set_back: told.map(|it| it.leaf()), ..self }
    }

    /// Reads the head beside a journal; `None` before the first check.
    ///
    /// # Errors
    /// [`JournalFault`] when it cannot be read or is none.
    pub fn read(journal: &Path) -> Result<Option<Self>, JournalFault> {
        let path = path_of(journal);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map(Some).ok_or(JournalFault::Head(path)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(JournalFault::io(&path)(source)),
        }
    }

    /// Puts it in the place of the one before, whole or not at all.
    pub(super) fn write(&self, journal: &Path) -> Result<(), JournalFault> {
        let path = path_of(journal);
        let anew = path.with_extension("head.new");
        let written = || {
            std::fs::write(&anew, self.text())?;
            std::fs::File::open(&anew)?.sync_all()?;
            std::fs::rename(&anew, &path)
        };
        written().map_err(JournalFault::io(&path))
    }

    fn text(&self) -> String {
        let Self { size, root, day, alias, proved_through, set_back, note } = self;
        let day = day.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let alias = alias.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let set_back = set_back.map_or_else(|| "-".to_owned(), |it| hex(&it));
        format!("{HEADING}\n{size}\n{}\n{day}\n{alias}\n{proved_through}\n{set_back}\n{note}", hex(root))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.splitn(8, '\n');
        let mut next = || lines.next();
        if next()? != HEADING {
            return None;
        }
        Some(Self {
            size: next()?.parse().ok()?,
            root: unhex(next()?)?.try_into().ok()?,
            day: match next()? {
                "-" => None,
                day => Some(Day::parse(day).ok()?),
            },
            alias: match next()? {
                "-" => None,
                alias => Some(alias.parse().ok()?),
            },
            proved_through: next()?.parse().ok()?,
            set_back: match next()? {
                "-" => None,
                leaf => Some(unhex(leaf)?.try_into().ok()?),
            },
            note: next()?.to_owned(),
        })
    }
}
