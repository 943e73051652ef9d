//! What the walk asks of this engine, and what coordinators read: values sealed and opened.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::alert::{Alert, AlertId, Notice, Reader, is_waiting};
use samenloop_core::census::{Census, Where};
use samenloop_core::manifest::Manifest;
use samenloop_core::processing::Processing;
use samenloop_core::rights::RequestId;
use samenloop_core::room::filing::ReferenceRecord;
use samenloop_core::value::{ConnectionId, Day, Epoch, SubjectIndex};

use super::base::Base;
use super::draft::Draft;
use super::{erasures, keys};
use crate::codec::{self, Header, Row};
use crate::filing::Ledger;
use crate::index::{EpochKeys, Located, ReferenceHash, RowId};
use crate::letter::Fates;
use crate::outlasting::{Outlasting, Remembered};
use crate::rights::{Erased, KeptRequest, Restriction};
use crate::seal::{self, Key, OVERHEAD};
use crate::standing::Counts;
use crate::{Fate, Fault, Letter, LetterId, News, Purpose, Scope};

/// Version of the row format; part of what a row is sealed to.
const ROW_VERSION: u8 = 1;
/// Version and expiry month, in clear.
const ROW_CLEAR: usize = 3;

/// One tick's transaction on sled.
pub(crate) struct SledLedger<'a> {
    pub(crate) draft: Draft<'a>,
    epochs: &'a BTreeMap<Epoch, EpochKeys>,
    case_key: Key,
    quarter: u16,
    tick: u64,
}

impl<'a> SledLedger<'a> {
    /// A transaction of tick `tick`, on a day whose quarter's case key seals what is written now.
    pub(crate) fn new(
        mut draft: Draft<'a>,
        epochs: &'a BTreeMap<Epoch, EpochKeys>,
        today: Day,
        tick: u64,
    ) -> Result<Self, Fault> {
        let quarter = today.quarter();
        let secret = draft.secret(Purpose::Case(quarter))?;
        let case_key = secret.keys().first().cloned().ok_or(Fault::Closed)?;
        Ok(Self { draft, epochs, case_key, quarter, tick })
    }

    fn keys(&self, epoch: Epoch) -> Result<&EpochKeys, Fault> {
        self.epochs.get(&epoch).ok_or_else(|| Fault::Secrets("an epoch without secrets".to_owned()))
    }

    pub(super) fn write_case(&mut self, key: Vec<u8>, plain: &[u8]) -> Result<(), Fault> {
        if !keys::is_case(&key) {
            return Err(damaged("a case among what has no quarter"));
        }
        let quarter = self.quarter.to_be_bytes();
        let mut value = quarter.to_vec();
        value.extend(seal::seal(&self.case_key, &case_place(&key, quarter), plain)?);
        self.draft.write(key, value)
    }
}

impl Draft<'_> {
    /// A secret that this database uses; made and bound to it when there is none.
    pub(crate) fn secret(&mut self, purpose: Purpose) -> Result<crate::Secret, Fault> {
        if let Some(secret) = self.base().secret(purpose)? {
            return Ok(secret);
        }
        let secrets = self.base().secrets();
        let secret = match secrets.find(purpose)? {
            Some(secret) => secret,
            None => secrets.make(purpose)?,
        };
        let (key, record) = self.base().secret_record(purpose, &secret)?;
        self.write(key, record)?;
        Ok(secret)
    }
}

impl Draft<'_> {
    /// Every restriction there is.
    pub(crate) fn restrictions(&self) -> Result<Vec<Restriction>, Fault> {
        let open = |(key, value): &(Vec<u8>, Vec<u8>)| {
            let plain = self.base().open_own(key, value)?;
            codec::decode_restriction(&plain).ok_or_else(|| damaged("a restriction"))
        };
        self.scan(&[keys::RESTRICTION])?.iter().map(open).collect()
    }

    /// Where a restriction is kept.
    pub(crate) fn restriction_key(&self, restriction: &Restriction) -> Vec<u8> {
        keys::restriction(&self.base().restriction_name(restriction.epoch, &restriction.index))
    }
}

