//! What one manifest changes in another, and whether that gives somebody more than before (protocol.md P-24).

mod connection;

use std::collections::BTreeMap;

use samenloop_core::manifest::{
    Commitment, EpochState, HubEntry, Manifest, Organisation, Region, RouteNumber, Rule, Wrap,
};
use samenloop_core::value::{ConnectionId, Day, Epoch, OrganisationId, RegionId};

pub use connection::ConnectionChange;

/// Whether a change gives somebody more than before, or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Somebody may do, send or read what they could not: acts after the root's delay.
    Adds,
    /// Somebody may no longer: acts at once.
    Takes,
    /// Nobody may do more or less.
    Neither,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "old and new are what they are called")]
pub enum Change {
    /// Of a connection.
    Connection { id: ConnectionId, what: ConnectionChange },
    /// Of an organisation.
    Organisation { id: OrganisationId, what: OrganisationChange },
    /// Of a region.
    Region { id: RegionId, what: RegionChange },
    /// Who gets what no region and no fallback picks up.
    NationalFallback { old: Option<ConnectionId>, new: Option<ConnectionId> },
    /// Of a key epoch.
    Epoch { epoch: Epoch, what: EpochChange },
    /// The thresholds of the rule.
    Rule { old: Rule, new: Rule },
    /// Seconds between two ticks.
    Tick { old: u32, new: u32 },
    /// Hours of the day at which mail leaves.
    MailHours { old: Vec<u8>, new: Vec<u8> },
    /// Days of the week on which rights requests are answered.
    RightsDays { old: Vec<u8>, new: Vec<u8> },
    /// Name, receipt key, log key or operator of the hub.
    Hub { old: HubEntry, new: HubEntry },
    /// The last day.
    Expires { old: Day, new: Day },
    /// The root under which it is signed.
    Root,
}

/// What changes of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "old and new are what they are called")]
pub enum OrganisationChange {
    Entered,
    Left,
    Oin { old: String, new: String },
    Name { old: String, new: String },
}

/// What changes of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "old and new are what they are called")]
pub enum RegionChange {
    Entered,
    Left,
    Name { old: String, new: String },
    CoordinatorAdded(ConnectionId),
    CoordinatorStruckOut(ConnectionId),
    Fallback { old: ConnectionId, new: ConnectionId },
    TermDays { old: u8, new: u8 },
    AcuteNumbers { old: Vec<RouteNumber>, new: Vec<RouteNumber> },
}

/// What changes of a key epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "old and new are what they are called")]
pub enum EpochChange {
    /// It was not there before.
    Entered {
        state: EpochState,
        contributions: Vec<Commitment>,
    },
    State {
        old: EpochState,
        new: EpochState,
    },
    /// Agencies that get wraps, or others than before.
    WrapsAdded(Vec<ConnectionId>),
    /// Agencies whose wraps are no longer carried.
    WrapsDropped(Vec<ConnectionId>),
    /// A destroyed epoch that is no longer listed.
    Left,
}

