//! The memory engine: for tests, and as the measure of what the others must do. Keeps nothing over a restart.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samenloop_audit::Log;
use samenloop_core::alert::{Alert, AlertId, ContactRequest, Notice, Reader, SignalName, is_waiting};
use samenloop_core::batch::Arrival;
use samenloop_core::census::{Census, Where};
use samenloop_core::declaration::{Declaration, Matter};
use samenloop_core::manifest::Manifest;
use samenloop_core::processing::{Processing, ProcessingLog};
use samenloop_core::rights::{RequestId, RightsRequest};
use samenloop_core::room::filing::ReferenceRecord;
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::room::rights::RightsRefusal;
use samenloop_core::value::{ConnectionId, Day, Epoch, SubjectIndex};

use crate::codec::Row;
use crate::filing::{self, Ledger, Walk};
use crate::index::{EpochKeys, Located, ReferenceHash, RowId};
use crate::log::{self, Happening, KeepPages, Page, Pages};
use crate::outlasting::Outlasting;
use crate::processing::{Announcer, ENDS};
use crate::rights::{self, Erased, KeptRequest, Restriction};
use crate::secrets::Secret;
use crate::standing::Counts;
use crate::tally::Tally;
use crate::{
    AuditLog, Counter, Fate, Fault, Filed, Letter, LetterId, News, Noted, Rebuilt, RightsStep, Scope,
    Standing, Step, Store, Swept, Tick, seal,
};

/// All that it keeps.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    waiting: Vec<Arrival>,
    tally: Tally,
    references: BTreeMap<(Epoch, ReferenceHash), ReferenceRecord>,
    rows: BTreeMap<(Epoch, SubjectIndex, RowId), Row>,
    alerts: BTreeMap<AlertId, Alert>,
    news: BTreeMap<u64, BTreeSet<AlertId>>,
    outbox: BTreeMap<Notice, Letter>,
    tick: u64,
    judged: Option<(Day, [u8; 32])>,
    active: Option<Epoch>,
    counts: BTreeMap<(ConnectionId, Epoch), Counts>,
    declarations: BTreeMap<(ConnectionId, Epoch, Matter), Declaration>,
    requests: BTreeMap<RequestId, KeptRequest>,
    restrictions: BTreeMap<(Epoch, SubjectIndex), Restriction>,
    erased: BTreeMap<SignalName, Erased>,
    pages: BTreeMap<Vec<u8>, Vec<u8>>,
    announcer: Announcer,
    censuses: BTreeMap<(u16, Where), Census>,
}

/// The secrets of epochs, and which were destroyed.
#[derive(Default)]
struct Epochs {
    secrets: BTreeMap<Epoch, Secret>,
    destroyed: BTreeSet<Epoch>,
}

impl Epochs {
    /// The keys of every epoch that has a secret; one is made at an epoch's first tick, unless it was destroyed.
    fn keys(&mut self, exchange: &str, tick: &Tick) -> Result<BTreeMap<Epoch, EpochKeys>, Fault> {
        for epoch in tick.manifest.live_epochs(tick.today).filter(|it| !self.destroyed.contains(it)) {
            if let Entry::Vacant(entry) = self.secrets.entry(epoch) {
                entry.insert(Secret::fresh(3)?);
            }
        }
        self.kept(exchange)
    }

    fn kept(&self, exchange: &str) -> Result<BTreeMap<Epoch, EpochKeys>, Fault> {
        let keys =
            |(epoch, secret): (&Epoch, &Secret)| Ok((*epoch, EpochKeys::new(exchange, *epoch, secret)?));
        self.secrets.iter().map(keys).collect()
    }
}

/// A store in memory.
pub struct MemoryStore {
    exchange: String,
    epochs: Mutex<Epochs>,
    contents: Mutex<Contents>,
}

