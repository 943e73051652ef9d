//! The walk of a tick: file what arrived, judge each child that was touched, let open alerts follow.
//!
//! One walk for every engine: an engine only keeps what a [`Ledger`] is told. It may be run again on the same
//! arrivals, as nothing here depends on having run before.

mod acting;
mod counting;
mod ending;
mod judging;
mod looks;
mod outlasting;
mod rights;

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::EntryKind;
use samenloop_core::alert::{Alert, AlertId, ListedSignal, Notice, SignalName};
use samenloop_core::batch::{Arrival, Line, Put};
use samenloop_core::census::{Census, Where};
use samenloop_core::manifest::{HUB, Manifest};
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::rights::RequestId;
use samenloop_core::room::filing::{PutDecision, ReferenceRecord, Standing, decide_put, decide_withdrawal};
use samenloop_core::value::{ConnectionId, Day, Epoch, Kind, Month, Signal, SignalReference, SubjectIndex};

use crate::codec::Row;
use crate::index::{EpochKeys, Located, ReferenceHash, RowId};
use crate::log::{self, Happening, KeepPages};
use crate::outlasting::Outlasting;
use crate::rights::{Erased, KeptRequest, Restriction};
use crate::standing::{Changes, Counts, Filed};
use crate::{Fault, Letter, Scope};
pub(crate) use acting::take;
pub(crate) use ending::{empty_unnamed, end};
pub(crate) use outlasting::again;
pub(crate) use rights::{answer, step};

/// What an engine keeps during one transaction. Writes are seen by later reads of the same transaction, and
/// become real together or not at all.
pub(crate) trait Ledger: KeepPages {
    /// Says what this transaction is about to do; returns once that is durable.
    fn announce(&mut self, processings: &[Processing]) -> Result<(), Fault>;
    fn reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<Option<ReferenceRecord>, Fault>;
    fn keep_reference(
        &mut self,
        epoch: Epoch,
        hash: &ReferenceHash,
        record: &ReferenceRecord,
    ) -> Result<(), Fault>;
    fn remove_reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<(), Fault>;
    fn rows(&mut self, at: &Located) -> Result<Vec<Row>, Fault>;
    fn keep_row(&mut self, at: &Located, id: &RowId, row: &Row) -> Result<(), Fault>;
    fn remove_row(&mut self, epoch: Epoch, index: &SubjectIndex, id: &RowId) -> Result<(), Fault>;
    fn alert(&mut self, id: AlertId) -> Result<Option<Alert>, Fault>;
    fn keep_alert(&mut self, alert: &Alert) -> Result<(), Fault>;
    fn has_alert(&mut self, id: AlertId) -> Result<bool, Fault>;
    /// Takes alerts away, with all that belongs to them: what ticks told of them, and letters. Records of references
    /// name them still; a sweep mends those.
    fn remove_alerts(&mut self, ids: &BTreeSet<AlertId>) -> Result<(), Fault>;
    fn alert_ids(&mut self, scope: Scope) -> Result<Vec<AlertId>, Fault>;
    /// Puts an alert among the news of this tick.
    fn tell(&mut self, id: AlertId) -> Result<(), Fault>;
    /// The letter of a notice.
    fn letter(&mut self, notice: &Notice) -> Result<Option<Letter>, Fault>;
    /// Puts a letter in the outbox, instead of the one of the same notice that may be there.
    fn post(&mut self, letter: &Letter) -> Result<(), Fault>;
    fn request(&mut self, id: RequestId) -> Result<Option<KeptRequest>, Fault>;
    fn requests(&mut self) -> Result<Vec<KeptRequest>, Fault>;
    fn keep_request(&mut self, request: &KeptRequest) -> Result<(), Fault>;
    fn remove_request(&mut self, id: RequestId) -> Result<(), Fault>;
    fn restrictions(&mut self) -> Result<Vec<Restriction>, Fault>;
    /// Keeps a restriction instead of the one of the same place that may be there.
    fn keep_restriction(&mut self, restriction: &Restriction) -> Result<(), Fault>;
    fn remove_restriction(&mut self, restriction: &Restriction) -> Result<(), Fault>;
    /// Keeps what its sender is told of a signal that was erased.
    fn keep_erased(&mut self, sender: &ConnectionId, erased: &Erased) -> Result<(), Fault>;
    /// Lets go of what senders were told, once its month is over.
    fn forget_erased(&mut self, today: Day) -> Result<(), Fault>;
    /// Says, before this transaction is durable, what no backup of before it may undo.
    fn outlast(&mut self, what: Outlasting, today: Day);
    /// Takes the letter of a notice away, if there is one.
    fn unpost(&mut self, notice: &Notice) -> Result<(), Fault>;
    fn new_alert_id(&mut self) -> Result<AlertId, Fault>;
    fn counts(&mut self, connection: &ConnectionId, epoch: Epoch) -> Result<Counts, Fault>;
    fn keep_counts(&mut self, connection: &ConnectionId, epoch: Epoch, counts: &Counts) -> Result<(), Fault>;
    /// What is counted of a quarter and region; `None` while nothing is.
    fn census(&mut self, quarter: u16, place: &Where) -> Result<Option<Census>, Fault>;
    fn keep_census(&mut self, quarter: u16, place: &Where, census: &Census) -> Result<(), Fault>;
    /// The newest quarter of which anything is counted.
    fn last_census(&mut self) -> Result<Option<u16>, Fault>;
    /// Forgets what is counted of the quarters before one.
    fn forget_censuses(&mut self, before: u16) -> Result<(), Fault>;
}

