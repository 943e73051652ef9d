//! The two audit logs (protocol.md section 8), kept in the transaction of what they tell.
//!
//! One way of keeping them for every engine: an engine only keeps [`Page`]s. Beside each entry lies its record
//! with the salt under which the entry commits to it; erased, the entry still verifies and tells nothing (P-74).

mod checking;
mod happening;
mod page;
mod reading;

pub use happening::Noted;
pub(crate) use happening::{Happening, append, forget_record, manifest_changes};
pub(crate) use page::{KeepPages, Page, Pages};
pub use reading::{AuditLog, Logged, Opening};

use samenloop_audit::{EntryKind, Log};
use samenloop_core::manifest::HUB;
use samenloop_core::value::Day;

use crate::seal::{hmac, lp};
use crate::{Fault, Swept};

/// Says what a sweep removed, in its transaction.
pub(crate) fn swept(pages: &mut impl KeepPages, swept: Swept, today: Day) -> Result<(), Fault> {
    if swept.references == 0 {
        return Ok(());
    }
    append(pages, vec![Happening::new(EntryKind::Swept, today, HUB, swept.references, Vec::new())])
}

/// The alias of an actor in a log, under a key of the store.
pub(crate) fn alias(key: &[u8; 32], log: Log, actor: &str) -> u64 {
    let parts: [&[u8]; 3] =
        [&lp(b"samenloop/v1/hub/log-alias"), &lp(log.name().as_bytes()), actor.as_bytes()];
    let digest = hmac(key, &parts);
    digest.first_chunk().copied().map_or(0, u64::from_be_bytes)
}
