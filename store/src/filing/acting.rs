//! What people do with an alert, in one transaction: read, let the room decide, keep, mark, tell.

use std::collections::BTreeMap;

use samenloop_audit::EntryKind;
use samenloop_core::alert::{Alert, AlertId, Notice, Progress, Reader, requests};
use samenloop_core::room::followup::{self, ActRefusal, Acted};
use samenloop_core::value::{ConnectionId, Epoch};

use super::{Ledger, Walk};
use crate::Fault;
use crate::index::EpochKeys;
use crate::log::{self, Happening};
use crate::seam::{Deed, Step};

/// Takes one step with an alert, with the keys of every epoch that was not destroyed.
pub(crate) fn take<L: Ledger>(
    ledger: &mut L,
    id: AlertId,
    step: &Step,
    epochs: &BTreeMap<Epoch, EpochKeys>,
) -> Result<Result<Alert, ActRefusal>, Fault> {
    let Some(before) = ledger.alert(id)? else { return Ok(Err(ActRefusal::Unknown)) };
    let acted = match &step.deed {
        Deed::Act(act) => {
            let (connection, manifest, today) =
                (step.by.clone(), std::sync::Arc::clone(&step.manifest), step.today);
            followup::act(&Reader::Coordinator { connection, manifest, today }, &before, act)
        }
        Deed::Answer(answer) => followup::answer(&before, &step.by, *answer, step.today),
    };
    let Acted { alert, told } = match acted {
        Ok(acted) => acted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if alert != before {
        let kind = match &step.deed {
            Deed::Act(_) => EntryKind::Act,
            Deed::Answer(_) => EntryKind::Answer,
        };
        let mut walk = Walk::new(ledger, &step.manifest, step.today, epochs);
        walk.log.push(Happening::step(kind, &step.by, id, step.today));
        walk.keep_acted(&before, &alert, &step.by, told)?;
        if let Deed::Act(act) = &step.deed {
            walk.count_act(&before, act);
        }
        walk.keep_census()?;
        walk.keep_log()?;
    } else if matches!(step.deed, Deed::Act(_)) {
        // A repeated act does nothing, and shows the alert all the same (V-41).
        log::append(ledger, vec![Happening::step(EntryKind::Read, &step.by, id, step.today)])?;
    }
    Ok(Ok(alert))
}

impl<L: Ledger> Walk<'_, L> {
    /// Keeps what an act of somebody made of an alert, and tells the others. Whoever acts on it looked at it.
    fn keep_acted(
        &mut self,
        before: &Alert,
        alert: &Alert,
        by: &ConnectionId,
        told: bool,
    ) -> Result<(), Fault> {
        for notice in Notice::both(by.clone(), alert.id()) {
            self.ledger.unpost(&notice)?;
        }
        if told {
            self.tell_but(alert, Some(by))?;
        } else {
            self.ledger.keep_alert(alert)?;
        }
        self.post(requests(before, alert))?;
        if before.is_open() && matches!(alert.progress(), Progress::Closed(_)) {
            self.mark_judged(alert)?;
            self.link_ended(alert)?;
        }
        Ok(())
    }

    /// Marks the signals of an alert that a coordinator closed, to the end of their term: alone they open nothing
    /// again.
    fn mark_judged(&mut self, alert: &Alert) -> Result<(), Fault> {
        for listed in alert.signals() {
            for (epoch, keys) in self.epochs {
                let hash = keys.reference(listed.connection(), listed.signal().reference());
                if let Some(mut record) = self.ledger.reference(*epoch, &hash)? {
                    record.judged = record.judged.max(Some(listed.signal().content().severity()));
                    self.ledger.keep_reference(*epoch, &hash, &record)?;
                }
            }
        }
        Ok(())
    }
}
