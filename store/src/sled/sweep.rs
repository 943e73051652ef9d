//! What is past its term goes (V-21): the records of references, and the rows that they name. Then what was under the key of
//! a quarter that is over.
//!
//! A record keeps its month sealed, so a sweep opens every record. A list by month would be faster, and would show a
//! thief which references were sent together.

use std::collections::BTreeSet;

use samenloop_core::alert::AlertId;
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

/// How far a sweep is.
pub(crate) struct Sweep {
    pub(crate) swept: Swept,
    /// Where the next step begins; `None` after the last record.
    pub(crate) next: Option<Vec<u8>>,
    /// The alerts that the records of references name, as far as they were looked at.
    named: BTreeSet<AlertId>,
}

impl Sweep {
    /// Before the first step.
    pub(crate) fn begin() -> Self {
        Self { swept: Swept::default(), next: Some(vec![keys::REFERENCE]), named: BTreeSet::new() }
    }
}

/// Goes on with a sweep, and looks at `most` records; `None` while no tick has judged that day. Open alerts have let go of
/// what ended by then. After the last record of a reference the counts of ended months go too, so that none speaks of what was
/// swept once a clock that was ahead is set back, and what no record leads to any more.
pub(crate) fn step(base: &Base, today: Day, mut sweep: Sweep, most: usize) -> Result<Option<Sweep>, Fault> {
    if base.meta().judged.is_none_or(|(day, _)| day != today) {
        return Ok(None);
    }
    let Some(from) = sweep.next.take() else { return Ok(Some(sweep)) };
    if from.first() != Some(&keys::REFERENCE) {
        sweep.next = quarters::step(base, today, &from, most)?;
        return Ok(Some(sweep));
    }
    let mut draft = Draft::new(base);
    let epochs = epochs::kept_keys(&mut draft)?;
    let mut records = Vec::new();
    for (looked_at, record) in base.scan_from(&from).enumerate() {
        let (key, value) = record?;
        if key.first() != Some(&keys::REFERENCE) {
            break;
        }
        if looked_at == most {
            sweep.next = Some(key.to_vec());
            break;
        }
        let unnamed = || Fault::Damaged("the name of a reference record".to_owned());
        let (epoch, hash) = keys::parse_reference(&key).ok_or_else(unnamed)?;
        let Some(keys_of_epoch) = epochs.get(&epoch) else { continue };
        records.push((epoch, hash, ledger::open_reference(keys_of_epoch, &key, &value)?));
    }
    let tick = draft.meta.tick;
    let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
    let swept = filing::end(&mut ledger, &epochs, records, today, &mut sweep.named)?;
    log::swept(&mut ledger, swept, today)?;
    sweep.swept.references += swept.references;
    sweep.swept.rows += swept.rows;
    if sweep.next.is_none() {
        filing::empty_unnamed(&mut ledger, &sweep.named, today)?;
        ledger.draft.forget_ended_counts(today)?;
        sweep.next = quarters::begin(base, today)?;
    }
    if ledger.draft.meta.digest != base.meta().digest {
        ledger.draft.commit()?;
    }
    Ok(Some(sweep))
}

#[cfg(test)]
mod tests;
