//! Two defects made on purpose: an intake that looks at what others sent before it keeps an arrival, and a writer that
//! keeps the intake away while alerts become durable. They change no answer; the gate of P-64 must find them by time.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};

use samenloop_core::batch::{Arrival, Line};

use super::base::Base;
use super::draft::Draft;
use super::ledger::SledLedger;
use crate::filing::Ledger as _;
use crate::index::EpochKeys;
use crate::{Fault, Purpose};

static INTAKE: Mutex<()> = Mutex::new(());

/// Keeps every arrival waiting while it is held, as if nobody might hear of an alert before its time.
pub(super) fn keep_waiting() -> MutexGuard<'static, ()> {
    INTAKE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens every row of every child that an arrival names.
pub(super) fn open_ledger(base: &Base, arrival: &Arrival) -> Result<(), Fault> {
    drop(keep_waiting());
    for line in arrival.lines() {
        let Line::Put(put) = line else { continue };
        for place in put.places() {
            let epoch = place.epoch();
            let Some(secret) = base.secret(Purpose::Epoch(epoch))? else { continue };
            let keys = EpochKeys::new(base.exchange(), epoch, &secret)?;
            let located = keys.locate(place);
            let epochs = BTreeMap::from([(epoch, keys)]);
            let mut ledger = SledLedger::new(Draft::new(base), &epochs, arrival.received(), 0)?;
            black_box(ledger.rows(&located)?);
        }
    }
    Ok(())
}