/// One tick at work on one ledger.
pub(crate) struct Walk<'a, L> {
    ledger: &'a mut L,
    manifest: &'a Manifest,
    /// The day that the clock shows: what the logs say.
    clock: Day,
    /// The day by which it files and judges: that of the clock, and the manifest's last one from then on. A clock that is
    /// a year ahead shows in the manifest (P-22), and must end nothing for good.
    today: Day,
    epochs: &'a BTreeMap<Epoch, EpochKeys>,
    live: BTreeSet<Epoch>,
    /// Older epochs first, then by index, which is as good as random to whoever lacks the pepper (P-61).
    touched: BTreeMap<(Epoch, SubjectIndex), Touched>,
    /// Signals that leave alerts: taken off once an alert, however many leave it.
    leaving: BTreeMap<AlertId, BTreeSet<SignalName>>,
    /// Alerts that lost a signal which was pushed anew after its epoch had ended.
    bereft: BTreeSet<AlertId>,
    counts: Changes,
    /// What is counted by region, for figures of the quarter.
    census: BTreeMap<Where, Census>,
    told: BTreeSet<AlertId>,
    restricted: Option<rights::Restricted>,
    /// What the audit logs are to say of it.
    log: Vec<Happening>,
    /// What the processing log is to say of it.
    processings: Vec<Processing>,
}

/// A child whose signals changed.
struct Touched {
    located: Located,
    /// Whether an alert may open: the manifest had not expired when the signal was taken (P-22).
    may_open: bool,
}

/// The records of one reference in every epoch that has keys, as they stand while a line is filed.
struct Known {
    /// Where it was filed before the line.
    before: Filed,
    records: Vec<(Epoch, ReferenceHash, Option<ReferenceRecord>)>,
}

impl Known {
    fn records(&self) -> impl Iterator<Item = &ReferenceRecord> {
        self.records.iter().filter_map(|(_, _, record)| record.as_ref())
    }

    fn filed(&self) -> Filed {
        let records = self.records.iter().filter_map(|(epoch, _, record)| Some((*epoch, record.as_ref()?)));
        records.filter(|(_, it)| !it.filed.is_empty()).map(|(epoch, it)| (epoch, it.expiry)).collect()
    }
}

/// The places that a put names, and what they say of the child of each kind.
struct Named {
    places: Vec<Located>,
    /// Kinds of which one place is filed already: the child is the same in every epoch.
    same: BTreeSet<Kind>,
    /// Kinds that are filed under another child.
    other: BTreeSet<Kind>,
    /// Kinds that this put changes.
    added: BTreeSet<Kind>,
}

/// What keeps a reference from being filed through a month.
const fn tombstone(expiry: Month) -> ReferenceRecord {
    ReferenceRecord {
        standing: Standing::Withdrawn,
        revision: 0,
        expiry,
        cap: expiry,
        filed: Vec::new(),
        alerts: Vec::new(),
        judged: None,
    }
}