impl Change {
    /// Whether it gives somebody more than before.
    ///
    /// A value that is replaced adds when the new one lets somebody do what nobody could: another domain lets an
    /// agency speak for it, another key of certificate or details lets its holder act, another hub gets the
    /// signals. What the old value allowed is lost when the new one acts, not before; to take it at once, strike it
    /// out first. A swap of certificate keys is an addition and a removal: enter the new key beside the old one, and
    /// strike the old one out when the new one acts. A text or number that gives nobody a power changes nothing.
    ///
    /// Epochs that are announced, wrapped, activated or overlap add nothing: their keys go to who takes part
    /// already, and a wrap can be opened from the moment it is published, so a delay would guard nothing. A
    /// compromised epoch must be replaced at once, and an agency that is struck out announces a new epoch (P-45).
    /// A new root adds nothing here either: k administrators of the old one signed it, and it acts when it is
    /// published.
    #[must_use]
    pub fn direction(&self) -> Direction {
        use Direction::{Adds, Neither, Takes};
        match self {
            Self::Connection { what, .. } => what.direction(),
            Self::Organisation { what, .. } => match what {
                OrganisationChange::Oin { .. } => Adds,
                OrganisationChange::Entered | OrganisationChange::Left | OrganisationChange::Name { .. } => {
                    Neither
                }
            },
            Self::Region { what, .. } => match what {
                RegionChange::Entered | RegionChange::CoordinatorAdded(_) | RegionChange::Fallback { .. } => {
                    Adds
                }
                RegionChange::Left | RegionChange::CoordinatorStruckOut(_) => Takes,
                RegionChange::Name { .. }
                | RegionChange::TermDays { .. }
                | RegionChange::AcuteNumbers { .. } => Neither,
            },
            Self::Epoch { what, .. } => match what {
                EpochChange::State { new, .. } if new.is_gone() || *new == EpochState::Retired => Takes,
                EpochChange::Entered { .. }
                | EpochChange::State { .. }
                | EpochChange::WrapsAdded(_)
                | EpochChange::WrapsDropped(_)
                | EpochChange::Left => Neither,
            },
            Self::NationalFallback { new: Some(_), .. } => Adds,
            Self::NationalFallback { new: None, .. } => Takes,
            Self::Rule { old, new } => rule_direction(old, new),
            Self::Hub { .. } => Adds,
            Self::Tick { .. }
            | Self::MailHours { .. }
            | Self::RightsDays { .. }
            | Self::Expires { .. }
            | Self::Root => Neither,
        }
    }
}

/// A threshold that is lowered opens alerts, and gives coordinators what they did not see.
fn rule_direction(old: &Rule, new: &Rule) -> Direction {
    let thresholds = |it: &Rule| [it.domains, it.organisations, it.pairs_with_hard, it.pairs];
    let pairs = || thresholds(old).into_iter().zip(thresholds(new));
    if pairs().any(|(old, new)| new < old) {
        Direction::Adds
    } else if pairs().any(|(old, new)| new > old) {
        Direction::Takes
    } else {
        Direction::Neither
    }
}

/// Everything that `new` changes in `old`: what leaves before what comes, in the order of the manifests.
///
/// Sequence, hash, predecessor and the days `issued` and `acts_from` differ between any two, and are not changes.
#[must_use]
pub fn changes(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut changes = Vec::new();
    organisations(old, new, &mut changes);
    regions(old, new, &mut changes);
    connection::compare(old, new, &mut changes);
    epochs(old, new, &mut changes);
    let mut differ = |differs: bool, change| changes.extend(differs.then_some(change));
    let national = |it: &Manifest| it.national_fallback().cloned();
    differ(
        national(old) != national(new),
        Change::NationalFallback { old: national(old), new: national(new) },
    );
    differ(old.rule() != new.rule(), Change::Rule { old: old.rule().clone(), new: new.rule().clone() });
    let ticks = (old.tick_seconds(), new.tick_seconds());
    differ(ticks.0 != ticks.1, Change::Tick { old: ticks.0, new: ticks.1 });
    let hours = |it: &Manifest| it.mail_hours().to_vec();
    differ(hours(old) != hours(new), Change::MailHours { old: hours(old), new: hours(new) });
    let days = |it: &Manifest| it.rights_days().to_vec();
    differ(days(old) != days(new), Change::RightsDays { old: days(old), new: days(new) });
    differ(old.hub() != new.hub(), Change::Hub { old: old.hub().clone(), new: new.hub().clone() });
    differ(old.expires() != new.expires(), Change::Expires { old: old.expires(), new: new.expires() });
    differ(old.root() != new.root(), Change::Root);
    changes
}