impl MemoryStore {
    /// An empty store for an exchange.
    #[must_use]
    pub fn new(exchange: &str) -> Self {
        Self { exchange: exchange.to_owned(), epochs: Mutex::default(), contents: Mutex::default() }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn epochs(&self) -> MutexGuard<'_, Epochs> {
        self.epochs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something whole or not at all, as far as the processing log is asked.
    fn transact<T>(&self, work: impl FnOnce(&mut Contents) -> Result<T, Fault>) -> Result<T, Fault> {
        let contents = &mut *self.contents();
        let before = contents.announcer.has_log().then(|| contents.clone());
        let done = work(contents);
        if let (Err(_), Some(before)) = (&done, before) {
            *contents = before;
        }
        done
    }

    fn tick(&self, tick: &Tick, arrivals: &[Arrival]) -> Result<Filed, Fault> {
        let mut secrets = self.epochs();
        let epochs = secrets.keys(&self.exchange, tick)?;
        self.transact(|contents| {
            let judged = Some((tick.today, *tick.manifest.hash()));
            if arrivals.is_empty() && contents.judged == judged {
                return Ok(Filed { tick: contents.tick, lines: 0, told: 0 });
            }
            contents.tick += 1;
            let all_alerts = contents.judged != judged;
            contents.judged = judged;
            contents.active = Some(tick.manifest.active_epoch());
            let mut walk = Walk::new(contents, &tick.manifest, tick.today, &epochs);
            let mut lines = 0;
            for arrival in arrivals {
                walk.file(arrival)?;
                lines += arrival.lines().len() as u64;
            }
            let told = walk.settle(all_alerts)?;
            Ok(Filed { tick: contents.tick, lines, told })
        })
    }
}

impl Store for MemoryStore {
    fn announce_to(&self, log: Arc<dyn ProcessingLog>) {
        self.contents().announcer.tell(log);
    }

    async fn admit(&self, arrival: Arrival) -> Result<u64, Fault> {
        let mut contents = self.contents();
        let first = contents.tally.count(&arrival);
        contents.waiting.push(arrival);
        Ok(first)
    }

    async fn file(&self, tick: impl FnOnce() -> Tick + Send + 'static) -> Result<Filed, Fault> {
        let arrivals = std::mem::take(&mut self.contents().waiting);
        let filed = self.tick(&tick(), &arrivals);
        if filed.is_err() {
            self.contents().waiting.splice(0..0, arrivals);
        }
        filed
    }

    async fn alerts(&self, reader: &Reader, scope: Scope) -> Result<Vec<Alert>, Fault> {
        let contents = self.contents();
        let wanted = |alert: &&Alert| (scope == Scope::All || alert.is_open()) && reader.may_read(alert);
        let mut found: Vec<_> = contents.alerts.values().filter(wanted).cloned().collect();
        found.sort_by_key(|alert| (alert.opened(), alert.id()));
        Ok(found)
    }

    fn asked(&self, agency: &ConnectionId) -> Result<Vec<(AlertId, ContactRequest)>, Fault> {
        let contents = self.contents();
        let open = contents.alerts.values().filter(|it| it.is_open());
        let each = open.flat_map(|alert| alert.contacts().iter().map(|it| (alert.id(), it.clone())));
        Ok(each.filter(|(_, it)| it.of == *agency).collect())
    }

    async fn news(&self, reader: &Reader, tick: u64) -> Result<Vec<News>, Fault> {
        let contents = self.contents();
        let of = |ids: &BTreeSet<AlertId>| -> Vec<Alert> {
            let alerts = ids.iter().filter_map(|id| contents.alerts.get(id));
            alerts.filter(|alert| reader.may_read(alert)).cloned().collect()
        };
        let ticks = contents.news.range(tick.saturating_add(1)..);
        Ok(ticks
            .map(|(tick, ids)| News { tick: *tick, alerts: of(ids) })
            .filter(|it| !it.alerts.is_empty())
            .collect())
    }

    async fn act(&self, alert: AlertId, step: Step) -> Result<Result<Alert, ActRefusal>, Fault> {
        let epochs = self.epochs().kept(&self.exchange)?;
        let contents = &mut *self.contents();
        contents.tick += 1;
        filing::take(contents, alert, &step, &epochs)
    }

    async fn outbox(&self, manifest: &Arc<Manifest>, today: Day) -> Result<Vec<Letter>, Fault> {
        let Contents { outbox, alerts, .. } = &mut *self.contents();
        outbox.retain(|notice, letter| {
            let waits = |it: &Alert| is_waiting(it, notice.to(), manifest, today);
            letter.dead.is_some() || notice.alert().is_none_or(|id| alerts.get(&id).is_some_and(waits))
        });
        Ok(outbox.values().cloned().collect())
    }

