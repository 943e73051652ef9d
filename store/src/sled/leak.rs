//! Two defects made on purpose: an intake that looks at what others sent before it keeps an arrival, and a writer that
//! asks elsewhere about each alert while intake waits. They change no answer; the gate of P-64 must find them by time.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use samenloop_core::batch::{Arrival, Line};

use super::base::Base;
use super::draft::Draft;
use super::ledger::SledLedger;
use crate::filing::Ledger as _;
use crate::index::EpochKeys;
use crate::{Fault, Purpose};

static INTAKE: Mutex<()> = Mutex::new(());

/// Held, it keeps every arrival waiting.
fn intake() -> MutexGuard<'static, ()> {
    INTAKE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long asking about one alert takes.
const ASKING: Duration = Duration::from_millis(2);
/// About how many it asks in a tick.
const ASKED: u64 = 10;

/// Asks another system about each alert that was told, and lets nobody be acked before it has answered.
pub(super) fn ask_elsewhere(told: u64) {
    let _waiting = intake();
    (0..told.min(ASKED)).for_each(|_| std::thread::sleep(ASKING));
}

/// Opens every row of every child that an arrival names.
pub(super) fn open_ledger(base: &Base, arrival: &Arrival) -> Result<(), Fault> {
    drop(intake());
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