fn open_request(base: &Base, key: &[u8], value: &[u8]) -> Result<KeptRequest, Fault> {
    codec::decode_request(&open_case(base, key, value)?).ok_or_else(|| damaged("a rights request"))
}

/// The rights requests, with their pseudonyms. On the writer's thread, or while [`Base::quiet`].
pub(crate) fn kept_requests(base: &Base) -> Result<Vec<KeptRequest>, Fault> {
    let records = base.scan(&[keys::REQUEST]);
    records.map(|record| record.and_then(|(key, value)| open_request(base, &key, &value))).collect()
}

fn case_place(key: &[u8], quarter: [u8; 2]) -> Vec<u8> {
    [key, &quarter].concat()
}

fn row_place(index: &SubjectIndex, id: &RowId) -> Vec<u8> {
    [&index.bytes()[..], &id.0, &[ROW_VERSION]].concat()
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}

/// The month in clear of a row.
pub(crate) fn row_expiry(value: &[u8]) -> Option<samenloop_core::value::Month> {
    match value {
        [ROW_VERSION, high, low, ..] if value.len() == ROW_CLEAR + codec::ROW_LEN + OVERHEAD => {
            samenloop_core::value::Month::from_index(u16::from_be_bytes([*high, *low])).ok()
        }
        _ => None,
    }
}

/// Opens a reference record.
pub(crate) fn open_reference(keys: &EpochKeys, key: &[u8], value: &[u8]) -> Result<ReferenceRecord, Fault> {
    let plain = seal::open(&keys.record_key(), key, value).ok_or_else(|| damaged("a reference record"))?;
    codec::decode_reference(&plain).ok_or_else(|| damaged("a reference record"))
}

