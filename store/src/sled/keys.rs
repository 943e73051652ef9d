//! The keys of the one tree: a letter, then what it names. What stands here is in clear on disk.

use samenloop_core::alert::AlertId;
use samenloop_core::rights::RequestId;
use samenloop_core::value::Epoch;

use crate::index::{ReferenceHash, RowId};
use crate::log::Page;
use crate::secrets::Purpose;

/// The record about the database itself; the only one outside the digest.
pub(crate) const META: &[u8] = b"m";
/// Signal rows.
pub(crate) const ROW: u8 = b'r';
/// Reference records.
pub(crate) const REFERENCE: u8 = b'f';
/// Alerts without their signals.
pub(crate) const ALERT: u8 = b'a';
/// The signals of alerts, and what was done with alerts.
pub(crate) const LISTED: u8 = b's';
/// News of ticks.
pub(crate) const NEWS: u8 = b'o';
/// Letters of the outbox.
pub(crate) const LETTER: u8 = b'l';
/// Rights requests.
pub(crate) const REQUEST: u8 = b'q';
/// Restrictions.
pub(crate) const RESTRICTION: u8 = b'h';
/// Signals that were erased on request.
pub(crate) const ERASED: u8 = b'w';
/// Counters of connections.
pub(crate) const COUNTER: u8 = b'c';
/// Counts of what a connection filed under an epoch.
pub(crate) const COUNTS: u8 = b'e';
/// Counts of a quarter and region.
pub(crate) const CENSUS: u8 = b'n';
/// Declarations of connections.
pub(crate) const DECLARATION: u8 = b'd';
/// Pages of the audit logs.
pub(crate) const PAGE: u8 = b'g';
/// Epochs that were destroyed.
pub(crate) const DESTROYED: u8 = b'x';
/// Checks of secrets.
pub(crate) const SECRET: u8 = b'k';

/// The letters of records under case keys, of the pages only some, in the order in which they stand: what ends or is sealed
/// again with a quarter.
pub(crate) const CASES: [u8; 6] = [ALERT, PAGE, LETTER, NEWS, REQUEST, LISTED];

/// Whether a record is sealed by the case key of a quarter.
pub(crate) fn is_case(key: &[u8]) -> bool {
    match key {
        [PAGE, name @ ..] => Page::is_record(name),
        [letter, ..] => CASES.contains(letter),
        [] => false,
    }
}

/// Whether a record only counts, and says nothing of one signal: as the pages of the audit logs do, but for the records
/// of their entries.
pub(crate) fn is_count(key: &[u8]) -> bool {
    match key {
        [PAGE, name @ ..] => !Page::is_record(name),
        [letter, ..] => matches!(*letter, COUNTER | COUNTS | CENSUS),
        [] => false,
    }
}

/// The start of every row or reference record of an epoch, by its letter.
pub(crate) fn of_epoch(letter: u8, epoch: Epoch) -> Vec<u8> {
    key(letter, &[&epoch.number().to_be_bytes()])
}

/// The epoch of a row's or a reference record's key.
pub(crate) fn epoch_of(key: &[u8]) -> Option<Epoch> {
    let (letter, rest) = key.split_first()?;
    let (epoch, _) = rest.split_first_chunk::<4>()?;
    matches!(*letter, ROW | REFERENCE).then_some(Epoch::new(u32::from_be_bytes(*epoch)))
}

