//! Whether one manifest may follow another (protocol.md P-22, P-24, section 5).

use samenloop_core::manifest::{EpochState, Manifest};
use samenloop_core::value::{Day, Epoch};

use crate::compare::{Direction, changes};

/// Why a manifest does not follow the newest one here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionOrderFault {
    /// A lower number than the newest here.
    #[error("this is manifest {found}, and {newest} is known here; an older one is never taken again")]
    Older {
        /// The newest number here.
        newest: u64,
        /// The number it has.
        found: u64,
    },
    /// Another manifest of the number of the newest here.
    #[error(
        "there are two manifests with number {0}: somebody was shown another one. Take neither, and warn the administrators"
    )]
    Fork(u64),
    /// One or more between are not here.
    #[error("this is manifest {found}, and {newest} is the newest here; import {next} first", next = newest + 1)]
    Gap {
        /// The newest number here.
        newest: u64,
        /// The number it has.
        found: u64,
    },
    /// Its predecessor is not the newest here.
    #[error(
        "manifest {0} names another predecessor than the manifest known here: somebody was shown another one. Do not take it, and warn the administrators"
    )]
    Predecessor(u64),
    /// Written before its predecessor.
    #[error("issued lies before that of its predecessor")]
    Issued,
    /// It adds something, and would act before the root's delay is over (P-24).
    #[error(
        "it adds something, which acts {days} days after it is issued at the earliest: acts_from is {earliest} or later"
    )]
    TooSoon {
        /// The delay, in days.
        days: u32,
        /// The first day on which it may act.
        earliest: Day,
    },
    /// It takes something away, and would not act at once (P-24).
    #[error("it takes something away, which acts at once: leave acts_from out")]
    TooLate,
    /// It does both (P-24).
    #[error(
        "it takes something away, which acts at once, and adds something, which acts later: publish what it strikes out first, in a manifest of its own"
    )]
    Both,
    /// An epoch that changes as no epoch does.
    #[error("epoch {epoch}: {what}")]
    Epoch {
        /// The epoch.
        epoch: Epoch,
        /// What is wrong.
        what: EpochOrder,
    },
}

/// How an epoch changes as none does (P-40).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpochOrder {
    /// Its state.
    #[error("goes back, or skips a part of its life")]
    Back,
    /// What its key is made of.
    #[error("its contributions changed, and with them its key")]
    Contributions,
    /// A number that may have been used.
    #[error("a new epoch has a higher number than any before it")]
    Number,
    /// Its first state.
    #[error("a new epoch is announced, or active after a compromise")]
    Entered,
    /// Keys of it may still be there.
    #[error("is left out before it was destroyed")]
    LeftOut,
}

/// Checks that `new` may follow `newest`, where `acting` is what acts on the day on which it was issued.
///
/// # Errors
/// [`SuccessionOrderFault`] for the first thing found wrong.
pub(crate) fn check_succession(
    newest: &Manifest,
    acting: &Manifest,
    new: &Manifest,
    delay_of_additions_hours: u32,
) -> Result<(), SuccessionOrderFault> {
    let (known, found) = (newest.sequence(), new.sequence());
    if found == known {
        return Err(SuccessionOrderFault::Fork(found));
    }
    if found < known {
        return Err(SuccessionOrderFault::Older { newest: known, found });
    }
    if found > known + 1 {
        return Err(SuccessionOrderFault::Gap { newest: known, found });
    }
    if new.predecessor() != Some(newest.hash()) {
        return Err(SuccessionOrderFault::Predecessor(found));
    }
    if new.issued() < newest.issued() {
        return Err(SuccessionOrderFault::Issued);
    }
    check_epochs(newest, new)?;
    check_delay(newest, acting, new, delay_of_additions_hours)
}

/// Additions act after the delay, removals at once (P-24). A manifest knows days, so a delay is whole days.
///
/// What it adds is measured from what acts, so that no addition comes early with a manifest that follows it; what it
/// takes, also from what was announced and does not act yet, or that would act after all.
fn check_delay(
    newest: &Manifest,
    acting: &Manifest,
    new: &Manifest,
    hours: u32,
) -> Result<(), SuccessionOrderFault> {
    if hours == 0 {
        return Ok(());
    }
    let has = |before, direction| changes(before, new).iter().any(|it| it.direction() == direction);
    let adds = has(acting, Direction::Adds);
    let takes = has(acting, Direction::Takes) || has(newest, Direction::Takes);
    let days = hours.div_ceil(24);
    let earliest = new.issued().plus_days(days);
    match (adds, takes) {
        (true, true) => Err(SuccessionOrderFault::Both),
        (true, false) if new.acts_from() < earliest => Err(SuccessionOrderFault::TooSoon { days, earliest }),
        (false, true) if new.acts_from() > new.issued() => Err(SuccessionOrderFault::TooLate),
        (true | false, false) | (false, true) => Ok(()),
    }
}

/// Epochs live in one direction, and their numbers never come back: what was destroyed stays so (P-40).
fn check_epochs(newest: &Manifest, new: &Manifest) -> Result<(), SuccessionOrderFault> {
    let highest = newest.epochs().iter().map(|it| it.epoch).max();
    for entry in new.epochs() {
        let fault = |what| SuccessionOrderFault::Epoch { epoch: entry.epoch, what };
        match newest.epochs().iter().find(|it| it.epoch == entry.epoch) {
            Some(before) if !may_become(before.state, entry.state) => {
                return Err(fault(EpochOrder::Back));
            }
            Some(_) => {
                let made =
                    |manifest: &Manifest| manifest.making_of(entry.epoch).map(|it| it.commitments.clone());
                if made(newest) != made(new) {
                    return Err(fault(EpochOrder::Contributions));
                }
            }
            None if highest.is_some_and(|highest| entry.epoch <= highest) => {
                return Err(fault(EpochOrder::Number));
            }
            None if !matches!(entry.state, EpochState::Announced | EpochState::Active) => {
                return Err(fault(EpochOrder::Entered));
            }
            None => {}
        }
    }
    let dropped = |epoch: Epoch| new.epochs().iter().all(|it| it.epoch != epoch);
    match newest.epochs().iter().find(|it| !it.state.is_gone() && dropped(it.epoch)) {
        Some(entry) => Err(SuccessionOrderFault::Epoch { epoch: entry.epoch, what: EpochOrder::LeftOut }),
        None => Ok(()),
    }
}

const fn may_become(before: EpochState, after: EpochState) -> bool {
    use EpochState::{Active, Announced, Burned, Destroyed, Overlap, Retired};
    match (before, after) {
        (Destroyed, Destroyed) | (Burned, Burned) => true,
        (Destroyed | Burned, _) => false,
        (_, Burned) => true,
        (Announced, Announced | Active | Destroyed)
        | (Active, Active | Overlap { .. })
        | (Overlap { .. }, Overlap { .. } | Retired)
        | (Retired, Retired | Destroyed) => true,
        (Announced | Active | Overlap { .. } | Retired, _) => false,
    }
}