impl Ledger for SledLedger<'_> {
    fn announce(&mut self, processings: &[Processing]) -> Result<(), Fault> {
        self.draft.base().announcer().announce(processings)
    }

    fn reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<Option<ReferenceRecord>, Fault> {
        let key = keys::reference(epoch, hash);
        let Some(value) = self.draft.read(&key)? else { return Ok(None) };
        open_reference(self.keys(epoch)?, &key, &value).map(Some)
    }

    fn keep_reference(
        &mut self,
        epoch: Epoch,
        hash: &ReferenceHash,
        record: &ReferenceRecord,
    ) -> Result<(), Fault> {
        let key = keys::reference(epoch, hash);
        let value = seal::seal(&self.keys(epoch)?.record_key(), &key, &codec::encode_reference(record))?;
        self.draft.write(key, value)
    }

    fn remove_reference(&mut self, epoch: Epoch, hash: &ReferenceHash) -> Result<(), Fault> {
        self.draft.remove(keys::reference(epoch, hash))
    }

    fn rows(&mut self, at: &Located) -> Result<Vec<Row>, Fault> {
        let shelf = self.keys(at.epoch)?.shelf(&at.index);
        let mut rows = Vec::new();
        for (key, value) in self.draft.scan(&keys::shelf(at.epoch, &shelf))? {
            let (_, _, id) = keys::parse_row(&key).ok_or_else(|| damaged("the name of a row"))?;
            let expiry = row_expiry(&value).ok_or_else(|| damaged("a row"))?;
            let sealed = value.get(ROW_CLEAR..).unwrap_or_default();
            let plain = seal::open(&at.row_key, &row_place(&at.index, &id), sealed)
                .ok_or_else(|| damaged("a row"))?;
            let row = codec::decode_row(&plain).ok_or_else(|| damaged("a row"))?;
            // The month in clear serves the sweeper; the one inside is the one that counts.
            if row.signal.content().expiry() != expiry {
                return Err(damaged("the month of a row"));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn keep_row(&mut self, at: &Located, id: &RowId, row: &Row) -> Result<(), Fault> {
        let shelf = self.keys(at.epoch)?.shelf(&at.index);
        let plain = codec::encode_row(row).ok_or_else(|| damaged("a row above its size"))?;
        let mut value = vec![ROW_VERSION];
        value.extend_from_slice(&row.signal.content().expiry().index().to_be_bytes());
        value.extend(seal::seal(&at.row_key, &row_place(&at.index, id), &plain)?);
        self.draft.write(keys::row(at.epoch, &shelf, id), value)
    }

    fn remove_row(&mut self, epoch: Epoch, index: &SubjectIndex, id: &RowId) -> Result<(), Fault> {
        let shelf = self.keys(epoch)?.shelf(index);
        self.draft.remove(keys::row(epoch, &shelf, id))
    }

    fn alert(&mut self, id: AlertId) -> Result<Option<Alert>, Fault> {
        let key = keys::alert(id);
        let Some(value) = self.draft.read(&key)? else { return Ok(None) };
        let base = self.draft.base();
        let header = read_followed(base, &key, &value, |key| self.draft.read(key))?;
        with_signals(base, header, |key| self.draft.read(key)).map(Some)
    }

    fn keep_alert(&mut self, alert: &Alert) -> Result<(), Fault> {
        self.draft.note_asked(alert.id(), Some(alert));
        let key = keys::alert(alert.id());
        let base = self.draft.base();
        let (before, had_follow_up) = match self.draft.read(&key)? {
            Some(value) => read_header(base, &key, &value).map(|it| (it.signals, it.has_follow_up))?,
            None => (0, false),
        };
        self.write_case(key, &codec::encode_alert(alert))?;
        if let Some(follow_up) = codec::encode_follow_up(alert) {
            self.write_case(keys::listed(&base.follow_up_name(alert.id())), &follow_up)?;
        } else if had_follow_up {
            self.draft.remove(keys::listed(&base.follow_up_name(alert.id())))?;
        }
        let name = |number| keys::listed(&base.listed_name(alert.id(), number));
        for (number, listed) in (0_u32..).zip(alert.signals()) {
            self.write_case(name(number), &codec::encode_listed(listed))?;
        }
        for number in (0..before).skip(alert.signals().len()) {
            self.draft.remove(name(number))?;
        }
        Ok(())
    }

    fn has_alert(&mut self, id: AlertId) -> Result<bool, Fault> {
        Ok(self.draft.read(&keys::alert(id))?.is_some())
    }

    fn remove_alerts(&mut self, ids: &BTreeSet<AlertId>) -> Result<(), Fault> {
        let base = self.draft.base();
        for id in ids {
            let key = keys::alert(*id);
            let Some(value) = self.draft.read(&key)? else { continue };
            let header = read_header(base, &key, &value)?;
            self.draft.note_asked(*id, None);
            self.draft.remove(key)?;
            if header.has_follow_up {
                self.draft.remove(keys::listed(&base.follow_up_name(*id)))?;
            }
            for number in 0..header.signals {
                self.draft.remove(keys::listed(&base.listed_name(*id, number)))?;
            }
        }
        for (key, _) in self.draft.scan(&[keys::NEWS])? {
            let (_, id) = keys::parse_news(&key).ok_or_else(|| damaged("the name of a piece of news"))?;
            if ids.contains(&id) {
                self.draft.remove(key)?;
            }
        }
        for (key, value) in self.draft.scan(&[keys::LETTER])? {
            if open_letter(base, &key, &value)?.notice.alert().is_some_and(|id| ids.contains(&id)) {
                self.draft.remove(key)?;
            }
        }
        Ok(())
    }

    fn alert_ids(&mut self, scope: Scope) -> Result<Vec<AlertId>, Fault> {
        let mut ids = Vec::new();
        for (key, value) in self.draft.scan(&[keys::ALERT])? {
            let alert = Alert::new(read_header(self.draft.base(), &key, &value)?.parts);
            if scope == Scope::All || alert.is_open() {
                ids.push(alert.id());
            }
        }
        Ok(ids)
    }

    fn tell(&mut self, id: AlertId) -> Result<(), Fault> {
        self.write_case(keys::news(self.tick, id), &[])
    }

    fn letter(&mut self, notice: &Notice) -> Result<Option<Letter>, Fault> {
        let base = self.draft.base();
        let key = keys::letter(&base.letter_name(notice));
        self.draft.read(&key)?.map(|value| open_letter(base, &key, &value)).transpose()
    }

    fn post(&mut self, letter: &Letter) -> Result<(), Fault> {
        let key = keys::letter(&self.draft.base().letter_name(&letter.notice));
        self.write_case(key, &codec::encode_letter(letter))
    }

    fn request(&mut self, id: RequestId) -> Result<Option<KeptRequest>, Fault> {
        let key = keys::request(id);
        let value = self.draft.read(&key)?;
        value.map(|value| open_request(self.draft.base(), &key, &value)).transpose()
    }

    fn requests(&mut self) -> Result<Vec<KeptRequest>, Fault> {
        let base = self.draft.base();
        self.draft.scan(&[keys::REQUEST])?.iter().map(|(key, value)| open_request(base, key, value)).collect()
    }

    fn keep_request(&mut self, request: &KeptRequest) -> Result<(), Fault> {
        let plain = codec::encode_request(request).ok_or_else(|| damaged("a request above its size"))?;
        self.write_case(keys::request(request.request.id), &plain)
    }

    fn remove_request(&mut self, id: RequestId) -> Result<(), Fault> {
        self.draft.remove(keys::request(id))
    }

    fn restrictions(&mut self) -> Result<Vec<Restriction>, Fault> {
        self.draft.restrictions()
    }

    fn keep_restriction(&mut self, restriction: &Restriction) -> Result<(), Fault> {
        let key = self.draft.restriction_key(restriction);
        let value = self.draft.base().seal_own(&key, &codec::encode_restriction(restriction))?;
        self.draft.write(key, value)
    }

    fn remove_restriction(&mut self, restriction: &Restriction) -> Result<(), Fault> {
        let key = self.draft.restriction_key(restriction);
        self.draft.remove(key)
    }

    fn keep_erased(&mut self, sender: &ConnectionId, erased: &Erased) -> Result<(), Fault> {
        let base = self.draft.base();
        let key = keys::erased(&base.erased_name(sender, &erased.reference));
        let value = base.seal_own(&key, &codec::encode_erased(sender, erased))?;
        self.draft.note_erased(sender.clone(), erased.reference, Some(erased.clone()));
        self.draft.write(key, value)
    }

    fn forget_erased(&mut self, today: Day) -> Result<(), Fault> {
        for (key, value) in self.draft.scan(&[keys::ERASED])? {
            let (sender, erased) = erasures::open(self.draft.base(), &key, &value)?;
            if erased.until.last_day() < today {
                self.draft.note_erased(sender, erased.reference, None);
                self.draft.remove(key)?;
            }
        }
        Ok(())
    }

    fn outlast(&mut self, what: Outlasting, today: Day) {
        self.draft.remember(Remembered { on: today, what });
    }

    fn unpost(&mut self, notice: &Notice) -> Result<(), Fault> {
        self.draft.remove(keys::letter(&self.draft.base().letter_name(notice)))
    }

    fn new_alert_id(&mut self) -> Result<AlertId, Fault> {
        let mut id = [0; 16];
        seal::random(&mut id)?;
        Ok(AlertId::new(id))
    }

    fn counts(&mut self, connection: &ConnectionId, epoch: Epoch) -> Result<Counts, Fault> {
        self.draft.counts(connection, epoch)
    }

    fn keep_counts(&mut self, connection: &ConnectionId, epoch: Epoch, counts: &Counts) -> Result<(), Fault> {
        self.draft.keep_counts(connection, epoch, counts)
    }

    fn census(&mut self, quarter: u16, place: &Where) -> Result<Option<Census>, Fault> {
        self.draft.census(quarter, place)
    }

    fn keep_census(&mut self, quarter: u16, place: &Where, census: &Census) -> Result<(), Fault> {
        self.draft.keep_census(quarter, place, census)
    }

    fn last_census(&mut self) -> Result<Option<u16>, Fault> {
        self.draft.last_census()
    }

    fn forget_censuses(&mut self, before: u16) -> Result<(), Fault> {
        self.draft.forget_censuses(before)
    }
}

/// The quarter whose key sealed a case.
pub(super) fn quarter_of(value: &[u8]) -> Option<u16> {
    value.first_chunk().copied().map(u16::from_be_bytes)
}

pub(super) fn open_case(base: &Base, key: &[u8], value: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, Fault> {
    let (quarter, sealed) = value.split_first_chunk::<2>().ok_or_else(|| damaged("a case"))?;
    let secret = base.secret(Purpose::Case(u16::from_be_bytes(*quarter)))?;
    // A quarter's first secret is bound in the same batch as its first case.
    let secret = match secret {
        Some(secret) => Some(secret),
        None => base.secrets().find(Purpose::Case(u16::from_be_bytes(*quarter)))?,
    };
    let key_of_case =
        secret.and_then(|it| it.keys().first().cloned()).ok_or_else(|| damaged("the key of a case"))?;
    seal::open(&key_of_case, &case_place(key, *quarter), sealed).ok_or_else(|| damaged("a case"))
}

/// An alert without its signals and follow-up.
fn read_header(base: &Base, key: &[u8], value: &[u8]) -> Result<Header, Fault> {
    codec::decode_alert(&open_case(base, key, value)?).ok_or_else(|| damaged("an alert"))
}

/// The same with its follow-up: all by which it is known who may read it. `read` finds values.
fn read_followed(
    base: &Base,
    key: &[u8],
    value: &[u8],
    read: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, Fault>,
) -> Result<Header, Fault> {
    let mut header = read_header(base, key, value)?;
    if header.has_follow_up {
        let key = keys::listed(&base.follow_up_name(header.parts.id));
        let value = read(&key)?.ok_or_else(|| damaged("the follow-up of an alert"))?;
        codec::decode_follow_up(&open_case(base, &key, &value)?, &mut header.parts)
            .ok_or_else(|| damaged("the follow-up of an alert"))?;
    }
    Ok(header)
}

/// Adds the signals to an alert; `read` finds their values.
fn with_signals(
    base: &Base,
    header: Header,
    read: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, Fault>,
) -> Result<Alert, Fault> {
    let Header { mut parts, signals, .. } = header;
    for number in 0..signals {
        let key = keys::listed(&base.listed_name(parts.id, number));
        let value = read(&key)?.ok_or_else(|| damaged("the signals of an alert"))?;
        let plain = open_case(base, &key, &value)?;
        parts.signals.push(codec::decode_listed(&plain).ok_or_else(|| damaged("a listed signal"))?);
    }
    Ok(Alert::new(parts))
}

/// A stored alert, if `wanted` says so of it without its signals.
fn stored_alert(
    base: &Base,
    key: &[u8],
    value: &[u8],
    wanted: impl Fn(&Alert) -> bool,
) -> Result<Option<Alert>, Fault> {
    let read = |key: &[u8]| Ok(base.read(key)?.map(|value| value.to_vec()));
    let header = read_followed(base, key, value, read)?;
    if wanted(&Alert::new(header.parts.clone())) {
        with_signals(base, header, read).map(Some)
    } else {
        Ok(None)
    }
}

/// The alerts that a reader may see, oldest first.
pub(crate) fn alerts(base: &Base, reader: &Reader, scope: Scope) -> Result<Vec<Alert>, Fault> {
    let _quiet = base.quiet();
    let mut found = Vec::new();
    for record in base.scan(&[keys::ALERT]) {
        let (key, value) = record?;
        let wanted = |alert: &Alert| (scope == Scope::All || alert.is_open()) && reader.may_read(alert);
        found.extend(stored_alert(base, &key, &value, wanted)?);
    }
    found.sort_by_key(|alert| (alert.opened(), alert.id()));
    Ok(found)
}

fn open_letter(base: &Base, key: &[u8], value: &[u8]) -> Result<Letter, Fault> {
    codec::decode_letter(&open_case(base, key, value)?).ok_or_else(|| damaged("a letter"))
}

/// Every letter, oldest first.
pub(crate) fn letters(base: &Base) -> Result<Vec<Letter>, Fault> {
    let _quiet = base.quiet();
    let mut letters = Vec::new();
    for record in base.scan(&[keys::LETTER]) {
        let (key, value) = record?;
        letters.push(open_letter(base, &key, &value)?);
    }
    letters.sort_by_key(|it| it.posted);
    Ok(letters)
}

/// What is to leave on a day, oldest first. What became of the others is noted.
pub(crate) fn outbox(
    base: &Base,
    fates: &Fates,
    manifest: &Manifest,
    today: Day,
) -> Result<Vec<Letter>, Fault> {
    // Read before the letters: what is kept and forgotten in between is not among them any more.
    let noted = fates.noted();
    let letters = letters(base)?;
    let _quiet = base.quiet();
    let mut alerts: BTreeMap<AlertId, Option<Alert>> = BTreeMap::new();
    let mut waiting = Vec::with_capacity(letters.len());
    for mut letter in letters {
        match noted.get(&letter.id) {
            Some(Fate::Gone) => continue,
            Some(Fate::Dead(since)) => letter.dead = Some(*since),
            None => {}
        }
        let Some(id) = letter.notice.alert() else {
            waiting.push(letter);
            continue;
        };
        let alert = match alerts.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(followed_alert(base, id)?),
        };
        let waits = |it: &Alert| is_waiting(it, letter.notice.to(), manifest, today);
        if letter.dead.is_some() || alert.as_ref().is_some_and(waits) {
            waiting.push(letter);
        } else {
            fates.note([(letter.id, Fate::Gone)]);
        }
    }
    Ok(waiting)
}

/// Keeps in a transaction what became of letters.
pub(crate) fn keep_fates(ledger: &mut SledLedger<'_>, fates: &BTreeMap<LetterId, Fate>) -> Result<(), Fault> {
    if fates.is_empty() {
        return Ok(());
    }
    for letter in letters(ledger.draft.base())? {
        match fates.get(&letter.id) {
            Some(Fate::Gone) => ledger.unpost(&letter.notice)?,
            Some(Fate::Dead(since)) => ledger.post(&Letter { dead: Some(*since), ..letter })?,
            None => {}
        }
    }
    Ok(())
}

/// A stored alert with its follow-up and without its signals.
pub(super) fn without_signals(base: &Base, key: &[u8], value: &[u8]) -> Result<Alert, Fault> {
    let read = |key: &[u8]| Ok(base.read(key)?.map(|value| value.to_vec()));
    Ok(Alert::new(read_followed(base, key, value, read)?.parts))
}

/// The same, by its number.
fn followed_alert(base: &Base, id: AlertId) -> Result<Option<Alert>, Fault> {
    let key = keys::alert(id);
    base.read(&key)?.map(|value| without_signals(base, &key, &value)).transpose()
}

/// Every alert, for checks.
pub(crate) fn all_alerts(base: &Base) -> Result<Vec<Alert>, Fault> {
    alerts(base, &Reader::Hub, Scope::All)
}

/// What the ticks after `tick` have to tell to a reader.
pub(crate) fn news(base: &Base, reader: &Reader, tick: u64) -> Result<Vec<News>, Fault> {
    let _quiet = base.quiet();
    let mut ticks: BTreeMap<u64, BTreeSet<AlertId>> = BTreeMap::new();
    let from = keys::news(tick.saturating_add(1), AlertId::new([0; 16]));
    for record in base.scan_from(&from) {
        let (key, value) = record?;
        if key.first() != Some(&keys::NEWS) {
            break;
        }
        open_case(base, &key, &value)?;
        let (tick, id) = keys::parse_news(&key).ok_or_else(|| damaged("the name of a piece of news"))?;
        ticks.entry(tick).or_default().insert(id);
    }
    let mut told = Vec::new();
    for (tick, ids) in ticks {
        let mut alerts = Vec::new();
        for id in ids {
            let key = keys::alert(id);
            let Some(value) = base.read(&key)? else { continue };
            alerts.extend(stored_alert(base, &key, &value, |alert| reader.may_read(alert))?);
        }
        if !alerts.is_empty() {
            told.push(News { tick, alerts });
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests;