fn key(letter: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![letter];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

pub(crate) fn shelf(epoch: Epoch, shelf: &[u8; 32]) -> Vec<u8> {
    key(ROW, &[&epoch.number().to_be_bytes(), shelf])
}

pub(crate) fn row(epoch: Epoch, shelf: &[u8; 32], id: &RowId) -> Vec<u8> {
    key(ROW, &[&epoch.number().to_be_bytes(), shelf, &id.0])
}

/// Epoch, shelf and row id of a row's key.
pub(crate) fn parse_row(key: &[u8]) -> Option<(Epoch, [u8; 32], RowId)> {
    let (letter, rest) = key.split_first()?;
    let (epoch, rest) = rest.split_first_chunk::<4>()?;
    let (shelf, rest) = rest.split_first_chunk::<32>()?;
    let id = rest.try_into().ok()?;
    (*letter == ROW).then_some((Epoch::new(u32::from_be_bytes(*epoch)), *shelf, RowId(id)))
}

pub(crate) fn reference(epoch: Epoch, hash: &ReferenceHash) -> Vec<u8> {
    key(REFERENCE, &[&epoch.number().to_be_bytes(), &hash.0])
}

/// Epoch and hash of a reference record's key.
pub(crate) fn parse_reference(key: &[u8]) -> Option<(Epoch, ReferenceHash)> {
    let (letter, rest) = key.split_first()?;
    let (epoch, rest) = rest.split_first_chunk::<4>()?;
    (*letter == REFERENCE)
        .then_some((Epoch::new(u32::from_be_bytes(*epoch)), ReferenceHash(rest.try_into().ok()?)))
}

pub(crate) fn alert(id: AlertId) -> Vec<u8> {
    key(ALERT, &[id.bytes()])
}

/// By the keyed hash that [`super::base::Base::listed_name`] or `follow_up_name` gives: which values are of one
/// alert, and whether anything was done with it, does not show.
pub(crate) fn listed(name: &[u8; 32]) -> Vec<u8> {
    key(LISTED, &[name])
}

pub(crate) fn news(tick: u64, id: AlertId) -> Vec<u8> {
    key(NEWS, &[&tick.to_be_bytes(), id.bytes()])
}

/// Tick and alert of a news key.
pub(crate) fn parse_news(key: &[u8]) -> Option<(u64, AlertId)> {
    let (_, rest) = key.split_first()?;
    let (tick, rest) = rest.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*tick), AlertId::new(rest.try_into().ok()?)))
}

/// By the keyed hash that [`super::base::Base::letter_name`] gives: neither to whom nor of what shows.
pub(crate) fn letter(name: &[u8; 32]) -> Vec<u8> {
    key(LETTER, &[name])
}

/// By its random number.
pub(crate) fn request(id: RequestId) -> Vec<u8> {
    key(REQUEST, &[id.bytes()])
}

/// By the keyed hash that [`super::base::Base::restriction_name`] gives: which child rests does not show.
pub(crate) fn restriction(name: &[u8; 32]) -> Vec<u8> {
    key(RESTRICTION, &[name])
}

/// By the keyed hash that [`super::base::Base::erased_name`] gives: which were of one sender does not show.
pub(crate) fn erased(name: &[u8; 32]) -> Vec<u8> {
    key(ERASED, &[name])
}

pub(crate) fn counter(alias: &[u8; 32]) -> Vec<u8> {
    key(COUNTER, &[alias])
}

/// By the keyed hash that [`super::base::Base::counts_name`] gives: neither connection nor epoch shows.
pub(crate) fn counts(name: &[u8; 32]) -> Vec<u8> {
    key(COUNTS, &[name])
}

/// By the keyed hash that [`super::base::Base::census_name`] gives: neither quarter nor region shows.
pub(crate) fn census(name: &[u8; 32]) -> Vec<u8> {
    key(CENSUS, &[name])
}

/// By the keyed hash that [`super::base::Base::declaration_name`] gives.
pub(crate) fn declaration(name: &[u8; 32]) -> Vec<u8> {
    key(DECLARATION, &[name])
}

pub(crate) fn page(name: &[u8]) -> Vec<u8> {
    key(PAGE, &[name])
}

pub(crate) fn destroyed(epoch: Epoch) -> Vec<u8> {
    of_epoch(DESTROYED, epoch)
}

/// The epoch of a key that says it was destroyed.
pub(crate) fn parse_destroyed(key: &[u8]) -> Option<Epoch> {
    let (_, epoch) = key.split_first()?;
    Some(Epoch::new(u32::from_be_bytes(epoch.try_into().ok()?)))
}

pub(crate) fn secret(purpose: Purpose) -> Vec<u8> {
    let (purpose, number) = purpose.name();
    key(SECRET, &[&[purpose], &number.to_be_bytes()])
}

/// The purpose of a secret's key.
pub(crate) fn parse_secret(key: &[u8]) -> Option<Purpose> {
    let (_, rest) = key.split_first()?;
    let (purpose, number) = rest.split_first()?;
    Purpose::from_name((*purpose, u64::from_be_bytes(number.try_into().ok()?)))
}
