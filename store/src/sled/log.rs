//! The pages of the audit logs on this engine: records under the case key of their quarter (P-33), so that they end
//! with it; all else under the key of the ledger.

use std::collections::BTreeMap;

use samenloop_core::audit::Log;
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
        _ => base.open_own(key, value)?,
    };
    Ok(plain.to_vec())
}

fn alias(base: &Base, log: Log, actor: &str) -> u64 {
    log::alias(base.ledger_key(), log, actor)
}

impl Pages for SledLedger<'_> {
    fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault> {
        let key = keys::page(&at.name());
        let value = self.draft.read(&key)?;
        value.map(|value| open(self.draft.base(), at, &key, &value)).transpose()
    }

    fn alias(&self, log: Log, actor: &str) -> u64 {
        alias(self.draft.base(), log, actor)
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

/// The pages as the last commit left them.
struct Kept<'a>(&'a Base);

impl Pages for Kept<'_> {
    fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault> {
        let key = keys::page(&at.name());
        let value = self.0.read(&key)?;
        value.map(|value| open(self.0, at, &key, &value)).transpose()
    }

    fn alias(&self, log: Log, actor: &str) -> u64 {
        alias(self.0, log, actor)
    }
}

/// Reads while no batch becomes durable.
pub(super) fn read<T>(
    base: &Base,
    read: impl FnOnce(&AuditLog<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let _quiet = base.quiet();
    read(&AuditLog::new(&Kept(base)))
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
