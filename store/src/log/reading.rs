//! What is read of a log: its size, its roots, entries, and proofs of both sorts.

use samenloop_audit::{self as audit, ENTRY_LEN, Entry, Hash, Log, SALT_LEN, Salt};

use super::page::{LogTiles, Page, Pages, damaged, number};
use crate::Fault;

/// The salt and the record to which an entry commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// `r` of P-73.
    pub salt: Salt,
    /// The record.
    pub record: Vec<u8>,
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its leaf, from 0.
    pub leaf: u64,
    /// The entry.
    pub entry: Entry,
    /// What it commits to; `None` once that was erased.
    pub opening: Option<Opening>,
}

/// The logs as they are at one moment.
pub struct AuditLog<'a>(pub(super) &'a dyn Pages);

impl<'a> AuditLog<'a> {
    pub(crate) fn new(pages: &'a dyn Pages) -> Self {
        Self(pages)
    }

    /// How many leaves a log has.
    ///
    /// # Errors
    /// [`Fault::Damaged`], as all of these, when a page is not what was written.
    pub fn size(&self, log: Log) -> Result<u64, Fault> {
        number(self.0, Page::Size(log))
    }

    /// The root of its first `size` leaves.
    ///
    /// # Errors
    /// Also when it has fewer.
    pub fn root(&self, log: Log, size: u64) -> Result<Hash, Fault> {
        audit::root(&LogTiles(self.0, log), size)
    }

    /// The path from a leaf to the root of the first `size` leaves.
    ///
    /// # Errors
    /// Also when there is no such leaf.
    pub fn inclusion(&self, log: Log, leaf: u64, size: u64) -> Result<Vec<Hash>, Fault> {
        audit::inclusion(&LogTiles(self.0, log), leaf, size)
    }

    /// The proof that the first `size` leaves begin with the first `older`.
    ///
    /// # Errors
    /// Also when it has fewer.
    pub fn consistency(&self, log: Log, older: u64, size: u64) -> Result<Vec<Hash>, Fault> {
        audit::consistency(&LogTiles(self.0, log), older, size)
    }

    /// The hashes of a tile, as many as there are.
    ///
    /// # Errors
    /// [`Fault::Damaged`].
    pub fn tile(&self, log: Log, level: u8, index: u64) -> Result<Vec<Hash>, Fault> {
        audit::Tiles::tile(&LogTiles(self.0, log), level, index)
    }

    /// The entries of a log from a leaf on, at most `limit`.
    ///
    /// # Errors
    /// [`Fault::Damaged`].
    pub fn since(&self, log: Log, leaf: u64, limit: usize) -> Result<Vec<Logged>, Fault> {
        (leaf..self.size(log)?).take(limit).map(|leaf| self.at(log, leaf)).collect()
    }

    /// The entries of one actor from a sequence on, at most `limit`; none when no entry of it begins there.
    ///
    /// # Errors
    /// [`Fault::Damaged`].
    pub fn of(&self, log: Log, actor: &str, sequence: u64, limit: usize) -> Result<Vec<Logged>, Fault> {
        let (alias, mut next, mut found) = (self.0.alias(log, actor), sequence, Vec::new());
        while found.len() < limit
            && let Some(leaf) = self.0.page(Page::Own(log, alias, next))?
        {
            let leaf = leaf.try_into().map(u64::from_be_bytes).map_err(|_| damaged())?;
            if leaf >= self.size(log)? {
                break;
            }
            let logged = self.at(log, leaf)?;
            next += u64::from(logged.entry.count);
            found.push(logged);
        }
        Ok(found)
    }

    /// The alias of an actor in a log, whether it stands in it or not.
    #[must_use]
    pub fn alias(&self, log: Log, actor: &str) -> u64 {
        self.0.alias(log, actor)
    }

    /// One entry, with what it commits to.
    ///
    /// # Errors
    /// Also when there is no such leaf.
    pub fn at(&self, log: Log, leaf: u64) -> Result<Logged, Fault> {
        Ok(Logged { leaf, entry: self.entry(log, leaf)?, opening: self.opening(log, leaf)? })
    }

    /// One entry.
    pub(crate) fn entry(&self, log: Log, leaf: u64) -> Result<Entry, Fault> {
        let bytes = self.0.page(Page::Entry(log, leaf))?.ok_or_else(damaged)?;
        let bytes: [u8; ENTRY_LEN] = bytes.try_into().map_err(|_| damaged())?;
        Entry::parse(&bytes).ok_or_else(damaged)
    }

    /// What an entry commits to; `None` once that was erased.
    pub(crate) fn opening(&self, log: Log, leaf: u64) -> Result<Option<Opening>, Fault> {
        let Some(kept) = self.0.page(Page::Record(log, leaf))? else { return Ok(None) };
        let (salt, record) = kept.split_first_chunk::<SALT_LEN>().ok_or_else(damaged)?;
        Ok(Some(Opening { salt: *salt, record: record.to_vec() }))
    }

    /// Whose alias it is; `None` of one that stands in no entry.
    pub(crate) fn actor(&self, log: Log, alias: u64) -> Result<Option<String>, Fault> {
        let name = self.0.page(Page::Name(log, alias))?;
        name.map(|it| String::from_utf8(it).map_err(|_| damaged())).transpose()
    }
}