fn keep_counts(ledger: &mut impl Ledger, changes: Changes, today: Day) -> Result<(), Fault> {
    for (connection, epoch, change) in changes.into_each(today) {
        let mut counts = ledger.counts(&connection, epoch)?;
        change(&mut counts);
        ledger.keep_counts(&connection, epoch, &counts)?;
    }
    Ok(())
}

impl<'a, L: Ledger> Walk<'a, L> {
    /// A tick on the day of `clock` under `manifest`, with the keys of its live epochs, and of those that ended and were not
    /// destroyed. What was admitted under an epoch that ended since is still filed under it, so that a signal
    /// which is carried over in the last hour of an overlap finds the alert of its child. No alert opens there.
    pub(crate) fn new(
        ledger: &'a mut L,
        manifest: &'a Manifest,
        clock: Day,
        epochs: &'a BTreeMap<Epoch, EpochKeys>,
    ) -> Self {
        let today = clock.min(manifest.expires());
        Self {
            ledger,
            manifest,
            clock,
            today,
            epochs,
            live: manifest.live_epochs(today).collect(),
            touched: BTreeMap::new(),
            leaving: BTreeMap::new(),
            bereft: BTreeSet::new(),
            counts: Changes::default(),
            census: BTreeMap::new(),
            told: BTreeSet::new(),
            restricted: None,
            log: Vec::new(),
            processings: Vec::new(),
        }
    }

    /// Files one arrival, line by line, in order.
    pub(crate) fn file(&mut self, arrival: &Arrival) -> Result<(), Fault> {
        let connection = arrival.connection();
        self.log.push(Happening::batch(arrival));
        for line in arrival.lines() {
            // A withdrawal opens no row: who knows the reference alone cannot name the child.
            let (reference, activity, subject) = match line {
                Line::Put(put) => (put.signal().reference(), Activity::Judge, Some(put.subject())),
                Line::Withdraw(reference) => (*reference, Activity::Withdraw, None),
            };
            self.processings.push(Processing { activity, subject });
            let mut known = self.known(connection, reference)?;
            match line {
                Line::Put(put) => {
                    let was_known = known.records().next().is_some();
                    self.put(connection, put, &mut known, arrival.received())?;
                    self.count_put(connection, put, was_known, &known);
                }
                Line::Withdraw(_) => self.withdraw(connection, reference, &mut known)?,
            }
            self.counts.note(connection, &known.before, &known.filed());
        }
        Ok(())
    }

    /// Judges every child that was touched and every alert that lost a signal; with `all_alerts` also every
    /// open alert, as a day or a manifest may have changed it, and forgets what ended long ago. Returns how many
    /// alerts are told.
    pub(crate) fn settle(mut self, all_alerts: bool) -> Result<u64, Fault> {
        self.log_tick()?;
        let leaving = std::mem::take(&mut self.leaving);
        for (id, left) in &leaving {
            if let Some(alert) = self.ledger.alert(*id)? {
                self.ledger.keep_alert(&alert.unlisted(left))?;
            }
        }
        if all_alerts {
            if self.is_current() {
                self.forget_alerts()?;
                self.begin_quarter()?;
            }
            for id in self.ledger.alert_ids(Scope::Open)? {
                self.leave_what_ended(id)?;
            }
        }
        // Places of ended epochs last: they hold nothing that was pushed since.
        let touched = std::mem::take(&mut self.touched).into_values();
        let (live, ended): (Vec<_>, Vec<_>) = touched.partition(|it| self.live.contains(&it.located.epoch));
        for touched in live.into_iter().chain(ended) {
            self.judge(&touched.located, touched.may_open)?;
        }
        let mut alerts: BTreeSet<_> = leaving.keys().copied().collect();
        if all_alerts {
            alerts.extend(self.ledger.alert_ids(Scope::Open)?);
        }
        for id in alerts {
            if let Some(alert) = self.ledger.alert(id)?.filter(Alert::is_open) {
                self.follow(&alert, Vec::new())?;
            }
        }
        self.forget_asked(leaving)?;
        keep_counts(self.ledger, std::mem::take(&mut self.counts), self.today)?;
        self.keep_census()?;
        self.keep_log()?;
        Ok(self.told.len() as u64)
    }

