//! After a restore: what was erased since the backup is erased again, what rests by then rests, and what was done is
//! done once (P-42, V-32).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::EntryKind;
use samenloop_core::alert::{AlertId, SignalName};
use samenloop_core::manifest::OPERATOR;
use samenloop_core::room::filing::Standing;
use samenloop_core::value::{Day, Epoch, Month};

use super::rights::shell;
use super::{Ledger, keep_counts, tombstone};
use crate::index::EpochKeys;
use crate::log::{self, Happening};
use crate::outlasting::{Outlasting, Remembered};
use crate::rights::KeptRequest;
use crate::standing::{Changes, Filed};
use crate::{Erased, Fault, Outlasted};

/// What was erased once more.
#[derive(Default)]
struct Gone {
    signals: BTreeSet<SignalName>,
    /// The alerts that their records named.
    alerts: BTreeSet<AlertId>,
    changes: Changes,
}

/// Does it all again, in the order in which it was done, in a database of a day. Doing it twice changes nothing more;
/// the case log says of each time how much the operator had done again.
pub(crate) fn again<L: Ledger>(
    ledger: &mut L,
    epochs: &BTreeMap<Epoch, EpochKeys>,
    remembered: &[Remembered],
    made: Option<Day>,
    today: Day,
) -> Result<Outlasted, Fault> {
    let (mut gone, mut resting, mut shells) = (Gone::default(), BTreeSet::new(), BTreeSet::new());
    // A reference is free again after its month: what a database of a later day files under it is a judgement of since.
    let is_free = |expiry: &Month| made.is_some_and(|made| expiry.last_day() < made.min(today));
    for Remembered { on, what } in remembered {
        match what {
            Outlasting::Erased(_, _, expiry) if is_free(expiry) => {}
            Outlasting::Erased(connection, reference, expiry) => {
                let erased = Erased { reference: *reference, on: *on, until: *expiry };
                // Its sender may not have asked yet.
                ledger.keep_erased(connection, &erased)?;
                bury(ledger, epochs, (connection.clone(), *reference), *expiry, &mut gone)?;
            }
            // What rested under an epoch that was destroyed since is nowhere any more.
            Outlasting::Rests(it) if today <= it.until && epochs.contains_key(&it.epoch) => {
                ledger.keep_restriction(it)?;
                resting.insert((it.epoch, it.index));
            }
            Outlasting::Rests(it) | Outlasting::Lifted(it) => {
                ledger.remove_restriction(it)?;
                resting.remove(&(it.epoch, it.index));
            }
            Outlasting::Ended(id) => {
                shells.insert(*id);
            }
            Outlasting::Answered(request) => {
                ledger.keep_request(&KeptRequest { request: request.clone(), places: Vec::new() })?;
            }
        }
    }
    let mut ended = Vec::new();
    for id in &gone.alerts | &shells {
        // Of one that was erased nothing is left already.
        let Some(alert) = ledger.alert(id)?.filter(|it| it.subject().is_some()) else { continue };
        let listed = !alert.signals().is_empty();
        let mut left = alert.without(&gone.signals);
        if shells.contains(&id) || listed && left.signals().is_empty() {
            left = shell(&left, today);
            ended.push(Happening::alert(EntryKind::AlertEnded, &left, today));
        }
        ledger.keep_alert(&left)?;
    }
    keep_counts(ledger, gone.changes, today)?;
    let done = Outlasted { signals: gone.signals.len() as u64, places: resting.len() as u64 };
    // What said so before was rolled back with the rest (V-41).
    let counted = [(EntryKind::RightsErased, done.signals), (EntryKind::RightsRestricted, done.places)];
    let again = |(kind, count)| Happening::new(kind, today, OPERATOR, count, Vec::new());
    let happened = counted.into_iter().filter(|(_, count)| *count > 0).map(again);
    log::append(ledger, happened.chain(ended).collect())?;
    Ok(done)
}

/// Withdraws a reference under every epoch, also where this database never knew it.
fn bury<L: Ledger>(
    ledger: &mut L,
    epochs: &BTreeMap<Epoch, EpochKeys>,
    named: SignalName,
    expiry: Month,
    gone: &mut Gone,
) -> Result<(), Fault> {
    let (connection, reference) = &named;
    let mut before = Filed::new();
    for (epoch, keys) in epochs {
        let hash = keys.reference(connection, *reference);
        let mut record = ledger.reference(*epoch, &hash)?.unwrap_or_else(|| tombstone(expiry));
        if !record.filed.is_empty() {
            before.push((*epoch, record.expiry));
        }
        for (_, index) in std::mem::take(&mut record.filed) {
            ledger.remove_row(*epoch, &index, &keys.row_id(&index, &hash))?;
        }
        gone.alerts.extend(std::mem::take(&mut record.alerts).into_iter().map(|(_, id)| id));
        record.standing = Standing::Withdrawn;
        record.expiry = record.expiry.max(expiry);
        ledger.keep_reference(*epoch, &hash, &record)?;
    }
    gone.changes.note(connection, &before, &Filed::new());
    gone.signals.insert(named);
    Ok(())
}