    fn dispatched(&self, fates: Vec<(LetterId, Fate)>) {
        let fates: BTreeMap<_, _> = fates.into_iter().collect();
        self.contents().outbox.retain(|_, letter| match fates.get(&letter.id) {
            Some(Fate::Gone) => false,
            Some(Fate::Dead(since)) => {
                letter.dead = Some(*since);
                true
            }
            None => true,
        });
    }

    async fn rights(&self, step: RightsStep) -> Result<Result<RightsRequest, RightsRefusal>, Fault> {
        filing::step(&mut *self.contents(), &step)
    }

    async fn answer_requests(&self, tick: Tick, last: Day) -> Result<Vec<RightsRequest>, Fault> {
        let epochs = self.epochs().keys(&self.exchange, &tick)?;
        self.transact(|contents| {
            contents.tick += 1;
            filing::answer(contents, &tick, last, &epochs)
        })
    }

    fn requests(&self) -> Result<Vec<RightsRequest>, Fault> {
        let mut requests: Vec<_> = self.contents().requests.values().map(|it| it.request.clone()).collect();
        requests.sort_by_key(|it| (it.asked, it.id));
        Ok(requests)
    }

    fn erased(&self, sender: &ConnectionId) -> Result<Vec<Erased>, Fault> {
        let contents = self.contents();
        let own = contents.erased.iter().filter(|((of, _), _)| of == sender);
        Ok(own.map(|(_, erased)| erased.clone()).collect())
    }

    fn restrictions_behind(&self, today: Day) -> Result<BTreeMap<Epoch, u64>, Fault> {
        let contents = self.contents();
        let restrictions: Vec<_> = contents.restrictions.values().copied().collect();
        let waiting: Vec<_> = contents.requests.values().map(KeptRequest::epochs).collect();
        let behind = rights::behind(&restrictions, contents.active, today);
        Ok(rights::with_waiting(behind, &waiting, contents.active))
    }

    fn last_tick(&self) -> u64 {
        self.contents().tick
    }

    fn counters(&self) -> Result<BTreeMap<ConnectionId, Counter>, Fault> {
        Ok(self.contents().tally.counters().clone())
    }

    async fn destroy_epoch(&self, epoch: Epoch) -> Result<bool, Fault> {
        let mut epochs = self.epochs();
        let mut contents = self.contents();
        if !epochs.destroyed.contains(&epoch) {
            contents.announce(&[ENDS])?;
        }
        epochs.destroyed.insert(epoch);
        let had_secret = epochs.secrets.remove(&epoch).is_some();
        let before = contents.references.len() + contents.rows.len();
        contents.references.retain(|(it, _), _| *it != epoch);
        contents.rows.retain(|(it, _, _), _| *it != epoch);
        contents.counts.retain(|(_, it), _| *it != epoch);
        contents.restrictions.retain(|(it, _), _| *it != epoch);
        for counts in contents.counts.values_mut() {
            counts.forget(epoch);
        }
        // What is listed on an open alert and filed nowhere any more leaves it at the next tick.
        contents.judged = None;
        Ok(had_secret || contents.references.len() + contents.rows.len() < before)
    }

    async fn sweep(&self, today: Day) -> Result<Option<Swept>, Fault> {
        let epochs = self.epochs().kept(&self.exchange)?;
        self.transact(|contents| {
            if contents.judged.is_none_or(|(day, _)| day != today) {
                return Ok(None);
            }
            let records = contents.references.iter();
            let records = records.map(|((epoch, hash), record)| (*epoch, *hash, record.clone())).collect();
            for counts in contents.counts.values_mut() {
                counts.forget_before(today);
            }
            let mut named = BTreeSet::new();
            let swept = filing::end(contents, &epochs, records, today, &mut named)?;
            log::swept(contents, swept, today)?;
            filing::empty_unnamed(contents, &named, today)?;
            Ok(Some(swept))
        })
    }

    /// Memory forgets at once.
    async fn rebuild(&self) -> Result<Rebuilt, Fault> {
        Ok(Rebuilt::Needless)
    }

