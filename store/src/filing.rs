//! The walk of a tick: file what arrived, judge each child that was touched, let open alerts follow.
//!
//! One walk for every engine: an engine only keeps what a [`Ledger`] is told. It may be run again on the same
//! arrivals, as nothing here depends on having run before (architecture section 4).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::alert::{Alert, AlertId};
use samenloop_core::batch::{Arrival, Line, Put};
use samenloop_core::manifest::Manifest;
use samenloop_core::room::alerting::{self, Followed};
use samenloop_core::room::convergence;
use samenloop_core::room::filing::{PutDecision, ReferenceRecord, Standing, decide_put, decide_withdrawal};
use samenloop_core::value::{ConnectionId, Day, Epoch, Kind, Month, Signal, SignalReference, SubjectIndex};

use crate::Fault;
use crate::codec::Row;
use crate::index::{EpochKeys, Located, ReferenceHash, RowId};

/// What an engine keeps during one transaction. Writes are seen by later reads of the same transaction, and
/// become real together or not at all.
pub(crate) trait Ledger {
    fn reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<Option<ReferenceRecord>, Fault>;
    fn keep_reference(
        &mut self,
        epoch: Epoch,
        hash: &ReferenceHash,
        record: &ReferenceRecord,
    ) -> Result<(), Fault>;
    fn rows(&mut self, at: &Located) -> Result<Vec<Row>, Fault>;
    fn keep_row(&mut self, at: &Located, id: &RowId, row: &Row) -> Result<(), Fault>;
    fn remove_row(&mut self, epoch: Epoch, index: &SubjectIndex, id: &RowId) -> Result<(), Fault>;
    fn alert(&mut self, id: AlertId) -> Result<Option<Alert>, Fault>;
    fn keep_alert(&mut self, alert: &Alert) -> Result<(), Fault>;
    fn open_alerts(&mut self) -> Result<Vec<AlertId>, Fault>;
    /// Puts an alert among the news of this tick.
    fn tell(&mut self, id: AlertId) -> Result<(), Fault>;
    fn new_alert_id(&mut self) -> Result<AlertId, Fault>;
}

/// One tick at work on one ledger.
pub(crate) struct Walk<'a, L> {
    ledger: &'a mut L,
    manifest: &'a Manifest,
    today: Day,
    epochs: &'a BTreeMap<Epoch, EpochKeys>,
    /// By index, which is as good as random to whoever lacks the pepper (P-61).
    touched: BTreeMap<SubjectIndex, Located>,
    /// Alerts that lost a signal, to be judged by their copies.
    bereft: BTreeSet<AlertId>,
    told: u64,
}

/// The records of one reference in the live epochs.
type Known = Vec<(Epoch, ReferenceHash, Option<ReferenceRecord>)>;

impl<'a, L: Ledger> Walk<'a, L> {
    /// A tick of `today` under `manifest`, with the keys of its live epochs.
    pub(crate) const fn new(
        ledger: &'a mut L,
        manifest: &'a Manifest,
        today: Day,
        epochs: &'a BTreeMap<Epoch, EpochKeys>,
    ) -> Self {
        Self { ledger, manifest, today, epochs, touched: BTreeMap::new(), bereft: BTreeSet::new(), told: 0 }
    }

    /// Files one arrival, line by line, in order.
    pub(crate) fn file(&mut self, arrival: &Arrival) -> Result<(), Fault> {
        for line in arrival.lines() {
            match line {
                Line::Put(put) => self.put(arrival.connection(), put)?,
                Line::Withdraw(reference) => self.withdraw(arrival.connection(), *reference)?,
            }
        }
        Ok(())
    }

    /// Judges every child that was touched and every alert that lost a signal; with `all_alerts` also every
    /// open alert, as a day or a manifest may have changed it. Returns how many alerts are told.
    pub(crate) fn settle(mut self, all_alerts: bool) -> Result<u64, Fault> {
        for located in std::mem::take(&mut self.touched).into_values() {
            self.judge(&located)?;
        }
        let mut alerts = std::mem::take(&mut self.bereft);
        if all_alerts {
            alerts.extend(self.ledger.open_alerts()?);
        }
        for id in alerts {
            if let Some(alert) = self.ledger.alert(id)?.filter(Alert::is_open) {
                self.follow(&alert, Vec::new())?;
            }
        }
        Ok(self.told)
    }

