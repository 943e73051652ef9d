//! Rights requests at the seam: what is done with one, and what an engine keeps for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samenloop_core::manifest::Manifest;
use samenloop_core::rights::{RequestId, RightsKind, RightsReason, RightsRequest, Verdict};
use samenloop_core::value::{ConnectionId, Day, Epoch, Kind, Month, Place, SignalReference, SubjectIndex};

/// What somebody does with a rights request.
#[derive(Debug, Clone)]
pub struct RightsStep {
    /// Who does it: a connection of the manifest.
    pub by: ConnectionId,
    /// The manifest of this moment.
    pub manifest: Arc<Manifest>,
    /// The day.
    pub today: Day,
    /// What.
    pub deed: RightsDeed,
}

/// What is done.
#[derive(Debug, Clone)]
pub enum RightsDeed {
    /// A contact point asks.
    Ask {
        /// What for.
        kind: RightsKind,
        /// Where the child's signals are filed, if there are any.
        places: Vec<Place>,
    },
    /// The second person decides.
    Decide {
        /// On which request.
        request: RequestId,
        /// What.
        verdict: Verdict,
        /// Why, unless it is released.
        reason: Option<RightsReason>,
    },
}

/// A signal that was erased on request, as its sender is told: nobody carries it any more (AVG art. 19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The sender's own reference.
    pub reference: SignalReference,
    /// The day it was erased.
    pub on: Day,
    /// The month through which it would have counted, and through which its sender is told.
    pub until: Month,
}

/// A request as it is kept: with its pseudonyms, until it is answered.
#[derive(Debug, Clone)]
pub(crate) struct KeptRequest {
    pub(crate) request: RightsRequest,
    pub(crate) places: Vec<Place>,
}

impl KeptRequest {
    /// The epochs of its pseudonyms; none once it was answered, or lapsed.
    pub(crate) fn epochs(&self) -> BTreeSet<Epoch> {
        self.places.iter().map(Place::epoch).collect()
    }
}

/// A place whose signals are inactive through a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Restriction {
    pub(crate) epoch: Epoch,
    pub(crate) kind: Kind,
    pub(crate) index: SubjectIndex,
    pub(crate) until: Day,
    /// The request by which it was made: it is carried over when another epoch has one of the same.
    pub(crate) of: RequestId,
}

/// How many requests made a child rest under an epoch and, for one of its numbers, under the active one not: what rests would
/// rest no longer once that epoch ends (V-32).
pub(crate) fn behind(
    restrictions: &[Restriction],
    active: Option<Epoch>,
    today: Day,
) -> BTreeMap<Epoch, u64> {
    let lasting = || restrictions.iter().filter(|it| today <= it.until);
    let of = |it: &Restriction| (it.of, it.kind);
    let carried: BTreeSet<_> = lasting().filter(|it| Some(it.epoch) == active).map(of).collect();
    let left = lasting().filter(|it| Some(it.epoch) != active && !carried.contains(&of(it)));
    let left: BTreeSet<_> = left.map(|it| (it.epoch, it.of)).collect();
    let mut behind = BTreeMap::new();
    for (epoch, _) in left {
        *behind.entry(epoch).or_default() += 1;
    }
    behind
}

/// The same with the requests that wait for an answer and name no child under the active epoch: once theirs ends, there is
/// nothing left to answer them from.
pub(crate) fn with_waiting(
    mut behind: BTreeMap<Epoch, u64>,
    waiting: &[BTreeSet<Epoch>],
    active: Option<Epoch>,
) -> BTreeMap<Epoch, u64> {
    for epochs in waiting.iter().filter(|it| active.is_none_or(|active| !it.contains(&active))) {
        for epoch in epochs {
            *behind.entry(*epoch).or_default() += 1;
        }
    }
    behind
}
