//! The life of an epoch's secret: made at its first tick, and destroyed for good (P-33).

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::value::Epoch;

use super::base::Base;
use super::draft::Draft;
use super::keys;
use crate::index::EpochKeys;
use crate::processing::ENDS;
use crate::{Fault, Purpose, Tick};

/// Records that one transaction drops at most; ticks are filed between two.
const DROPPED_A_COMMIT: usize = 8192;

/// The keys of every epoch that has a secret. At an epoch's first tick one is made for it; what was destroyed
/// stays so, whatever a manifest says.
pub(crate) fn keys(draft: &mut Draft<'_>, tick: &Tick) -> Result<BTreeMap<Epoch, EpochKeys>, Fault> {
    let live: BTreeSet<_> = tick.manifest.live_epochs(tick.today).collect();
    keys_with(draft, live)
}

/// The keys of every epoch that has a secret already.
pub(crate) fn kept_keys(draft: &mut Draft<'_>) -> Result<BTreeMap<Epoch, EpochKeys>, Fault> {
    keys_with(draft, BTreeSet::new())
}

fn keys_with(
    draft: &mut Draft<'_>,
    mut wanted: BTreeSet<Epoch>,
) -> Result<BTreeMap<Epoch, EpochKeys>, Fault> {
    let purposes = draft.base().secrets().purposes()?;
    wanted.extend(purposes.into_iter().filter_map(|it| match it {
        Purpose::Epoch(epoch) => Some(epoch),
        Purpose::Ledger | Purpose::Case(_) | Purpose::Queue(_) => None,
    }));
    let mut epochs = BTreeMap::new();
    for epoch in wanted {
        if draft.read(&keys::destroyed(epoch))?.is_some() {
            continue;
        }
        let secret = draft.secret(Purpose::Epoch(epoch))?;
        epochs.insert(epoch, EpochKeys::new(draft.base().exchange(), epoch, &secret)?);
    }
    Ok(epochs)
}

/// The epochs that were destroyed.
pub(crate) fn destroyed(base: &Base) -> Result<BTreeSet<Epoch>, Fault> {
    let unnamed = || Fault::Damaged("the name of a destroyed epoch".to_owned());
    let records = base.scan(&[keys::DESTROYED]);
    records.map(|record| keys::parse_destroyed(&record?.0).ok_or_else(unnamed)).collect()
}

/// How far the destruction of an epoch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Destruction {
    /// This step found something to destroy.
    pub(crate) found: bool,
    /// Nothing of the epoch is left in the database.
    pub(crate) ended: bool,
}

/// One step of a destruction. A crash between any two writes leaves a store that opens, and the next step
/// goes on from there.
pub(crate) fn destroy(base: &Base, epoch: Epoch) -> Result<Destruction, Fault> {
    condemn(base, epoch)?;
    let had_secret = forget_secret(base, epoch)?;
    let dropped = drop_noise(base, epoch)?;
    Ok(Destruction { found: had_secret || dropped > 0, ended: dropped < DROPPED_A_COMMIT })
}

/// First the database says so: from here on nothing binds it to the secret, and no other is made.
fn condemn(base: &Base, epoch: Epoch) -> Result<(), Fault> {
    let place = keys::destroyed(epoch);
    if base.read(&place)?.is_some() {
        return Ok(());
    }
    base.announcer().announce(&[ENDS])?;
    let mut draft = Draft::new(base);
    let value = base.seal_own(&place, &[])?;
    draft.write(place, value)?;
    draft.remove(keys::secret(Purpose::Epoch(epoch)))?;
    draft.forget_counts(epoch)?;
    for restriction in draft.restrictions()?.iter().filter(|it| it.epoch == epoch) {
        draft.remove(draft.restriction_key(restriction))?;
    }
    // What is listed on an open alert and filed nowhere any more leaves it at the next tick.
    draft.meta.judged = None;
    draft.commit()
}

/// Then the secret goes; says whether it was there.
fn forget_secret(base: &Base, epoch: Epoch) -> Result<bool, Fault> {
    let purpose = Purpose::Epoch(epoch);
    let had_secret = base.secrets().find(purpose)?.is_some();
    base.secrets().destroy(purpose)?;
    Ok(had_secret)
}

/// The rest is noise by now; says how many records of it went.
fn drop_noise(base: &Base, epoch: Epoch) -> Result<usize, Fault> {
    let mut draft = Draft::new(base);
    let mut dropped = 0;
    for letter in [keys::ROW, keys::REFERENCE] {
        for record in base.scan(&keys::of_epoch(letter, epoch)).take(DROPPED_A_COMMIT - dropped) {
            draft.remove(record?.0.to_vec())?;
            dropped += 1;
        }
    }
    if dropped > 0 {
        draft.commit()?;
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests;