    /// The records of a reference that say something today. What a record past its term left goes first: by the
    /// row of an ended signal its child would find the alert of the child on whom the reference is used again.
    fn known(&mut self, connection: &ConnectionId, reference: SignalReference) -> Result<Known, Fault> {
        let epochs = self.epochs;
        let mut known = Vec::with_capacity(epochs.len());
        for (epoch, keys) in epochs {
            let hash = keys.reference(connection, reference);
            let mut record = self.ledger.reference(*epoch, &hash)?;
            if let Some(mut ended) = record.take_if(|it| !it.is_alive(self.today)) {
                self.unfile(connection, reference, keys, &hash, &mut ended)?;
                self.ledger.keep_reference(*epoch, &hash, &ended)?;
            }
            known.push((*epoch, hash, record));
        }
        Ok(known)
    }

    /// Takes a signal out of every place of one epoch, and off every alert that its record names.
    fn unfile(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        keys: &EpochKeys,
        hash: &ReferenceHash,
        record: &mut ReferenceRecord,
    ) -> Result<(), Fault> {
        for (_, index) in std::mem::take(&mut record.filed) {
            self.ledger.remove_row(keys.epoch(), &index, &keys.row_id(&index, hash))?;
        }
        self.leave_alerts(connection, reference, record, None)
    }

    fn put(&mut self, connection: &ConnectionId, put: &Put) -> Result<(), Fault> {
        let known = self.known(connection, put.signal().reference())?;
        match decide_put(known.iter().filter_map(|(_, _, record)| record.as_ref()), put.signal(), self.today)
        {
            PutDecision::Ignore => Ok(()),
            PutDecision::StayWithdrawn { expiry } => {
                self.bury(connection, put.signal().reference(), known, expiry)
            }
            PutDecision::AddPlaces(signal) => self.refile(connection, put, &signal, known, None),
            PutDecision::Replace { signal, cap } => self.refile(connection, put, &signal, known, Some(cap)),
        }
    }

    fn withdraw(&mut self, connection: &ConnectionId, reference: SignalReference) -> Result<(), Fault> {
        let known = self.known(connection, reference)?;
        match decide_withdrawal(known.iter().filter_map(|(_, _, record)| record.as_ref()), self.today) {
            Some(expiry) => self.bury(connection, reference, known, expiry),
            None => Ok(()),
        }
    }

    /// Files a signal in the places of `put`. With a new cap it is replaced: then it leaves every other place.
    fn refile(
        &mut self,
        connection: &ConnectionId,
        put: &Put,
        signal: &Signal,
        known: Known,
        cap: Option<Month>,
    ) -> Result<(), Fault> {
        let row = Row { connection: connection.clone(), signal: signal.clone() };
        let fallback_cap = known.iter().filter_map(|(_, _, record)| record.as_ref().map(|it| it.cap)).min();
        for (epoch, hash, record) in known {
            let Some(keys) = self.epochs.get(&epoch) else { continue };
            let places: Vec<_> =
                put.places().iter().filter(|it| it.epoch() == epoch).map(|it| keys.locate(it)).collect();
            if places.is_empty() && record.is_none() {
                continue;
            }
            let mut record = record.unwrap_or_else(|| ReferenceRecord {
                standing: Standing::Filed,
                revision: signal.revision(),
                expiry: signal.content().expiry(),
                cap: cap.or(fallback_cap).unwrap_or_else(|| signal.content().expiry()),
                filed: Vec::new(),
                alerts: Vec::new(),
            });
            // One place of a kind in an epoch: a second would file one signal under two children.
            let is_new = |located: &Located, record: &ReferenceRecord| {
                !record.filed.iter().any(|(kind, _)| *kind == located.kind)
            };
            if cap.is_some() {
                record.revision = signal.revision();
                record.expiry = signal.content().expiry();
                let left: Vec<_> = record
                    .filed
                    .extract_if(.., |(kind, index)| {
                        !places.iter().any(|it| it.kind == *kind && it.index == *index)
                    })
                    .collect();
                for (kind, index) in left {
                    self.ledger.remove_row(epoch, &index, &keys.row_id(&index, &hash))?;
                    self.leave_alerts(connection, signal.reference(), &mut record, Some(kind))?;
                }
            }
            for located in places {
                if is_new(&located, &record) {
                    record.filed.push((located.kind, located.index));
                } else if cap.is_none() {
                    continue;
                }
                self.ledger.keep_row(&located, &keys.row_id(&located.index, &hash), &row)?;
                self.touched.insert(located.index, located);
            }
            self.ledger.keep_reference(epoch, &hash, &record)?;
        }
        Ok(())
    }

