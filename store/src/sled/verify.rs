//! `samenloop-hub verify`: a store that nobody has open, checked from end to end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use samenloop_core::room::filing::Standing;
use samenloop_core::value::{Day, Epoch};

use super::SledOptions;
use super::base::Base;
use super::{keys, ledger, worker};
use crate::index::EpochKeys;
use crate::{Fault, Purpose};

/// What was found; nothing of it is about one child.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Commits since the database was made.
    pub commit: u64,
    /// Records of all sorts.
    pub records: u64,
    /// Signal rows.
    pub rows: u64,
    /// Rows past their last day. They count for nothing; the sweeper removes them.
    pub expired_rows: u64,
    /// References that are filed.
    pub filed_references: u64,
    /// References that were withdrawn and stay so.
    pub withdrawn_references: u64,
    /// Alerts that follow their signals.
    pub open_alerts: u64,
    /// Alerts that ended.
    pub ended_alerts: u64,
    /// Batches that the next tick will file.
    pub waiting_arrivals: u64,
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "commit {}: {} records, all as they were written", self.commit, self.records)?;
        writeln!(
            f,
            "{} rows of {} references; {} withdrawn",
            self.rows, self.filed_references, self.withdrawn_references
        )?;
        writeln!(f, "{} expired rows", self.expired_rows)?;
        writeln!(f, "{} open alerts, {} ended", self.open_alerts, self.ended_alerts)?;
        write!(f, "{} batches wait for the next tick", self.waiting_arrivals)
    }
}

/// Opens everything that the hub's secrets open, and holds references and rows against one another.
pub(crate) fn verify(options: &SledOptions, today: Day) -> Result<VerifyReport, Fault> {
    if !options.data.join("head").exists() {
        return Err(Fault::Damaged("there is no database yet: start the hub once".to_owned()));
    }
    let base = Base::open(options, options.secrets()?)?;
    let mut report = VerifyReport {
        commit: base.meta().commit,
        records: base.meta().count,
        waiting_arrivals: worker::survey(&base)?.arrivals,
        ..VerifyReport::default()
    };
    let mut epochs: BTreeMap<Epoch, EpochKeys> = BTreeMap::new();
    let mut expected = BTreeSet::new();
    for record in base.scan(&[keys::REFERENCE]) {
        let (key, value) = record?;
        let (epoch, hash) =
            keys::parse_reference(&key).ok_or_else(|| damaged("the name of a reference record"))?;
        let keys_of_epoch = match epochs.entry(epoch) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
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
        for (_, index) in record.filed {
            let shelf = keys_of_epoch.shelf(&index);
            expected.insert(keys::row(epoch, &shelf, &keys_of_epoch.row_id(&index, &hash)));
        }
    }
    for record in base.scan(&[keys::ROW]) {
        let (key, value) = record?;
        let expiry = ledger::row_expiry(&value).ok_or_else(|| damaged("a row"))?;
        report.rows += 1;
        report.expired_rows += u64::from(expiry.last_day() < today);
        if !expected.remove(&key[..]) {
            return Err(damaged("a row that no reference names"));
        }
    }
    if !expected.is_empty() {
        return Err(Fault::Damaged(format!("{} rows are missing that references name", expected.len())));
    }
    for alert in ledger::all_alerts(&base)? {
        if alert.is_open() {
            report.open_alerts += 1;
        } else {
            report.ended_alerts += 1;
        }
    }
    Ok(report)
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}
