//! `samenloop-hub verify`: a store that nobody has open, checked from end to end.

mod expired;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use samenloop_audit::Log;
use samenloop_core::room::filing::Standing;
use samenloop_core::value::{Day, Epoch, Month};

use super::SledOptions;
use super::base::Base;
use super::kept::Kept;
use super::{census, epochs, keys, ledger, log, worker};
use crate::index::EpochKeys;
use crate::{AuditLog, Fault, Purpose};
pub use expired::{Expired, TermOf};

/// What was found; nothing of it is about one child.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Commits since the database was made.
    pub commit: u64,
    /// Records of all sorts.
    pub records: u64,
    /// Signal rows.
    pub rows: u64,
    /// What is past its term. It counts for nothing; the first tick and sweep of a day remove it.
    pub expired: Expired,
    /// References that are filed.
    pub filed_references: u64,
    /// References that were withdrawn and stay so.
    pub withdrawn_references: u64,
    /// Alerts that follow their signals.
    pub open_alerts: u64,
    /// Alerts that ended.
    pub ended_alerts: u64,
    /// Letters of the outbox that are still to be delivered.
    pub waiting_letters: u64,
    /// Letters that nobody tries to deliver any more.
    pub dead_letters: u64,
    /// Batches that the next tick will file.
    pub waiting_arrivals: u64,
    /// The entries of each audit log: in order, and making up the tree that is kept.
    pub entries: BTreeMap<Log, u64>,
    /// The epochs that were destroyed, oldest first; what is left of them is counted here alone.
    pub destroyed_epochs: Vec<DestroyedEpoch>,
}

/// What is left of an epoch that was destroyed: nothing, once its destruction went through (P-33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestroyedEpoch {
    /// The epoch.
    pub epoch: Epoch,
    /// Its secret is still there: the destruction was cut short, and is to be repeated.
    pub has_secret: bool,
    /// Rows that nobody can open without that secret; the next destruction or rebuild drops them.
    pub rows: u64,
    /// Reference records, as the rows.
    pub references: u64,
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "commit {}: {} records, all as they were written", self.commit, self.records)?;
        writeln!(
            f,
            "{} rows of {} references; {} withdrawn",
            self.rows, self.filed_references, self.withdrawn_references
        )?;
        writeln!(f, "{}", self.expired)?;
        writeln!(f, "{} open alerts, {} ended", self.open_alerts, self.ended_alerts)?;
        writeln!(f, "{} letters to deliver, {} dead", self.waiting_letters, self.dead_letters)?;
        write!(f, "{} batches wait for the next tick", self.waiting_arrivals)?;
        for it in &self.destroyed_epochs {
            let secret = if it.has_secret { "STILL THERE: destroy it again" } else { "gone" };
            write!(f, "\nepoch {} destroyed: secret {secret}, ", it.epoch)?;
            write!(f, "{} rows and {} references left", it.rows, it.references)?;
        }
        Ok(())
    }
}

