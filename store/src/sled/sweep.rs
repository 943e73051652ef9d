//! What is past its term goes (V-21): the records of references, and the rows that they name. Then what was under the key of
//! a quarter that is over.
//!
//! A record keeps its month sealed, so a sweep opens every record. A list by month would be faster, and would show a
//! thief which references were sent together.

use samenloop_core::manifest::SWEPT_REFERENCES;
use samenloop_core::value::Day;

use super::base::Base;
use super::draft::Draft;
use super::ledger::{self, SledLedger};
use super::{epochs, keys, quarters};
use crate::{Fault, Swept, filing, log};

/// Records that one step looks at; ticks are filed between two. Orders are taken in turn, so after every tick there is a
/// step: with the shortest tick, of a second, one of them does what V-22 asks of a second.
pub(crate) const LOOKED_AT: usize = 8192;
const _: () = assert!(LOOKED_AT as u64 >= SWEPT_REFERENCES);

/// One step of a sweep.
pub(crate) struct Sweep {
    pub(crate) swept: Swept,
    /// Where the next step begins; `None` after the last record.
    pub(crate) next: Option<Vec<u8>>,
}

/// Where a sweep begins.
pub(crate) const BEGIN: &[u8] = &[keys::REFERENCE];

/// Looks at `most` records from a key on; `None` while no tick has judged that day. Open alerts have let go of what
/// ended by then. After the last record the counts of ended months go too, so that none speaks of what was swept once a clock
/// that was ahead is set back.
pub(crate) fn step(base: &Base, today: Day, from: &[u8], most: usize) -> Result<Option<Sweep>, Fault> {
    if base.meta().judged.is_none_or(|(day, _)| day != today) {
        return Ok(None);
    }
    if from.first() != Some(&keys::REFERENCE) {
        return quarters::step(base, today, from, most).map(Some);
    }
    let mut draft = Draft::new(base);
    let epochs = epochs::kept_keys(&mut draft)?;
    let (mut records, mut next) = (Vec::new(), None);
    for (looked_at, record) in base.scan_from(from).enumerate() {
        let (key, value) = record?;
        if key.first() != Some(&keys::REFERENCE) {
            break;
        }
        if looked_at == most {
            next = Some(key.to_vec());
            break;
        }
        let unnamed = || Fault::Damaged("the name of a reference record".to_owned());
        let (epoch, hash) = keys::parse_reference(&key).ok_or_else(unnamed)?;
        let Some(keys_of_epoch) = epochs.get(&epoch) else { continue };
        records.push((epoch, hash, ledger::open_reference(keys_of_epoch, &key, &value)?));
    }
    let tick = draft.meta.tick;
    let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
    let swept = filing::end(&mut ledger, &epochs, records, today)?;
    log::swept(&mut ledger, swept, today)?;
    if next.is_none() {
        ledger.draft.forget_ended_counts(today)?;
        next = quarters::begin(base, today)?;
    }
    if ledger.draft.meta.digest != base.meta().digest {
        ledger.draft.commit()?;
    }
    Ok(Some(Sweep { swept, next }))
}

#[cfg(test)]
mod tests;
