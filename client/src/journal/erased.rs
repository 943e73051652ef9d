//! What the hub erased on request of a child or its guardian, as the journal takes it (V-32).

use std::collections::HashSet;
use std::path::Path;

use samenloop_core::value::{Day, SignalReference};

use super::{Entry, Journal, JournalFault, Standing, WithdrawalReason, entries_of};

/// Writes that these signals were erased: from then on they stay withdrawn, so that their own source does not bring them
/// back, under the next epoch neither. Gives the own references of those that were active until now; none while another
/// program uses the journal, which asked for itself.
///
/// # Errors
/// [`JournalFault`]. A journal that has nothing to take is not opened.
pub fn note_erased(
    path: &Path,
    references: &HashSet<SignalReference>,
    today: Day,
) -> Result<Vec<String>, JournalFault> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let mut active: Vec<_> = entries_of(path, references)?.into_values().collect();
    active.retain(|it| it.standing(today) == Standing::Active);
    if active.is_empty() {
        return Ok(Vec::new());
    }
    let mut journal = match Journal::open(path, today) {
        Err(JournalFault::InUse(_)) => return Ok(Vec::new()),
        opened => opened?,
    };
    for entry in &active {
        let withdrawn = Some(WithdrawalReason::Erased);
        journal.append(&Entry { withdrawn, acknowledged: today, ..entry.clone() })?;
    }
    journal.sync()?;
    let mut own: Vec<_> = active.into_iter().map(|it| it.local_reference).collect();
    own.sort();
    Ok(own)
}
