//! A defect made on purpose: an intake that looks at what others sent before it keeps an arrival. It changes no
//! answer; the gate of P-64 must find it by time alone.

use std::collections::BTreeMap;
use std::hint::black_box;

use samenloop_core::batch::{Arrival, Line};

use super::base::Base;
use super::draft::Draft;
use super::ledger::SledLedger;
use crate::filing::Ledger as _;
use crate::index::EpochKeys;
use crate::{Fault, Purpose};

/// Opens every row of every child that an arrival names; and keeps the writer away meanwhile, as whoever reads with care
/// does, so that it waits for a tick that is being made durable.
pub(super) fn open_ledger(base: &Base, arrival: &Arrival) -> Result<(), Fault> {
    let _quiet = base.quiet();
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
