//! Rights requests at the seam: what is done with one, and what an engine keeps for it.

use std::sync::Arc;

use samenloop_core::manifest::Manifest;
use samenloop_core::rights::{RequestId, RightsKind, RightsReason, RightsRequest, Verdict};
use samenloop_core::value::{ConnectionId, Day, Epoch, Kind, Place, SubjectIndex};

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

/// A request as it is kept: with its pseudonyms, until it is answered.
#[derive(Debug, Clone)]
pub(crate) struct KeptRequest {
    pub(crate) request: RightsRequest,
    pub(crate) places: Vec<Place>,
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
