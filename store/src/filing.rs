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
use samenloop_core::value::{
    ConnectionId, Day, Epoch, Kind, Month, OrganisationId, Signal, SignalReference, SubjectIndex,
};

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

/// Alerts that a record names before it forgets those that ended.
const MAX_LINKS: usize = 16;

/// One tick at work on one ledger.
pub(crate) struct Walk<'a, L> {
    ledger: &'a mut L,
    manifest: &'a Manifest,
    today: Day,
    epochs: &'a BTreeMap<Epoch, EpochKeys>,
    live: BTreeSet<Epoch>,
    /// Older epochs first, then by index, which is as good as random to whoever lacks the pepper (P-61).
    touched: BTreeMap<(Epoch, SubjectIndex), Touched>,
    /// Signals that leave alerts: taken off once an alert, however many leave it.
    leaving: BTreeMap<AlertId, BTreeSet<(ConnectionId, SignalReference)>>,
    /// Alerts that lost a signal which was pushed anew after its epoch had ended.
    bereft: BTreeSet<AlertId>,
    told: BTreeSet<AlertId>,
}

/// A child whose signals changed.
struct Touched {
    located: Located,
    /// Whether an alert may open: the manifest had not expired when the signal was taken (P-22).
    may_open: bool,
}

/// The records of one reference, in every epoch that has keys.
type Known = Vec<(Epoch, ReferenceHash, Option<ReferenceRecord>)>;

