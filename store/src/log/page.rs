//! What an engine keeps of the logs.

use samenloop_audit::{Hash, Log};

use crate::Fault;

/// A value of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// How many leaves a log has.
    Size(Log),
    /// A tile of its tree: level and index.
    Tile(Log, u8, u64),
    /// An entry, by its leaf.
    Entry(Log, u64),
    /// The salt and the record of an entry.
    Record(Log, u64),
    /// The next sequence of an actor.
    Actor(Log, u64),
    /// Who an actor is: it may take part no more when a child asks who looked (V-31).
    Name(Log, u64),
    /// The leaf of an actor's entry, by its first sequence.
    Own(Log, u64, u64),
    /// The manifest that the last tick saw.
    Seen,
}

impl Page {
    /// Its name among the pages: fixed width, so that no two are one.
    pub(crate) fn name(&self) -> Vec<u8> {
        let number = |log: Log| match log {
            Log::Intake => 1,
            Log::Case => 2,
        };
        let (log, sort, level, numbers) = match *self {
            Self::Size(log) => (number(log), b's', 0, [0, 0]),
            Self::Tile(log, level, index) => (number(log), b't', level, [index, 0]),
            Self::Entry(log, leaf) => (number(log), b'e', 0, [leaf, 0]),
            Self::Record(log, leaf) => (number(log), b'r', 0, [leaf, 0]),
            Self::Actor(log, alias) => (number(log), b'a', 0, [alias, 0]),
            Self::Name(log, alias) => (number(log), b'n', 0, [alias, 0]),
            Self::Own(log, alias, sequence) => (number(log), b'o', 0, [alias, sequence]),
            Self::Seen => (0, b'm', 0, [0, 0]),
        };
        let mut name = vec![log, sort, level];
        numbers.iter().for_each(|it| name.extend_from_slice(&it.to_be_bytes()));
        name
    }
}

impl Page {
    /// Whether a page of this name is the salt and the record of an entry.
    pub(crate) fn is_record(name: &[u8]) -> bool {
        name.get(1) == Some(&b'r')
    }
}

/// Where pages are read.
pub(crate) trait Pages {
    /// A page; `None` when it was never kept, or forgotten.
    fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault>;

    /// The alias of an actor in a log: no two logs give one actor the same.
    fn alias(&self, log: Log, actor: &str) -> u64;
}

/// Where pages are kept, in one transaction.
pub(crate) trait KeepPages: Pages {
    fn keep_page(&mut self, at: Page, bytes: &[u8]) -> Result<(), Fault>;
    fn forget_page(&mut self, at: Page) -> Result<(), Fault>;
}

pub(super) fn damaged() -> Fault {
    Fault::Damaged("a page of the audit logs".to_owned())
}

/// A page that is a number; 0 when it was never kept.
pub(super) fn number(pages: &(impl Pages + ?Sized), at: Page) -> Result<u64, Fault> {
    match pages.page(at)? {
        Some(bytes) => bytes.try_into().map(u64::from_be_bytes).map_err(|_| damaged()),
        None => Ok(0),
    }
}

/// The tiles of one log.
pub(super) struct LogTiles<'a, P: ?Sized>(pub(super) &'a P, pub(super) Log);

impl<P: Pages + ?Sized> samenloop_audit::Tiles for LogTiles<'_, P> {
    type Fault = Fault;

    fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, Fault> {
        let bytes = self.0.page(Page::Tile(self.1, level, index))?.unwrap_or_default();
        match bytes.as_chunks::<32>() {
            (hashes, []) => Ok(hashes.to_vec()),
            _ => Err(damaged()),
        }
    }

    fn missing(&self) -> Fault {
        damaged()
    }
}
