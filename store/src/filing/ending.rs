//! What is past its term goes, and leaves the alerts that still show it (V-21).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::alert::{AlertId, ListedSignal};
use samenloop_core::room::filing::ReferenceRecord;
use samenloop_core::value::{Day, Epoch};

use super::Ledger;
use crate::index::{EpochKeys, ReferenceHash};
use crate::processing::ENDS;
use crate::{Fault, Swept};

/// Lets go of those records that say nothing on a day: of their rows, and of their signals on alerts that ended before
/// them. An open alert let go of them at the first tick of that day. The others let go of alerts that are gone.
pub(crate) fn end<L: Ledger>(
    ledger: &mut L,
    epochs: &BTreeMap<Epoch, EpochKeys>,
    records: Vec<(Epoch, ReferenceHash, ReferenceRecord)>,
    today: Day,
) -> Result<Swept, Fault> {
    let ended = records.iter().filter(|(_, _, record)| !record.is_alive(today));
    ledger.announce(&vec![ENDS; ended.count()])?;
    let mut swept = Swept::default();
    let mut shown: BTreeMap<AlertId, BTreeSet<(Epoch, ReferenceHash)>> = BTreeMap::new();
    for (epoch, hash, mut record) in records {
        // What is left of a destroyed epoch opens no more; its destruction drops it.
        let Some(keys) = epochs.get(&epoch) else { continue };
        if record.is_alive(today) {
            let mut left = Vec::with_capacity(record.alerts.len());
            for link in &record.alerts {
                if ledger.has_alert(link.1)? {
                    left.push(*link);
                }
            }
            if left.len() < record.alerts.len() {
                record.alerts = left;
                ledger.keep_reference(epoch, &hash, &record)?;
            }
            continue;
        }
        for (_, index) in record.filed {
            ledger.remove_row(epoch, &index, &keys.row_id(&index, &hash))?;
            swept.rows += 1;
        }
        for (_, alert) in record.alerts {
            shown.entry(alert).or_default().insert((epoch, hash));
        }
        ledger.remove_reference(epoch, &hash)?;
        swept.references += 1;
    }
    for (id, gone) in shown {
        let Some(alert) = ledger.alert(id)? else { continue };
        let is_gone = |it: &&ListedSignal| {
            let of = |keys: &EpochKeys| keys.reference(it.connection(), it.signal().reference());
            epochs.iter().any(|(epoch, keys)| gone.contains(&(*epoch, of(keys))))
        };
        let named = |it: &ListedSignal| (it.connection().clone(), it.signal().reference());
        let left: BTreeSet<_> = alert.signals().iter().filter(is_gone).map(named).collect();
        if !left.is_empty() {
            ledger.keep_alert(&alert.without(&left))?;
        }
    }
    Ok(swept)
}
