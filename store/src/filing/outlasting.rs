//! After a restore: what was erased since the backup is erased again, and what rests by then rests (P-42, V-32).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::EntryKind;
use samenloop_core::alert::AlertId;
use samenloop_core::manifest::OPERATOR;
use samenloop_core::room::filing::Standing;
use samenloop_core::value::{Day, Epoch};

use super::rights::{Named, shell};
use super::{Ledger, keep_counts, tombstone};
use crate::index::EpochKeys;
use crate::log::{self, Happening};
use crate::outlasting::{Outlasting, Remembered};
use crate::standing::{Changes, Filed};
use crate::{Erased, Fault, Outlasted};

/// Does it all again, in the order in which it was done. Doing it twice changes nothing more; the case log says of each time
/// how much the operator had done again.
pub(crate) fn again<L: Ledger>(
    ledger: &mut L,
    epochs: &BTreeMap<Epoch, EpochKeys>,
    remembered: &[Remembered],
    today: Day,
) -> Result<Outlasted, Fault> {
    let (mut changes, mut resting) = (Changes::default(), BTreeSet::new());
    let (mut gone, mut alerts) = (BTreeSet::<Named>::new(), BTreeSet::<AlertId>::new());
    for Remembered { on, what } in remembered {
        let (connection, reference, expiry) = match what {
            Outlasting::Erased(connection, reference, expiry) => (connection, *reference, *expiry),
            // What rested under an epoch that was destroyed since is nowhere any more.
            Outlasting::Rests(it) if today <= it.until && epochs.contains_key(&it.epoch) => {
                ledger.keep_restriction(it)?;
                resting.insert((it.epoch, it.index));
                continue;
            }
            Outlasting::Rests(it) | Outlasting::Lifted(it) => {
                ledger.remove_restriction(it)?;
                resting.remove(&(it.epoch, it.index));
                continue;
            }
        };
        let mut before = Filed::new();
        for (epoch, keys) in epochs {
            let hash = keys.reference(connection, reference);
            let mut record = ledger.reference(*epoch, &hash)?.unwrap_or_else(|| tombstone(expiry));
            if !record.filed.is_empty() {
                before.push((*epoch, record.expiry));
            }
            for (_, index) in std::mem::take(&mut record.filed) {
                ledger.remove_row(*epoch, &index, &keys.row_id(&index, &hash))?;
            }
            alerts.extend(std::mem::take(&mut record.alerts).into_iter().map(|(_, id)| id));
            record.standing = Standing::Withdrawn;
            record.expiry = record.expiry.max(expiry);
            ledger.keep_reference(*epoch, &hash, &record)?;
        }
        // Its sender may not have asked yet.
        ledger.keep_erased(connection, &Erased { reference, on: *on, until: expiry })?;
        changes.note(connection, &before, &Filed::new());
        gone.insert((connection.clone(), reference));
    }
    let mut ended = Vec::new();
    for id in alerts {
        let Some(alert) = ledger.alert(id)? else { continue };
        let listed = !alert.signals().is_empty();
        let mut left = alert.without(&gone);
        if listed && left.signals().is_empty() {
            left = shell(&left, today);
            ended.push(Happening::alert(EntryKind::AlertEnded, &left, today));
        }
        ledger.keep_alert(&left)?;
    }
    keep_counts(ledger, changes, today)?;
    let done = Outlasted { signals: gone.len() as u64, places: resting.len() as u64 };
    // What said so before was rolled back with the rest (V-41).
    let counted = [(EntryKind::RightsErased, done.signals), (EntryKind::RightsRestricted, done.places)];
    let again = |(kind, count)| Happening::new(kind, today, OPERATOR, count, Vec::new());
    let happened = counted.into_iter().filter(|(_, count)| *count > 0).map(again);
    log::append(ledger, happened.chain(ended).collect())?;
    Ok(done)
}
