//! The pages of the audit logs on this engine: records under the case key of their quarter (P-33), so that they end
//! with it; all else under the key of the ledger.

use std::collections::BTreeMap;

use samenloop_audit::Log;
use samenloop_core::value::Day;

use super::base::Base;
use super::draft::Draft;
use super::keys;
use super::ledger::{SledLedger, open_case};
use crate::log::{self, Happening, KeepPages, Page, Pages};
use crate::{AuditLog, Fault, Noted};

fn open(base: &Base, at: Page, key: &[u8], value: &[u8]) -> Result<Vec<u8>, Fault> {
    let plain = match at {
        Page::Record(..) => open_case(base, key, value)?,
        Page::Size(_)
        | Page::Tile(..)
        | Page::Entry(..)
        | Page::Actor(..)
        | Page::Name(..)
        | Page::Own(..)
        | Page::Seen => base.open_own(key, value)?,
    };
    Ok(plain.to_vec())
}

impl Pages for SledLedger<'_> {
    fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault> {
        let key = keys::page(&at.name());
        let value = self.draft.read(&key)?;
        value.map(|value| open(self.draft.base(), at, &key, &value)).transpose()
    }

    fn alias(&self, log: Log, actor: &str) -> u64 {
        self.draft.base().log_alias(log, actor)
    }
}

impl KeepPages for SledLedger<'_> {
    fn keep_page(&mut self, at: Page, bytes: &[u8]) -> Result<(), Fault> {
        let key = keys::page(&at.name());
        if matches!(at, Page::Record(..)) {
            return self.write_case(key, bytes);
        }
        let value = self.draft.base().seal_own(&key, bytes)?;
        self.draft.write(key, value)
    }

    fn forget_page(&mut self, at: Page) -> Result<(), Fault> {
        self.draft.remove(keys::page(&at.name()))
    }
}

/// The leaves of each log.
pub(crate) type Sizes = BTreeMap<Log, u64>;

/// The leaves of each log as the last commit left them.
pub(super) fn sizes(base: &Base) -> Result<Sizes, Fault> {
    let pages = Durable { base, sizes: None };
    Log::ALL.into_iter().map(|log| Ok((log, AuditLog::new(&pages).size(log)?))).collect()
}

/// The pages of the first leaves. No lock of the writer is taken: what was written is never changed, and a sender
/// that asks for a proof must not be able to time a tick.
struct Durable<'a> {
    base: &'a Base,
    sizes: Option<Sizes>,
}

impl Pages for Durable<'_> {
    fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault> {
        if let (Page::Size(log), Some(sizes)) = (at, &self.sizes) {
            return Ok(sizes.get(&log).map(|size| size.to_be_bytes().to_vec()));
        }
        let key = keys::page(&at.name());
        let value = self.base.read(&key)?;
        value.map(|value| open(self.base, at, &key, &value)).transpose()
    }

    fn alias(&self, log: Log, actor: &str) -> u64 {
        self.base.log_alias(log, actor)
    }
}

/// Reads what was durable when each log had so many leaves.
pub(super) fn read<T>(
    base: &Base,
    sizes: Sizes,
    read: impl FnOnce(&AuditLog<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    read(&AuditLog::new(&Durable { base, sizes: Some(sizes) }))
}

fn change<T>(
    base: &Base,
    today: Day,
    change: impl FnOnce(&mut SledLedger<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let (draft, epochs) = (Draft::new(base), BTreeMap::new());
    let tick = draft.meta.tick;
    let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
    let changed = change(&mut ledger)?;
    ledger.draft.commit()?;
    Ok(changed)
}

pub(super) fn note(base: &Base, noted: Vec<Noted>, today: Day) -> Result<(), Fault> {
    change(base, today, |ledger| log::append(ledger, noted.into_iter().map(Happening::from).collect()))
}

pub(super) fn forget_record(base: &Base, of: Log, leaf: u64, today: Day) -> Result<bool, Fault> {
    change(base, today, |ledger| log::forget_record(ledger, of, leaf))
}

#[cfg(test)]
mod tests;