    /// Withdraws a reference in every live epoch: its rows go, a tombstone stays through `expiry`.
    fn bury(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        known: Known,
        expiry: Month,
    ) -> Result<(), Fault> {
        for (epoch, hash, record) in known {
            let Some(keys) = self.epochs.get(&epoch) else { continue };
            let mut record = record.unwrap_or(ReferenceRecord {
                standing: Standing::Withdrawn,
                revision: 0,
                expiry,
                cap: expiry,
                filed: Vec::new(),
                alerts: Vec::new(),
            });
            record.standing = Standing::Withdrawn;
            self.unfile(connection, reference, keys, &hash, &mut record)?;
            self.ledger.keep_reference(epoch, &hash, &record)?;
        }
        Ok(())
    }

    /// Takes a signal off the open alerts that list it, of one kind or of all.
    fn leave_alerts(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        record: &mut ReferenceRecord,
        kind: Option<Kind>,
    ) -> Result<(), Fault> {
        let left: Vec<_> =
            record.alerts.extract_if(.., |(it, _)| kind.is_none_or(|kind| kind == *it)).collect();
        for (_, id) in left {
            let Some(alert) = self.ledger.alert(id)? else { continue };
            self.ledger.keep_alert(&alert.without(connection, reference))?;
            self.bereft.insert(id);
        }
        Ok(())
    }

    /// Applies the rule to one touched child.
    fn judge(&mut self, located: &Located) -> Result<(), Fault> {
        let found: Vec<_> =
            self.ledger.rows(located)?.into_iter().map(|row| (row.connection, row.signal)).collect();
        let alert = self.open_alert_of(located, &found)?;
        if let Some(alert) = alert {
            let followed = self.follow(&alert, found)?;
            return self.link(located, &followed);
        }
        if !self.manifest.is_current(self.today) {
            return Ok(());
        }
        let judgement = convergence::judge(self.manifest, found, self.today);
        if !judgement.converges {
            return Ok(());
        }
        let id = self.ledger.new_alert_id()?;
        let alert = alerting::open(id, located.kind, self.manifest.rule(), judgement, self.today);
        self.ledger.keep_alert(&alert)?;
        self.ledger.tell(id)?;
        self.told += 1;
        self.link(located, &alert)
    }

    /// The open alert of this child and kind: the one that its signals' records name.
    fn open_alert_of(
        &mut self,
        located: &Located,
        found: &[(ConnectionId, Signal)],
    ) -> Result<Option<Alert>, Fault> {
        let Some(keys) = self.epochs.get(&located.epoch) else { return Ok(None) };
        let mut named = BTreeSet::new();
        for (connection, signal) in found {
            let record =
                self.ledger.reference(located.epoch, &keys.reference(connection, signal.reference()))?;
            named.extend(
                record.into_iter().flat_map(|it| it.alerts).filter(|(kind, _)| *kind == located.kind),
            );
        }
        // A signal carried into a new epoch is named there only once it is linked: ask the other epochs too.
        for (connection, signal) in found {
            for (epoch, keys) in self.epochs.iter().filter(|(epoch, _)| **epoch != located.epoch) {
                let record =
                    self.ledger.reference(*epoch, &keys.reference(connection, signal.reference()))?;
                named.extend(
                    record.into_iter().flat_map(|it| it.alerts).filter(|(kind, _)| *kind == located.kind),
                );
            }
        }
        let mut oldest: Option<Alert> = None;
        for (_, id) in named {
            let open = self.ledger.alert(id)?.filter(Alert::is_open);
            oldest = oldest.into_iter().chain(open).min_by_key(|it| (it.opened(), it.id()));
        }
        Ok(oldest)
    }

    fn follow(&mut self, alert: &Alert, found: Vec<(ConnectionId, Signal)>) -> Result<Alert, Fault> {
        let signals = alerting::signals_of(alert, found);
        let judgement = convergence::judge(self.manifest, signals, self.today);
        match alerting::follow(alert, self.manifest.rule(), judgement) {
            Followed::Same => Ok(alert.clone()),
            Followed::Changed(alert) => {
                self.ledger.keep_alert(&alert)?;
                Ok(alert)
            }
            Followed::Told(alert) => {
                self.ledger.keep_alert(&alert)?;
                self.ledger.tell(alert.id())?;
                self.told += 1;
                Ok(alert)
            }
        }
    }

    /// Writes the alert into the record of each signal that it lists.
    fn link(&mut self, located: &Located, alert: &Alert) -> Result<(), Fault> {
        let Some(keys) = self.epochs.get(&located.epoch) else { return Ok(()) };
        let link = (alert.kind(), alert.id());
        for listed in alert.signals() {
            let hash = keys.reference(listed.connection(), listed.signal().reference());
            let Some(mut record) = self.ledger.reference(located.epoch, &hash)? else { continue };
            if !record.alerts.contains(&link) {
                record.alerts.push(link);
                self.ledger.keep_reference(located.epoch, &hash, &record)?;
            }
        }
        Ok(())
    }
}
