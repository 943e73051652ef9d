//! The second half of a tick: judge each child that was touched, and let open alerts follow.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::EntryKind;
use samenloop_core::alert::{Alert, AlertId, ListedSignal, Notice, Progress, SignalName, notices};
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::room::alerting::{self, Followed, Left};
use samenloop_core::room::convergence::Judgement;
use samenloop_core::room::filing::ReferenceRecord;
use samenloop_core::value::{
    ConnectionId, Day, Epoch, Kind, OrganisationId, Signal, SignalReference, SubjectIndex,
};

use super::counting::listed_on;
use super::{Ledger, Walk};
use crate::codec::Row;
use crate::index::{EpochKeys, Located};
use crate::log::Happening;
use crate::{Fault, Letter, Scope, processing};

/// Alerts that a record names before it forgets those that ended.
const MAX_LINKS: usize = 16;

/// Signals of one child that stand in one place of another epoch too.
#[derive(Default)]
struct Together<'m> {
    organisations: BTreeSet<&'m OrganisationId>,
    alerts: Vec<AlertId>,
}

impl<L: Ledger> Walk<'_, L> {
    /// Forgets alerts that ended, whole or in part, once their term is over (V-24). What the records of their signals
    /// say of them leads nowhere then, and goes with the next sweep.
    pub(super) fn forget_alerts(&mut self) -> Result<(), Fault> {
        let mut forgotten = BTreeSet::new();
        for id in self.ledger.alert_ids(Scope::All)? {
            let Some(alert) = self.ledger.alert(id)? else { continue };
            match alerting::left(&alert, self.today) {
                Left::Whole => {}
                Left::Decisions if alert.signals().is_empty() && alert.contacts().is_empty() => {}
                Left::Decisions => self.ledger.keep_alert(&alert.decisions())?,
                Left::Nothing => {
                    forgotten.insert(id);
                    self.process(Activity::Expire, &alert);
                    self.log.push(Happening::removed(id, self.today));
                }
            }
        }
        if forgotten.is_empty() { Ok(()) } else { self.ledger.remove_alerts(&forgotten) }
    }

    /// Takes off an open alert what no live epoch files under its kind any more: what its agency did not carry
    /// over ends with the epoch (P-43). An alert that this ends has ended before anybody is judged again.
    pub(super) fn leave_what_ended(&mut self, id: AlertId) -> Result<(), Fault> {
        let Some(alert) = self.ledger.alert(id)? else { return Ok(()) };
        let mut ended = BTreeSet::new();
        for listed in alert.signals() {
            let (connection, reference) = (listed.connection(), listed.signal().reference());
            // What is past its term leaves with the others, whatever epoch it was of.
            let lasts = self.today <= listed.signal().content().expiry().last_day();
            if lasts && self.filed_revision(connection, reference, alert.kind())?.is_none() {
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

    /// The revision of a signal that a live epoch files under a kind.
    fn filed_revision(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        kind: Kind,
    ) -> Result<Option<u64>, Fault> {
        for (epoch, keys) in self.epochs {
            if self.live.contains(epoch)
                && let Some(record) = self.ledger.reference(*epoch, &keys.reference(connection, reference))?
                && record.filed.iter().any(|it| it.0 == kind)
            {
                return Ok(Some(record.revision));
            }
        }
        Ok(None)
    }

    /// Notes the open alerts of a kind that a signal leaves as it is pushed anew after its epoch ended.
    pub(super) fn bereave(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        record: &ReferenceRecord,
        kind: Kind,
    ) -> Result<(), Fault> {
        for (_, id) in record.alerts.iter().filter(|it| it.0 == kind) {
            let alert = self.ledger.alert(*id)?;
            let mut listed = alert.iter().flat_map(Alert::signals);
            if listed.any(|it| it.connection() == connection && it.signal().reference() == reference) {
                self.bereft.insert(*id);
            }
        }
        Ok(())
    }

    /// The signals that stand in a place.
    pub(super) fn standing_at(&mut self, located: &Located) -> Result<Vec<(ConnectionId, Signal)>, Fault> {
        let is_live = self.live.contains(&located.epoch);
        let mut found = Vec::new();
        for Row { connection, signal, .. } in self.ledger.rows(located)? {
            // A place of an ended epoch may hold what was replaced under a live one.
            if is_live
                || self.filed_revision(&connection, signal.reference(), located.kind)?
                    == Some(signal.revision())
            {
                found.push((connection, signal));
            }
        }
        Ok(found)
    }

    /// Applies the rule to one touched child.
    pub(super) fn judge(&mut self, located: &Located, may_open: bool) -> Result<(), Fault> {
        let is_live = self.live.contains(&located.epoch);
        let mut found = self.standing_at(located)?;
        let here: Vec<_> = found.iter().map(|(id, signal)| (id.clone(), signal.reference())).collect();
        let alerts = self.open_alerts_of(located, &found)?;
        let before = listed_on(&alerts);
        let mut alerts = alerts.into_iter();
        if let Some(alert) = alerts.next() {
            // Only an overlap can show that two alerts are one child's: the first goes on with the signals of both.
            let mut led = vec![alert];
            for other in alerts {
                found = alerting::signals_of(&other, found);
                if other.progress().lead().is_some() {
                    led.push(other);
                } else {
                    self.tell(&alerting::absorbed(&other, self.today), EntryKind::AlertEnded)?;
                }
            }
            for alert in led {
                let followed = self.follow(&alert, found.clone())?;
                self.count_listed(&followed, &before);
                self.link(located, &here, &followed)?;
            }
            return Ok(());
        }
        let judged = self.judged(&found)?;
        let judgement = self.judgement(found)?;
        let is_judged = |it: &ListedSignal| judged.contains(&it.name());
        if !may_open || !is_live || !judgement.converges || !alerting::is_news(&judgement, is_judged) {
            return Ok(());
        }
        let alert = match self.closed_alert_of(located, &judgement)? {
            Some(closed) => {
                let alert = alerting::reopen(&closed, self.manifest.rule(), judgement, self.today);
                self.count_raised(&alert, &listed_on([&closed]));
                alert
            }
            None => {
                let id = self.ledger.new_alert_id()?;
                let (kind, rule) = (located.kind, self.manifest.rule());
                let alert = alerting::open(id, processing::draw()?, kind, rule, judgement, self.today);
                self.count_raised(&alert, &before);
                alert
            }
        };
        self.tell(&alert, EntryKind::AlertOpened)?;
        self.link(located, &here, &alert)
    }

    /// Which of these signals a coordinator judged as they are now, by the records of all epochs.
    fn judged(&mut self, found: &[(ConnectionId, Signal)]) -> Result<BTreeSet<SignalName>, Fault> {
        let mut judged = BTreeSet::new();
        for (connection, signal) in found {
            for (epoch, keys) in self.epochs {
                let hash = keys.reference(connection, signal.reference());
                let record = self.ledger.reference(*epoch, &hash)?;
                if record.is_some_and(|it| it.is_judged(signal.content().severity())) {
                    judged.insert((connection.clone(), signal.reference()));
                }
            }
        }
        Ok(judged)
    }

    /// The closed alert that is opened again: the newest that signals of two organisations name here. One agency
    /// may file one reference under two children, and must not bring the follow-up of the one to the other.
    fn closed_alert_of(&mut self, located: &Located, judgement: &Judgement) -> Result<Option<Alert>, Fault> {
        let Some(keys) = self.epochs.get(&located.epoch) else { return Ok(None) };
        let mut named: BTreeMap<AlertId, BTreeSet<&OrganisationId>> = BTreeMap::new();
        for listed in &judgement.listed {
            let hash = keys.reference(listed.connection(), listed.signal().reference());
            let record = self.ledger.reference(located.epoch, &hash)?;
            for (_, id) in record.iter().flat_map(|it| &it.alerts).filter(|it| it.0 == located.kind) {
                named.entry(*id).or_default().insert(listed.organisation());
            }
        }
        let mut newest: Option<(Day, Alert)> = None;
        for (id, _) in named.into_iter().filter(|(_, organisations)| organisations.len() >= 2) {
            let Some(alert) = self.ledger.alert(id)? else { continue };
            if let Progress::Closed(closing) = alert.progress()
                && newest.as_ref().is_none_or(|(on, _)| *on < closing.on)
            {
                newest = Some((closing.on, alert));
            }
        }
        Ok(newest.map(|(_, alert)| alert))
    }

    /// The open alerts of this child and kind, those that somebody leads first, then the oldest: the records of its
    /// signals name them. What another epoch says is believed only where signals of two organisations stand in one
    /// place there: one agency may file one reference under two children, and must not make them one.
    fn open_alerts_of(
        &mut self,
        located: &Located,
        found: &[(ConnectionId, Signal)],
    ) -> Result<Vec<Alert>, Fault> {
        let mut here = BTreeSet::new();
        let mut elsewhere: BTreeMap<(Epoch, SubjectIndex), Together<'_>> = BTreeMap::new();
        for (connection, signal) in found {
            for (epoch, keys) in self.epochs {
                let hash = keys.reference(connection, signal.reference());
                let Some(record) = self.ledger.reference(*epoch, &hash)? else { continue };
                let alerts = record.alerts.iter().filter(|it| it.0 == located.kind).map(|it| it.1);
                if *epoch == located.epoch {
                    here.extend(alerts);
                } else if let Some((_, index)) = record.filed.iter().find(|it| it.0 == located.kind) {
                    let together = elsewhere.entry((*epoch, *index)).or_default();
                    let sender = self.manifest.connection(connection);
                    together.organisations.extend(sender.map(|it| &it.organisation));
                    together.alerts.extend(alerts);
                }
            }
        }
        let believed = elsewhere.into_values().filter(|it| it.organisations.len() >= 2);
        here.extend(believed.flat_map(|it| it.alerts));
        let mut open = Vec::new();
        for id in here {
            open.extend(self.ledger.alert(id)?.filter(Alert::is_open));
        }
        open.sort_by_key(|it| (it.progress().lead().is_none(), it.opened(), it.id()));
        Ok(open)
    }

    /// Notes what is done with the child of an alert. What is left of an erased one is nobody's.
    pub(super) fn process(&mut self, activity: Activity, alert: &Alert) {
        let subject = alert.subject();
        self.processings.extend(subject.map(|_| Processing { activity, subject }));
    }

    /// Tells an alert; the log says that it opened or changed, or that it ended.
    pub(super) fn tell(&mut self, alert: &Alert, kind: EntryKind) -> Result<(), Fault> {
        self.process(Activity::Follow, alert);
        self.log.push(Happening::alert(kind, alert, self.clock));
        self.tell_but(alert, None)
    }

    /// Tells it to all but the one whose own act it was.
    pub(super) fn tell_but(&mut self, alert: &Alert, by: Option<&ConnectionId>) -> Result<(), Fault> {
        self.told.insert(alert.id());
        self.ledger.keep_alert(alert)?;
        self.ledger.tell(alert.id())?;
        self.post(notices(alert, self.manifest, self.today, by))
    }

    pub(super) fn post(&mut self, notices: Vec<Notice>) -> Result<(), Fault> {
        for notice in notices {
            let before = self.ledger.letter(&notice)?;
            self.ledger.post(&Letter::instead_of(before, notice, self.today)?)?;
        }
        Ok(())
    }

    pub(super) fn follow(
        &mut self,
        alert: &Alert,
        found: Vec<(ConnectionId, Signal)>,
    ) -> Result<Alert, Fault> {
        self.process(Activity::Follow, alert);
        let signals = alerting::signals_of(alert, found);
        let judgement = self.judgement(signals)?;
        match alerting::follow(alert, self.manifest, judgement, self.today) {
            Followed::Same => Ok(alert.clone()),
            Followed::Changed(changed) => {
                self.log.push(Happening::alert(EntryKind::AlertChanged, &changed, self.clock));
                self.ledger.keep_alert(&changed)?;
                Ok(changed)
            }
            Followed::Reminded(alert) => {
                self.ledger.keep_alert(&alert)?;
                self.post(notices(&alert, self.manifest, self.today, None))?;
                Ok(alert)
            }
            Followed::Told(alert) => {
                self.tell(&alert, EntryKind::AlertChanged)?;
                if !alert.is_open() {
                    self.count_lapsed(&alert);
                    self.link_ended(&alert)?;
                }
                Ok(alert)
            }
        }
    }

    /// Writes an alert that ended into the records of its signals in every epoch: one that its agency withdraws
    /// after a rotation must leave it all the same. That joins no children: what ended is not followed, and opened
    /// again only where signals of two organisations name it.
    pub(super) fn link_ended(&mut self, alert: &Alert) -> Result<(), Fault> {
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
    fn link(&mut self, located: &Located, found: &[SignalName], alert: &Alert) -> Result<(), Fault> {
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