impl<'a, L: Ledger> Walk<'a, L> {
    /// A tick of `today` under `manifest`, with the keys of its live epochs and of those that ended and were not
    /// destroyed. What was admitted under an epoch that ended since is still filed under it: so a signal that
    /// is carried over in the last hour of an overlap finds the alert of its child. Nothing is judged there.
    pub(crate) fn new(
        ledger: &'a mut L,
        manifest: &'a Manifest,
        today: Day,
        epochs: &'a BTreeMap<Epoch, EpochKeys>,
    ) -> Self {
        let live = manifest.live_epochs().collect();
        Self {
            ledger,
            manifest,
            today,
            epochs,
            live,
            touched: BTreeMap::new(),
            leaving: BTreeMap::new(),
            bereft: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    /// Files one arrival, line by line, in order.
    pub(crate) fn file(&mut self, arrival: &Arrival) -> Result<(), Fault> {
        for line in arrival.lines() {
            match line {
                Line::Put(put) => self.put(arrival.connection(), put, arrival.received())?,
                Line::Withdraw(reference) => self.withdraw(arrival.connection(), *reference)?,
            }
        }
        Ok(())
    }

    /// Judges every child that was touched and every alert that lost a signal; with `all_alerts` also every
    /// open alert, as a day or a manifest may have changed it. Returns how many alerts are told.
    pub(crate) fn settle(mut self, all_alerts: bool) -> Result<u64, Fault> {
        let mut alerts = BTreeSet::new();
        for (id, left) in std::mem::take(&mut self.leaving) {
            if let Some(alert) = self.ledger.alert(id)? {
                self.ledger.keep_alert(&alert.without(&left))?;
                alerts.insert(id);
            }
        }
        if all_alerts {
            for id in self.ledger.open_alerts()? {
                self.leave_what_ended(id)?;
            }
        }
        for touched in std::mem::take(&mut self.touched).into_values() {
            self.judge(&touched.located, touched.may_open)?;
        }
        if all_alerts {
            alerts.extend(self.ledger.open_alerts()?);
        }
        for id in alerts {
            if let Some(alert) = self.ledger.alert(id)?.filter(Alert::is_open) {
                self.follow(&alert, Vec::new())?;
            }
        }
        Ok(self.told.len() as u64)
    }

    /// Takes off an open alert what no live epoch holds any more: what its agency did not carry over ends with
    /// the epoch (P-43). An alert that this ends has ended before anybody is judged again.
    fn leave_what_ended(&mut self, id: AlertId) -> Result<(), Fault> {
        let Some(alert) = self.ledger.alert(id)? else { return Ok(()) };
        let mut ended = BTreeSet::new();
        for listed in alert.signals() {
            let (connection, reference) = (listed.connection(), listed.signal().reference());
            let mut filed = false;
            for (epoch, keys) in self.epochs.iter().filter(|(epoch, _)| self.live.contains(*epoch)) {
                let record = self.ledger.reference(*epoch, &keys.reference(connection, reference))?;
                filed |= record.is_some_and(|it| it.filed.iter().any(|(kind, _)| *kind == alert.kind()));
            }
            if !filed {
                ended.insert((connection.clone(), reference));
            }
        }
        if ended.is_empty() && !self.bereft.contains(&id) {
            return Ok(());
        }
        let alert = alert.without(&ended);
        self.ledger.keep_alert(&alert)?;
        self.follow(&alert, Vec::new()).map(drop)
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
        self.leave_alerts(connection, reference, record, None);
        Ok(())
    }

    fn put(&mut self, connection: &ConnectionId, put: &Put, received: Day) -> Result<(), Fault> {
        let known = self.known(connection, put.signal().reference())?;
        let records = known.iter().filter_map(|(_, _, record)| record.as_ref());
        let placed = match decide_put(records, put.signal(), self.today) {
            PutDecision::Ignore => Vec::new(),
            PutDecision::StayWithdrawn { expiry } => {
                return self.bury(connection, put.signal().reference(), known, expiry);
            }
            PutDecision::AddPlaces(signal) => self.refile(connection, put, &signal, known, None)?,
            PutDecision::Replace { signal, cap } => {
                self.refile(connection, put, &signal, known, Some(cap))?
            }
        };
        let may_open = self.manifest.is_current(received);
        for located in placed {
            let touched =
                self.touched.entry((located.epoch, located.index)).or_insert(Touched { located, may_open });
            touched.may_open |= may_open;
        }
        Ok(())
    }

    fn withdraw(&mut self, connection: &ConnectionId, reference: SignalReference) -> Result<(), Fault> {
        let known = self.known(connection, reference)?;
        match decide_withdrawal(known.iter().filter_map(|(_, _, record)| record.as_ref()), self.today) {
            Some(expiry) => self.bury(connection, reference, known, expiry),
            None => Ok(()),
        }
    }

    /// Files a signal in the places of `put`, and returns those of children that this changes. With a new cap
    /// it is replaced: then it leaves every other place.
    fn refile(
        &mut self,
        connection: &ConnectionId,
        put: &Put,
        signal: &Signal,
        known: Known,
        cap: Option<Month>,
    ) -> Result<Vec<Located>, Fault> {
        let row = Row { connection: connection.clone(), signal: signal.clone() };
        let records = || known.iter().filter_map(|(epoch, _, record)| Some((*epoch, record.as_ref()?)));
        let fallback_cap = records().map(|(_, it)| it.cap).min();
        let filed: BTreeMap<(Epoch, Kind), SubjectIndex> = records()
            .flat_map(|(epoch, it)| it.filed.iter().map(move |(kind, index)| ((epoch, *kind), *index)))
            .collect();
        let mut named: Vec<_> = put
            .places()
            .iter()
            .filter_map(|it| self.epochs.get(&it.epoch()).map(|keys| keys.locate(it)))
            .collect();
        let stands = |it: &Located| filed.get(&(it.epoch, it.kind)) == Some(&it.index);
        let same: BTreeSet<_> = named.iter().filter(|it| stands(it)).map(|it| it.kind).collect();
        let contradicts = |it: &&Located| filed.contains_key(&(it.epoch, it.kind)) && !same.contains(&it.kind);
        let other: BTreeSet<_> = named.iter().filter(contradicts).map(|it| it.kind).collect();
        if cap.is_none() {
            // Under whatever epoch: what names another child than the one that is filed adds nothing.
            named.retain(|it| !other.contains(&it.kind));
        }
        let added: BTreeSet<_> = named.iter().filter(|it| cap.is_some() || !stands(it)).map(|it| it.kind).collect();
        for (epoch, hash, record) in known {
            let Some(keys) = self.epochs.get(&epoch) else { continue };
            let places: Vec<_> = named.iter().filter(|it| it.epoch == epoch).collect();
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
            if cap.is_some() {
                record.revision = signal.revision();
                record.expiry = signal.content().expiry();
            }
            let is_live = self.live.contains(&epoch);
            let leaves = |kind: Kind, index: &SubjectIndex| {
                if is_live {
                    cap.is_some() && !places.iter().any(|it| it.kind == kind && it.index == *index)
                } else {
                    // No push names an epoch that ended: a live one has to say that this is still the child.
                    !same.contains(&kind) && (cap.is_some() || added.contains(&kind))
                }
            };
            let left: Vec<_> = record.filed.extract_if(.., |(kind, index)| leaves(*kind, index)).collect();
            for (kind, index) in left {
                self.ledger.remove_row(epoch, &index, &keys.row_id(&index, &hash))?;
                if !is_live && added.contains(&kind) && !other.contains(&kind) {
                    // It begins anew: nothing says that this is still the child of before.
                    self.bereft.extend(record.alerts.iter().filter(|it| it.0 == kind).map(|it| it.1));
                }
                self.leave_alerts(connection, signal.reference(), &mut record, Some(kind));
            }
            for located in places {
                // One place of a kind in an epoch: a second would file one signal under two children.
                if !record.filed.iter().any(|(kind, _)| *kind == located.kind) {
                    record.filed.push((located.kind, located.index));
                } else if cap.is_none() {
                    continue;
                }
                self.ledger.keep_row(located, &keys.row_id(&located.index, &hash), &row)?;
            }
            self.ledger.keep_reference(epoch, &hash, &record)?;
        }
        // A child is judged in every live epoch at once: one alone may not hold all of its signals yet.
        named.retain(|it| added.contains(&it.kind) && self.live.contains(&it.epoch));
        Ok(named)
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
            if record.is_none() && !self.live.contains(&epoch) {
                continue;
            }
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
    ) {
        let left: Vec<_> =
            record.alerts.extract_if(.., |(it, _)| kind.is_none_or(|kind| kind == *it)).collect();
        for (_, id) in left {
            self.leaving.entry(id).or_default().insert((connection.clone(), reference));
        }
    }

    /// Applies the rule to one touched child.
    fn judge(&mut self, located: &Located, may_open: bool) -> Result<(), Fault> {
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

    /// The open alerts of this child and kind, oldest first: the records of its signals name them. What another
    /// epoch says is believed only where signals of two organisations stand in one place there: one agency may
    /// file one reference under two children, and must not make them one.
    fn open_alerts_of(
        &mut self,
        located: &Located,
        found: &[(ConnectionId, Signal)],
    ) -> Result<Vec<Alert>, Fault> {
        let mut here = BTreeSet::new();
        let mut elsewhere: BTreeMap<(Epoch, SubjectIndex), (BTreeSet<&OrganisationId>, Vec<AlertId>)> =
            BTreeMap::new();
        for (connection, signal) in found {
            for (epoch, keys) in self.epochs {
                let hash = keys.reference(connection, signal.reference());
                let Some(record) = self.ledger.reference(*epoch, &hash)? else { continue };
                let alerts = record.alerts.iter().filter(|it| it.0 == located.kind).map(|it| it.1);
                if *epoch == located.epoch {
                    here.extend(alerts);
                } else if let Some((_, index)) = record.filed.iter().find(|it| it.0 == located.kind) {
                    let (organisations, named) = elsewhere.entry((*epoch, *index)).or_default();
                    organisations.extend(self.manifest.connection(connection).map(|it| &it.organisation));
                    named.extend(alerts);
                }
            }
        }
        let believed = elsewhere.into_values().filter(|(organisations, _)| organisations.len() >= 2);
        here.extend(believed.flat_map(|(_, named)| named));
        let mut open = Vec::new();
        for id in here {
            open.extend(self.ledger.alert(id)?.filter(Alert::is_open));
        }
        open.sort_by_key(|it| (it.opened(), it.id()));
        Ok(open)
    }

    fn tell(&mut self, alert: &Alert) -> Result<(), Fault> {
        self.told.insert(alert.id());
        self.ledger.keep_alert(alert)?;
        self.ledger.tell(alert.id())
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
                self.tell(&alert)?;
                Ok(alert)
            }
        }
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
            let hash = keys.reference(connection, *reference);
            let Some(mut record) = self.ledger.reference(located.epoch, &hash)? else { continue };
            if !record.alerts.contains(&link) {
                self.forget_ended_alerts(connection, *reference, &mut record)?;
                record.alerts.push(link);
                self.ledger.keep_reference(located.epoch, &hash, &record)?;
            }
        }
        Ok(())
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