    /// What was asked of a reporter goes with its signal, and stays where a record of another epoch listed that again.
    fn forget_asked(&mut self, leaving: BTreeMap<AlertId, BTreeSet<SignalName>>) -> Result<(), Fault> {
        for (id, left) in leaving {
            let Some(alert) = self.ledger.alert(id)? else { continue };
            let listed = alert.signals().iter().map(ListedSignal::name).collect();
            let rest = alert.clone().without(&(&left - &listed));
            if rest != alert {
                self.ledger.keep_alert(&rest)?;
            }
        }
        Ok(())
    }

    /// Whether the manifest had not expired by the clock.
    fn is_current(&self) -> bool {
        self.manifest.is_current(self.clock)
    }

    /// Names what this tick filed, after what it filed, and after that what changed in the manifest.
    fn log_tick(&mut self) -> Result<(), Fault> {
        let filed = self.log.len() as u64;
        if filed > 0 {
            self.log.push(Happening::new(EntryKind::Tick, self.clock, HUB, filed, Vec::new()));
        }
        self.log.extend(log::manifest_changes(self.ledger, self.manifest, self.clock)?);
        Ok(())
    }

    /// Writes into the logs: first what is about to be done, into the processing log, where no two lines say the same of
    /// one child.
    fn keep_log(&mut self) -> Result<(), Fault> {
        let mut processings = std::mem::take(&mut self.processings);
        processings.sort_unstable();
        processings.dedup_by(|a, b| a == b && a.subject.is_some());
        self.ledger.announce(&processings)?;
        log::append(self.ledger, std::mem::take(&mut self.log))
    }