    fn standings(&self, today: Day) -> Result<BTreeMap<(ConnectionId, Epoch), Standing>, Fault> {
        let contents = self.contents();
        let standing = |epoch, counts: &Counts| counts.standing(epoch, contents.active, today);
        let each = contents.counts.iter().map(|(of, counts)| (of.clone(), standing(of.1, counts)));
        Ok(each.filter(|(_, it)| it.filed > 0).collect())
    }

    async fn census(&self, quarter: u16) -> Result<Option<BTreeMap<Where, Census>>, Fault> {
        let censuses = &self.contents().censuses;
        let is_over = censuses.keys().next_back().is_some_and(|(last, _)| *last > quarter);
        let of = censuses.iter().filter(|((it, _), _)| *it == quarter);
        Ok(is_over.then(|| of.map(|((_, place), census)| (place.clone(), census.clone())).collect()))
    }

    async fn declare(&self, declaration: Declaration) -> Result<(), Fault> {
        let of = (declaration.connection().clone(), declaration.epoch(), declaration.matter());
        self.contents().declarations.insert(of, declaration);
        Ok(())
    }

    fn declarations(&self) -> Result<Vec<Declaration>, Fault> {
        Ok(self.contents().declarations.values().cloned().collect())
    }

    async fn note(&self, noted: Vec<Noted>, _: Day) -> Result<(), Fault> {
        log::append(&mut *self.contents(), noted.into_iter().map(Happening::from).collect())
    }

    async fn audit<T: Send + 'static>(
        &self,
        read: impl FnOnce(&AuditLog<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        read(&AuditLog::new(&*self.contents()))
    }

    async fn forget_record(&self, log: Log, leaf: u64, _: Day) -> Result<bool, Fault> {
        log::forget_record(&mut *self.contents(), log, leaf)
    }
}

impl Pages for Contents {
    fn page(&self, at: Page) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.pages.get(&at.name()).cloned())
    }

    fn alias(&self, log: Log, actor: &str) -> u64 {
        log::alias(&[0; 32], log, actor)
    }
}

impl KeepPages for Contents {
    fn keep_page(&mut self, at: Page, bytes: &[u8]) -> Result<(), Fault> {
        self.pages.insert(at.name(), bytes.to_vec());
        Ok(())
    }

    fn forget_page(&mut self, at: Page) -> Result<(), Fault> {
        self.pages.remove(&at.name());
        Ok(())
    }
}

impl Ledger for Contents {
    fn announce(&mut self, processings: &[Processing]) -> Result<(), Fault> {
        self.announcer.announce(processings)
    }

    fn reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<Option<ReferenceRecord>, Fault> {
        Ok(self.references.get(&(epoch, *hash)).cloned())
    }

    fn keep_reference(
        &mut self,
        epoch: Epoch,
        hash: &ReferenceHash,
        record: &ReferenceRecord,
    ) -> Result<(), Fault> {
        self.references.insert((epoch, *hash), record.clone());
        Ok(())
    }

    fn remove_reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<(), Fault> {
        self.references.remove(&(epoch, *hash));
        Ok(())
    }

    fn rows(&mut self, at: &Located) -> Result<Vec<Row>, Fault> {
        let first = (at.epoch, at.index, RowId([0; 32]));
        let last = (at.epoch, at.index, RowId([0xff; 32]));
        Ok(self.rows.range(first..=last).map(|(_, row)| row.clone()).collect())
    }

    fn keep_row(&mut self, at: &Located, id: &RowId, row: &Row) -> Result<(), Fault> {
        self.rows.insert((at.epoch, at.index, *id), row.clone());
        Ok(())
    }

    fn remove_row(&mut self, epoch: Epoch, index: &SubjectIndex, id: &RowId) -> Result<(), Fault> {
        self.rows.remove(&(epoch, *index, *id));
        Ok(())
    }

    fn alert(&mut self, id: AlertId) -> Result<Option<Alert>, Fault> {
        Ok(self.alerts.get(&id).cloned())
    }

    fn keep_alert(&mut self, alert: &Alert) -> Result<(), Fault> {
        self.alerts.insert(alert.id(), alert.clone());
        Ok(())
    }

    fn has_alert(&mut self, id: AlertId) -> Result<bool, Fault> {
        Ok(self.alerts.contains_key(&id))
    }

