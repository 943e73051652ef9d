//! The second half of a tick: judge each child that was touched, and let open alerts follow.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::alert::{Alert, AlertId};
use samenloop_core::room::alerting::{self, Followed};
use samenloop_core::room::convergence;
use samenloop_core::room::filing::ReferenceRecord;
use samenloop_core::value::{ConnectionId, Kind, OrganisationId, Signal, SignalReference};

use super::{Ledger, Walk};
use crate::Fault;
use crate::index::{EpochKeys, Located};

/// Alerts that a record names before it forgets those that ended.
const MAX_LINKS: usize = 16;

impl<L: Ledger> Walk<'_, L> {
    /// An alert without the signals that no live epoch files under its kind any more: what its agency did not
    /// carry over ends with the epoch (P-43), as nobody could withdraw it.
    pub(super) fn without_ended_epochs(&mut self, alert: Alert) -> Result<Alert, Fault> {
        let mut ended = BTreeSet::new();
        for listed in alert.signals() {
            let (connection, reference) = (listed.connection(), listed.signal().reference());
            let mut filed = false;
            for (epoch, keys) in self.epochs {
                let record = self.ledger.reference(*epoch, &keys.reference(connection, reference))?;
                filed |= record.is_some_and(|it| it.filed.iter().any(|(kind, _)| *kind == alert.kind()));
            }
            if !filed {
                ended.insert((connection.clone(), reference));
            }
        }
        if ended.is_empty() {
            return Ok(alert);
        }
        let alert = alert.without(&ended);
        self.ledger.keep_alert(&alert)?;
        Ok(alert)
    }

    /// Applies the rule to one touched child.
    pub(super) fn judge(&mut self, located: &Located, may_open: bool) -> Result<(), Fault> {
        let mut found: Vec<_> =
            self.ledger.rows(located)?.into_iter().map(|row| (row.connection, row.signal)).collect();
        let here: Vec<_> = found.iter().map(|(id, signal)| (id.clone(), signal.reference())).collect();
        let mut alerts = self.open_alerts_of(located, &found)?.into_iter();
        if let Some(alert) = alerts.next() {
            // Only an overlap can show that two alerts are one child's: the older goes on with the signals of both.
            for younger in alerts {
                found = alerting::signals_of(&younger, found);
                self.tell(&alerting::absorbed(&younger))?;
            }
            let followed = self.follow(&alert, found)?;
            return self.link(located, &here, &followed);
        }
        let judgement = convergence::judge(self.manifest, found, self.today);
        if !may_open || !judgement.converges {
            return Ok(());
        }
        let id = self.ledger.new_alert_id()?;
        let alert = alerting::open(id, located.kind, self.manifest.rule(), judgement, self.today);
        self.tell(&alert)?;
        self.link(located, &here, &alert)
    }

    /// The open alerts of this child and kind, oldest first: the records of its signals name them. A record of
    /// another epoch is believed only when signals of two organisations name the same alert there: one agency
    /// may file one reference under two children, and must not make them one.
    fn open_alerts_of(
        &mut self,
        located: &Located,
        found: &[(ConnectionId, Signal)],
    ) -> Result<Vec<Alert>, Fault> {
        let mut here = BTreeSet::new();
        let mut elsewhere: BTreeMap<AlertId, BTreeSet<&OrganisationId>> = BTreeMap::new();
        for (connection, signal) in found {
            for (epoch, keys) in self.epochs {
                let record =
                    self.ledger.reference(*epoch, &keys.reference(connection, signal.reference()))?;
                let links = record.into_iter().flat_map(|it| it.alerts);
                for (_, id) in links.filter(|(kind, _)| *kind == located.kind) {
                    if *epoch == located.epoch {
                        here.insert(id);
                    } else if let Some(sender) = self.manifest.connection(connection) {
                        elsewhere.entry(id).or_default().insert(&sender.organisation);
                    }
                }
            }
        }
        here.extend(
            elsewhere.into_iter().filter(|(_, organisations)| organisations.len() >= 2).map(|(id, _)| id),
        );
        let mut open = Vec::new();
        for id in here {
            open.extend(self.ledger.alert(id)?.filter(Alert::is_open));
        }
        open.sort_by_key(|it| (it.opened(), it.id()));
        Ok(open)
    }

    fn tell(&mut self, alert: &Alert) -> Result<(), Fault> {
        self.told += 1;
        self.ledger.keep_alert(alert)?;
        self.ledger.tell(alert.id())
    }

    pub(super) fn follow(
        &mut self,
        alert: &Alert,
        found: Vec<(ConnectionId, Signal)>,
    ) -> Result<Alert, Fault> {
        let signals = alerting::signals_of(alert, found);
        let judgement = convergence::judge(self.manifest, signals, self.today);
        match alerting::follow(alert, self.manifest.rule(), judgement) {
            Followed::Same => Ok(alert.clone()),
            Followed::Changed(alert) => {
                self.ledger.keep_alert(&alert)?;
                Ok(alert)
            }
            Followed::Told(alert) => {
                self.tell(&alert)?;
                if !alert.is_open() {
                    self.link_ended(&alert)?;
                }
                Ok(alert)
            }
        }
    }

    /// Writes an alert that ended into the records of its signals in every live epoch: one that its agency
    /// withdraws after a rotation must leave it all the same. As no alert opens again, this joins no children.
    fn link_ended(&mut self, alert: &Alert) -> Result<(), Fault> {
        let epochs = self.epochs;
        for listed in alert.signals() {
            for keys in epochs.values() {
                let link = (alert.kind(), alert.id());
                self.link_one(keys, listed.connection(), listed.signal().reference(), link)?;
            }
        }
        Ok(())
    }

    /// The alerts that ended among those that the records of a reference name: the record that it gets in
    /// another epoch names them too.
    pub(super) fn ended_links<'r>(
        &mut self,
        records: impl Iterator<Item = &'r ReferenceRecord>,
    ) -> Result<Vec<(Kind, AlertId)>, Fault> {
        let links: BTreeSet<_> = records.flat_map(|it| it.alerts.iter().copied()).collect();
        let mut ended = Vec::new();
        for (kind, id) in links {
            if self.ledger.alert(id)?.is_some_and(|it| !it.is_open()) {
                ended.push((kind, id));
            }
        }
        Ok(ended)
    }

    /// Writes the alert into the record of each signal found at this place that it lists.
    fn link(
        &mut self,
        located: &Located,
        found: &[(ConnectionId, SignalReference)],
        alert: &Alert,
    ) -> Result<(), Fault> {
        let Some(keys) = self.epochs.get(&located.epoch) else { return Ok(()) };
        let link = (alert.kind(), alert.id());
        let listed: BTreeSet<_> =
            alert.signals().iter().map(|it| (it.connection(), it.signal().reference())).collect();
        for (connection, reference) in found {
            if !listed.contains(&(connection, *reference)) {
                continue;
            }
            self.link_one(keys, connection, *reference, link)?;
        }
        Ok(())
    }

    /// Writes an alert into the record of one signal, if there is one.
    fn link_one(
        &mut self,
        keys: &EpochKeys,
        connection: &ConnectionId,
        reference: SignalReference,
        link: (Kind, AlertId),
    ) -> Result<(), Fault> {
        let hash = keys.reference(connection, reference);
        let Some(mut record) = self.ledger.reference(keys.epoch(), &hash)? else { return Ok(()) };
        if record.alerts.contains(&link) {
            return Ok(());
        }
        self.forget_ended_alerts(connection, reference, &mut record)?;
        record.alerts.push(link);
        self.ledger.keep_reference(keys.epoch(), &hash, &record)
    }

    /// Keeps a record short: a sender that makes alerts open and lapse must not make others' records grow. A
    /// signal leaves the ended alerts that its record forgets, so that none keeps what is later withdrawn.
    fn forget_ended_alerts(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        record: &mut ReferenceRecord,
    ) -> Result<(), Fault> {
        if record.alerts.len() < MAX_LINKS {
            return Ok(());
        }
        let this = BTreeSet::from([(connection.clone(), reference)]);
        for (kind, id) in std::mem::take(&mut record.alerts) {
            match self.ledger.alert(id)? {
                Some(alert) if alert.is_open() => record.alerts.push((kind, id)),
                Some(alert) => self.ledger.keep_alert(&alert.without(&this))?,
                None => {}
            }
        }
        Ok(())
    }
}
