//! The end of a quarter's case key (P-33): what still counts is sealed again, and the records of the audit logs go. A quarter
//! later, when no backup can need it any more (V-25), the key itself is overwritten.

use std::collections::BTreeMap;

use samenloop_core::terms::USED_QUARTERS;
use samenloop_core::value::Day;

use super::base::Base;
use super::draft::Draft;
use super::keys;
use super::ledger::{SledLedger, open_case, quarter_of};
use crate::{Fault, Purpose};

/// The quarters whose key is used no longer, and whether the database still names it.
fn used_no_longer(base: &Base, today: Day) -> Result<Vec<(u16, bool)>, Fault> {
    let mut quarters = Vec::new();
    for purpose in base.secrets().purposes()? {
        if let Purpose::Case(quarter) = purpose
            && quarter.saturating_add(USED_QUARTERS) <= today.quarter()
        {
            quarters.push((quarter, base.read(&keys::secret(purpose))?.is_some()));
        }
    }
    Ok(quarters)
}

/// Whether the key of a quarter is to be overwritten on a day.
const fn is_over(quarter: u16, today: Day) -> bool {
    quarter.saturating_add(USED_QUARTERS) < today.quarter()
}

/// Where the records under case keys begin; `None` while no key is to end.
pub(super) fn begin(base: &Base, today: Day) -> Result<Option<Vec<u8>>, Fault> {
    let ends =
        used_no_longer(base, today)?.into_iter().any(|(quarter, named)| named || is_over(quarter, today));
    Ok(keys::CASES.first().filter(|_| ends).map(|letter| vec![*letter]))
}

/// Looks at `most` records of one letter from a key on, and says where the next step begins. After the last one nothing is
/// under those keys.
pub(super) fn step(base: &Base, today: Day, from: &[u8], most: usize) -> Result<Option<Vec<u8>>, Fault> {
    let quarters = used_no_longer(base, today)?;
    let (draft, epochs) = (Draft::new(base), BTreeMap::new());
    let tick = draft.meta.tick;
    let mut ledger = SledLedger::new(draft, &epochs, today, tick)?;
    let letter = from.first().copied();
    let mut next = keys::CASES.into_iter().skip_while(|it| Some(*it) != letter).nth(1).map(|it| vec![it]);
    for (looked_at, record) in base.scan_from(from).enumerate() {
        let (key, value) = record?;
        if key.first().copied() != letter {
            break;
        }
        if looked_at == most {
            next = Some(key.to_vec());
            break;
        }
        if !keys::is_case(&key) || !quarters.iter().any(|(quarter, _)| quarter_of(&value) == Some(*quarter)) {
            continue;
        }
        if letter == Some(keys::PAGE) {
            ledger.draft.remove(key.to_vec())?;
        } else {
            let plain = open_case(base, &key, &value)?;
            ledger.write_case(key.to_vec(), &plain)?;
        }
    }
    if next.is_none() {
        for (quarter, _) in &quarters {
            ledger.draft.remove(keys::secret(Purpose::Case(*quarter)))?;
        }
    }
    if ledger.draft.meta.digest != base.meta().digest {
        ledger.draft.commit()?;
    }
    // Only now: nothing on disk names it, and no backup that may be restored does.
    if next.is_none() {
        for (quarter, _) in quarters.into_iter().filter(|(quarter, _)| is_over(*quarter, today)) {
            base.secrets().destroy(Purpose::Case(quarter))?;
        }
    }
    Ok(next)
}

#[cfg(test)]
mod tests;