    fn remove_alerts(&mut self, ids: &BTreeSet<AlertId>) -> Result<(), Fault> {
        self.alerts.retain(|id, _| !ids.contains(id));
        self.news.values_mut().for_each(|told| told.retain(|id| !ids.contains(id)));
        self.outbox.retain(|notice, _| notice.alert().is_none_or(|id| !ids.contains(&id)));
        Ok(())
    }

    fn alert_ids(&mut self, scope: Scope) -> Result<Vec<AlertId>, Fault> {
        let wanted = |it: &&Alert| scope == Scope::All || it.is_open();
        Ok(self.alerts.values().filter(wanted).map(Alert::id).collect())
    }

    fn tell(&mut self, id: AlertId) -> Result<(), Fault> {
        self.news.entry(self.tick).or_default().insert(id);
        Ok(())
    }

    fn letter(&mut self, notice: &Notice) -> Result<Option<Letter>, Fault> {
        Ok(self.outbox.get(notice).cloned())
    }

    fn post(&mut self, letter: &Letter) -> Result<(), Fault> {
        self.outbox.insert(letter.notice.clone(), letter.clone());
        Ok(())
    }

    fn request(&mut self, id: RequestId) -> Result<Option<KeptRequest>, Fault> {
        Ok(self.requests.get(&id).cloned())
    }

    fn requests(&mut self) -> Result<Vec<KeptRequest>, Fault> {
        Ok(self.requests.values().cloned().collect())
    }

    fn keep_request(&mut self, request: &KeptRequest) -> Result<(), Fault> {
        self.requests.insert(request.request.id, request.clone());
        Ok(())
    }

    fn remove_request(&mut self, id: RequestId) -> Result<(), Fault> {
        self.requests.remove(&id);
        Ok(())
    }

    fn restrictions(&mut self) -> Result<Vec<Restriction>, Fault> {
        Ok(self.restrictions.values().copied().collect())
    }

    fn keep_restriction(&mut self, restriction: &Restriction) -> Result<(), Fault> {
        self.restrictions.insert((restriction.epoch, restriction.index), *restriction);
        Ok(())
    }

    fn remove_restriction(&mut self, restriction: &Restriction) -> Result<(), Fault> {
        self.restrictions.remove(&(restriction.epoch, restriction.index));
        Ok(())
    }

    fn keep_erased(&mut self, sender: &ConnectionId, erased: &Erased) -> Result<(), Fault> {
        self.erased.insert((sender.clone(), erased.reference), erased.clone());
        Ok(())
    }

    fn forget_erased(&mut self, today: Day) -> Result<(), Fault> {
        self.erased.retain(|_, it| today <= it.until.last_day());
        Ok(())
    }

    /// Nobody makes a backup of it.
    fn outlast(&mut self, _: Outlasting, _: Day) {}

    fn unpost(&mut self, notice: &Notice) -> Result<(), Fault> {
        self.outbox.remove(notice);
        Ok(())
    }

    fn new_alert_id(&mut self) -> Result<AlertId, Fault> {
        let mut id = [0; 16];
        seal::random(&mut id)?;
        Ok(AlertId::new(id))
    }

    fn counts(&mut self, connection: &ConnectionId, epoch: Epoch) -> Result<Counts, Fault> {
        Ok(self.counts.get(&(connection.clone(), epoch)).cloned().unwrap_or_default())
    }

    fn keep_counts(&mut self, connection: &ConnectionId, epoch: Epoch, counts: &Counts) -> Result<(), Fault> {
        self.counts.insert((connection.clone(), epoch), counts.clone());
        Ok(())
    }

    fn census(&mut self, quarter: u16, place: &Where) -> Result<Option<Census>, Fault> {
        Ok(self.censuses.get(&(quarter, place.clone())).cloned())
    }

    fn keep_census(&mut self, quarter: u16, place: &Where, census: &Census) -> Result<(), Fault> {
        self.censuses.insert((quarter, place.clone()), census.clone());
        Ok(())
    }

    fn last_census(&mut self) -> Result<Option<u16>, Fault> {
        Ok(self.censuses.keys().next_back().map(|(quarter, _)| *quarter))
    }

    fn forget_censuses(&mut self, before: u16) -> Result<(), Fault> {
        self.censuses.retain(|(quarter, _), _| *quarter >= before);
        Ok(())
    }
}

#[cfg(test)]
mod forgotten;
#[cfg(test)]
mod recount;