fn organisations(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let change = |it: &Organisation, what| Change::Organisation { id: it.id.clone(), what };
    let find = |manifest: &'_ Manifest, id: &OrganisationId| {
        manifest.organisations().iter().find(|it| it.id == *id).cloned()
    };
    let left = old.organisations().iter().filter(|it| find(new, &it.id).is_none());
    changes.extend(left.map(|it| change(it, OrganisationChange::Left)));
    for it in new.organisations() {
        let Some(before) = find(old, &it.id) else {
            changes.push(change(it, OrganisationChange::Entered));
            continue;
        };
        if before.oin != it.oin {
            changes.push(change(it, OrganisationChange::Oin { old: before.oin, new: it.oin.clone() }));
        }
        if before.name != it.name {
            changes.push(change(it, OrganisationChange::Name { old: before.name, new: it.name.clone() }));
        }
    }
}

fn regions(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let change = |it: &Region, what| Change::Region { id: it.id.clone(), what };
    let left = old.regions().iter().filter(|it| new.region(&it.id).is_none());
    changes.extend(left.map(|it| change(it, RegionChange::Left)));
    for it in new.regions() {
        let Some(before) = old.region(&it.id) else {
            changes.push(change(it, RegionChange::Entered));
            continue;
        };
        let (struck, added) = differences(&before.coordinators, &it.coordinators);
        changes.extend(struck.into_iter().map(|id| change(it, RegionChange::CoordinatorStruckOut(id))));
        changes.extend(added.into_iter().map(|id| change(it, RegionChange::CoordinatorAdded(id))));
        let mut differ = |differs: bool, what| changes.extend(differs.then(|| change(it, what)));
        let fallback = RegionChange::Fallback { old: before.fallback.clone(), new: it.fallback.clone() };
        differ(before.fallback != it.fallback, fallback);
        let term = RegionChange::TermDays { old: before.term_days, new: it.term_days };
        differ(before.term_days != it.term_days, term);
        let name = RegionChange::Name { old: before.name.clone(), new: it.name.clone() };
        differ(before.name != it.name, name);
        let (old, new) = (before.acute_numbers.clone(), it.acute_numbers.clone());
        differ(old != new, RegionChange::AcuteNumbers { old, new });
    }
}

fn epochs(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let change = |epoch, what| Change::Epoch { epoch, what };
    let find = |it: &Manifest, epoch| it.epochs().iter().find(|it| it.epoch == epoch).copied();
    let left = old.epochs().iter().filter(|it| find(new, it.epoch).is_none());
    changes.extend(left.map(|it| change(it.epoch, EpochChange::Left)));
    for it in new.epochs() {
        match find(old, it.epoch) {
            None => {
                let contributions =
                    new.making_of(it.epoch).map_or_else(Vec::new, |it| it.commitments.clone());
                changes.push(change(it.epoch, EpochChange::Entered { state: it.state, contributions }));
            }
            Some(before) if before.state != it.state => {
                changes.push(change(it.epoch, EpochChange::State { old: before.state, new: it.state }));
            }
            Some(_) => {}
        }
        let (before, after) = (wraps(old, it.epoch), wraps(new, it.epoch));
        let added: Vec<_> = after
            .iter()
            .filter(|(id, wraps)| before.get(*id) != Some(wraps))
            .map(|(id, _)| (*id).clone())
            .collect();
        let dropped: Vec<_> =
            before.keys().filter(|id| !after.contains_key(*id)).map(|id| (*id).clone()).collect();
        changes.extend((!dropped.is_empty()).then(|| change(it.epoch, EpochChange::WrapsDropped(dropped))));
        changes.extend((!added.is_empty()).then(|| change(it.epoch, EpochChange::WrapsAdded(added))));
    }
}

fn wraps(manifest: &Manifest, epoch: Epoch) -> BTreeMap<&ConnectionId, Vec<&Wrap>> {
    let mut wraps: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for wrap in manifest.making_of(epoch).into_iter().flat_map(|it| &it.wraps) {
        wraps.entry(&wrap.connection).or_default().push(wrap);
    }
    wraps
}

/// What a list lost, and what it gained.
fn differences<T: PartialEq + Clone>(old: &[T], new: &[T]) -> (Vec<T>, Vec<T>) {
    let without = |one: &[T], other: &[T]| one.iter().filter(|it| !other.contains(it)).cloned().collect();
    (without(old, new), without(new, old))
}
