//! What is past its term goes, and leaves the alerts that still show it (V-21).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::alert::AlertId;
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::room::filing::ReferenceRecord;
use samenloop_core::value::{Day, Epoch};

use super::Ledger;
use crate::index::{EpochKeys, ReferenceHash};
use crate::log::{self, Happening};
use crate::processing::ENDS;
use crate::{Fault, Scope, Swept};

/// Lets go of those records that say nothing on a day: of their rows, and of their signals on alerts that ended before
/// them. An open alert let go of them at the first tick of that day. The others let go of alerts that are gone; which they
/// name is added to `named`.
pub(crate) fn end<L: Ledger>(
    ledger: &mut L,
    epochs: &BTreeMap<Epoch, EpochKeys>,
    records: Vec<(Epoch, ReferenceHash, ReferenceRecord)>,
    today: Day,
    named: &mut BTreeSet<AlertId>,
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
            named.extend(left.iter().map(|(_, id)| *id));
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
        let mut left = alert.named();
        left.retain(|(connection, reference)| {
            let of = |(epoch, keys): (&Epoch, &EpochKeys)| (*epoch, keys.reference(connection, *reference));
            epochs.iter().any(|it| gone.contains(&of(it)))
        });
        let mut there = BTreeSet::new();
        for (connection, reference) in &left {
            for (epoch, keys) in epochs {
                let record = ledger.reference(*epoch, &keys.reference(connection, *reference))?;
                if record.is_some_and(|it| it.is_alive(today) && it.alerts.iter().any(|it| it.1 == id)) {
                    there.insert((connection.clone(), *reference));
                }
            }
        }
        // What another epoch files longer is on the alert still.
        let left = &left - &there;
        if !left.is_empty() {
            ledger.keep_alert(&alert.without(&left))?;
        }
    }
    Ok(swept)
}

/// Leaves of an ended alert how it ended and no more, once it lists nothing and no record names it: its signals were
/// withdrawn, erased or swept, and nobody who asks for what is kept of the child would find it (V-31, V-32).
pub(crate) fn empty_unnamed<L: Ledger>(
    ledger: &mut L,
    named: &BTreeSet<AlertId>,
    today: Day,
) -> Result<(), Fault> {
    let (mut announced, mut left) = (Vec::new(), Vec::new());
    for id in ledger.alert_ids(Scope::All)?.into_iter().filter(|it| !named.contains(it)) {
        let Some(alert) = ledger.alert(id)? else { continue };
        let bare = alert.bare();
        if !alert.is_open() && alert.signals().is_empty() && alert != bare {
            announced.push(Processing { activity: Activity::Expire, subject: alert.subject() });
            left.push(bare);
        }
    }
    // At once: each line for itself would keep the writer for as many waits for the disk.
    ledger.announce(&announced)?;
    left.iter().try_for_each(|it| ledger.keep_alert(it))?;
    log::append(ledger, left.iter().map(|it| Happening::emptied(it.id(), today)).collect())
}
