//! Counts of quarters, each record sealed as the hub's other own records are: a copy of the database shows how many
//! there are and which change, and no number (V-45).

use std::collections::BTreeMap;

use samenloop_core::census::{Census, Where};

use super::base::Base;
use super::draft::{Draft, Record};
use super::keys;
use crate::{Fault, codec};

/// A quarter, a place, and what was counted there.
type Counted = (u16, Where, Census);

fn open(base: &Base, (key, value): &Record) -> Result<Counted, Fault> {
    let plain = base.open_own(key, value)?;
    codec::decode_census(&plain).ok_or_else(|| Fault::Damaged("counts of a quarter".to_owned()))
}

/// What was counted of a quarter; `None` unless a later one began.
pub(crate) fn of_quarter(base: &Base, quarter: u16) -> Result<Option<BTreeMap<Where, Census>>, Fault> {
    let _quiet = base.quiet();
    let (mut is_over, mut found) = (false, BTreeMap::new());
    for record in base.scan(&[keys::CENSUS]) {
        let (key, value) = record?;
        let (of, place, census) = open(base, &(key.to_vec(), value.to_vec()))?;
        is_over |= of > quarter;
        if of == quarter {
            found.insert(place, census);
        }
    }
    Ok(is_over.then_some(found))
}

impl Draft<'_> {
    pub(crate) fn census(&self, quarter: u16, place: &Where) -> Result<Option<Census>, Fault> {
        let key = keys::census(&self.base().census_name(quarter, place));
        let Some(value) = self.read(&key)? else { return Ok(None) };
        open(self.base(), &(key, value)).map(|(_, _, census)| Some(census))
    }

    pub(crate) fn keep_census(&mut self, quarter: u16, place: &Where, census: &Census) -> Result<(), Fault> {
        let key = keys::census(&self.base().census_name(quarter, place));
        let value = self.base().seal_own(&key, &codec::encode_census(quarter, place, census))?;
        self.write(key, value)
    }

    pub(crate) fn last_census(&self) -> Result<Option<u16>, Fault> {
        Ok(self.quarters()?.into_iter().map(|(_, quarter)| quarter).max())
    }

    pub(crate) fn forget_censuses(&mut self, before: u16) -> Result<(), Fault> {
        for (key, quarter) in self.quarters()? {
            if quarter < before {
                self.remove(key)?;
            }
        }
        Ok(())
    }

    /// The key of every record, with its quarter.
    fn quarters(&self) -> Result<Vec<(Vec<u8>, u16)>, Fault> {
        let records = self.scan(&[keys::CENSUS])?;
        records.into_iter().map(|it| open(self.base(), &it).map(|(quarter, _, _)| (it.0, quarter))).collect()
    }
}