/// Opens everything that the hub's secrets open, and holds references and rows, and the trees and the entries of the
/// audit logs, against one another. `read` reads the logs besides.
pub(crate) fn verify<T>(
    options: &SledOptions,
    today: Day,
    read: impl FnOnce(&AuditLog<'_>) -> T,
) -> Result<(VerifyReport, T), Fault> {
    let base = Base::open_kept(options)?;
    let mut report = VerifyReport {
        commit: base.meta().commit,
        records: base.meta().count,
        waiting_arrivals: worker::survey(&base)?.arrivals,
        ..VerifyReport::default()
    };
    for epoch in epochs::destroyed(&base)? {
        report.destroyed_epochs.push(destroyed_epoch(&base, epoch)?);
    }
    // What was swept was swept on the day of the last tick, whatever the clock says now.
    let counted_from = base.meta().judged.map_or(today, |(day, _)| day.max(today));
    let expected = check_references(&base, (today, counted_from), &mut report)?;
    check_rows(&base, today, expected, &mut report)?;
    census::of_quarter(&base, today.quarter())?;
    expired::others(&base, today, &mut report.expired)?;
    for alert in ledger::all_alerts(&base)? {
        expired::alert(&alert, today, &mut report.expired);
        if alert.is_open() {
            report.open_alerts += 1;
        } else {
            report.ended_alerts += 1;
        }
    }
    for letter in ledger::letters(&base)? {
        expired::letter(&letter, today, &mut report.expired);
        if letter.dead.is_none() {
            report.waiting_letters += 1;
        } else {
            report.dead_letters += 1;
        }
    }
    let (entries, read) = log::read(&base, log::sizes(&base)?, |logs| {
        let checked = Log::ALL.into_iter().map(|log| Ok((log, logs.check(log)?)));
        Ok((checked.collect::<Result<_, Fault>>()?, read(logs)))
    })?;
    report.entries = entries;
    Ok((report, read))
}

fn destroyed_epoch(base: &Base, epoch: Epoch) -> Result<DestroyedEpoch, Fault> {
    let has_secret = base.secrets().find(Purpose::Epoch(epoch))?.is_some();
    let mut left = DestroyedEpoch { epoch, has_secret, rows: 0, references: 0 };
    for (letter, count) in [(keys::ROW, &mut left.rows), (keys::REFERENCE, &mut left.references)] {
        for record in base.scan(&keys::of_epoch(letter, epoch)) {
            record?;
            *count += 1;
        }
    }
    Ok(left)
}

fn is_noise(report: &VerifyReport, key: &[u8]) -> bool {
    let epoch = keys::epoch_of(key);
    report.destroyed_epochs.iter().any(|it| Some(it.epoch) == epoch)
}

/// Opens every reference record, holds the counts of signals of months from the second day on against them, and returns
/// the rows they name.
fn check_references(
    base: &Base,
    (today, counted_from): (Day, Day),
    report: &mut VerifyReport,
) -> Result<BTreeSet<Vec<u8>>, Fault> {
    let mut epochs: BTreeMap<Epoch, EpochKeys> = BTreeMap::new();
    let mut rows = BTreeSet::new();
    let mut filed: BTreeMap<(Epoch, Month), u64> = BTreeMap::new();
    for record in base.scan(&[keys::REFERENCE]) {
        let (key, value) = record?;
        if is_noise(report, &key) {
            continue;
        }
        let (epoch, hash) =
            keys::parse_reference(&key).ok_or_else(|| damaged("the name of a reference record"))?;
        let keys_of_epoch = match epochs.entry(epoch) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let secret = base.secret(Purpose::Epoch(epoch))?;
                let secret = secret.ok_or_else(|| Fault::Secrets(format!("epoch {epoch} has no secret")))?;
                entry.insert(EpochKeys::new(base.exchange(), epoch, &secret)?)
            }
        };
        let record = ledger::open_reference(keys_of_epoch, &key, &value)?;
        match record.standing {
            Standing::Filed => report.filed_references += 1,
            Standing::Withdrawn => report.withdrawn_references += 1,
        }
        if !record.is_alive(today) {
            report.expired.note(TermOf::References, record.expiry, 1);
        }
        if !record.filed.is_empty() {
            *filed.entry((epoch, record.expiry)).or_default() += 1;
        }
        for (_, index) in record.filed {
            let shelf = keys_of_epoch.shelf(&index);
            rows.insert(keys::row(epoch, &shelf, &keys_of_epoch.row_id(&index, &hash)));
        }
    }
    // Of months that ended the counts may be gone already.
    filed.retain(|(_, month), _| *month >= counted_from.month());
    let mut counted = Kept::read(base)?.filed();
    counted.retain(|(_, month), _| *month >= counted_from.month());
    if filed == counted {
        Ok(rows)
    } else {
        Err(damaged("the counts of signals are not those of the records"))
    }
}

fn check_rows(
    base: &Base,
    today: Day,
    mut expected: BTreeSet<Vec<u8>>,
    report: &mut VerifyReport,
) -> Result<(), Fault> {
    for record in base.scan(&[keys::ROW]) {
        let (key, value) = record?;
        if is_noise(report, &key) {
            continue;
        }
        let expiry = ledger::row_expiry(&value).ok_or_else(|| damaged("a row"))?;
        report.rows += 1;
        if expiry.last_day() < today {
            report.expired.note(TermOf::Rows, expiry, 1);
        }
        if !expected.remove(&key[..]) {
            return Err(damaged("a row that no reference names"));
        }
    }
    if expected.is_empty() {
        Ok(())
    } else {
        Err(Fault::Damaged(format!("{} rows are missing that references name", expected.len())))
    }
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}