    /// The records of a reference that say something today. What a record past its term left goes first: by the
    /// row of an ended signal its child would find the alert of the child on whom the reference is used again.
    fn known(&mut self, connection: &ConnectionId, reference: SignalReference) -> Result<Known, Fault> {
        let epochs = self.epochs;
        let mut known = Known { before: Filed::new(), records: Vec::with_capacity(epochs.len()) };
        for (epoch, keys) in epochs {
            let hash = keys.reference(connection, reference);
            known.records.push((*epoch, hash, self.ledger.reference(*epoch, &hash)?));
        }
        known.before = known.filed();
        for ((epoch, hash, record), keys) in known.records.iter_mut().zip(epochs.values()) {
            if let Some(mut ended) = record.take_if(|it| !it.is_alive(self.today)) {
                self.unfile(connection, reference, keys, hash, &mut ended)?;
                self.ledger.keep_reference(*epoch, hash, &ended)?;
            }
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

    fn put(
        &mut self,
        connection: &ConnectionId,
        put: &Put,
        known: &mut Known,
        received: Day,
    ) -> Result<(), Fault> {
        let placed = match decide_put(known.records(), put.signal(), self.today) {
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

    fn withdraw(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        known: &mut Known,
    ) -> Result<(), Fault> {
        match decide_withdrawal(known.records(), self.today) {
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
        known: &mut Known,
        cap: Option<Month>,
    ) -> Result<Vec<Located>, Fault> {
        let row = Row { subject: put.subject(), connection: connection.clone(), signal: signal.clone() };
        let fallback_cap = known.records().map(|it| it.cap).min();
        let named = self.named(put, known, cap.is_some());
        let is_new = known.records.iter().any(|(_, _, record)| record.is_none());
        let mut ended = if is_new { self.ended_links(known.records())? } else { Vec::new() };
        // A child that is another, or may be, has none of these alerts, and was not judged. What is added says nothing of
        // the kinds that it does not name.
        let is_silent = |kind| !named.other.contains(&kind) && !named.places.iter().any(|it| it.kind == kind);
        ended.retain(|(kind, _)| named.same.contains(kind) || (cap.is_none() && is_silent(*kind)));
        let is_same = named.places.iter().all(|it| named.same.contains(&it.kind));
        let judged = known.records().filter_map(|it| it.judged).max().filter(|_| is_same);
        for ((epoch, hash, record), keys) in known.records.iter_mut().zip(self.epochs.values()) {
            let (epoch, hash) = (*epoch, *hash);
            let places: Vec<_> = named.places.iter().filter(|it| it.epoch == epoch).collect();
            if places.is_empty() && record.is_none() {
                continue;
            }
            let record = record.get_or_insert_with(|| ReferenceRecord {
                standing: Standing::Filed,
                revision: signal.revision(),
                expiry: signal.content().expiry(),
                cap: cap.or(fallback_cap).unwrap_or_else(|| signal.content().expiry()),
                filed: Vec::new(),
                alerts: ended.clone(),
                judged,
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
                    !named.same.contains(&kind) && (cap.is_some() || named.added.contains(&kind))
                }
            };
            let left: Vec<_> = record.filed.extract_if(.., |(kind, index)| leaves(*kind, index)).collect();
            if left.iter().any(|(kind, _)| named.places.iter().any(|it| it.kind == *kind)) {
                record.judged = None;
            }
            for (kind, index) in left {
                self.ledger.remove_row(epoch, &index, &keys.row_id(&index, &hash))?;
                if !is_live && named.added.contains(&kind) && !named.other.contains(&kind) {
                    self.bereave(connection, signal.reference(), record, kind)?;
                }
                self.leave_alerts(connection, signal.reference(), record, Some(kind));
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
            if cap.is_some() {
                // Also where this epoch never filed it: a kind that the replacement does not name, or of another child.
                let kinds: BTreeSet<_> = record.alerts.iter().map(|(kind, _)| *kind).collect();
                for kind in &kinds - &named.same {
                    self.leave_alerts(connection, signal.reference(), record, Some(kind));
                }
            }
            self.ledger.keep_reference(epoch, &hash, record)?;
        }
        // A child is judged in every epoch at once: one alone may not hold all of its signals yet.
        let Named { mut places, added, .. } = named;
        places.retain(|it| added.contains(&it.kind));
        Ok(places)
    }

    /// The places of a put, beside those where its signal is filed.
    fn named(&self, put: &Put, known: &Known, replaces: bool) -> Named {
        let filed: BTreeMap<(Epoch, Kind), SubjectIndex> = known
            .records
            .iter()
            .filter_map(|(epoch, _, record)| Some((epoch, record.as_ref()?)))
            .flat_map(|(epoch, it)| it.filed.iter().map(|(kind, index)| ((*epoch, *kind), *index)))
            .collect();
        let keys_of = |epoch| self.epochs.get(&epoch);
        let places = put.places().iter().filter_map(|it| keys_of(it.epoch()).map(|keys| keys.locate(it)));
        let mut places: Vec<Located> = places.collect();
        let stands = |it: &Located| filed.get(&(it.epoch, it.kind)) == Some(&it.index);
        let same: BTreeSet<_> = places.iter().filter(|it| stands(it)).map(|it| it.kind).collect();
        let contradicts =
            |it: &&Located| filed.contains_key(&(it.epoch, it.kind)) && !same.contains(&it.kind);
        let other: BTreeSet<_> = places.iter().filter(contradicts).map(|it| it.kind).collect();
        if !replaces {
            // Under whatever epoch: what names another child than the one that is filed adds nothing.
            places.retain(|it| !other.contains(&it.kind));
        }
        let added = places.iter().filter(|it| replaces || !stands(it)).map(|it| it.kind).collect();
        Named { places, same, other, added }
    }

    /// Withdraws a reference in every live epoch: its rows go, a tombstone stays through `expiry`.
    fn bury(
        &mut self,
        connection: &ConnectionId,
        reference: SignalReference,
        known: &mut Known,
        expiry: Month,
    ) -> Result<(), Fault> {
        for ((epoch, hash, record), keys) in known.records.iter_mut().zip(self.epochs.values()) {
            if record.is_none() && !self.live.contains(epoch) {
                continue;
            }
            let record = record.get_or_insert_with(|| tombstone(expiry));
            record.standing = Standing::Withdrawn;
            self.unfile(connection, reference, keys, hash, record)?;
            self.ledger.keep_reference(*epoch, hash, record)?;
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
}
